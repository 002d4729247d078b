"""Given words or filters, when staff search, then they find conversations; an export is masked and recorded."""
import csv
import json
from io import StringIO

import pytest
import sqlalchemy as sa

from desk import database
from desk.models.inbox import Filters, found
from desk.projection.reader import Reader
from desk.tables import View
from tests.conftest import conversation_of, happened
from tests.test_conversation import recorded


def test_words_are_found_in_both_databases(either):
    happened(either)
    Reader(either).catch_up()
    with database.reading(either) as session:
        for words, visitor in (("whiskey", "fifth of whiskey"), ("cuántas semana", "hola, cuántas"), ("BLUE cross", "blue cross")):
            [line] = found(session, Filters(q=words))
            assert line.conversation.id == conversation_of(visitor) and line.matches[0] >= 1
        for nothing in ("zzz", '"', "zzz AND", "*", "' or 1=1 --"):
            assert found(session, Filters(q=nothing)) == []


@pytest.mark.parametrize("filters, number", [
    ({"flag": "crisis"}, 7), ({"language": "es"}, 2), ({"channel": "website"}, 22), ({"channel": "sms"}, 0),
    ({"topic": "handoff/price"}, 1), ({"outcome": "IOP_MAY_FIT"}, 1), ({"reviewed": "yes"}, 0), ({"reviewed": "no"}, 22),
    ({"since": "2020-01-01"}, 22), ({"until": "2020-01-01"}, 0), ({"since": "not a date"}, 22), ({"tag": "x"}, 0),
    ({"flag": "crisis", "language": "es"}, 1), ({"assignee": "1"}, 0), ({"within": "1"}, 22), ({"confidence": "25"}, 6),
])
def test_filters(filled, filters, number):
    with database.reading(filled) as session:
        assert len(found(session, Filters(**filters))) == number


def test_the_page_leads_to_the_message_and_shows_none_of_it(desk):
    browser = desk.browser("reader").open("/search").submit("/search", q="whiskey")
    assert browser.page.select_one("[data-line] .open")["href"].startswith(f"/conversation/{conversation_of('whiskey')}#message-")
    assert "every single day" not in browser.response.text
    assert browser.page.find(id="q")["value"] == "whiskey"


def test_nothing_found(desk):
    assert "Nothing was found" in desk.browser("reader").open("/search").submit("/search", q="zeppelin").text


def test_words_never_stand_in_an_address(desk):
    browser = desk.browser("reader").open("/search?q=whiskey&flag=crisis")
    assert browser.page.find(id="q")["value"] == "" and len(browser.page.select("[data-line]")) == 7
    browser.submit("/search", q="whiskey", flag="")
    assert str(browser.response.url).endswith("/search")


def test_a_saved_search_is_ones_own_or_for_all_and_holds_no_words(desk):
    browser = desk.browser("admissions").open("/search").submit("/search", q="ottoline", flag="crisis", assignee="me")
    assert browser.submit("/search/views", name=" ").status == 422
    browser.submit("/search/views", name="My  crises")
    assert browser.page.find("a", string="My crises")["href"] == "/search?flag=crisis&assignee=me"
    assert browser.response.url.query == b"flag=crisis&assignee=me"
    browser.open("/search?channel=sms&within=7").submit("/search/views", name="Texts of the week", shared="yes")
    with desk.engine.connect() as connection:
        assert "ottoline" not in str(connection.execute(sa.select(View.__table__)).all())
    other = desk.browser("reader").open("/search")
    assert not other.page.find("a", string="My crises") and "Admissions's" in other.text
    other.page.find("a", string="Texts of the week")
    number = [form["action"] for form in browser.open("/search").page.select(".views form")]
    assert len(number) == 2 and not other.page.select(".views form")
    assert other.post(number[0]).status == 404
    assert desk.browser("supervisor").open("/search").submit(number[1]).status == 200
    browser.submit(number[0])
    assert not browser.page.select(".views")


def test_a_reader_shares_nothing(desk):
    browser = desk.browser("reader").open("/search?flag=crisis")
    assert browser.post("/search/views", flag="crisis", name="all", shared="yes").status == 403


def test_mine_are_those_of_whoever_looks(desk):
    browser, name = desk.browser("admissions").open("/"), conversation_of("veterans")
    browser.submit("/inbox/act", button="assign", id=name)
    assert len(browser.open("/search?assignee=me").page.select("[data-line]")) == 1
    assert not desk.browser("supervisor").open("/search?assignee=me").page.select("[data-line]")


def test_an_export_is_uncovered_where_that_is_asked_for_and_recorded(desk):
    browser = desk.browser("supervisor").open("/search?channel=website")
    rows = browser.submit("/search/export", button="csv", reason="a court asked", uncovered="yes").response.text
    assert "my name is ottoline" in rows and recorded(desk)[-1][0] == "exported uncovered"


def test_an_export_is_masked_and_needs_a_reason(desk):
    browser = desk.browser("supervisor").open("/search?flag=handoff&channel=website")
    assert browser.submit("/search/export", button="csv").status == 422
    rows = list(csv.DictReader(StringIO(browser.submit("/search/export", button="csv", reason="monthly check").response.text)))
    assert len(rows) > 20 and not any("555" in row["text"] or "perpetua" in row["text"] for row in rows)
    assert recorded(desk)[-1] == ("exported", f"{len(rows)} messages", "monthly check")
    browser.open("/search?channel=website")
    lines = browser.submit("/search/export", button="jsonl", reason="again").response.text.splitlines()
    assert not any("ottoline" in json.loads(line)["text"].lower() for line in lines)
