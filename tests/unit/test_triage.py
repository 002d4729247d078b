"""The triage decision table over every combination of answers.

The full product has 105 million combinations. Every combination of the answers on which safety depends (SAFETY, each with
`skipped` and `unsure`, the last use also not asked) is tried: some 270,000, each with the other answers drawn by a fixed seed,
so that all pairs with them occur. That a question which was not asked counts as a skipped one is tried beside that.
"""
from collections import Counter, namedtuple
from functools import cache
from itertools import combinations, product
from random import Random

import pytest
import yaml

from actions import triage
from tests.content import ROOT

NOT_ASKED = None
SAFETY = ("triage_safe", "triage_adult", "triage_use", "triage_last_use", "triage_withdrawal", "triage_medical",
          "triage_psychiatric", "triage_housing")
OTHERS = ("triage_person", "triage_step_down", "triage_schedule")
HARMLESS = {slot: order[-1] for slot, order in triage.table()["gravity"].items()}
HARMLESS |= {"triage_person": "self", "triage_step_down": "no", "triage_schedule": "yes"}
DAILY = ("alcohol", "benzodiazepines", "opioids", "several")
OPEN = ("skipped", "unsure")

Case = namedtuple("Case", [*SAFETY, *OTHERS, "level", "reasons"])


@cache
def values(slot: str) -> tuple[str, ...]:
    """Every value that the slot can have: those of data/triage, and what any question can get."""
    entry = yaml.load((ROOT / f"data/triage/{slot}.yml").read_text("utf-8"), yaml.CBaseLoader)["answers"][slot]
    read = {listed["value"] for listed in entry["values"]} | {entry[word] for word in ("yes", "no", "unsure") if word in entry}
    return tuple(sorted(read | set(OPEN)))


def answers(**changed: str | None) -> dict[str, str]:
    """Harmless answers to every question, but for the changed ones; None leaves a question out."""
    given = {**HARMLESS, **{f"triage_{name}": value for name, value in changed.items()}}
    return {slot: value for slot, value in given.items() if value is not None}


@cache
def every_case() -> list[Case]:
    """Every combination of the safety answers, with what it leads to."""
    draw, cases, shared = Random(0), [], {}
    choices = [values(slot) + ((NOT_ASKED,) if slot == "triage_last_use" else ()) for slot in SAFETY]
    for combination in product(*choices):
        drawn = tuple(draw.choice(values(slot)) for slot in OTHERS)
        given = {slot: value for slot, value in zip((*SAFETY, *OTHERS), combination + drawn) if value is not NOT_ASKED}
        outcome = triage.outcome(given)
        reasons = shared.setdefault(tuple(outcome.reasons), tuple(outcome.reasons))
        cases.append(Case(*combination, *drawn, outcome.level, reasons))
    return cases


def levels(**known: str | tuple[str, ...]) -> Counter:
    """The outcomes of all cases with these answers: level -> how many."""
    wanted = {f"triage_{name}": value if isinstance(value, tuple) else (value,) for name, value in known.items()}
    found = Counter(case.level for case in every_case() if all(getattr(case, slot) in w for slot, w in wanted.items()))
    assert found, f"no case has {known}"
    return found


def test_every_pair_of_answers_occurs():
    for one, other in combinations((*SAFETY, *OTHERS), 2):
        seen = {(getattr(case, one), getattr(case, other)) for case in every_case()}
        assert set(product(values(one), values(other))) <= seen, (one, other)


@pytest.mark.parametrize("danger", [
    {"withdrawal": ("severe", "mild", "past")},
    {"medical": ("serious", "pregnant")},
    {"psychiatric": "yes"},
    {"housing": "no"},
    {"use": ("alcohol", "benzodiazepines", "several"), "last_use": "within_3_days"},
    {"adult": "no"},
    {"safe": ("no", "unsure")},
], ids=lambda danger: "+".join(danger))
def test_a_danger_never_ends_in_iop(danger):
    assert "IOP_MAY_FIT" not in levels(**danger)


@pytest.mark.parametrize("left_open", [
    {"safe": OPEN}, {"adult": OPEN}, {"use": OPEN}, {"use": DAILY, "last_use": (*OPEN, NOT_ASKED)}, {"withdrawal": OPEN},
    {"medical": OPEN}, {"psychiatric": OPEN}, {"housing": OPEN},
], ids=lambda left_open: "+".join(left_open))
def test_a_safety_question_left_open_never_ends_in_iop(left_open):
    assert "IOP_MAY_FIT" not in levels(**left_open)


def test_severe_withdrawal_is_always_an_emergency():
    assert set(levels(withdrawal="severe")) == {"EMERGENCY"}


def test_not_being_safe_is_always_a_crisis():
    """Or an emergency, where severe withdrawal is known as well."""
    assert set(levels(safe=("no", "unsure"), withdrawal=("mild", "past", "none", *OPEN))) == {"CRISIS"}
    assert set(levels(safe=("no", "unsure"))) == {"CRISIS", "EMERGENCY"}


def test_a_danger_to_health_asks_for_more_than_iop_unless_something_graver_or_a_minor_is_known():
    clear = {"safe": ("yes", "skipped"), "adult": ("yes", *OPEN), "withdrawal": ("mild", "past", "none", *OPEN)}
    dangers = ({"medical": ("serious", "pregnant")}, {"psychiatric": "yes"}, {"housing": "no"}, {"withdrawal": ("mild", "past")})
    for danger in dangers:
        assert set(levels(**{**clear, **danger})) == {"HIGHER_LEVEL_LIKELY"}, danger


@pytest.mark.parametrize("others", product(*map(values, OTHERS)), ids="-".join)
def test_iop_may_fit_where_every_safety_answer_is_harmless_and_the_hours_suit(others):
    outcome = triage.outcome({**HARMLESS, **dict(zip(OTHERS, others))})
    assert outcome.level == ("UNSURE" if others[-1] == "no" else "IOP_MAY_FIT")


def test_every_outcome_has_reasons():
    assert all(case.reasons for case in every_case())


def test_every_outcome_can_occur():
    assert {case.level for case in every_case()} == set(triage.table()["outcomes"])


def test_every_reason_of_the_table_can_occur():
    assert {reason for case in every_case() for reason in case.reasons} == {row["reason"] for row in triage.table()["rows"]}


def test_the_table_knows_no_answer_that_cannot_be_given():
    for row in triage.table()["rows"]:
        for slot, wanted in row["when"].items():
            assert set(wanted) <= set(values(slot)), row
    assert all(set(order) <= set(values(slot)) for slot, order in triage.table()["gravity"].items())


def test_a_question_that_was_not_asked_counts_as_skipped():
    draw = Random(1)
    for _ in range(2000):
        given = {slot: draw.choice(values(slot)) for slot in triage.questions()}
        asked = triage.outcome(given)
        if given["triage_use"] in (*DAILY, "unsure") or given["triage_last_use"] != "skipped":
            given = {slot: value for slot, value in given.items() if value != "skipped"}
        assert triage.outcome(given) == asked


def test_no_answer_at_all_is_unsure():
    assert triage.outcome({}).level == "UNSURE"


def test_a_step_down_with_all_clear_is_the_reason():
    assert triage.outcome(answers(step_down="yes")).reasons == ["step_down"]
    assert triage.outcome(answers(step_down="no")).reasons == ["primary_care"]
    assert triage.outcome(answers(step_down="unsure")).reasons == ["primary_care"]


def test_a_step_down_does_not_outweigh_a_danger():
    outcome = triage.outcome(answers(step_down="yes", housing="no"))
    assert outcome.level == "HIGHER_LEVEL_LIKELY"
    assert outcome.reasons == ["no_safe_stable_home", "step_down"]
    assert all("step" not in words for words in outcome.says)


def test_the_gravest_reason_comes_first():
    outcome = triage.outcome(answers(adult="skipped", medical="serious", schedule="no"))
    assert outcome.level == "HIGHER_LEVEL_LIKELY" and outcome.reasons[0] == "serious_medical_condition"
    assert {"age_unknown", "cannot_attend_hours"} < set(outcome.reasons)


def test_every_outcome_but_emergency_and_crisis_is_explained_to_the_visitor():
    for row in triage.table()["rows"]:
        assert ("says" in row) == (row["outcome"] not in ("EMERGENCY", "CRISIS")), row["reason"]


# --- What is asked ---------------------------------------------------------------------------------------------------------


def asked(given: dict[str, str]) -> list[str]:
    """The questions, in their order, that a visitor is asked who answers like this."""
    said, order = {}, []
    while (question := triage.next_question(said)) is not None:
        order.append(question.removeprefix("triage_"))
        said[question] = given[question]
    return order


def test_the_questions_come_in_the_order_of_the_table():
    order = [slot.removeprefix("triage_") for slot in triage.questions()]
    assert asked(answers(use="alcohol")) == order
    assert asked(answers(use="none")) == [slot for slot in order if slot != "last_use"]


@pytest.mark.parametrize("use", ["alcohol", "benzodiazepines", "opioids", "several", "unsure", "none", "skipped"])
def test_the_last_use_is_asked_only_after_daily_use(use):
    assert ("last_use" in asked(answers(use=use))) == (use in (*DAILY, "unsure"))


@pytest.mark.parametrize("answer, last", [
    ({"safe": "no"}, "safe"), ({"safe": "unsure"}, "safe"), ({"adult": "no"}, "adult"), ({"withdrawal": "severe"}, "withdrawal"),
])
def test_the_questions_stop_at_once(answer, last):
    assert asked(answers(**answer))[-1] == last


def test_no_one_is_asked_more_than_each_question_once():
    draw = Random(2)
    for _ in range(2000):
        order = asked({slot: draw.choice(values(slot)) for slot in triage.questions()})
        assert len(order) == len(set(order)) <= len(triage.questions())


def test_a_question_answered_ahead_is_not_asked_again():
    assert triage.next_question({"triage_safe": "yes", "triage_person": "self", "triage_adult": "yes"}) == "triage_use"
    assert triage.next_question({"triage_adult": "yes"}) == "triage_safe"


def test_a_danger_said_ahead_stops_before_any_question():
    assert triage.next_question({"triage_withdrawal": "severe"}) is None
    assert triage.next_question({"triage_adult": "no"}) is None


def test_going_back_leads_to_the_last_question_that_has_an_answer():
    given = answers(withdrawal=None, medical=None)
    assert triage.previous_question({**given, "triage_use": "alcohol"}, "triage_withdrawal") == "triage_last_use"
    assert triage.previous_question(answers(last_use=None), "triage_withdrawal") == "triage_use"
    assert triage.previous_question({}, "triage_safe") is None
    assert triage.previous_question({"triage_adult": "yes"}, "triage_medical") == "triage_adult"


# --- What a later message changes ------------------------------------------------------------------------------------------

GRAVER = {
    "triage_safe": "no", "triage_adult": "no", "triage_use": "alcohol", "triage_last_use": "within_3_days",
    "triage_withdrawal": "severe", "triage_medical": "serious", "triage_psychiatric": "yes", "triage_housing": "no",
}


@pytest.mark.parametrize("slot", SAFETY)
def test_a_graver_answer_replaces_a_harmless_one(slot):
    assert triage.merged({slot: HARMLESS[slot]}, {slot: GRAVER[slot]}, "triage_schedule")[slot] == GRAVER[slot]


@pytest.mark.parametrize("slot", SAFETY)
def test_a_harmless_answer_does_not_replace_a_graver_one(slot):
    assert triage.merged({slot: GRAVER[slot]}, {slot: HARMLESS[slot]}, "triage_schedule")[slot] == GRAVER[slot]


def said_freely(slot: str) -> list[str]:
    """The values that data/triage reads at any question, not only at the one that asks for them."""
    entry = yaml.load((ROOT / f"data/triage/{slot}.yml").read_text("utf-8"), yaml.CBaseLoader)["answers"][slot]
    return [listed["value"] for listed in entry["values"] if listed.get("any")]


def gravity(given: dict[str, str]) -> int:
    return triage.table()["outcomes"].index(triage.outcome(given).level)


LATER = [(slot, before, said) for slot in SAFETY for before in values(slot) for said in said_freely(slot) if before not in OPEN]


@pytest.mark.parametrize("slot, before, said", LATER)
def test_what_is_said_beside_a_question_never_makes_the_outcome_milder(slot, before, said):
    recent = {"triage_last_use": "within_3_days"} if slot == "triage_use" else {}
    given = {**HARMLESS, **recent, slot: before}
    assert gravity(triage.merged(given, {slot: said}, "triage_schedule")) <= gravity(given)


@pytest.mark.parametrize("slot", SAFETY)
def test_the_order_of_gravity_holds_every_answer_that_can_be_replaced(slot):
    assert set(triage.table()["gravity"][slot]) == set(values(slot)) - set(OPEN)


def test_the_question_that_was_asked_takes_any_answer():
    assert triage.merged({"triage_housing": "no"}, {"triage_housing": "yes"}, "triage_housing")["triage_housing"] == "yes"


@pytest.mark.parametrize("open_answer", OPEN)
def test_an_answer_given_later_fills_what_was_left_open(open_answer):
    assert triage.merged({"triage_housing": open_answer}, {"triage_housing": "yes"}, "triage_schedule")["triage_housing"] == "yes"


def test_what_was_not_answered_is_filled_and_the_rest_stays():
    before = {"triage_safe": "yes"}
    assert triage.merged(before, {"triage_adult": "yes"}, "triage_person") == {"triage_safe": "yes", "triage_adult": "yes"}
    assert before == {"triage_safe": "yes"}
