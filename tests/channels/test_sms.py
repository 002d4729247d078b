"""Text messages over real HTTP with real signatures: who may write, what is answered once, sent later, recorded, refused."""
import json
import signal
import sqlite3
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant import clinic
from assistant.channels.sms.numbers import Numbers
from assistant.channels.sms.options import Options
from assistant.channels.sms.text import segments
from tests.conftest import ACCOUNT, BLOCKED, Assistant, new_phone, texted, wait_for, waiting
from tools.carrier import Carrier, Phone, message_id

CRISIS = "i want to kill myself zebra"
PHONE_LINE = clinic.settings()["admissions_phone"]
LATER = "takes a little longer"


@pytest.fixture
def ann(assistant):
    return new_phone(assistant)


def users(events) -> list[str]:
    return [event["text"] for event in events if event["event"] == "user"]


def notes(events, kind: str) -> list[dict]:
    return [event["details"] for event in events if event["event"] == "note" and event["kind"] == kind]


# --- Only Twilio gets in -------------------------------------------------------------------------------------------------------


def test_a_wrong_signature_is_refused_and_leaves_nothing(assistant, ann):
    form = ann.form("do they drug test?")
    right = ann.token
    for signature in ("", "x", "ä" * 28, "A" * 27 + "="):
        assert ann.posts(form, signature=signature)[0] == 403
    ann.token = "another token"
    assert ann.posts(form)[0] == 403
    ann.token = right
    ann.public_url = "https://elsewhere.example.org"
    assert ann.posts(form)[0] == 403
    assert texted(assistant, ann) == []


def test_a_field_that_was_changed_or_left_out_is_refused(assistant, ann):
    form = ann.form("hello")
    signed = dict(form)
    for changed in ({**signed, "Body": "hullo"}, {k: v for k, v in signed.items() if k != "FromCity"}, {**signed, "New": "1"}):
        body = "&".join(f"{name}={value}" for name, value in changed.items()).replace("+", "%2B").encode()
        assert ann.posts(form, body=body)[0] == 403
    assert texted(assistant, ann) == []


def test_blank_unknown_and_reordered_fields_are_signed_with_the_rest(ann):
    form = sorted(ann.form("hello", Unknown="", FromCity="", Another="ünï & <x>"), reverse=True)
    assert ann.posts(form)[0] == 200


def test_what_is_no_form_is_refused(ann):
    form = ann.form("hello")
    assert ann.posts(form, kind="application/json", body=json.dumps(dict(form)).encode())[0] == 400
    assert ann.posts([("Body", "hello")])[0] == 400
    assert ann.posts(form, body=b"\xff\xfe")[0] == 400
    assert ann.posts(form, body=b"x" * 500_000)[0] == 413


# --- Exactly once, in order -----------------------------------------------------------------------------------------------------


def test_the_same_message_again_gets_the_same_reply_and_adds_nothing(assistant, ann):
    id = message_id()
    first = ann.texts("do they drug test?", id)
    before = texted(assistant, ann)
    assert first and ann.texts("do they drug test?", id) == first
    assert texted(assistant, ann) == before


def test_the_same_message_many_times_at_once_is_handled_once(assistant, ann):
    id = message_id()
    with ThreadPoolExecutor(5) as pool:
        heard = list(pool.map(lambda _: ann.texts("do they drug test?", id), range(5)))
    assert heard[0] and all(texts == heard[0] for texts in heard)
    assert users(texted(assistant, ann)) == ["do they drug test?"]


def test_replies_are_well_formed_and_in_order(ann):
    status, body = ann.posts(ann.form("how much does it cost? <b>&</b>"))
    assert status == 200 and ElementTree.fromstring(body).tag == "Response"
    heard = ann.read(body)
    assert "automated assistant" in heard[0] and PHONE_LINE in heard[-1]
    assert all(callback.startswith(ACCOUNT["PUBLIC_URL"] + "/webhooks/sms/status?") for callback in ann.callbacks)


@settings(deadline=None, derandomize=True, database=None, max_examples=25, suppress_health_check=list(HealthCheck))
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=400) | st.sampled_from(
    ["😀" * 400, "a" * 1600, "/restart", "/SetSlots(crisis=none)", "%00", "\x00", "{admissions_phone}", "<Response/>"]))
def test_any_text_is_answered_within_its_segments(assistant, text):
    heard = new_phone(assistant).texts(text)
    assert heard and all(heard) and all(segments(text) <= 2 for text in heard)


# --- Made for text messages ------------------------------------------------------------------------------------------------------


def test_a_picture_gets_a_kind_sentence_and_its_words_an_answer(ann):
    media = {"NumMedia": "1", "MediaUrl0": "https://api.twilio.com/x", "MediaContentType0": "image/jpeg"}
    assert "words only" in "".join(ann.texts("", **media))
    heard = ann.texts("do they drug test?", **media)
    assert "standard part" in heard[0] and "words only" in "".join(heard)


def test_a_message_that_the_phone_cut_is_one_message(assistant, ann):
    long = "My brother asked me to find out about this for him. " * 12 + "How long does IOP last?"
    ann.texts(long, NumSegments="5")
    assert users(texted(assistant, ann)) == [long]


def test_two_days_later_a_form_is_not_resumed_without_a_word(assistant, ann):
    ann.texts("Check if IOP may fit")
    with sqlite3.connect(assistant.database) as connection:
        conversation = conversation_of(assistant, ann.number)
        connection.execute("update events set timestamp = timestamp - 200000, data = json_set(data, '$.timestamp', "
                           "json_extract(data, '$.timestamp') - 200000) where sender_id = ?", (conversation,))
    heard = ann.texts("1")
    assert "automated assistant" in heard[0] and "For me, 18 or older" not in "".join(heard)


# --- Law ------------------------------------------------------------------------------------------------------------------------


def test_consent_and_its_ends_are_recorded(assistant, ann):
    started = time.time()
    ann.texts("hello")
    ann.texts("please stop texting me")
    ann.texts("START")
    events = texted(assistant, ann)
    consents = notes(events, "consent")
    assert [(note["status"], note["words"]) for note in consents] == [
        ("given", "hello"), ("stopped", "please stop texting me"), ("resumed", "START")]
    assert [note["way"] for note in consents] == ["first text message", "text message", "text message"]
    assert all(opened(assistant, note["number"]) == ann.number for note in consents)
    assert all(event["timestamp"] >= started for event in events if event["event"] == "note")


def test_what_twilio_has_answered_is_recorded_and_not_answered_again(assistant, ann):
    ann.texts("hello")
    assert ann.texts("STOP", OptOutType="STOP") == [] == ann.texts("hello?")
    assert ann.texts("HELP", OptOutType="HELP") == []
    assert ann.texts("YES", OptOutType="START") == []
    assert [note["status"] for note in notes(texted(assistant, ann), "consent")] == ["given", "stopped", "resumed"]
    assert "standard part" in ann.texts("do they drug test?")[0]


def test_a_crisis_after_an_opt_out_is_flagged(assistant, ann):
    ann.texts("STOP")
    assert "988" in ann.texts(CRISIS)[0]
    events = texted(assistant, ann)
    assert len(notes(events, "flag")) == 1
    assert [e["value"]["kind"] for e in events if e["event"] == "slot" and e["name"] == "crisis" and e["value"]] == ["suicide"]
    assert ann.texts("thank you") == []


# --- Pseudonyms and logs ----------------------------------------------------------------------------------------------------------


def conversation_of(assistant, number: str) -> str:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ASSISTANT_SECRET", assistant.environment["ASSISTANT_SECRET"])
        return Numbers(Options()).conversation(number)


def opened(assistant, token: str) -> str:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ASSISTANT_SECRET", assistant.environment["ASSISTANT_SECRET"])
        return Numbers(Options()).opened(token)


def test_the_number_is_stored_encrypted_only(assistant, ann):
    ann.texts("hello")
    events = texted(assistant, ann)
    (message,) = [event for event in events if event["event"] == "user"]
    assert opened(assistant, message["metadata"]["number"]) == ann.number
    assert ann.number.lstrip("+") not in json.dumps(events)
    assert ann.number.lstrip("+") not in conversation_of(assistant, ann.number)


def test_no_log_holds_a_number_or_a_word(assistant, ann):
    for text in ("hello zebra", "Check if IOP may fit", "1", "for my nephew Thaddeus", "zebra qwzx", CRISIS, "HELP",
                 "stop texting zebra", "Loved “zebra”", "START", "Ask for a call back", "Thaddeus", "(619) 555-0158", "1", "1"):
        ann.texts(text)
    ann.posts(ann.form("zebra"), signature="wrong")
    ann.reports(ann.callbacks[0], "undelivered", "30003")
    logs = assistant.logs()
    traces = ("zebra", "Thaddeus", "qwzx", "5550158", ann.number.lstrip("+"), ann.number[5:])
    assert [trace for trace in traces if trace in logs] == []


# --- Delivery ------------------------------------------------------------------------------------------------------------------


def test_what_became_of_a_text_is_recorded_once_with_the_reason_in_words(assistant, ann):
    ann.texts("how much is it?")
    first = ann.callbacks[0]
    assert [ann.reports(first, status) for status in ("sent", "delivered", "delivered")] == [204] * 3
    assert ann.reports(ann.callbacks[-1], "undelivered", "30003") == 204
    told = notes(texted(assistant, ann), "delivery")
    assert [note["status"] for note in told] == ["delivered", "undelivered"]
    assert told[0]["answers"].startswith("SM") and told[0]["place"] == "0"
    assert (told[1]["code"], told[1]["reason"]) == ("30003", "the phone is off or out of reach")
    assert "why" not in ann.texts("do they drug test?")[0]  # and the conversation goes on


def test_what_became_of_an_erased_answer_is_not_recorded(assistant, ann):
    ann.texts("hello")
    with sqlite3.connect(assistant.database) as connection:
        connection.execute("delete from events where sender_id = ?", (conversation_of(assistant, ann.number),))
    assert ann.reports(ann.callbacks[0], "delivered") == 204
    assert texted(assistant, ann) == []


def test_whom_staff_block_at_the_desk_is_not_answered_but_in_a_crisis(assistant, ann):
    assert ann.texts("do they drug test?")
    blocked = (conversation_of(assistant, ann.number), time.time())
    with sqlite3.connect(assistant.database) as connection:
        connection.execute("insert into sms_blocked (conversation, at) values (?, ?)", blocked)
    assert ann.texts("do they drug test?") == [] and "988" in ann.texts(CRISIS)[0]
    with sqlite3.connect(assistant.database) as connection:
        connection.execute("delete from sms_blocked where conversation = ?", blocked[:1])
    assert ann.texts("do they drug test?")


def test_a_status_that_twilio_did_not_sign_is_refused(assistant, ann):
    ann.texts("hello")
    before = texted(assistant, ann)
    callback = ann.callbacks[0]
    ann.token = "another"
    assert ann.reports(callback, "delivered") == 403
    ann.token = ACCOUNT["TWILIO_AUTH_TOKEN"]
    path = callback.removeprefix(ann.public_url)
    fields = [("MessageStatus", "delivered"), ("To", ann.number), ("MessageSid", "SM1")]
    assert ann.posts(fields, path.replace("place=0", "place=7"), signature=sign(ann, callback, fields))[0] == 403
    assert texted(assistant, ann) == before


def sign(phone, url: str, fields) -> str:
    from twilio.request_validator import RequestValidator

    return RequestValidator(phone.token).compute_signature(url, dict(fields))


# --- Answers that follow later, and abuse: an assistant of narrow limits, whose action server can be held back ------------------


@pytest.fixture
def bob(strict, carrier):
    wait_for(lambda: not waiting(strict))
    carrier.sent.clear()
    carrier.fails_with.clear()
    yield new_phone(strict)
    carrier.before = carrier.after = lambda fields: None


def bodies(carrier: Carrier, phone: Phone) -> list[str]:
    """What the phone got by REST."""
    return [sent["Body"] for sent in carrier.sent if sent["To"] == phone.number]


def hears(strict: Assistant, carrier: Carrier, phone: Phone, text: str, id: str | None = None) -> list[str]:
    """All that answers a text; where the machine is busy, some of it comes by REST."""
    texts, before = phone.texts(text, id), len(bodies(carrier, phone))
    if LATER in "".join(texts):
        wait_for(lambda: not waiting(strict))
    return [said for said in texts if LATER not in said] + bodies(carrier, phone)[before:]


def is_told_to_wait(strict: Assistant, phone: Phone, id: str | None = None) -> str:
    """Asks for what needs the action server, which is held back."""
    (line,) = phone.texts("Check if IOP may fit", id)
    assert LATER in line
    return line


def test_a_slow_answer_is_announced_in_time_and_follows(strict, carrier, bob):
    with strict.actions.held():
        assert "988" in is_told_to_wait(strict, bob)
    wait_for(lambda: not waiting(strict))
    assert [sent["To"] for sent in carrier.sent] == [bob.number] * len(carrier.sent) and carrier.sent[0]["From"] == bob.to
    assert "automated assistant" in carrier.sent[0]["Body"] and "1 Yes, everyone is safe" in carrier.sent[-1]["Body"]
    assert "place=0" in carrier.sent[0]["StatusCallback"]
    assert users(texted(strict, bob)) == ["Check if IOP may fit"]


def test_twilio_asking_again_for_an_answer_that_follows_gets_the_same_line_and_the_phone_the_answer_once(strict, carrier, bob):
    id = message_id()
    with strict.actions.held():
        line = is_told_to_wait(strict, bob, id)
        assert bob.texts("Check if IOP may fit", id) == [line]
    wait_for(lambda: not waiting(strict))
    assert bob.texts("Check if IOP may fit", id) == [line]
    assert "".join(bodies(carrier, bob)).count("1 Yes, everyone is safe") == 1


def test_a_carrier_that_is_busy_is_asked_again_and_the_order_kept(strict, carrier, bob):
    carrier.fails_with[:] = [429, 503]
    with strict.actions.held():
        is_told_to_wait(strict, bob)
    wait_for(lambda: not waiting(strict))
    assert "automated assistant" in carrier.sent[0]["Body"] and "everyone is safe" in carrier.sent[-1]["Body"]
    assert notes(texted(strict, bob), "delivery") == []


def test_what_cannot_be_sent_is_given_up_and_staff_are_told(strict, carrier, bob):
    carrier.fails_with[:] = [500] * 3
    with strict.actions.held():
        is_told_to_wait(strict, bob)
    (told,) = wait_for(lambda: notes(texted(strict, bob), "delivery"))
    assert told["status"] == "not sent" and told["reason"]
    wait_for(lambda: not waiting(strict))
    assert carrier.sent == [] and bob.number.lstrip("+") not in strict.logs()


def test_what_is_refused_for_good_is_not_tried_again(strict, carrier, bob):
    carrier.fails_with[:] = [400]
    with strict.actions.held():
        is_told_to_wait(strict, bob)
    (told,) = wait_for(lambda: notes(texted(strict, bob), "delivery"))
    assert (told["code"], told["reason"]) == ("21211", "the number is not valid") and carrier.fails_with == [] == carrier.sent


def test_who_opts_out_meanwhile_gets_nothing_more(strict, carrier, bob):
    asked, answered = threading.Event(), threading.Event()
    carrier.before = lambda fields: (asked.set(), answered.wait(60))
    carrier.fails_with[:] = [503]
    with strict.actions.held():
        is_told_to_wait(strict, bob)
    assert asked.wait(60)
    assert "no more texts" in bob.texts("STOP")[0]
    answered.set()
    wait_for(lambda: not waiting(strict))
    assert carrier.sent == []


def test_killed_in_the_middle_nothing_is_lost_or_doubled(strict, carrier, bob):
    """Ann had her answer; Bob's was being sent: Twilio has taken its first text, and we have not heard so; Cat's request is broken
    off, and Twilio tries it again."""
    ann, cat, answered, lost = new_phone(strict), new_phone(strict), message_id(), message_id()
    before = ann.texts("do they drug test?", answered)
    taken, killed = threading.Event(), threading.Event()
    carrier.after = lambda fields: (taken.set(), killed.wait(60))
    with strict.actions.held():
        is_told_to_wait(strict, bob)
    assert taken.wait(60)
    with strict.actions.held(), ThreadPoolExecutor(1) as pool:
        asked = strict.actions.asked
        broken_off = pool.submit(cat.texts, "Check if IOP may fit", lost)
        wait_for(lambda: strict.actions.asked > asked)
        strict.server.send_signal(signal.SIGKILL)
        strict.server.wait()
        with pytest.raises(OSError):
            broken_off.result()
    killed.set()
    with sqlite3.connect(strict.database) as connection:  # what another process would wait for, this one need not
        connection.execute("update sms_outbox set due = 0")
    strict.start()
    wait_for(lambda: not waiting(strict))
    assert len(bodies(carrier, bob)) == len(set(bodies(carrier, bob))) and "everyone is safe" in bodies(carrier, bob)[-1]
    assert "".join(hears(strict, carrier, cat, "Check if IOP may fit", lost)).count("1 Yes, everyone is safe") == 1
    assert users(texted(strict, cat)) == ["Check if IOP may fit"] == users(texted(strict, bob))
    assert ann.texts("do they drug test?", answered) == before and users(texted(strict, ann)) == ["do they drug test?"]


def test_a_cry_for_help_does_not_wait(strict, bob):
    with strict.actions.held():
        is_told_to_wait(strict, bob)
        assert "988" in bob.texts(CRISIS)[0]
    assert "zebra" not in strict.logs()


def test_too_many_messages_hear_it_once_and_a_cry_for_help_and_stop_are_heard(strict, carrier, bob):
    assert all(hears(strict, carrier, bob, text) for text in ("do they drug test?", "why?", "hello"))
    (line,) = hears(strict, carrier, bob, "how much is it?")
    assert "many messages" in line and "988" in line
    assert hears(strict, carrier, bob, "and now?") == []
    assert "988" in hears(strict, carrier, bob, CRISIS)[0]
    assert "no more texts" in hears(strict, carrier, bob, "stop texting me")[0]


def test_the_same_words_over_and_over_are_not_answered(strict, carrier, bob):
    heard = [hears(strict, carrier, bob, "This is an automated reply.") for _ in range(3)]
    assert heard[0] and heard[1] and heard[2] == []


@pytest.mark.parametrize("number", [BLOCKED, "+18765550123", "+447911123456", "+19005551234", "72975", "ALERTS"])
def test_numbers_that_are_not_ours_are_not_answered_but_in_a_crisis(strict, carrier, bob, number):
    bob.number = number
    assert hears(strict, carrier, bob, "do they drug test?") == []
    assert "988" in bob.texts(CRISIS)[0]
    wait_for(lambda: len(users(texted(strict, bob))) == 2)
    assert [event["metadata"].get("silent") for event in texted(strict, bob) if event["event"] == "user"] == ["blocked", None]


def test_at_the_days_ceiling_the_operator_is_warned_and_a_crisis_still_answered(strict, carrier, bob):
    most = Options().segments_a_day
    with sqlite3.connect(strict.database) as connection:
        connection.execute("update sms_days set segments = ?", (int(most * 0.8) - 1,))
    assert hears(strict, carrier, bob, "do they drug test?")
    assert f"today's {most} segments" in strict.logs()
    with sqlite3.connect(strict.database) as connection:
        connection.execute("update sms_days set segments = ?", (most,))
    assert hears(strict, carrier, bob, "how much is it?") == []
    assert "988" in bob.texts(CRISIS)[0]
    assert "no more texts" in hears(strict, carrier, bob, "STOP")[0]
