"""Given a phone number, when a supervisor asks for the person, then all that is held is found, handed out, and erased."""
import json
import logging
import time

import pytest
import sqlalchemy as sa

from desk import database
from desk.models import audit, forgetting, person
from desk.projection.reader import Reader
from desk.tables import Audit, Blocked, Event, Form, Outbox
from tests.conftest import TEXTS, conversation_of, happened
from tests.test_conversation import recorded
from tests.test_forgetting import everything, raw
from tests.test_intake import CONTACT, fill, quick  # noqa: F401
from tests.test_texts import texter

CALLED, TEXTED = "hola, cuantas horas son", "do they drug test"
ROSALINDA = "+16194280015"  # texted from it, and gave it to be called


def looks_for(desk, phone: str, role: str = "supervisor"):
    return desk.browser(role).open("/person").submit("/person", phone=phone)


def found(browser, kind: str = "conversation") -> dict[str, bool]:
    """What was found -> whether it is ticked."""
    return {box["value"]: box.has_attr("checked") for box in browser.page.find_all("input", {"name": kind})}


def test_a_number_finds_texts_calls_and_forms_in_any_way_of_writing(texted_desk):
    fill(texted_desk.browser(), contact={**CONTACT, "phone": "619 428 0015"})
    for phone in ("(619) 428-0015", "+1 619.428.0015", "6194280015"):
        browser = looks_for(texted_desk, phone)
        assert found(browser) == {texter(CALLED): True} and found(browser, "form") == {"1": True}
    assert "Texted from the number" in browser.text and "Has the number" in browser.text
    assert "428" not in str(browser.response.url) and not any("428" in str(row) for row in recorded(texted_desk))


def test_a_number_that_was_only_written_is_found_but_not_ticked(texted_desk):
    browser = looks_for(texted_desk, "760-555-0119")
    assert found(browser) == {conversation_of("(760) 555-0119"): False}
    assert "it may be somebody else's conversation" in browser.text


def test_a_call_that_was_asked_for_in_the_chat_is_found(texted_desk):
    assert found(looks_for(texted_desk, "619.555.0143")) == {conversation_of("ottoline"): True}


def test_a_form_that_was_left_half_way_is_found(desk):
    desk.browser().open("/intake").submit("/intake/about", whom="self", what="both").submit("/intake/contact", **CONTACT)
    browser = looks_for(desk, CONTACT["phone"])
    assert found(browser, "form") == {"1": True} and "not sent" in browser.text


def test_nothing_is_found_and_a_number_must_be_one(desk):
    assert "Nothing is held of this number." in looks_for(desk, "212 555 0100").text
    browser = looks_for(desk, "12")
    assert browser.status == 422 and browser.page.find(id="phone")["aria-describedby"].endswith("phone-error")


def test_other_conversations_of_the_same_number_stand_beside_one(texted_desk):
    fill(texted_desk.browser(), contact={**CONTACT, "phone": "619 428 0015"})
    page = texted_desk.browser("reader").open(f"/conversation/{texter(CALLED)}").page
    assert page.find(id="earlier").find_parent("section").find("a", href="/forms/1")


def test_a_long_conversation_shows_where_somebody_began_anew(texted_desk):
    again = {"event": "user", "text": "hello again", "timestamp": time.time() + 3 * 86400, "parse_data": {}, "metadata": {}}
    with database.transaction(texted_desk.engine) as session:
        session.add(Event(sender_id=texter(TEXTED), type_name="user", timestamp=again["timestamp"], data=json.dumps(again)))
    Reader(texted_desk.engine).catch_up()
    page = texted_desk.browser("reader").open(f"/conversation/{texter(TEXTED)}").page
    links = page.find(id="earlier").find_parent("section").find_all("a")
    assert len(links) == 2 and page.find(id=links[1]["href"][1:]).select_one(".text").text == "hello again"


def test_all_that_is_held_is_handed_out_with_a_reason(texted_desk):
    fill(texted_desk.browser(), contact={**CONTACT, "phone": "619 428 0015"})
    path = f"/conversation/{texter(CALLED)}"
    texted_desk.browser("admissions").open(path).submit(f"{path}/note", text="speaks Spanish")
    browser = looks_for(texted_desk, ROSALINDA)
    assert browser.post("/person/export", conversation=texter(CALLED), form="1").status == 422
    browser.post("/person/export", conversation=texter(CALLED), form="1", reason="asked by letter")
    held = json.loads(browser.response.text)
    [conversation], [form] = held["conversations"], held["forms"]
    assert conversation["number"] == ROSALINDA and form["phone"] == ROSALINDA and form["name"] == "Quillon"
    assert "Rosalinda" in [message["text"] for message in conversation["messages"]]
    assert conversation["notes by staff"][0]["text"] == "speaks Spanish" and conversation["calls"]
    assert "Consent to texts given (first text message)" in [text["what"] for text in conversation["texts"]]
    assert any(row["action"] == "read" for row in held["record of access"])
    assert ("exported uncovered", "form 1", "asked by letter") in recorded(texted_desk)


def test_what_is_on_hold_is_not_erased_nor_its_form(texted_desk):
    fill(texted_desk.browser())
    browser = texted_desk.browser("supervisor").open("/forms/1").submit("/forms/1/hold", reason="a court")
    assert "on hold: a court" in browser.text
    assert browser.post("/person/erase", sure="yes", why="a test", form="1").status == 409
    with database.transaction(texted_desk.engine) as session:
        session.execute(sa.update(Form).values(conversation_id=texter(CALLED), begun_at=1.0, sent_at=1.0))
        assert forgetting.on_hold(session, [texter(CALLED), texter(TEXTED)], [1]) == [f"conversation {texter(CALLED)}", "form 1"]
        session.execute(sa.update(Event).values(timestamp=1.0))
        old, forms = forgetting.overdue(session)
    assert texter(CALLED) not in old and texter(TEXTED) in old and forms == []


@pytest.fixture
def log(tmp_path):
    """Everything that is logged meanwhile, in a file."""
    handler = logging.FileHandler(tmp_path / "desk.log")
    logging.getLogger().addHandler(handler)
    logging.getLogger("desk").setLevel(logging.DEBUG)
    yield
    logging.getLogger().removeHandler(handler)


def test_an_erased_person_is_in_no_file(texted_desk, log, tmp_path):
    """By phone: her texts, her call, her form, what was queued for her, and what staff wrote of her."""
    engine, path = texted_desk.engine, f"/conversation/{texter(CALLED)}"
    fill(texted_desk.browser(), contact={"name": "Rosalinda", "phone": "619 428 0015", "time": "morning"})
    with database.transaction(engine) as session:
        session.add_all([Outbox(conversation=texter(CALLED)), Blocked(conversation=texter(CALLED), at=1.0)])
    staff = texted_desk.browser("admissions").open(path)
    staff.submit(f"{path}/note", text="Zanzibar was mentioned").post(f"{path}/tag", name="zanzibari")
    staff.submit(f"{path}/reveal", reason="her aunt Wilhelmina asked")
    staff.open("/search").submit("/search", q="Rosalinda")
    browser = looks_for(texted_desk, ROSALINDA)
    browser.post("/person/erase", sure="yes", why="the person asked for it", conversation=texter(CALLED), form="1")
    assert "Erased for good: 1 conversation, 1 form." in browser.text
    traces = [b"osalinda", b"4280015", b"428-0015", b"Zanzibar", b"zanzibari", b"Wilhelmina", b"cuantas horas son"]
    deadline = time.monotonic() + 20
    while left := [word for word in traces if word in raw(tmp_path)]:  # it is overwritten after the page is answered
        assert time.monotonic() < deadline, left
        time.sleep(0.1)
    assert b"do they drug test" in raw(tmp_path) and (tmp_path / "desk.log").exists()
    assert found(looks_for(texted_desk, ROSALINDA)) == {}
    record = recorded(texted_desk)
    assert ("erased", "form 1", "the person asked for it") in record
    assert ("looked a person up", "1 conversations, 1 forms", "") in record


def test_an_erased_person_leaves_no_row(either):
    happened(either, rows=TEXTS)
    Reader(either).catch_up()
    with database.transaction(either) as session:
        session.add(Blocked(conversation=texter(CALLED), at=1.0))
        forgetting.erase(session, person.of_phone(session, ROSALINDA).conversations)
    forgetting.scrub(either)
    assert texter(CALLED) not in everything(either) and "Rosalinda" not in everything(either)
    assert texter(TEXTED) in everything(either)


def test_the_record_holds_without_the_reasons_of_the_erased(desk):
    path = f"/conversation/{conversation_of('veterans')}"
    browser = desk.browser("supervisor").open(path).submit(f"{path}/reveal", reason="Wilhelmina")
    with database.transaction(desk.engine) as session:
        forgetting.erase(session, [conversation_of("veterans")], why="a test")
    assert not any("Wilhelmina" in reason for _, _, reason in recorded(desk)) and browser.open("/audit").status == 200
    with database.transaction(desk.engine) as session:
        assert audit.first_broken(session) is None
        audit.note(session, None, "held", "conversation other", "a court")
        session.execute(sa.update(Audit).where(Audit.reason == "a court").values(reason=""))
        assert audit.first_broken(session) is not None  # of what was not erased no reason may be missing
