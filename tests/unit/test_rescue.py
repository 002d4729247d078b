"""What is said when the dialogue engine cannot: a crisis of each kind, in both languages, on the web and by SMS."""
import pytest

from assistant import clinic
from assistant.safety.rescue import rescue
from assistant.safety.rules import KINDS

SAID = {
    "medical_emergency": ("she took too many pills and is not breathing", "mi hermano no respira y tiene los labios azules"),
    "suicide": ("i want to kill myself", "me quiero morir"),
    "suicide_other": ("my son says he is going to kill himself", "mi hijo dice que se quiere matar"),
    "violence": ("i am going to kill him", "lo voy a matar"),
    "abuse": ("my husband is beating me right now", "mi esposo me esta golpeando"),
    "severe_withdrawal": ("i stopped drinking and i am hallucinating", "deje de tomar y estoy alucinando"),
    "veiled": ("everyone would be better off without me", "todos estarian mejor sin mi"),
}
URGENT = ("911", "988")
SPANISH_WORDS = (" o ", " la ", " el ", "llame", "ayuda")


def crises() -> list[tuple[str, str, str, str]]:
    both = [(kind, language, text) for kind, texts in SAID.items() for language, text in zip(("en", "es"), texts)]
    return [(kind, language, channel, text) for kind, language, text in both for channel in ("rest", "sms")]


def test_a_crisis_of_each_kind_is_tried():
    assert set(SAID) == set(KINDS)


@pytest.mark.parametrize("kind, language, channel, text", crises())
def test_a_crisis_is_answered_before_the_technical_sentence(kind, language, channel, text):
    answer, problem = rescue(text, channel)
    assert any(line in answer for line in URGENT)
    assert "went wrong" in problem and "went wrong" not in answer
    assert any(word in answer.lower() for word in SPANISH_WORDS) == (language == "es")


@pytest.mark.parametrize("kind, language, channel, text", crises())
def test_no_placeholder_is_left_open(kind, language, channel, text):
    assert not any(mark in sentence for sentence in rescue(text, channel) for mark in "{}")


@pytest.mark.parametrize("kind", SAID)
def test_by_sms_a_crisis_is_answered_shorter(kind):
    english = SAID[kind][0]
    assert len(rescue(english, "sms")[0]) <= 320
    assert rescue(english, "sms")[0] != rescue(english, "rest")[0]


@pytest.mark.parametrize("kind", ["suicide", "suicide_other"])
def test_suicide_gets_the_county_line_too(kind):
    assert clinic.settings()["county_line"] in rescue(SAID[kind][0], "rest")[0]


@pytest.mark.parametrize("text", ["how long is it?", "cuanto dura?", "this job is killing me", "", "😀", "a" * 5000])
@pytest.mark.parametrize("channel", ["rest", "sms"])
def test_an_ordinary_message_gets_the_phone_line(text, channel):
    (problem,) = rescue(text, channel)
    assert clinic.settings()["admissions_phone"] in problem
    assert all(line in problem for line in URGENT)


def test_a_crisis_hidden_behind_invisible_characters_is_seen():
    assert len(rescue("i want to k\u200bi\u200bll myself", "rest")) == 2


def test_a_command_in_front_does_not_hide_a_crisis():
    assert len(rescue("/restart i want to kill myself", "rest")) == 2
