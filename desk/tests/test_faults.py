"""Given the database fails, when pages are asked for, then they say so, and no log holds what somebody wrote or searched."""
import logging

import sqlalchemy as sa

from tests.conftest import conversation_of


def logged(caplog) -> str:
    """What the desk logged; not the tests' own client."""
    return "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("http"))


def test_a_failing_database_is_said_and_nothing_is_logged_of_the_request(desk, caplog):
    browser = desk.browser("supervisor").open("/search")
    with desk.engine.begin() as connection:
        connection.execute(sa.text("drop table desk_notes"))
        connection.execute(sa.text("drop table desk_search"))
    with caplog.at_level(logging.DEBUG):
        assert browser.submit("/search", q="ottoline").status == 503
        assert browser.open(f"/conversation/{conversation_of('ottoline')}").status == 503
        assert "ottoline" not in browser.text
    assert "A page could not be made (OperationalError)" in logged(caplog)
    assert "ottoline" not in logged(caplog) and conversation_of("ottoline") not in logged(caplog)


def test_what_visitors_and_staff_write_is_in_no_log(desk, caplog):
    with caplog.at_level(logging.INFO):
        browser, name = desk.browser("supervisor"), conversation_of("ottoline")
        browser.open(f"/conversation/{name}").submit(f"/conversation/{name}/reveal", reason="Zanzibar")
        browser.submit(f"/conversation/{name}/note", text="Zanzibar")
        browser.open("/search").submit("/search", q="ottoline")
    for words in ("ottoline", "Ottoline", "555", "Zanzibar"):
        assert words not in logged(caplog)
