"""The statistical half of the crisis detector: how surely a text is a cry for help, and of which kind.

A support vector machine for "any crisis?", which told veiled wording from ordinary far better than a linear model or a small
neural network did on held-out messages (docs/understanding.md), and logistic regression for the kind.
"""
from pathlib import Path

import joblib
import numpy as np
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.svm import SVC

from assistant.nlu.features import Features, single_precision, unit

_FILE = "danger.joblib"
_SHARPNESS = 1.0  # of the Gaussian kernel
_DIMENSIONS = 256  # training is five times faster than with all, and no worse


class DangerModel:
    """Train with `fit`, ask with `danger` and `kind`."""

    def fit(self, texts: list[str], kinds: list[str | None]) -> "DangerModel":
        """Learns from texts with their kind of crisis, or None for an ordinary one."""
        self._features = Features.of_all(tuple(texts))
        rows = unit(self._features.rows(texts))
        self._space = single_precision(PCA(_DIMENSIONS, random_state=0).fit(rows))
        places = unit(self._space.transform(rows))
        machine = SVC(C=4, gamma=_SHARPNESS, class_weight="balanced", cache_size=1000)
        machine.fit(places, [kind is not None for kind in kinds])
        self._supports, self._bias = machine.support_vectors_.astype(np.float32), float(machine.intercept_[0])
        self._weights = machine.dual_coef_[0].astype(np.float32)
        crises = [i for i, kind in enumerate(kinds) if kind is not None]
        self._kind = LogisticRegression(C=100, max_iter=300, class_weight="balanced")
        self._kind.fit(places[crises], [kinds[i] for i in crises])
        return self

    def danger(self, text: str) -> float:
        """How far the text lies on the side of the crises: positive where it is rather one, from about 1 on for certain."""
        place = self._place(text)
        near = np.exp(2 * _SHARPNESS * (self._supports @ place - 1))  # the kernel, for rows of length 1
        return float(near @ self._weights) + self._bias

    def kind(self, text: str) -> str:
        """The likeliest kind, given that it is one."""
        return str(self._kind.predict(self._place(text)[None])[0])

    def _place(self, text: str) -> np.ndarray:
        row = unit(self._features.of(text))
        return unit(self._space.transform(row[None]))[0].astype(np.float32)

    def save(self, folder: Path) -> None:
        """Writes the trained model into a folder."""
        joblib.dump(self, folder / _FILE)

    @staticmethod
    def load(folder: Path) -> "DangerModel":
        """Reads what `save` wrote."""
        return joblib.load(folder / _FILE)
