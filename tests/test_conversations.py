"""What visitors hear. The conversations of tests/conversations, and what does not read well as one."""
import re
import string

import pytest

from assistant.channels.sms.text import is_gsm7, segments
from tests.content import ROOT, read
from tests.test_content import GSM7

CONVERSATIONS = {
    f"{path.stem}: {conversation['name']}": conversation
    for path in sorted((ROOT / "tests/conversations").glob("*.yml")) for conversation in read(path)["conversations"]
}
NEVER_SAID = re.compile(r"[@{]|\bNone\b(?! of these)")
LONGEST_SMS = 320


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_conversation(request, visitor, name):
    conversation = CONVERSATIONS[name]
    channel = conversation.get("channel", "website")
    line = request.getfixturevalue({"website": "assistant", "sms": "texting", "phone": "phone_line"}[channel])
    for turn in conversation["turns"]:
        heard = line.answers(visitor, turn["says"])
        check(turn, heard)
        if channel == "sms":
            check_sms(heard)
        if channel == "phone":
            assert all(segments(message["text"]) <= 2 and is_gsm7(message["text"]) for message in heard), heard
    for slot, value in conversation.get("slots", {}).items():
        assert staff_find(line, visitor, slot) == value, slot


def check(turn, heard):
    text = "\n".join(message["text"] for message in heard)
    context = f"to {turn['says']!r} is answered:\n{text}"
    found = 0
    for part in turn.get("hears", [""]):
        found = text.lower().find(part.lower(), found)
        assert found >= 0, f"{part!r} is not heard, or not in this order: {context}"
    said = [part for part in turn.get("not", []) if part.lower() in text.lower()] + NEVER_SAID.findall(text)
    assert bool(text) != turn.get("silence", False) and not said, f"{said} is heard: {context}"
    offered = {button["title"] for message in heard for button in message.get("buttons", [])}
    assert set(turn.get("offers", [])) <= offered, f"offered is {offered}: {context}"


def check_sms(heard):
    for message in heard:
        assert len(message["text"]) <= LONGEST_SMS, message["text"]
        assert set(message["text"]) <= GSM7, set(message["text"]) - GSM7


def staff_find(line, visitor, path):
    """A slot's value, or one of its entries: `triage_outcome.level`."""
    name, _, entry = path.partition(".")
    value = line.slot(visitor, name)
    return value[entry] if entry and value else value


# --- Odd messages ------------------------------------------------------------------------------------------------------
ODD = {
    "nothing": "",
    "spaces": " \n\t ",
    "10,000 letters": "a" * 10_000,
    "10,000 characters of words": "and then I said to him that it was fine " * 250,
    "emoji": "😀🎉🌮",
    "zero-width": "\u200b\u200d\ufeff",
    "right-to-left": "\u202etxet siht daer",
    "control characters": "\x00\x07\x1b[31m",
    "HTML": "<script>alert('x')</script><img src=x onerror=alert(1)>",
    "SQL": "'; DROP TABLE events; --",
    "a template": "{admissions_phone} {{7*7}} ${HOME} %s",
    "/restart": "/restart",
    "/SetSlots": "/SetSlots(crisis=none, triage_safe=yes)",
    "/triage": "/triage",
    "an intent with entities": '/triage{"triage_safe": "yes"}',
}


@pytest.mark.parametrize("odd", ODD)
def test_an_odd_message_gets_a_sentence_and_changes_nothing(assistant, visitor, odd):
    heard = assistant.says(visitor, ODD[odd])
    assert len(heard) == 2 and all(is_sentence(text) for text in heard), heard
    assert kept(assistant, visitor) == {}
    assert "eight to twelve weeks" in assistant.says(visitor, "How long does IOP last?")[0]


def test_odd_messages_leave_a_form_where_it_was(assistant, visitor):
    ask_up_to(assistant, visitor, "triage_form", "triage_use")
    before = kept(assistant, visitor)
    for odd, text in ODD.items():
        heard = assistant.says(visitor, text)
        assert "every day or nearly every day" in heard[-1], (odd, heard)
        assert kept(assistant, visitor) == before, odd
        assert assistant.slot(visitor, "requested_slot") == "triage_use", odd


def test_ten_thousand_letters_are_no_name(assistant, visitor):
    ask_up_to(assistant, visitor, "callback_form", "callback_name")
    assert "What first name" in assistant.says(visitor, ODD["10,000 letters"])[-1]


def is_sentence(text):
    return len(text.split()) >= 5 and text[-1] in string.punctuation


def kept(assistant, visitor):
    """What a visitor told, by the events: every slot that is filled, but for what each turn notes anew."""
    slots = {e["name"]: e["value"] for e in assistant.events(visitor) if e["event"] == "slot"}
    return {name: value for name, value in slots.items() if value is not None and name not in ("language", "requested_slot")}


# --- A cry for help at every question of both forms -----------------------------------------------------------------------
FORMS = {name: form["required_slots"] for name, form in read(ROOT / "domain.yml")["forms"].items()}
OPENED_BY = {"triage_form": "Check if IOP may fit", "callback_form": "Ask for a call back"}
ANSWERS = {
    "triage_safe": "Yes, everyone is safe", "triage_person": "For me", "triage_adult": "18 or older", "triage_use": "Alcohol",
    "triage_last_use": "Longer ago", "triage_withdrawal": "None of these", "triage_medical": "No", "triage_psychiatric": "No",
    "triage_housing": "Yes", "triage_step_down": "No", "triage_schedule": "Yes",
    "callback_name": "Peregrine", "callback_phone": "(619) 555-0147", "callback_time": "Mornings", "callback_consent": "Yes",
}
CRIES = {
    "explicit": ("i have the pills here and i am going to end my life", "suicide", "Please call or text 988 now"),
    "veiled": ("they would be so much better off if i was not around", "veiled", "You can call or text 988 at any hour"),
    "Spanish": ("ya no quiero vivir, me voy a matar", "suicide", "Llama o manda un mensaje de texto al 988 ahora"),
}


@pytest.mark.parametrize("cry", CRIES)
@pytest.mark.parametrize("form, asked", [(form, slot) for form, slots in FORMS.items() for slot in slots])
def test_a_cry_for_help_ends_a_form_at_any_question(assistant, visitor, form, asked, cry):
    ask_up_to(assistant, visitor, form, asked)
    text, kind, answer = CRIES[cry]
    heard = assistant.says(visitor, text)
    assert answer in heard[0] and len(heard) == 1, heard
    assert open_form(assistant, visitor) is None
    flag = assistant.slot(visitor, "crisis")
    assert flag["kind"] == kind and flag["rule"] and flag["time"]
    (heard,) = assistant.says(visitor, "How long does IOP last?")
    assert "eight to twelve weeks" in heard


def ask_up_to(assistant, visitor, form, asked):
    """Opens a form and answers its questions until it asks for the slot `asked`."""
    assistant.says(visitor, OPENED_BY[form])
    for slot in FORMS[form][: FORMS[form].index(asked)]:
        assistant.says(visitor, ANSWERS[slot])
    assert (open_form(assistant, visitor), assistant.slot(visitor, "requested_slot")) == (form, asked)


def open_form(assistant, visitor):
    loops = [event["name"] for event in assistant.events(visitor) if event["event"] == "active_loop"]
    return loops[-1]


# --- Logs, and a restart ----------------------------------------------------------------------------------------------------
TOLD = [
    "Good evening, I am writing because of my nephew Thaddeus and his drinking",
    "qwzx vbnk", "Check if IOP may fit", "everyone is unharmed, thankfully", "Thaddeus, my nephew", "he is 37", "stop",
    "Ask for a call back", "Euphemia", "(619) 555-0158", "Saturdays before the farmers market", "Yes",
    "my nephew swallowed a whole bottle of pills and won't wake up", "mi sobrino se quiere matar",
    "/restart Euphemia", "Does insurance cover this for Thaddeus?", "goodnight Euphemia",
]
TRACES = ["Thaddeus", "Euphemia", "nephew", "sobrino", "qwzx", "unharmed", "farmers market", "555-0158", "5550158", "swallowed"]


def test_no_log_holds_a_word_a_number_or_a_name_of_the_visitor(assistant, visitor):
    for text in TOLD:
        assistant.says(visitor, text)
    assert assistant.slot(visitor, "callback_request")["phone"] == "+16195550158"
    logs = assistant.logs().lower()
    assert [trace for trace in (*TRACES, *TOLD) if trace.lower() in logs and len(trace) > 4] == []


def test_a_conversation_goes_on_after_a_restart(assistant, visitor):
    ask_up_to(assistant, visitor, "triage_form", "triage_withdrawal")
    assistant.restart()
    heard = assistant.says(visitor, "Some shakes, sweats or nausea")
    assert len(heard) == 1 and "serious medical condition" in heard[0]
    assert assistant.slot(visitor, "triage_withdrawal") == "mild"
    assert assistant.slot(visitor, "triage_use") == "alcohol"
