"""Answers to the forms' questions, read out of free text by the phrases of data/triage and data/forms."""
import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Iterator

import yaml

from assistant.clinic import ROOT
from assistant.compiled import kept
from assistant.nlu.contact import best_time, first_name, phone_number
from assistant.phrases import Automaton, Found, Parser, PhraseError, Sequence, framed, touches
from assistant.safety.normalize import load_lexicon

FOLDERS = ("triage", "forms")
_PARTS = ("any", "start", "alone", "unless")
_BUT = re.compile(r"\b(?:but|except|although|though|pero|aunque|excepto|salvo)\b", re.IGNORECASE)  # no plain yes or no
_HEAD = re.compile(r"\s*(\w+(?: \w+)?)[,.;!]\s+\S")
_CONTACT = {"callback_name": first_name, "callback_phone": phone_number, "callback_time": best_time}
_PLAIN = ("yes", "no", "unsure")  # the values of `yes_no`: what they mean to a question stands with it


class AnswersError(ValueError):
    """A file of answers cannot be used. The message names the file and the phrase."""


Key = tuple[str, str, str]  # slot, value, part


@dataclass(frozen=True)
class Answer:
    """What a message says about one slot. `freely`: in so many words; else only as the answer to that slot's question."""

    slot: str
    value: str
    freely: bool


class AnswerReader:
    """All answer phrases of data/triage and data/forms, compiled."""

    def __init__(self, data: Path = ROOT / "data") -> None:
        self._lexicon = load_lexicon()
        self._values: list[tuple[str, str]] = []  # (slot, value), in the order of their files: the first found counts
        self._plain: dict[str, dict[str, str]] = {}  # slot -> what a plain yes or no means
        phrases: list[tuple[Sequence, Key]] = []
        for path in sorted(chain.from_iterable((data / folder).glob("*.yml") for folder in FOLDERS)):
            phrases += self._read(path)
        self._find = Automaton(phrases).find

    def read(self, text: str) -> list[Answer]:
        """Every answer in a message: for each slot at most one that was said freely and one that needs its question."""
        found = self._find(framed(text, self._lexicon))
        answers: dict[tuple[str, bool], Answer] = {}
        for slot, value in self._values:
            excuses = found.get((slot, value, "unless"), [])
            for part in _PARTS[:3]:
                if any(not touches(span, excuses) for span in found.get((slot, value, part), [])):
                    answers.setdefault((slot, part == "any"), Answer(slot, value, part == "any"))
        for slot, read in _CONTACT.items():
            if detail := read(text):
                answers.setdefault((slot, False), Answer(slot, detail, slot == "callback_phone"))
        plain = answers.get(("yes_no", False)) or answers.get(("yes_no", True)) or self._first_word(text)
        if plain and not _BUT.search(text):
            for slot, meanings in self._plain.items():
                if plain.value in meanings and self._named(slot, found) <= {meanings[plain.value]}:
                    answers.setdefault((slot, False), Answer(slot, meanings[plain.value], False))
        return list(answers.values())

    def _first_word(self, text: str) -> Answer | None:
        """The plain yes or no before a comma, whatever follows: "yes, and do you take Aetna?"."""
        head = _HEAD.match(text)
        return next((answer for answer in self.read(head[1]) if answer.slot == "yes_no"), None) if head else None

    def _named(self, slot: str, found: Found) -> set[str]:
        """The values of which a phrase stands in the message, even an excused one: "no" is not plain in "no she's pregnant"."""
        return {value for own, value in self._values if own == slot and any((slot, value, part) in found for part in _PARTS[:2])}

    def _read(self, path: Path) -> Iterator[tuple[Sequence, Key]]:
        data = (yaml.load(path.read_text("utf-8"), yaml.CBaseLoader) or {}).get("answers")
        for slot, entry in (data or {}).items():
            self._plain[slot] = {word: entry[word] for word in _PLAIN if word in entry}
            for listed in entry["values"]:
                self._values.append((slot, listed["value"]))
                yield from self._compiled(path, slot, listed)

    def _compiled(self, path: Path, slot: str, listed: dict) -> Iterator[tuple[Sequence, Key]]:
        parser = Parser(self._lexicon)
        for part in _PARTS:
            for phrase in listed.get(part) or []:
                try:
                    sequence = parser.read(phrase, whole_message=part in ("start", "alone"))
                except PhraseError as error:
                    raise AnswersError(f'{path.name}: {slot}, "{phrase}": {error}') from error
                yield Parser.anchored(sequence, part), (slot, listed["value"], part)


@lru_cache(maxsize=1)
def reader() -> AnswerReader:
    data = ROOT / "data"
    files = [data / "crisis" / "lexicon.yml", *(path for folder in FOLDERS for path in (data / folder).glob("*.yml"))]
    return kept("answers", files, AnswerReader)
