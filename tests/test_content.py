"""The content is checked like code: facts, figures, attribution, both variations, SMS lengths, examples."""
import re

import pytest

from assistant import clinic
from assistant.nlu.text import folded
from tests.content import FACTS, FILES, ROOT, examples, responses

GSM7 = set("@£$¥èéùìòÇ\nØøÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
           "abcdefghijklmnopqrstuvwxyzäöñüà^{}\\[~]|€")
FAQ = {name: variations for name, variations in responses().items() if name.startswith("utter_faq/")}


def filled(text: str) -> str:
    for name, value in clinic.settings().items():
        text = text.replace("{" + name + "}", value)
    return text


def test_every_fact_is_stated_by_some_answer():
    stated = {fact for variations in responses().values() for v in variations for fact in v["metadata"].get("facts", [])}
    assert set(FACTS) - stated == set()


@pytest.mark.parametrize("name", FAQ)
def test_an_answer_names_its_section_and_its_facts_in_both_variations(name):
    assert {v.get("channel") for v in FAQ[name]} == {None, "sms"}
    for variation in FAQ[name]:
        source = variation["metadata"]
        assert (ROOT / "data/faq" / source["section"]).is_dir()
        assert source["facts"] and set(source["facts"]) <= set(FACTS)


@pytest.mark.parametrize("name", FAQ)
def test_a_general_fact_is_never_said_of_the_clinic(name):
    for variation in FAQ[name]:
        attributions = {FACTS[fact]["attribution"] for fact in variation["metadata"]["facts"]}
        for sentence in variation["text"].split(". "):
            if "trust_socal" not in attributions and ("{clinic_name}" in sentence or "Trust SoCal" in sentence):
                assert "{admissions_phone}" in sentence, sentence


@pytest.mark.parametrize("name", responses())
def test_an_sms_answer_fits(name):
    for variation in responses()[name]:
        if variation.get("channel") == "sms":
            assert len(filled(variation["text"])) <= 320
            assert set(variation["text"]) <= GSM7


def test_no_example_stands_under_two_intents():
    seen: dict[str, str] = {}
    for intent, texts in examples().items():
        for text in texts:
            key = folded(text)
            assert seen.setdefault(key, intent) == intent or not key, (text, seen[key], intent)


@pytest.mark.parametrize("intent", [i for i in examples() if i.startswith("faq/")])
def test_a_question_is_asked_in_forty_ways(intent):
    assert len(examples()[intent]) >= 40


def test_the_files_are_found():
    assert len(FILES) > 60


NUMBERS = {word: number for number, word in enumerate("two three four five six seven eight nine ten eleven twelve".split(), 2)}
_NUMBER = "|".join(NUMBERS)
FIGURE = re.compile(rf"\b({_NUMBER}|\d+(?:\.\d+)?)\b(?: (?:to|or) ({_NUMBER}|\d+)\b)?(?: (\w+))?", re.IGNORECASE)
UNITS = {"people": "participants", "members": "participants"}


def figures(text: str) -> set[tuple[float, float, str]]:
    """Every figure of an answer: lowest, highest, and the word that says of what."""
    plain = re.sub(r"{\w+}", "", text)
    found = [(number(low), number(high or low), UNITS.get(of, of)) for low, high, of in FIGURE.findall(plain)]
    return {(low, high, "level" if low == 2.1 else of.casefold()) for low, high, of in found}


def number(text: str) -> float:
    return NUMBERS.get(text.casefold()) or float(text)


@pytest.mark.parametrize("name", FAQ)
def test_every_figure_of_an_answer_is_a_fact_with_its_unit(name):
    for variation in FAQ[name]:
        facts = [f for fact in variation["metadata"]["facts"] for f in FACTS[fact].get("figures", [])]
        known = {(float(low), float(high), "level" if low == 2.1 else unit.split()[0]) for low, high, unit in facts}
        assert figures(variation["text"]) <= known, (figures(variation["text"]), known)


def test_a_figure_of_another_unit_is_no_fact():
    both = {(8, 12, "participants"), (8, 12, "weeks")}
    assert figures("Groups have eight to twelve people, programs last 8 to 12 weeks.") == both
