"""Several questions in one message, with a ranking made by hand: what the message asks is known for the parts listed here."""
import pytest

from assistant.nlu.parts import SURE, topics_of

KNOWN = {
    "how long is it": ("faq/program_length", 0.9),
    "how much is it": ("handoff/price", 0.9),
    "do they drug test": ("faq/drug_testing", 0.8),
    "is there a drug screen": ("faq/drug_testing", 0.8),
    "why": ("follow_up_why", 0.9),
    "i want to sign up": ("handoff/enrollment", 0.9),
    "hi": ("smalltalk/greet", 0.9),
    "thanks": ("smalltalk/thanks", 0.9),
    "i live with my mom": ("faq/living_at_home", 0.9),
    "do you do pottery": ("out_of_scope/general", 0.9),
    "how big": ("faq/group_size", SURE - 0.01),
    "cuanto dura": ("faq/program_length", 0.9),
    "cuanto cuesta": ("handoff/price", 0.9),
}
MIXED = ("faq/what_is_iop", 0.5)  # anything else, as a message that mixes several matters


def ranking(text: str) -> list[tuple[str, float]]:
    return [KNOWN.get(text.lower().strip(" 1).?!"), MIXED), ("faq/other", 0.01)]


def asked(text: str) -> list[str]:
    return [name for name, _ in topics_of(text, ranking)]


TWO = [
    "How long is it? How much is it?",
    "how long is it and how much is it",
    "how long is it, how much is it?",
    "how long is it; also how much is it?",
    "how long is it? oh and how much is it?",
    "1) how long is it 2) how much is it",
    "cuanto dura? y cuanto cuesta?",
]


@pytest.mark.parametrize("text", TWO)
def test_two_questions_are_heard_in_their_order(text):
    assert asked(text) == ["faq/program_length", "handoff/price"]


def test_three_questions_are_heard():
    assert asked("how long is it? how much is it? do they drug test?") == [
        "faq/program_length", "handoff/price", "faq/drug_testing"
    ]


def test_a_why_after_a_question_is_a_question_of_its_own():
    assert asked("Do they drug test? Why?") == ["faq/drug_testing", "follow_up_why"]


def test_a_wish_to_sign_up_counts_without_a_question_mark():
    assert asked("i want to sign up. how much is it?") == ["handoff/enrollment", "handoff/price"]


ONE = [
    ("How long is it?", "faq/program_length"),
    ("do they drug test? is there a drug screen?", "faq/what_is_iop"),  # the same thing twice
    ("hi, how long is it?", "faq/what_is_iop"),
    ("how long is it? thanks", "faq/what_is_iop"),
    ("i live with my mom, how long is it?", "faq/what_is_iop"),  # the first part tells, it does not ask
    ("how long is it? how big?", "faq/what_is_iop"),  # the second part is not sure enough
    ("how long is it? do you do pottery?", "faq/what_is_iop"),
    ("", "faq/what_is_iop"),
    ("and", "faq/what_is_iop"),
    ("?!", "faq/what_is_iop"),
]


@pytest.mark.parametrize("text, topic", ONE)
def test_anything_else_is_read_as_a_whole(text, topic):
    assert asked(text) == [topic]


def test_a_topic_comes_with_its_probability():
    assert topics_of("how long is it? do they drug test?", ranking) == [("faq/program_length", 0.9), ("faq/drug_testing", 0.8)]


def test_a_very_long_message_is_cut_in_few_places():
    tried = []

    def counted(text: str) -> list[tuple[str, float]]:
        tried.append(text)
        return ranking(text)

    topics_of("well, " * 300 + "how long is it?", counted)
    assert len(tried) < 100
