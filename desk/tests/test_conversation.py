"""Given a conversation, when staff read it, then they see why the assistant said what it said, and that is recorded."""
import json
import time

import sqlalchemy as sa

from desk import database
from desk.__main__ import audit_verify
from desk.models import audit, notes, notices
from desk.projection.reader import Reader
from desk.tables import Audit, Event, Staff
from tests.conftest import conversation_of
from tests.test_notices import mail  # noqa: F401

CALL = "my name is ottoline"


def opened(desk, words: str, role: str = "admissions"):
    return desk.browser(role).open(f"/conversation/{conversation_of(words)}")


def recorded(desk) -> list[tuple[str, str, str]]:
    with database.reading(desk.engine) as session:
        return [(row.action, row.subject, row.reason) for row in session.scalars(sa.select(Audit).order_by(Audit.id))]


def test_each_answer_shows_where_it_comes_from(desk):
    browser = opened(desk, "drug test? its for my son", "reader")
    why = browser.page.select(".why")
    assert "faq/drug_testing" in why[0].text and "41%" in why[0].text and "out_of_scope/medical 16%" in why[0].text
    assert "what to expect" in why[2].text and "drug testing standard" in why[2].text


def test_a_crisis_shows_the_rule_that_found_it(desk):
    browser = opened(desk, "i have the pills here", "reader")
    signal = browser.page.select_one(".visitor .signal.crisis")
    assert "Crisis: suicide" in signal.text and signal.code.text == "want_to_die"
    assert "pills" in signal.find_parent("li").select_one(".text").text


def test_triage_shows_outcome_reasons_and_answers(desk):
    text = opened(desk, "fifth of whiskey", "reader").text
    assert "Triage: higher level likely" in text
    assert "recent daily alcohol or benzodiazepines, primary care" in text
    assert "last use within 3 days" in text


def test_reading_is_recorded(desk):
    opened(desk, CALL, "reader")
    assert recorded(desk)[-1] == ("read", f"conversation {conversation_of(CALL)}", "")


def test_names_and_numbers_are_covered_until_they_are_revealed_with_a_reason(desk):
    path, browser = f"/conversation/{conversation_of(CALL)}", opened(desk, CALL)
    for detail in ("ottoline", "555", "Ottoline"):
        assert detail not in browser.response.text
    assert browser.submit(f"{path}/reveal", reason="  ").status == 422
    assert "ottoline" not in browser.response.text
    browser.submit(f"{path}/reveal", reason="to call back")
    assert "hi, my name is ottoline" in browser.text and "619.555.0143" in browser.text
    assert ("revealed", f"conversation {conversation_of(CALL)}", "to call back") in recorded(desk)
    assert "ottoline" not in opened(desk, CALL).response.text  # somebody else still does not see it


def test_details_nobody_asked_for_are_covered_and_the_clinics_own_numbers_are_not(desk):
    text = opened(desk, "are you a robot").text
    assert "perpetua" not in text and "555-0119" not in text
    assert "(949) 280-8360" in text and "988" in text


def test_a_name_whose_owner_refused_consent_is_covered(desk):
    assert "Bertrand" not in opened(desk, "(858) 555-0177").response.text


def test_what_a_visitor_writes_is_text(desk):
    event = {"event": "user", "text": "<script>alert(1)</script>", "timestamp": time.time(), "parse_data": {}, "metadata": {}}
    with database.transaction(desk.engine) as session:
        session.add(Event(sender_id="new", type_name="user", timestamp=event["timestamp"], data=json.dumps(event)))
    Reader(desk.engine).catch_up()
    browser = desk.browser("reader").open("/conversation/new")
    assert "<script>alert(1)</script>" in browser.page.select_one(".visitor .text").text
    assert not [script for script in browser.page.find_all("script") if script.string]


def test_notes_and_tags(desk):
    path, browser = f"/conversation/{conversation_of('veterans')}", opened(desk, "veterans")
    browser.submit(f"{path}/note", text="Asked twice; call on Monday.")
    assert "Asked twice; call on Monday." in browser.text
    browser.post(f"{path}/tag", name="  Call   Monday ")
    assert browser.page.select_one("button.tag")["value"] == "call monday"
    browser.submit(f"{path}/tag", button="call monday")
    assert not browser.page.select("button.tag")


def colleague(desk, name: str, email: str):
    return desk.browser().makes_account(desk.link("reader"), name, email)


def test_a_note_tells_the_colleagues_whom_it_names(desk, mail):  # noqa: F811
    ada, bo = colleague(desk, "Ada Lovelace", "ada@example.org"), colleague(desk, "Bo Ek", "bo@example.org")
    path, browser = f"/conversation/{conversation_of('veterans')}", opened(desk, "veterans")
    browser.submit(f"{path}/note", text="@ada lovelace please see; write to me@bo.example, @Bob. Zanzibar")
    assert "Mentions (1)" in ada.open("/").page.nav.text and "Mentions (" not in bo.open("/").page.nav.text
    assert notices.deliver(desk.engine) == 1
    [letter] = mail.letters
    assert letter.rcpt_tos == ["ada@example.org"] and path.encode() in letter.content and b"Zanzibar" not in letter.content
    ada.open("/mentions")
    assert "New: Admissions, conversation" in ada.text and "Zanzibar" not in ada.text
    ada.open(ada.page.main.find("a")["href"])
    assert "Zanzibar" in ada.text and "Mentions (" not in ada.open("/").page.nav.text
    assert "Nobody has mentioned you" in bo.open("/mentions").text


def test_a_first_name_is_enough_and_names_everybody_who_has_it():
    ada, augusta, bo = Staff(id=1, name="Ada Lovelace"), Staff(id=2, name="Ada Byron"), Staff(id=3, name="Bo Ek")
    assert notes.named("@Ada", [ada, augusta, bo]) == [ada, augusta]
    assert notes.named("@Ada Byron, @bo: look", [ada, augusta, bo]) == [augusta, bo]
    assert notes.named("ada@bo.example @Adam", [ada, augusta, bo]) == []


def test_a_conversation_to_print_is_masked_and_recorded(desk):
    browser = desk.browser("reader").open(f"/conversation/{conversation_of(CALL)}/print")
    assert "ottoline" not in browser.response.text and "Names and numbers are covered" in browser.text
    assert "Taken as" in browser.text and not browser.page.find_all("form")
    assert recorded(desk)[-1] == ("printed", f"conversation {conversation_of(CALL)}", "")


def test_each_message_has_a_link_of_its_own(desk):
    page = opened(desk, CALL).page
    links = [link["href"] for link in page.select(".said .by a")]
    assert len(links) > 5 and all(page.find(id=link[1:]) for link in links)


def test_a_conversation_that_is_not_there(desk):
    assert desk.browser("reader").open("/conversation/nothing").status == 404


def test_the_audit_shows_and_proves_itself(desk):
    opened(desk, "veterans")
    assert "read" in desk.browser("supervisor").open("/audit").text
    with database.reading(desk.engine) as session:
        assert audit.first_broken(session) is None
    with database.transaction(desk.engine) as session:
        row = session.scalars(sa.select(Audit).where(Audit.action == "read")).one()
        row.subject = "conversation other"
    with database.reading(desk.engine) as session:
        assert audit.first_broken(session) == row.id


def test_the_audit_shows_who_did_what_with_one_conversation(desk):
    opened(desk, "veterans"), opened(desk, CALL)
    browser = opened(desk, "veterans", "supervisor")
    browser.open(browser.page.find("a", string="Who read and changed it")["href"])
    shown = {cell.text for cell in browser.page.select("tbody td.id")}
    assert shown == {f"conversation {conversation_of('veterans')[:6]}"}


def test_old_rows_of_the_audit_go_and_the_rest_still_proves_itself(desk, capsys, monkeypatch):
    opened(desk, "veterans")
    monkeypatch.setenv("DATABASE_URL", str(desk.engine.url))
    with database.transaction(desk.engine) as session:
        assert audit.shorten(session, 1.0) == 0
        kept = session.scalars(sa.select(Audit).where(Audit.action == "read")).one()
        assert audit.shorten(session, kept.at) > 0
    audit_verify()
    assert "The audit is whole: 2 rows" in capsys.readouterr().out
    with database.transaction(desk.engine) as session:
        session.execute(sa.delete(Audit).where(Audit.id == kept.id))
        assert audit.first_broken(session) is not None


def test_a_row_taken_out_of_the_audit_is_noticed(desk):
    opened(desk, "veterans")
    with database.transaction(desk.engine) as session:
        first = session.scalar(sa.select(sa.func.min(Audit.id)))
        session.execute(sa.delete(Audit).where(Audit.id == first))
    with database.reading(desk.engine) as session:
        assert audit.first_broken(session) == first + 1
