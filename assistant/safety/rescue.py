"""What is said when the dialogue engine cannot: the answer to a cry for help, by the rules alone, then the phone line.

Reads the same content files as the engine, and needs nothing of it.
"""
from functools import cache

import yaml

from assistant import clinic
from assistant.clinic import ROOT
from assistant.nlu.language import language_of
from assistant.nlu.text import clean
from assistant.safety.rules import clinic_rules

_PROBLEM = "utter_technical_problem"


def rescue(text: str, channel: str) -> list[str]:
    """The sentences to say to `text` on `channel`, the most urgent first."""
    crisis = crisis_answer(text, channel)
    return [*([crisis] if crisis else []), _variation(_read("domain.yml")[_PROBLEM], channel, "en")]


def crisis_answer(text: str, channel: str) -> str | None:
    """What is said to a cry for help, by the rules alone; None where `text` is none."""
    said = clean(text)
    match = clinic_rules().detect(said)
    if match is None:
        return None
    answers = _read(f"data/crisis/{match.kind}.yml")[f"utter_crisis/{match.kind}"]
    return _variation(answers, channel, language_of(said))


def _variation(variations: list[dict], channel: str, language: str) -> str:
    """Rasa's own choice, for the two conditions that answers have: the channel, and the slot `language`."""
    def rank(variation: dict) -> tuple[bool, bool]:
        return (variation.get("channel") == channel, _languages(variation) == {language})

    fitting = [v for v in variations if v.get("channel") in (None, channel) and _languages(v) <= {language}]
    return max(fitting, key=rank)["text"].format(**clinic.settings())


def _languages(variation: dict) -> set[str]:
    return {condition["value"] for condition in variation.get("condition", []) if condition["name"] == "language"}


@cache
def _read(file: str) -> dict[str, list[dict]]:
    return yaml.load((ROOT / file).read_text("utf-8"), yaml.CSafeLoader)["responses"]
