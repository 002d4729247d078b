"""What a phone is shown: the alphabet, segments, cutting, choices. Properties over any text."""
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.channels.sms.incoming import Incoming, fields_of
from assistant.channels.sms.options import Options
from assistant.channels.sms.replies import MOST_SEGMENTS, replies
from assistant.channels.sms.standing import LOCAL, Standing, standing
from assistant.channels.sms.text import cut, is_gsm7, plain, segments
from assistant.channels.sms.turn import decide
from assistant.stores.history import Said

QUIET = settings(deadline=None, derandomize=True, database=None, max_examples=200)
WRITTEN = st.text(st.characters(exclude_categories=["Cs"]), max_size=700)


def bot(text, *titles, action="utter_faq/x", seq=2):
    buttons = [{"title": title, "payload": f"payload of {title}"} for title in titles]
    return Said(seq, "bot", {"text": text, "timestamp": 2.0, "metadata": {"utter_action": action}, "data": {"buttons": buttons}})


def user(text="hi", seq=1, timestamp=1.0):
    return Said(seq, "user", {"text": text, "timestamp": timestamp, "message_id": str(seq), "parse_data": {"language": "en"}})


def incoming(text):
    return Incoming("SM1", "+16195550147", "+19495550100", text)


def turn(text, stand, danger=False, asked=None, refusal=""):
    return decide(incoming(text), stand, asked, danger, refusal, Options())


# --- The alphabet and segments ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("written, sent", [
    ("“It’s” – fine…", '"It\'s" - fine...'), ("médico, señal, ¿qué? ¡sí!", "médico, señal, ¿qué? ¡si!"),
    ("más día aquí útil", "mas dia aqui util"),
    ("a\u00a0b\u200bc\x00d\r\ne", "a bcd\ne"), ("naïve façade", "naive facade"), ("• → × ’", "- -> x '"), ("ok 👍", "ok 👍"),
])
def test_look_alikes_keep_a_text_in_the_alphabet(written, sent):
    assert plain(written) == sent
    assert is_gsm7(sent) == ("👍" not in sent)


@pytest.mark.parametrize("text, count", [
    ("", 1), ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3), ("€" * 80, 1), ("€" * 81, 2),
    ("a" * 152 + "€" * 77, 3),
    ("é" * 160, 1), ("á" * 70, 1), ("á" * 71, 2), ("👍" * 35, 1), ("👍" * 36, 2), ("👍" * 66, 2), ("👍" * 67, 3),
])
def test_segments_as_carriers_bill_them(text, count):
    assert segments(text) == count


@QUIET
@given(WRITTEN)
def test_a_plain_text_is_in_the_alphabet_where_it_can_be_and_stays_so(text):
    once = plain(text)
    assert plain(once) == once
    assert segments(once) <= max(segments(text), 1)
    assert not any(ord(c) < 32 and c != "\n" for c in once)
    ElementTree.fromstring("<a>" + once.replace("&", "").replace("<", "") + "</a>")


@QUIET
@given(WRITTEN.map(plain), st.sampled_from(["", "\nReply MORE for the rest."]))
def test_a_cut_loses_nothing_but_space(text, tail):
    head, rest = cut(text, MOST_SEGMENTS, tail)
    assert not rest or segments(head + tail) <= MOST_SEGMENTS
    assert "".join((head + rest).split()) == "".join(text.split())


# --- Answers and choices -------------------------------------------------------------------------------------------------------


@QUIET
@given(st.lists(st.tuples(WRITTEN, st.lists(st.text("abc def", min_size=1, max_size=40), max_size=8)), min_size=1, max_size=4))
def test_every_text_is_within_two_segments(answers):
    shown = replies([bot(text, *titles) for text, titles in answers], "en")
    assert all(segments(text) <= MOST_SEGMENTS for text in shown.texts)
    assert len(shown.choices) == len(next((titles for text, titles in reversed(answers) if text and titles), []))


@QUIET
@given(st.lists(st.lists(st.text("abcdef", min_size=1, max_size=20), max_size=8), min_size=1, max_size=5), st.integers(0, 12))
def test_a_digit_always_means_what_was_shown_last(turns, digit):
    said = [event for place, titles in enumerate(turns) for event in (user(seq=place), bot("Which?", *titles))]
    last = turns[-1]
    found = turn(str(digit), standing(said, now=3.0))
    if last and 1 <= digit <= len(last):
        assert found.asks == f"payload of {last[digit - 1]}"
    elif last and digit <= 9:
        assert found.says == ("no_such_choice",) and found.asks is None
    else:
        assert found.asks == str(digit)


def test_help_between_a_question_and_its_number_changes_nothing():
    said = [user(), bot("Which?", "This", "That"), user("help", 3), bot("Here", action=f"{LOCAL}help", seq=4)]
    assert turn("2", standing(said, now=3.0)).asks == "payload of That"


def test_a_number_of_the_day_before_means_nothing_any_more():
    said = [user(), bot("Which?", "This", "That")]
    assert turn("2", standing(said, now=2 * 24 * 3600.0)).asks == "2"


def test_the_words_of_a_choice_are_that_choice_and_others_are_free():
    stand = standing([user(), bot("Which?", "Yes, everyone is safe", "No")], now=3.0)
    assert turn("yes everyone is safe", stand).asks == "payload of Yes, everyone is safe"
    assert turn("we are all fine", stand).asks == "we are all fine"


def test_a_crisis_answer_is_never_cut():
    text = "Please call 988. " * 40
    shown = replies([bot(text, action="utter_crisis/suicide")], "en")
    assert shown.rest == "" and "".join("".join(shown.texts).split()) == "".join(text.split())


def test_more_brings_the_rest_until_nothing_is_left():
    text = "One sentence of some words. " * 30
    said, heard = [user(), bot(text)], []
    for place in range(3, 20, 2):
        stand = standing(said, now=3.0)
        if not stand.rest:
            break
        heard.append(stand.rest)
        said += [user("more", place), bot(stand.rest, action=f"{LOCAL}rest", seq=place + 1)]
    assert len(heard) == 2 and heard[0].endswith(heard[1])


# --- What the channel decides ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", ["STOP", "1", "", "START", "stop texting me", "Liked “x y z”"])
@pytest.mark.parametrize("consent", [None, "given", "stopped", "resumed"])
@pytest.mark.parametrize("refusal", ["", "blocked", "too_many", "over the day's ceiling"])
def test_a_cry_for_help_reaches_the_dialogue_whatever_else_holds(text, consent, refusal):
    assert turn(text, Standing(consent=consent), danger=True, refusal=refusal).asks == text


@QUIET
@given(WRITTEN)
def test_who_opted_out_hears_nothing(text):
    found = turn(text, Standing(consent="stopped"))
    assert found.asks is None and found.says == ()


def test_yes_of_who_opted_out_is_no_answer_to_a_question():
    stand = standing([user(), bot("Which?", "Yes", "No"), Said(3, "note", {
        "kind": "consent", "details": {"status": "stopped"}, "timestamp": 2.0})], now=3.0)
    assert [turn(text, stand).asks for text in ("YES", "yes", "1")] == [None] * 3


def test_a_quote_of_our_own_words_on_a_crisis_is_no_cry_for_help():
    stand = standing([user(), bot("Call or text 988 now, you matter.", action="utter_crisis/suicide")], now=3.0)
    assert turn("Loved “Call or text 988 now, you…”", stand, danger=True).says == ("reaction",)
    assert turn("Loved “i want to die”", stand, danger=True).asks


def test_a_message_is_read_whatever_its_fields():
    body = b"Body=hi+%00there&Unknown=&From=%2B16195550147&To=%2B19495550100&MessageSid=SM1&NumMedia=2&OptOutType=stop"
    read = Incoming.read(fields_of(body))
    assert (read.text, read.media, read.opted) == ("hi there", 2, "STOP")
    with pytest.raises(ValueError):
        Incoming.read(fields_of(b"Body=hi"))
    with pytest.raises(ValueError):
        fields_of(b"a=1&" * 1000)
