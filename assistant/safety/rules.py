"""The deterministic half of the crisis detector: a message in, the most urgent kind of crisis it states out.

The phrases stand in `data/crisis/*.yml`; their small syntax is explained at the head of `data/crisis/lexicon.yml`.
All of them together become one automaton over words, so a message is read once however many phrases there are.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import yaml

from assistant.safety.normalize import SENTENCE_END, Lexicon, load_lexicon, normalize

KINDS = ("medical_emergency", "suicide", "suicide_other", "violence", "abuse", "severe_withdrawal", "veiled")
"""Every kind of crisis, the most urgent first; each is a file of `data/crisis`."""

HARMLESS = "not_a_crisis"
_PARTS = ("any", "alone", "all", "unless")
_START, _END, _MASKED = "^", "$", "~"
_DEFAULT_GAP = 4
_SYNTAX = re.compile(r"\{(\w+)\}|\.\.\.(\d*)|(##?)(?!\w)|([()\[\]|])|([^\s{}()\[\]|#]+)|(\S)")

Element = str | int | tuple  # a word | up to so many words of any kind | alternatives, each a sequence
Sequence = tuple[Element, ...]
Span = tuple[int, int]
Key = tuple[str, str]  # rule id (or kind, where a whole file's `unless:` is meant), part
Found = dict[Key, list[Span]]


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
        parser = _Parser(lexicon)
        self._lexicon, self._rules, self._harmless = lexicon, rules, harmless
        self._find = _Automaton(chain.from_iterable(rule.compiled(parser) for rule in rules)).find
        self._find_harmless = _Automaton(chain.from_iterable(rule.compiled(parser) for rule in harmless)).find

    @property
    def ids(self) -> list[str]:
        """The id of every rule, the most urgent kind first."""
        return [rule.id for rule in self._rules if rule.id != rule.kind]

    def detect(self, text: str) -> Match | None:
        """The most urgent kind of crisis that `text` states, or None."""
        words = [_START, *normalize(text, self._lexicon).strip(f"{SENTENCE_END} ").split(), _END]
        found = self._find(self._without_harmless(words))
        return next((Match(rule.kind, rule.id) for rule in self._rules if rule.fires(found)), None)

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

    def compiled(self, parser: "_Parser") -> Iterator[tuple[Sequence, Key]]:
        for part, phrases in self.phrases.items():
            for number, phrase in enumerate(phrases):
                try:
                    sequence = parser.read(phrase, whole_message=part == "alone")
                except RulesError as error:
                    raise RulesError(f'{self.file}: rule "{self.id}": phrase "{phrase}": {error}') from error
                key = {"alone": "any", "all": f"all {number}"}.get(part, part)
                yield (_START, *sequence, _END) if part == "alone" else sequence, (self.id, key)

    def fires(self, found: Found) -> list[Span]:
        """The places where this rule holds, given the places of every phrase found."""
        if not found:
            return []
        excuses = found.get((self.id, "unless"), []) + found.get((self.kind, "unless"), [])
        parts = [found.get((self.id, f"all {number}"), []) for number in range(len(self.phrases["all"]))]
        spans = chain(found.get((self.id, "any"), []), *(parts if all(parts) else []))
        return [span for span in spans if not _touches(span, excuses)]


def load_rules(folder: Path) -> Rules:
    """Read and compile the crisis files of `folder`. Raises RulesError on the first mistake, naming file and phrase."""
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
        data = yaml.load(path.read_text("utf-8"), yaml.BaseLoader)  # "no" and "off" are words here
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


def _touches(span: Span, others: Iterable[Span]) -> bool:
    return any(start <= span[1] and span[0] <= end for start, end in others)


class _Parser:
    """Reads the phrases a clinician writes (see `data/crisis/lexicon.yml`) into sequences of elements."""

    def __init__(self, lexicon: Lexicon):
        self._lexicon = lexicon
        self._lists: dict[str, tuple[Sequence, ...]] = {}

    def read(self, phrase: str, whole_message: bool = False) -> Sequence:
        sequences = self._alternatives(phrase)
        if len(sequences) != 1:
            raise RulesError("'|' stands only inside brackets: [one|other]")
        if not _has_a_word(sequences[0]):
            raise RulesError("at least one word must not be optional")
        if not (whole_message or (_has_a_word(sequences[0][:1]) and _has_a_word(sequences[0][-1:]))):
            raise RulesError("an optional word or '...' at an end changes nothing: leave it out, or require it with [ ]")
        return sequences[0]

    def _alternatives(self, text: str) -> tuple[Sequence, ...]:
        open_groups: list[tuple[str, list[list]]] = [("", [[]])]
        for name, gap, number, mark, word, wrong in _SYNTAX.findall(text):
            if wrong:
                raise RulesError(f"'{wrong}' does not fit here")
            if mark:
                self._bracket(mark, open_groups)
                continue
            element = self._list(name) if name else number or [word] if number or word else int(gap or _DEFAULT_GAP)
            open_groups[-1][1][-1].append(element)
        if len(open_groups) > 1:
            raise RulesError(f"'{open_groups[-1][0]}' is never closed")
        return self._close(open_groups[0][1])

    def _bracket(self, mark: str, open_groups: list[tuple[str, list[list]]]) -> None:
        if mark == "|":
            open_groups[-1][1].append([])
        elif mark in "([":
            open_groups.append((mark, [[]]))
        elif open_groups[-1][0] + mark not in ("()", "[]"):
            raise RulesError(f"'{mark}' closes nothing")
        else:
            choice = self._close(open_groups.pop()[1])
            open_groups[-1][1][-1].append((*choice, ()) if mark == ")" else choice)

    def _close(self, sequences: list[list]) -> tuple[Sequence, ...]:
        return tuple(tuple(self._spelt(sequence)) for sequence in sequences)

    def _spelt(self, sequence: list) -> Iterator[Element]:
        """Spell plain words the way messages are spelt after `normalize`."""
        words: list[str] = []
        for element in sequence:
            if isinstance(element, list):
                words += element
            else:
                yield from normalize(" ".join(words), self._lexicon).split()
                yield element
                words = []
        yield from normalize(" ".join(words), self._lexicon).split()

    def _list(self, name: str) -> tuple[Sequence, ...]:
        if name not in self._lexicon.lists:
            raise RulesError(f"lexicon.yml has no list '{name}'")
        if name not in self._lists:
            self._lists[name] = ()
            entries = self._lexicon.lists[name]
            self._lists[name] = tuple(chain.from_iterable(self._alternatives(entry) for entry in entries))
        if not self._lists[name]:
            raise RulesError(f"the list '{name}' of lexicon.yml is empty or names itself")
        return self._lists[name]


def _has_a_word(sequence: Sequence) -> bool:
    return any(isinstance(e, str) or (isinstance(e, tuple) and all(map(_has_a_word, e))) for e in sequence)


class _Automaton:
    """Finds every phrase in one pass: states joined by words, phrases with a common beginning sharing theirs."""

    def __init__(self, phrases: Iterable[tuple[Sequence, Key]]):
        self._by_word: list[dict[str, tuple[int, ...]]] = []
        self._by_any: list[tuple[int, ...]] = []
        self._free: list[set[int]] = []
        self._keys: dict[int, set[Key]] = {}
        self._grown: dict[tuple[int, Element], int] = {}
        self._new_state()
        for sequence, key in phrases:
            self._keys.setdefault(self._grow(0, sequence), set()).add(key)
        self._follow_free_steps()

    def find(self, words: list[str]) -> Found:
        """Every phrase found, with the shortest span of words that holds it."""
        found: Found = {}
        active: dict[int, int] = {}
        for position, word in enumerate(words):
            active = {} if word == SENTENCE_END else self._step(active, position, word)
            for state in active.keys() & self._keys.keys():
                for key in self._keys[state]:
                    found.setdefault(key, []).append((active[state], position + 1))
        return found

    def _step(self, active: dict[int, int], position: int, word: str) -> dict[int, int]:
        names = (word, "#", "##")[: 1 + min(2, len(word))] if word.isdigit() else (word,)
        following: dict[int, int] = {}
        for state, start in chain(active.items(), ((state, position) for state in self._start)):
            targets = self._by_any[state]
            for name in names:
                targets += self._by_word[state].get(name, ())
            for target in targets:
                if following.get(target, -1) < start:
                    following[target] = start
        return following

    def _new_state(self) -> int:
        self._by_word.append({})
        self._by_any.append(())
        self._free.append(set())
        return len(self._free) - 1

    def _grow(self, state: int, sequence: Sequence) -> int:
        for element in sequence:
            if (state, element) not in self._grown:
                end = self._grown[state, element] = self._new_state()
                self._connect(state, element, end)
            state = self._grown[state, element]
        return state

    def _connect(self, state: int, element: Element, end: int) -> None:
        if isinstance(element, str):
            self._by_word[state][element] = (*self._by_word[state].get(element, ()), end)
        elif isinstance(element, int):
            self._connect_gap(state, element, end)
        else:
            for sequence in element:
                if sequence:
                    self._connect(self._grow(state, sequence[:-1]), sequence[-1], end)
                else:
                    self._free[state].add(end)

    def _connect_gap(self, state: int, length: int, end: int) -> None:
        self._free[state].add(end)
        for _ in range(length):
            following = self._new_state()
            self._by_any[state] += (following,)
            self._free[following].add(end)
            state = following

    def _follow_free_steps(self) -> None:
        self._by_any = [self._closed(targets) for targets in self._by_any]
        self._by_word = [{word: self._closed(targets) for word, targets in step.items()} for step in self._by_word]
        self._start = self._closed((0,))

    def _closed(self, states: tuple[int, ...]) -> tuple[int, ...]:
        reached, waiting = set(), list(states)
        while waiting:
            state = waiting.pop()
            if state not in reached:
                reached.add(state)
                waiting += self._free[state]
        return tuple(s for s in sorted(reached) if self._by_word[s] or self._by_any[s] or s in self._keys)
