"""What the classifiers see of a text: its sentence vector, and its spelling."""
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from assistant.nlu import encoder
from assistant.nlu.text import folded

_SENTENCE_WEIGHT, _SPELLING_WEIGHT = 2.0, 2.0  # chosen on held-out questions: docs/understanding.md
_SPELLING_DIMENSIONS, _SPELLING_FEATURES = 256, 20_000


class Features:
    """Learns the spelling of a collection of texts; then turns texts into rows of 1152 floats."""

    @classmethod
    @lru_cache(maxsize=1)
    def of_all(cls, texts: tuple[str, ...]) -> "Features":
        """Those of a collection, learnt once for all models that are trained on it."""
        return cls().fit(texts)

    def fit(self, texts: Sequence[str]) -> "Features":
        """Learns from `texts`."""
        self._letters = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2, max_features=_SPELLING_FEATURES, dtype=np.float32
        )
        spelling = self._letters.fit_transform(map(folded, texts))
        fold = TruncatedSVD(_SPELLING_DIMENSIONS, n_iter=2, random_state=0).fit(spelling)
        self._fold = fold.components_.T.astype(np.float16)  # letters x dimensions; a text needs a few of its rows only
        self._centre = encoder.encode_all(texts).mean(axis=0)
        return self

    def rows(self, texts: Sequence[str]) -> np.ndarray:
        """The rows of many texts."""
        spelling = self._letters.transform(map(folded, texts)) @ self._fold.astype(np.float32)
        return self._joined(encoder.encode_all(texts), spelling)

    def of(self, text: str) -> np.ndarray:
        """The row of one text."""
        letters = self._letters.transform([folded(text)])
        spelling = letters.data @ self._fold[letters.indices].astype(np.float32)
        return self._joined(encoder.encode(text)[None], spelling[None])[0]

    def _joined(self, vectors: np.ndarray, spelling: np.ndarray) -> np.ndarray:
        return np.hstack([_SENTENCE_WEIGHT * (vectors - self._centre), _SPELLING_WEIGHT * spelling]).astype(np.float32)


def single_precision(projection: PCA) -> PCA:
    """A projection in half the memory, with the same answers."""
    projection.components_ = projection.components_.astype(np.float32)
    return projection


def unit(rows: np.ndarray) -> np.ndarray:
    """Each row scaled to length 1."""
    return rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9)


def softmax(scores: np.ndarray) -> np.ndarray:
    """Scores as shares that add up to 1."""
    odds = np.exp(scores - scores.max())
    return odds / odds.sum()
