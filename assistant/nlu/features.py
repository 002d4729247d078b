"""What the classifiers see of a text: its sentence vector, and its spelling."""
import numpy as np
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from assistant.nlu import encoder
from assistant.nlu.text import folded

_SENTENCE_WEIGHT, _SPELLING_WEIGHT = 2.0, 2.0  # chosen on held-out questions: docs/understanding.md
_SPELLING_DIMENSIONS, _SPELLING_FEATURES = 256, 20_000


class Features:
    """Learns the spelling of a collection of texts; then turns texts into rows of 1152 floats."""

    def fit(self, texts: list[str]) -> np.ndarray:
        """The rows of `texts`."""
        self._letters = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2, max_features=_SPELLING_FEATURES, dtype=np.float32
        )
        spelling = self._letters.fit_transform(map(folded, texts))
        self._fold = single_precision(TruncatedSVD(_SPELLING_DIMENSIONS, random_state=0).fit(spelling))
        vectors = encoder.encode_all(texts)
        self._centre = vectors.mean(axis=0)
        return self._joined(vectors, texts)

    def of(self, text: str) -> np.ndarray:
        """The row of one text."""
        return self._joined(encoder.encode(text)[None], [text])[0]

    def _joined(self, vectors: np.ndarray, texts: list[str]) -> np.ndarray:
        spelling = self._fold.transform(self._letters.transform(map(folded, texts)))
        return np.hstack([_SENTENCE_WEIGHT * (vectors - self._centre), _SPELLING_WEIGHT * spelling]).astype(np.float32)


def single_precision(projection: TruncatedSVD | PCA) -> TruncatedSVD | PCA:
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
