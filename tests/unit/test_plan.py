"""What a turn owes the visitor: turns made by hand, and the actions they lead to."""
from dataclasses import replace

import pytest
import yaml

from assistant.dialogue.plan import Turn, plan
from tests.content import ROOT

HOURS, PRICE, TESTS = "utter_faq/hours_per_week", "utter_handoff/price", "utter_faq/drug_testing"
CRISIS, DISCLOSURE, SPANISH = "utter_crisis/suicide", "utter_disclosure", "utter_spanish"
END, PROBLEM = "action_deactivate_loop", "utter_technical_problem"


def rules() -> dict[str, str]:
    """The rules of data/rules.yml, intent -> action, as the policy learns them."""
    steps = [rule["steps"] for rule in yaml.safe_load((ROOT / "data/rules.yml").read_text("utf-8"))["rules"]]
    return {said["intent"]: done["action"] for said, done, *_ in steps}


def actions(*topics: str, **known) -> list[str]:
    return plan(Turn(topics=list(topics), **known), rules())


# --- Outside a form --------------------------------------------------------------------------------------------------------


def test_a_question_gets_its_answer():
    assert actions("faq/hours_per_week") == [HOURS]


def test_the_first_answer_comes_after_the_disclosure():
    assert actions("faq/hours_per_week", disclosed=False) == [DISCLOSURE, HOURS]


def test_two_questions_get_two_answers_in_their_order():
    assert actions("faq/drug_testing", "handoff/price") == [TESTS, PRICE]


def test_a_form_opens_after_the_answers_whatever_came_first_in_the_message():
    assert actions("triage", "handoff/price", disclosed=False) == [DISCLOSURE, PRICE, "triage_form"]


def test_only_one_form_opens():
    assert actions("callback", "triage") == ["callback_form"]


def test_a_spanish_question_gets_the_spanish_sentence_last():
    assert actions("faq/hours_per_week", spanish=True, disclosed=False) == [DISCLOSURE, HOURS, SPANISH]


def test_a_form_asked_for_in_spanish_opens_after_the_spanish_sentence():
    assert actions("triage", spanish=True) == [SPANISH, "triage_form"]


def test_what_is_not_understood_is_asked_back_once_then_handed_to_a_person():
    assert actions("nlu_fallback") == ["utter_did_you_mean"]
    assert actions("nlu_fallback", confused=True) == ["utter_not_understood"]


def test_a_question_understood_after_confusion_is_answered():
    assert actions("faq/hours_per_week", confused=True) == [HOURS]


def test_a_follow_up_that_leans_on_nothing_is_asked_back():
    assert actions("follow_up_why") == ["utter_which_question"]


@pytest.mark.parametrize("intent", rules())
def test_every_rule_leads_to_an_action(intent):
    topic = intent if intent in ("triage", "callback") or "follow" in intent else f"{intent}/x"
    assert len(plan(Turn(topics=[topic]), rules())) == 1


# --- A crisis --------------------------------------------------------------------------------------------------------------


def test_a_crisis_is_answered_before_the_disclosure():
    assert actions(crisis="suicide", disclosed=False) == [CRISIS, DISCLOSURE]


def test_a_crisis_is_answered_alone_once_the_disclosure_was_made():
    assert actions(crisis="suicide") == [CRISIS]


@pytest.mark.parametrize("known", [
    {"answered": True}, {"stopped": True}, {"asks": True}, {"spanish": True}, {"answered": True, "stopped": True, "asks": True},
])
@pytest.mark.parametrize("form", ["triage_form", "callback_form"])
def test_a_crisis_ends_a_form_whatever_else_the_message_says(form, known):
    assert actions("faq/hours_per_week", crisis="suicide", form=form, **known) == [CRISIS, END]


def test_a_crisis_answers_no_question_and_opens_no_form():
    assert actions("triage", "handoff/price", crisis="suicide", disclosed=False) == [CRISIS, DISCLOSURE]


def test_a_crisis_in_spanish_is_no_place_for_the_sentence_on_spanish_hours():
    assert actions(crisis="suicide", spanish=True) == [CRISIS]


def test_a_crisis_comes_first_even_as_a_form_has_all_its_answers():
    assert actions(crisis="suicide", form="triage_form", finished="triage_form")[0] == CRISIS


# --- In a form -------------------------------------------------------------------------------------------------------------


def in_form(*topics: str, **known) -> list[str]:
    return actions(*topics, form="triage_form", **known)


def test_an_answer_goes_to_the_form():
    assert in_form("smalltalk/ok", answered=True) == ["triage_form"]


def test_an_answer_that_sounds_like_a_topic_is_only_an_answer():
    assert in_form("faq/living_at_home", answered=True) == ["triage_form"]


def test_a_question_beside_the_answer_is_answered_before_the_form_goes_on():
    assert in_form("handoff/price", answered=True, asks=True) == [PRICE, "triage_form"]


def test_a_question_instead_of_an_answer_is_answered_before_the_form_asks_again():
    assert in_form("faq/hours_per_week") == [HOURS, "triage_form"]


def test_two_questions_instead_of_an_answer_are_both_answered():
    assert in_form("faq/drug_testing", "handoff/price", asks=True) == [TESTS, PRICE, "triage_form"]


@pytest.mark.parametrize("topic", ["nlu_fallback", "smalltalk/greet", "smalltalk/thanks", "affirm", "triage", "callback"])
def test_what_is_neither_answer_nor_question_is_said_to_be_unclear_before_the_form_asks_again(topic):
    assert in_form(topic) == ["utter_form_not_understood", "triage_form"]


@pytest.mark.parametrize("topic", ["smalltalk/are_you_human", "smalltalk/privacy", "smalltalk/past_crisis", "out_of_scope/medical"])
def test_what_a_visitor_may_want_to_know_first_is_answered_in_a_form(topic):
    assert in_form(topic) == [f"utter_{topic}", "triage_form"]


def test_stop_ends_the_form_and_asks_nothing_more():
    assert in_form("smalltalk/ok", stopped=True, answered=True) == ["utter_form_stopped", END]


def test_stop_outside_a_form_ends_nothing():
    assert END not in actions("smalltalk/ok", stopped=True)


def test_in_a_form_spanish_is_said_before_the_next_question():
    assert in_form("handoff/price", spanish=True) == [PRICE, SPANISH, "triage_form"]
    assert in_form(spanish=True, answered=True) == [SPANISH, "triage_form"]


@pytest.mark.parametrize("form", ["triage_form", "callback_form"])
def test_a_form_with_all_its_answers_hands_them_in(form):
    assert actions("smalltalk/ok", form=form, answered=True, finished=form) == [form, f"action_submit_{form}"]


def test_a_form_that_a_first_message_answers_in_full_hands_them_in():
    assert actions("triage", finished="triage_form") == ["triage_form", "action_submit_triage_form"]


def test_a_form_in_a_new_session_is_disclosed_first():
    assert in_form("smalltalk/ok", answered=True, disclosed=False) == [DISCLOSURE, "triage_form"]


# --- A failure, and the turn as it goes on -----------------------------------------------------------------------------------


@pytest.mark.parametrize("done", [["triage_form"], [DISCLOSURE, "triage_form"], ["triage_form", "action_submit_triage_form"]])
def test_an_action_that_failed_is_followed_by_the_technical_sentence_and_nothing_else(done):
    assert actions("triage", done=done, failed=True) == [*done, PROBLEM]


@pytest.mark.parametrize("known", [
    {"topics": ["faq/drug_testing", "handoff/price"], "disclosed": False},
    {"topics": ["triage"], "spanish": True},
    {"crisis": "suicide", "form": "triage_form", "disclosed": False},
    {"topics": ["handoff/price"], "form": "callback_form", "answered": True, "asks": True},
    {"stopped": True, "form": "callback_form", "spanish": True},
])
def test_a_plan_stays_the_same_while_it_is_carried_out(known):
    turn = Turn(**known)
    whole = plan(turn, rules())
    assert all(plan(replace(turn, done=whole[:taken]), rules()) == whole for taken in range(len(whole) + 1))
