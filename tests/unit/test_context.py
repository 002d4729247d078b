"""Follow-ups, and the tables of data/follow_up that say what they lean on."""
import pytest

from assistant.dialogue.context import resolved
from tests.content import ROOT, examples, read

TABLES = {path.stem: read(path) for path in sorted((ROOT / "data/follow_up").glob("*.yml"))}
TOPICS = set(examples())


@pytest.mark.parametrize("name", TABLES)
def test_every_topic_that_a_follow_up_names_exists(name):
    leans_on = TABLES[name]["leans_on"]
    named = {*leans_on["after"], *leans_on["after"].values(), *filter(None, [leans_on.get("otherwise")])}
    assert named <= TOPICS


@pytest.mark.parametrize("name", TABLES)
def test_a_follow_up_is_an_intent_of_its_file_and_of_the_domain(name):
    intent = TABLES[name]["nlu"][0]["intent"]
    assert intent == f"follow_up_{name}"
    assert intent in read(ROOT / "domain.yml")["intents"]


@pytest.mark.parametrize("name", TABLES)
def test_a_follow_up_is_answered_by_something_that_has_an_answer(name):
    for topic in TABLES[name]["leans_on"]["after"].values():
        assert topic.startswith(("faq/", "handoff/"))


def test_why_after_drug_testing_means_why_it_is_done():
    assert resolved(["follow_up_why"], "faq/drug_testing") == ["faq/why_drug_testing"]


def test_why_after_something_else_stays_open():
    assert resolved(["follow_up_why"], "handoff/price") == ["follow_up_why"]
    assert resolved(["follow_up_why"], None) == ["follow_up_why"]


def test_how_long_means_the_program_where_nothing_else_is_named():
    assert resolved(["follow_up_how_long"], None) == ["faq/program_length"]
    assert resolved(["follow_up_how_long"], "handoff/price") == ["faq/program_length"]


def test_a_follow_up_leans_on_the_question_before_it_in_the_same_message():
    assert resolved(["faq/drug_testing", "follow_up_why"], "faq/group_size") == ["faq/drug_testing", "faq/why_drug_testing"]


def test_no_topic_is_answered_twice():
    assert resolved(["faq/hours_per_week", "follow_up_how_often"], None) == ["faq/hours_per_week"]


def test_what_is_no_follow_up_stays_as_it_is():
    assert resolved(["faq/group_size", "handoff/price"], "faq/drug_testing") == ["faq/group_size", "handoff/price"]
    assert resolved([], "faq/drug_testing") == []
