"""The topic of a text: logistic regression, steadied by the nearest examples.

Every figure here was chosen on held-out questions: docs/understanding.md.
"""
import pickle
from pathlib import Path

import numpy as np

from assistant.nlu.features import Features, Projection, softmax
from assistant.nlu.text import folded

_FILE = "topics.pickle"
_INVERSE_REGULARIZATION, _STEPS = 6.0, 60  # with three times the steps, training takes three times as long and finds the same
_NEIGHBOUR_DIMENSIONS, _NEIGHBOURS, _NEIGHBOUR_SHARPNESS, _NEIGHBOUR_SHARE = 192, 3, 8.0, 0.5

Ranking = list[tuple[str, float]]


class TopicModel:
    """Which of its labels a text has. Train with `fit`, ask with `ranking`."""

    def fit(self, texts: list[str], labels: list[str], features: Features, rows: np.ndarray) -> "TopicModel":
        """Learns from texts with one label each, and their rows of features."""
        from sklearn.linear_model import LogisticRegression

        self._known = {folded(text): label for text, label in zip(texts, labels) if folded(text)}
        self._features = features
        model = LogisticRegression(C=_INVERSE_REGULARIZATION, max_iter=_STEPS, class_weight="balanced").fit(rows, labels)
        self.labels = list(model.classes_)
        self._weights, self._bias = model.coef_.T.astype(np.float32), model.intercept_.astype(np.float32)
        self._keep_neighbours(rows, labels)
        return self

    def ranking(self, text: str) -> Ranking:
        """Every label with its probability, likeliest first. A text it was trained on has its own label for certain."""
        known = self._known.get(folded(text))
        if known is not None:
            shares = [float(label == known) for label in self.labels]
        else:
            row = self._features.of(text)
            near = softmax(_NEIGHBOUR_SHARPNESS * self._nearness(row))
            mixed = softmax(row @ self._weights + self._bias) ** (1 - _NEIGHBOUR_SHARE) * near**_NEIGHBOUR_SHARE
            shares = (mixed / mixed.sum()).tolist()
        return sorted(zip(self.labels, shares), key=lambda pair: -pair[1])

    def _keep_neighbours(self, rows: np.ndarray, labels: list[str]) -> None:
        """Every example in few dimensions, those of a label side by side."""
        self._space = Projection(rows[::3], _NEIGHBOUR_DIMENSIONS)
        order = np.argsort(labels, kind="stable")
        self._examples = self._space(rows[order])
        self._starts = np.searchsorted(np.array(labels)[order], self.labels)

    def _nearness(self, row: np.ndarray) -> np.ndarray:
        """For each label, how near its nearest examples are (mean cosine)."""
        cosines = self._examples @ self._space(row)
        return np.array([np.sort(near)[-_NEIGHBOURS:].mean() for near in np.split(cosines, self._starts[1:])])

    def save(self, folder: Path) -> None:
        """Writes the trained model into a folder."""
        (folder / _FILE).write_bytes(pickle.dumps(self))

    @staticmethod
    def load(folder: Path) -> "TopicModel":
        """Reads what `save` wrote."""
        return pickle.loads((folder / _FILE).read_bytes())
