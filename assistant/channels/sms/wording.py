"""The words of data/sms: what a message asks of the channel itself, and what the channel says."""
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Optional

import yaml

from assistant import clinic
from assistant.clinic import ROOT
from assistant.compiled import kept
from assistant.nlu.text import folded
from assistant.phrases import Automaton, Parser, PhraseError, Sequence, framed, touches
from assistant.safety.normalize import load_lexicon

FOLDER = ROOT / "data" / "sms"
KINDS = ("stop", "start", "help", "more")
_PARTS = ("alone", "any", "unless")
_MOST_WORDS_OF_A_REACTION = 4  # before the quote
_QUOTE = re.compile(r'[“"«](.{3,}?)(?:…|\.\.\.)?[”"»]?\s*$', re.DOTALL)

Key = tuple[str, str, str]  # kind, language, part


class WordingError(ValueError):
    """A file of data/sms cannot be used. The message names the file and the phrase."""


@dataclass(frozen=True)
class Asked:
    """kind: one of KINDS; language: `en` or `es`; alone: whether nothing else stands in the message."""

    kind: str
    language: str
    alone: bool = False


class Wording:
    """The phrases of wording.yml, compiled."""

    def __init__(self, path: Path = FOLDER / "wording.yml") -> None:
        data = _read(path)
        self._lexicon, self._languages = load_lexicon(), {kind: list(data[kind]) for kind in KINDS}
        self._find = Automaton(list(_phrases(path, data, Parser(self._lexicon)))).find

    def asked(self, text: str) -> Optional[Asked]:
        """What a message asks of the channel: the first of KINDS of which a phrase is said and not excused."""
        found = self._find(framed(text, self._lexicon))
        for kind in KINDS:
            excuses = [span for language in self._languages[kind] for span in found.get((kind, language, "unless"), [])]
            for language in self._languages[kind]:
                said = found.get((kind, language, "any"), [])
                alone = (kind, language, "alone") in found
                if alone or any(not touches(span, excuses) for span in said):
                    return Asked(kind, language, alone)
        return None


@cache
def wording() -> Wording:
    """Compiled once. Raises WordingError."""
    files = [FOLDER / "wording.yml", ROOT / "data/crisis/lexicon.yml"]
    return kept("sms", files, Wording)


def reply(name: str, language: str) -> str:
    """What the channel says, with the values of clinic.yml filled in."""
    texts = _read(FOLDER / "replies.yml")["replies"][name]
    return texts.get(language, texts["en"]).format(**clinic.settings())


def reason(code: str) -> str:
    """Why a message was not delivered, in words for staff."""
    reasons = _read(FOLDER / "replies.yml")["undelivered"]
    return reasons.get(code, reasons["other"])


def number(text: str) -> Optional[int]:
    """The number of a choice: `2`, `#2.`, `two`, `the second one`; None where the whole message is no number."""
    said = folded(text)
    if re.fullmatch("[0-9]{1,2}", said) and re.fullmatch(r"\D{0,3}[0-9]{1,2}[.):!]?", text.strip()):
        return int(said)
    words = _read(FOLDER / "wording.yml")["numbers"]
    return next((place for place, names in enumerate(words, 1) if said in names), None)


def reaction(text: str) -> Optional[str]:
    """The words of ours that somebody tapped a heart or a thumb on, as the phone quotes them; None where it is no reaction."""
    quote = _QUOTE.search(text)
    before = folded(text[:quote.start()]) if quote else ""
    told = any(before.startswith(words) for words in _read(FOLDER / "wording.yml")["reactions"])
    emoji = bool(quote) and before in ("to", "a") and not text.lower().startswith(("to ", "a "))
    short = len(before.split()) <= _MOST_WORDS_OF_A_REACTION
    return quote[1] if quote and short and (told or emoji) else None


def check() -> None:
    """Reads everything as a start does. Raises WordingError."""
    wording()
    for name, texts in _read(FOLDER / "replies.yml")["replies"].items():
        try:
            [text.format(**clinic.settings()) for text in texts.values()]
        except (KeyError, ValueError) as error:
            raise WordingError(f"data/sms/replies.yml: {name}: {{{error.args[0]}}} is nothing that clinic.yml has.") from None


def _phrases(path: Path, data: dict[str, Any], parser: Parser) -> Iterator[tuple[Sequence, Key]]:
    for kind in KINDS:
        for language, parts in data[kind].items():
            for part, phrases in parts.items():
                if part not in _PARTS:
                    raise WordingError(f"{path.name}: {kind}, {language}: '{part}:' is not one of {', '.join(_PARTS)}.")
                for phrase in phrases:
                    try:
                        sequence = parser.read(phrase, whole_message=part == "alone")
                    except PhraseError as error:
                        raise WordingError(f'{path.name}: {kind}, "{phrase}": {error}') from error
                    yield Parser.anchored(sequence, part), (kind, language, part)


@cache
def _read(path: Path) -> dict[str, Any]:
    return yaml.load(path.read_text("utf-8"), yaml.CBaseLoader)  # "no" and "off" are words here
