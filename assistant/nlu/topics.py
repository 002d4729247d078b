"""A text classifier: sentence vector and spelling into logistic regression, steadied by the nearest examples.

Every figure here was chosen on held-out questions: docs/understanding.md.
"""
from pathlib import Path

import joblib
import numpy as np
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from assistant.nlu import encoder
from assistant.nlu.text import folded

_FILE = "topics.joblib"
_SENTENCE_WEIGHT, _SPELLING_WEIGHT, _INVERSE_REGULARIZATION = 2.0, 2.0, 6.0
_SPELLING_DIMENSIONS, _SPELLING_FEATURES = 256, 20_000
_NEIGHBOUR_DIMENSIONS, _NEIGHBOURS, _NEIGHBOUR_SHARPNESS, _NEIGHBOUR_SHARE = 192, 3, 8.0, 0.5

Ranking = list[tuple[str, float]]


class TopicModel:
    """Which of its labels a text has. Train with `fit`, ask with `ranking`."""

    def fit(self, texts: list[str], labels: list[str]) -> "TopicModel":
        """Learns from texts with one label each."""
        self._known = {folded(text): label for text, label in zip(texts, labels) if folded(text)}
        self._spelling = _spelling_features().fit(list(map(folded, texts)))
        _halve(self._spelling[-1])
        vectors = encoder.encode_all(texts)
        self._centre = vectors.mean(axis=0)
        features = self._features(texts, vectors)
        model = LogisticRegression(C=_INVERSE_REGULARIZATION, max_iter=200, class_weight="balanced").fit(features, labels)
        self.labels = list(model.classes_)
        self._weights, self._bias = model.coef_.T.astype(np.float32), model.intercept_.astype(np.float32)
        self._keep_neighbours(features, labels)
        return self

    def ranking(self, text: str) -> Ranking:
        """Every label with its probability, likeliest first. A text it was trained on has its own label for certain."""
        known = self._known.get(folded(text))
        if known is not None:
            shares = [float(label == known) for label in self.labels]
        else:
            features = self._features([text], encoder.encode(text)[None])
            near = _softmax(_NEIGHBOUR_SHARPNESS * self._nearness(features[0]))
            mixed = _softmax(features[0] @ self._weights + self._bias) ** (1 - _NEIGHBOUR_SHARE) * near**_NEIGHBOUR_SHARE
            shares = (mixed / mixed.sum()).tolist()
        return sorted(zip(self.labels, shares), key=lambda pair: -pair[1])

    def _features(self, texts: list[str], vectors: np.ndarray) -> np.ndarray:
        spelling = self._spelling.transform(list(map(folded, texts)))
        return np.hstack([_SENTENCE_WEIGHT * (vectors - self._centre), _SPELLING_WEIGHT * spelling]).astype(np.float32)

    def _keep_neighbours(self, features: np.ndarray, labels: list[str]) -> None:
        """Every example in few dimensions, those of a label side by side."""
        self._space = PCA(_NEIGHBOUR_DIMENSIONS, random_state=0).fit(features)
        _halve(self._space)
        order = np.argsort(labels, kind="stable")
        self._examples = _unit(self._space.transform(features[order])).astype(np.float32)
        self._starts = np.searchsorted(np.array(labels)[order], self.labels)

    def _nearness(self, features: np.ndarray) -> np.ndarray:
        """For each label, how near its nearest examples are (mean cosine)."""
        cosines = self._examples @ _unit(self._space.transform(features[None]))[0]
        by_label = np.split(cosines, self._starts[1:])
        return np.array([np.sort(near)[-_NEIGHBOURS:].mean() for near in by_label])

    def save(self, folder: Path) -> None:
        """Writes the trained model into a folder."""
        joblib.dump(self, folder / _FILE)

    @staticmethod
    def load(folder: Path) -> "TopicModel":
        """Reads what `save` wrote."""
        return joblib.load(folder / _FILE)


def _spelling_features() -> Pipeline:
    """Letter n-grams, which know a misspelt or a rare word, folded into a few dimensions, which train quickly."""
    letters = TfidfVectorizer(
        analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2, max_features=_SPELLING_FEATURES, dtype=np.float32
    )
    return make_pipeline(letters, TruncatedSVD(_SPELLING_DIMENSIONS, random_state=0))


def _halve(projection: TruncatedSVD | PCA) -> None:
    """Keeps a projection in single precision: half the memory, the same answers."""
    projection.components_ = projection.components_.astype(np.float32)


def _unit(rows: np.ndarray) -> np.ndarray:
    return rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)


def _softmax(scores: np.ndarray) -> np.ndarray:
    odds = np.exp(scores - scores.max())
    return odds / odds.sum()
