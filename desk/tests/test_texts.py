"""Given conversations by text message, when staff read them, then they see what became of each answer, and who may be texted."""
import json
import re
import time

import pytest
import sqlalchemy as sa
from cryptography.fernet import Fernet

from desk import database, phones, settings
from desk.models import notices
from desk.models.inbox import Filters, found
from desk.projection import reader, summary
from desk.projection.reader import Reader
from desk.tables import Blocked, Conversation, Event, Noted, Signal
from tests.conftest import TEXTS, conversation_of, happened
from tests.test_conversation import recorded
from tests.test_inbox import listed
from tests.test_notices import webhook  # noqa: F401

ORDINARY, CRISIS, GIVEN_UP, BLOCKED = "do they drug test", "i want to kill myself", "Check if IOP may fit", "buy followers now"


def texter(words: str) -> str:
    """The conversation by text message in which that was written."""
    return next(row[1] for row in TEXTS if row[2] == "user" and words in json.loads(row[6])["text"])


def noted_beside(desk, words: str) -> list[tuple[str, str]]:
    """What is noted beside messages of a conversation: the beginning of the message, and the note without its time."""
    browser = desk.browser("reader").open(f"/conversation/{texter(words)}")
    return [(note.find_parent("li").select_one(".text").text[:20], re.split(r", [A-Z][a-z]{2} \d", note.text)[0].strip())
            for note in browser.page.select(".said .noted")]


def risk(engine, words: str) -> int:
    with database.reading(engine) as session:
        return session.get_one(Conversation, texter(words)).risk


def test_each_answer_shows_what_became_of_it(texted_desk):
    beside = noted_beside(texted_desk, ORDINARY)
    assert beside[0] == ("how many hours a wee", "Consent to texts given (first text message)")
    assert [note for _, note in beside[1:3]] == ["Text 1 of the answer: delivered", "Text 2 of the answer: delivered"]
    assert beside[3] == ("Yes, drug testing is", "Text 1 of the answer was not delivered: the phone is off or out of reach")
    assert beside[4][1] == "The carrier has not said what became of the answer."


def test_consent_and_its_end_and_a_silence_are_shown(texted_desk):
    notes = [note for _, note in noted_beside(texted_desk, CRISIS)]
    assert "No more texts wanted (text message)" in notes and "Not answered: opted out." in notes
    page = texted_desk.browser("reader").open(f"/conversation/{texter(CRISIS)}")
    assert "No more texts wanted" in page.page.select_one("#texting").text


def test_a_crisis_answer_that_the_carrier_blocks_is_a_crisis_of_its_own(texted, webhook):  # noqa: F811
    with database.reading(texted) as session:
        kinds = {signal.kind: signal.detail for signal in session.scalars(
            sa.select(Signal).where(Signal.conversation_id == texter(CRISIS)))}
    assert kinds["flag"] == "a cry for help from somebody who opted out"
    assert "opted out with the carrier" in kinds["crisis_not_delivered"]
    with database.transaction(texted) as session:
        session.execute(sa.update(Signal).where(Signal.kind.in_(("crisis", "flag"))).values(cleared_at=1.0))
        summary.refresh(session, {texter(CRISIS)})
    assert risk(texted, CRISIS) == summary.CRISIS
    reader.rebuild(texted)
    notices.deliver(texted)
    assert [json.loads(body)["kind"] for _, body in webhook.taken].count("crisis_not_delivered") == 1
    assert "kill" not in str(webhook.taken)


def test_what_was_given_up_or_did_not_arrive_stands_in_the_inbox(texted_desk):
    assert risk(texted_desk.engine, GIVEN_UP) == risk(texted_desk.engine, ORDINARY) == summary.NOT_DELIVERED
    browser = texted_desk.browser("reader").open("/")
    line = browser.page.select("[data-line]")[listed(browser).index(texter(GIVEN_UP))]
    assert "Not delivered" in line.text and "answer not delivered" in line.select_one(".what").text
    first = browser.page.select("[data-line]")[listed(browser).index(texter(CRISIS))]
    assert "crisis answer not delivered" in first.select_one(".what span").text


def test_an_answer_to_stop_that_the_carrier_blocks_is_no_flag(texted):
    event = next(json.loads(row[6]) for row in TEXTS if row[2] == "note" and row[1] == texter(CRISIS) and '"stopped"' in row[6])
    told = {"event": "note", "kind": "delivery", "timestamp": time.time(), "details": {
        "answers": event["details"]["message_id"], "place": "0", "status": "undelivered", "code": "21610", "reason": "opted out"}}
    with database.transaction(texted) as session:
        session.add(Event(sender_id=texter(CRISIS), type_name="note", timestamp=time.time(), data=json.dumps(told)))
    Reader(texted).catch_up()
    with database.reading(texted) as session:
        found = sa.select(sa.func.count()).where(Signal.conversation_id == texter(CRISIS), Signal.kind.like("%not_delivered"))
        assert session.scalar(found) == 1  # that of the crisis answer


def test_a_flag_that_is_seen_to_is_cleared(texted_desk):
    browser, path = texted_desk.browser("admissions"), f"/conversation/{texter(GIVEN_UP)}"
    browser.open(path).submit(f"{path}/clear", reason="called instead")
    assert "Cleared: Answer not delivered: given up: the number is not valid, by Admissions: called instead" in browser.text
    assert risk(texted_desk.engine, GIVEN_UP) == summary.REST


def test_notes_are_read_in_both_databases_and_found(either):
    happened(either, rows=TEXTS)
    Reader(either).catch_up()
    reader.rebuild(either)
    with database.reading(either) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Noted)) == len([row for row in TEXTS if row[2] == "note"])
        assert [line.conversation.id for line in found(session, Filters(flag="crisis_not_delivered"))] == [texter(CRISIS)]
        assert len(found(session, Filters(flag="not_delivered", channel="sms"))) == 2


# --- The number ------------------------------------------------------------------------------------------------------------------


def test_the_desk_makes_the_same_id_and_reads_the_same_number():
    """The other half of tests/unit/test_sms_settings.py, of the same name: who changes one must change the other."""
    sealed = "gAAAAABrBz5s4L6fVx7F6rjhouxbuqZBeZTKgo0tcDCNE8hB--jUfl8ec13pIxD4MKacCSTbMl_sR2M1srvhukn3-VNxz6qhoA=="
    assert phones.conversation("+16194280011") == "sms-0NtgAJEanUc-onBiyyoxTB4ofJzm6Xm2a9W_CWrsIng" == texter(ORDINARY)
    assert phones.opened(sealed) == "+16194280011"


def test_keys_of_the_assistants_own(monkeypatch):
    old, new = Fernet.generate_key(), Fernet.generate_key()
    monkeypatch.setenv("SMS_KEYS", f"{new.decode()}, {old.decode()}")
    assert phones.opened(Fernet(old).encrypt(b"+16194280011").decode()) == "+16194280011"
    monkeypatch.setenv("SMS_PSEUDONYM_KEY", "p" * 32)
    assert phones.conversation("+16194280011") != texter(ORDINARY)
    monkeypatch.setenv("SMS_KEYS", "short")
    with pytest.raises(settings.SettingError, match="SMS_KEYS"):
        settings.check()


def test_the_number_is_covered_until_it_is_revealed(texted_desk):
    path, browser = f"/conversation/{texter(ORDINARY)}", texted_desk.browser("admissions")
    browser.open(path)
    assert "428-0011" not in browser.response.text
    browser.submit(f"{path}/reveal", reason="to call")
    assert browser.page.select_one("#texting a[href^='tel:']").text == "(619) 428-0011"
    assert ("revealed", f"conversation {texter(ORDINARY)}", "to call") in recorded(texted_desk)


def test_without_the_keys_the_page_says_so(texted_desk, monkeypatch):
    path, browser = f"/conversation/{texter(ORDINARY)}", texted_desk.browser("admissions")
    monkeypatch.setenv("SMS_KEYS", Fernet.generate_key().decode())
    browser.open(path).submit(f"{path}/reveal", reason="to call")
    assert "cannot be read" in browser.page.select_one("#texting").text


# --- Blocking --------------------------------------------------------------------------------------------------------------------


def test_staff_block_a_number_and_let_it_through_again(texted_desk):
    path, browser = f"/conversation/{texter(BLOCKED)}", texted_desk.browser("admissions")
    assert ("buy followers now", "Not answered: blocked, or a number from abroad.") in noted_beside(texted_desk, BLOCKED)
    assert browser.open(path).submit(f"{path}/block", button="block").status == 422
    browser.submit(f"{path}/block", button="block", reason="sells followers")
    assert "no: the number is blocked" in browser.text
    assert blocked(texted_desk) == [texter(BLOCKED)]
    browser.post(f"{path}/block", action="block", reason="again")
    browser.submit(f"{path}/block", button="unblock")
    assert blocked(texted_desk) == [] and "Block this number" in browser.text
    assert [(action, reason) for action, _, reason in recorded(texted_desk) if "blocked" in action] == [
        ("blocked", "sells followers"), ("blocked", "again"), ("unblocked", "")]


def test_only_numbers_can_be_blocked(texted_desk):
    path = f"/conversation/{conversation_of('veterans')}"
    assert texted_desk.browser("admissions").open(path).post(f"{path}/block", action="block", reason="x").status == 422


def test_where_texts_never_were_on_nothing_fails(desk):
    for table in ("sms_blocked", "sms_outbox"):
        with desk.engine.begin() as connection:
            connection.execute(sa.text(f"drop table {table}"))
    assert desk.browser("reader").open(f"/conversation/{conversation_of('veterans')}").status == 200


def blocked(desk) -> list[str]:
    with database.reading(desk.engine) as session:
        return list(session.scalars(sa.select(Blocked.conversation)))
