"""The deterministic half of the crisis detector: a message in, the most urgent kind of crisis it states out.

The phrases stand in `data/crisis/*.yml`; their small syntax is explained at the head of `data/crisis/lexicon.yml`.
All of them together become one automaton over words, so a message is read once however many phrases there are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path

import yaml

from assistant.clinic import ROOT
from assistant.compiled import kept
from assistant.phrases import Automaton, Found, Parser, PhraseError, Sequence, Span, framed, touches
from assistant.safety.normalize import Lexicon, load_lexicon

KINDS = ("medical_emergency", "suicide", "suicide_other", "violence", "abuse", "severe_withdrawal", "veiled")
"""Every kind of crisis, the most urgent first; each is a file of `data/crisis`."""

HARMLESS = "not_a_crisis"
_PARTS = ("any", "alone", "all", "unless")
_MASKED = "~"

Key = tuple[str, str]  # rule id (or kind, where a whole file's `unless:` is meant), part


class RulesError(ValueError):
    """A crisis file cannot be used. The message names the file and the phrase."""


@dataclass(frozen=True)
class Match:
    """What fired: the kind of crisis and the id of the rule. Never the text."""

    kind: str
    rule: str


class Rules:
    """All crisis rules of a folder, compiled."""

    def __init__(self, rules: list["_Rule"], harmless: list["_Rule"], lexicon: Lexicon):
        parser = Parser(lexicon)
        self._lexicon, self._rules, self._harmless = lexicon, rules, harmless
        self._find = Automaton(chain.from_iterable(rule.compiled(parser) for rule in rules)).find
        self._find_harmless = Automaton(chain.from_iterable(rule.compiled(parser) for rule in harmless)).find

    @property
    def ids(self) -> list[str]:
        """The id of every rule, the most urgent kind first."""
        return [rule.id for rule in self._rules if rule.id != rule.kind]

    def detect(self, text: str) -> Match | None:
        """The most urgent kind of crisis that `text` states, or None."""
        words = framed(text, self._lexicon)
        found = self._find(self._without_harmless(words))
        return next((Match(rule.kind, rule.id) for rule in self._rules if rule.fires(found)), None)

    def harmless(self, text: str) -> bool:
        """Whether a phrase of not_a_crisis.yml stands in `text`."""
        found = self._find_harmless(framed(text, self._lexicon))
        return any(rule.fires(found) for rule in self._harmless)

    def _without_harmless(self, words: list[str]) -> list[str]:
        """Blank out idioms, the past and questions of policy: their own words only, never the rest of the message."""
        found = self._find_harmless(words)
        for start, end in chain.from_iterable(rule.fires(found) for rule in self._harmless):
            words[start:end] = [_MASKED] * (end - start)
        return words


@dataclass(frozen=True)
class _Rule:
    id: str
    file: str
    phrases: dict[str, list[str]]

    @property
    def kind(self) -> str:
        return self.file.removesuffix(".yml")

    def compiled(self, parser: "Parser") -> Iterator[tuple[Sequence, Key]]:
        for part, phrases in self.phrases.items():
            for number, phrase in enumerate(phrases):
                try:
                    sequence = parser.read(phrase, whole_message=part == "alone")
                except PhraseError as error:
                    raise RulesError(f'{self.file}: rule "{self.id}": phrase "{phrase}": {error}') from error
                key = {"alone": "any", "all": f"all {number}"}.get(part, part)
                yield Parser.anchored(sequence, part), (self.id, key)

    def fires(self, found: Found) -> list[Span]:
        """The places where this rule holds, given the places of every phrase found."""
        if not found:
            return []
        excuses = found.get((self.id, "unless"), []) + found.get((self.kind, "unless"), [])

        def said(part: str) -> list[Span]:
            return [span for span in found.get((self.id, part), []) if not touches(span, excuses)]

        parts = [said(f"all {number}") for number in range(len(self.phrases["all"]))]
        return [*said("any"), *(chain.from_iterable(parts) if all(parts) else [])]


@cache
def clinic_rules() -> Rules:
    """The rules of `data/crisis`, one copy a process. Raises RulesError."""
    return load_rules(ROOT / "data" / "crisis")


def load_rules(folder: Path) -> Rules:
    """Read and compile the crisis files of `folder`. Raises RulesError on the first mistake, naming file and phrase."""
    return kept("crisis", folder.glob("*.yml"), lambda: _compiled(folder))


def _compiled(folder: Path) -> Rules:
    try:
        lexicon = load_lexicon(folder / "lexicon.yml")
    except (OSError, yaml.YAMLError, KeyError, AttributeError, TypeError) as error:
        raise RulesError(f"lexicon.yml: cannot be read: {error!r}") from error
    rules = list(chain.from_iterable(_read_file(folder / f"{kind}.yml", "phrases") for kind in KINDS))
    harmless = _read_file(folder / f"{HARMLESS}.yml", HARMLESS)
    _check_unique([*rules, *harmless])
    return Rules(rules, harmless, lexicon)


def _read_file(path: Path, key: str) -> list[_Rule]:
    try:
        data = yaml.load(path.read_text("utf-8"), yaml.CBaseLoader)  # "no" and "off" are words here
    except (OSError, yaml.YAMLError) as error:
        raise RulesError(f"{path.name}: cannot be read: {error}") from error
    if not isinstance(data, dict) or not isinstance(data.get(key), list):
        raise RulesError(f"{path.name}: '{key}:' must be a list of rules")
    rules = [_read_rule(entry, path.name) for entry in data[key]]
    empty = next((rule.id for rule in rules if not (rule.phrases["any"] or rule.phrases["alone"] or rule.phrases["all"])), None)
    if empty:
        raise RulesError(f'{path.name}: rule "{empty}" has no phrase under any:, alone: or all:')
    return [*rules, _read_rule({"id": path.stem, "unless": data.get("unless")}, path.name)]


def _read_rule(entry: object, file: str) -> _Rule:
    if not isinstance(entry, dict) or not isinstance(entry.get("id"), str):
        raise RulesError(f"{file}: every rule needs an 'id:', this one has none: {entry!r}")
    unknown = sorted(entry.keys() - {"id", *_PARTS})
    if unknown:
        raise RulesError(f"{file}: rule \"{entry['id']}\": '{unknown[0]}:' is not one of id, {', '.join(_PARTS)}")
    phrases = {part: entry.get(part) or [] for part in _PARTS}
    for part, listed in phrases.items():
        if not isinstance(listed, list) or not all(isinstance(phrase, str) for phrase in listed):
            raise RulesError(f"{file}: rule \"{entry['id']}\": '{part}:' must be a list of phrases in quotes: {listed!r}")
    return _Rule(entry["id"], file, phrases)


def _check_unique(rules: list[_Rule]) -> None:
    seen: dict[str, str] = {}
    for rule in rules:
        if rule.id in seen:
            raise RulesError(f'{rule.file}: rule "{rule.id}" has the same id as a rule in {seen[rule.id]}')
        seen[rule.id] = rule.file
