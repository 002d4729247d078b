"""Stored events as the website's channel shows them."""
import pytest

from assistant import clinic
from assistant.channels.website.messages import Shown, forgotten, linked
from assistant.stores.history import Said

PHONE, DIALLED = clinic.settings()["admissions_phone"], clinic.settings()["admissions_phone_link"]
SHOWN = Shown(lambda place: f"<{place}>")


def user(seq, text, id_="1", **metadata):
    parsed = {"language": "es"}
    return Said(seq, "user", {"text": text, "message_id": id_, "timestamp": 0.0, "parse_data": parsed, "metadata": metadata})


def bot(seq, text, *buttons):
    return Said(seq, "bot", {"text": text, "timestamp": 1.5, "data": {"buttons": list(buttons) or None}})


@pytest.mark.parametrize("text, shown", [
    ("Call 911.", "Call [911](tel:911)."),
    ("(call or text 988)", "(call or text [988](tel:988))"),
    (f"A person answers at {PHONE}.", f"A person answers at [{PHONE}](tel:{DIALLED})."),
    ("Is it (988) 555-0147?", "Is it (988) 555-0147?"),
    ("+1 619 911-0988, 19880, 9-1-1, 911-0147", "+1 619 911-0988, 19880, 9-1-1, 911-0147"),
])
def test_the_clinics_numbers_are_links_and_parts_of_others_are_not(text, shown):
    assert linked(text) == shown


def test_every_number_of_the_clinic_can_be_dialled():
    assert clinic.phones()["988"] == "988" and clinic.phones()[PHONE] == DIALLED
    assert all(number.lstrip("+").isdigit() for number in clinic.phones().values())


def test_a_link_of_an_answer_is_a_paragraph_of_its_own():
    link = {"title": "Open the form", "type": "web_url", "url": "https://example.org/f"}
    (message,) = SHOWN.messages("c", [bot(3, "Here.", link, {"title": "No", "payload": "Not now"})])
    assert message["text"] == "Here.\n\n[Open the form](https://example.org/f)"
    assert message["buttons"] == [{"id": "<c 3 1>", "text": "No"}]


def test_a_visitors_words_are_not_touched():
    (message,) = SHOWN.messages("c", [user(1, "call 911? [x](javascript:y)")])
    assert message["text"] == "call 911? [x](javascript:y)" and message["lang"] == "es"


def test_the_answers_to_a_message_end_where_the_next_begins():
    said = [user(1, "a"), bot(2, "b"), bot(3, "c"), user(4, "d", "2"), bot(5, "e")]
    assert [message["seq"] for message in SHOWN.answers("c", said, "1")] == [2, 3]
    assert [message["seq"] for message in SHOWN.answers("c", said, "2")] == [5]
    assert SHOWN.answers("c", said, "3") is None and SHOWN.answers("c", [user(1, "a")], "1") == []


def test_a_pause_by_somebody_else_is_no_forgetting():
    assert not forgotten([Said(1, "pause", {"metadata": {}}), Said(2, "pause", {})])
    assert forgotten([Said(1, "pause", {"metadata": {"forgotten_by_visitor": True}})])
