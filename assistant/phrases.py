"""Phrases as a clinician writes them, found in a message in one pass. The syntax is at the head of data/crisis/lexicon.yml.

Used by the crisis rules and by the answers to the forms' questions.
"""

import re
from array import array
from bisect import bisect_left
from collections.abc import Hashable, Iterable, Iterator
from itertools import chain

from assistant.safety.normalize import SENTENCE_END, Lexicon, normalize

_START, _END = "^", "$"
_DEFAULT_GAP = 4
_SYNTAX = re.compile(r"\{(\w+)\}|\.\.\.(\d*)|(##?)(?!\w)|([()\[\]|])|([^\s{}()\[\]|#]+)|(\S)")

Element = str | int | tuple  # a word | up to so many words of any kind | alternatives, each a sequence
Sequence = tuple[Element, ...]
Span = tuple[int, int]
Key = Hashable
Found = dict[Key, list[Span]]


class PhraseError(ValueError):
    """A phrase cannot be read. The message says what is wrong with it."""


def framed(text: str, lexicon: Lexicon) -> list[str]:
    """The plain words of a message between a mark for its start and one for its end."""
    return [_START, *normalize(text, lexicon).strip(f"{SENTENCE_END} ").split(), _END]


def touches(span: Span, others: Iterable[Span]) -> bool:
    """Whether a span shares a word, or a border, with one of the others."""
    return any(start <= span[1] and span[0] <= end for start, end in others)


class Parser:
    """Reads the phrases a clinician writes (see `data/crisis/lexicon.yml`) into sequences of elements."""

    def __init__(self, lexicon: Lexicon):
        self._lexicon = lexicon
        self._lists: dict[str, tuple[Sequence, ...]] = {}

    def read(self, phrase: str, whole_message: bool = False) -> Sequence:
        sequences = self._alternatives(phrase)
        if len(sequences) != 1:
            raise PhraseError("'|' stands only inside brackets: [one|other]")
        if not _has_a_word(sequences[0]):
            raise PhraseError("at least one word must not be optional")
        if not (whole_message or (_has_a_word(sequences[0][:1]) and _has_a_word(sequences[0][-1:]))):
            raise PhraseError("an optional word or '...' at an end changes nothing: leave it out, or require it with [ ]")
        return sequences[0]

    @staticmethod
    def anchored(sequence: Sequence, part: str) -> Sequence:
        """The sequence bound to the start of the message (`start`), to the whole of it (`alone`), or to nothing."""
        return {"start": (_START, *sequence), "alone": (_START, *sequence, _END)}.get(part, sequence)

    def _alternatives(self, text: str) -> tuple[Sequence, ...]:
        open_groups: list[tuple[str, list[list]]] = [("", [[]])]
        for name, gap, number, mark, word, wrong in _SYNTAX.findall(text):
            if wrong:
                raise PhraseError(f"'{wrong}' does not fit here")
            if mark:
                self._bracket(mark, open_groups)
                continue
            element = self._list(name) if name else number or [word] if number or word else int(gap or _DEFAULT_GAP)
            open_groups[-1][1][-1].append(element)
        if len(open_groups) > 1:
            raise PhraseError(f"'{open_groups[-1][0]}' is never closed")
        return self._close(open_groups[0][1])

    def _bracket(self, mark: str, open_groups: list[tuple[str, list[list]]]) -> None:
        if mark == "|":
            open_groups[-1][1].append([])
        elif mark in "([":
            open_groups.append((mark, [[]]))
        elif open_groups[-1][0] + mark not in ("()", "[]"):
            raise PhraseError(f"'{mark}' closes nothing")
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
            raise PhraseError(f"lexicon.yml has no list '{name}'")
        if name not in self._lists:
            self._lists[name] = ()
            entries = self._lexicon.lists[name]
            self._lists[name] = tuple(chain.from_iterable(self._alternatives(entry) for entry in entries))
        if not self._lists[name]:
            raise PhraseError(f"the list '{name}' of lexicon.yml is empty or names itself")
        return self._lists[name]


def _has_a_word(sequence: Sequence) -> bool:
    return any(isinstance(e, str) or (isinstance(e, tuple) and all(map(_has_a_word, e))) for e in sequence)


class Automaton:
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
        self._pack()
        del self._grown, self._free, self._by_word, self._by_any  # needed for building only

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
        numbers = [self._words[name] for name in names if name in self._words]
        following: dict[int, int] = {}
        for state, start in chain(active.items(), ((state, position) for state in self._start)):
            targets = self._after_any.get(state, ())
            for number in numbers:
                step = state * len(self._words) + number
                place = bisect_left(self._steps, step)
                if place < len(self._steps) and self._steps[place] == step:
                    targets += self._targets[place]
            for target in targets:
                if following.get(target, -1) < start:
                    following[target] = start
        return following

    def _pack(self) -> None:
        """All steps (state and word) in one sorted array beside their targets: a tenth of the memory of dictionaries."""
        words = sorted({word for steps in self._by_word for word in steps})
        self._words = {word: number for number, word in enumerate(words)}
        self._after_any = {state: targets for state, targets in enumerate(self._by_any) if targets}
        self._steps, self._targets = array("q"), []
        shared: dict[tuple[int, ...], tuple[int, ...]] = {}
        for state, steps in enumerate(self._by_word):
            for word, targets in sorted(steps.items()):
                self._steps.append(state * len(words) + self._words[word])
                self._targets.append(shared.setdefault(targets, targets))

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
