"""What the classifiers see of a text: its sentence vector, and its spelling.

scikit-learn learns them. It is imported there only: who answers visitors does without its 50 MB and its second of each start.
"""
from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from hashlib import sha1
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from assistant.nlu import encoder
from assistant.nlu.text import folded

_SENTENCE_WEIGHT, _SPELLING_WEIGHT = 2.0, 2.0  # chosen on held-out questions: docs/understanding.md
_SPELLING_DIMENSIONS, _SPELLING_FEATURES = 256, 20_000


class Features:
    """The spelling of a collection of texts, as learnt; turns a text into a row of 1152 floats. One copy a process."""

    _mark: str
    _places: dict[str, int]
    _rarity: np.ndarray
    _fold: np.ndarray
    _centre: np.ndarray

    @classmethod
    @lru_cache(maxsize=1)
    def of_all(cls, texts: tuple[str, ...]) -> tuple[Features, np.ndarray]:
        """Learns from a collection, once for all models that are trained on it: the features, and the row of each text."""
        from sklearn.decomposition import TruncatedSVD
        from sklearn.feature_extraction.text import TfidfVectorizer

        letters = TfidfVectorizer(
            analyzer=_pieces, sublinear_tf=True, min_df=2, max_features=_SPELLING_FEATURES, dtype=np.float32
        )
        spelling = letters.fit_transform(map(folded, texts))
        fold = TruncatedSVD(_SPELLING_DIMENSIONS, n_iter=2, random_state=0).fit(spelling).components_.T
        vectors = encoder.encode_all(texts)
        features = _one(sha1("\n".join(texts).encode("utf-8", "replace")).hexdigest(), {
            "_places": letters.vocabulary_, "_rarity": letters.idf_.astype(np.float32),
            "_fold": fold.astype(np.float16),  # pieces x dimensions; a text needs a few of its rows only
            "_centre": vectors.mean(axis=0),
        })
        return features, features._joined(vectors, spelling @ fold)

    def of(self, text: str) -> np.ndarray:
        """The row of one text."""
        return self._joined(encoder.encode(text)[None], self._spelling(folded(text))[None])[0]

    def _spelling(self, text: str) -> np.ndarray:
        counts = Counter(place for piece in _pieces(text) if (place := self._places.get(piece)) is not None)
        places = np.fromiter(counts, dtype=np.intp)
        weights = (1 + np.log(np.fromiter(counts.values(), dtype=np.float32))) * self._rarity[places]
        return unit(weights) @ self._fold[places].astype(np.float32)

    def _joined(self, vectors: np.ndarray, spelling: np.ndarray) -> np.ndarray:
        return np.hstack([_SENTENCE_WEIGHT * (vectors - self._centre), _SPELLING_WEIGHT * spelling]).astype(np.float32)

    def __reduce__(self) -> tuple[Any, ...]:
        return _one, (self._mark, {name: value for name, value in vars(self).items() if name != "_mark"})


_LEARNT: WeakValueDictionary[str, Features] = WeakValueDictionary()


def _one(mark: str, state: dict[str, Any]) -> Features:
    """The features of a mark: where two models that learnt from the same texts are loaded, both hold the same."""
    found = _LEARNT.setdefault(mark, Features())
    found.__dict__.update(state, _mark=mark)
    return found


def _pieces(text: str) -> Iterator[str]:
    """Two to five letters in a row, the ends of words marked by a space."""
    for word in text.split():
        word = f" {word} "
        for size in range(2, 6):
            for start in range(len(word) - size + 1):
                yield word[start : start + size]


class Projection:
    """The directions in which rows differ most (principal components)."""

    def __init__(self, rows: np.ndarray, dimensions: int) -> None:
        from sklearn.decomposition import PCA

        found = PCA(dimensions, random_state=0).fit(rows)
        self._mean, self._directions = found.mean_.astype(np.float32), found.components_.T.astype(np.float32)

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        """The rows along those directions, each of length 1."""
        return unit((rows - self._mean) @ self._directions)


def unit(rows: np.ndarray) -> np.ndarray:
    """Each row scaled to length 1."""
    return rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9)


def softmax(scores: np.ndarray) -> np.ndarray:
    """Scores as shares that add up to 1."""
    odds = np.exp(scores - scores.max())
    return odds / odds.sum()
