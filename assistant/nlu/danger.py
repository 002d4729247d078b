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
_DIMENSIONS = 256  # training is five times faster than with all, and no worse


class DangerModel:
    """Train with `fit`, ask with `danger` and `kind`."""

    def fit(self, texts: list[str], kinds: list[str | None]) -> "DangerModel":
        """Learns from texts with their kind of crisis, or None for an ordinary one."""
        self._features = Features()
        rows = unit(self._features.fit(texts))
        self._space = single_precision(PCA(_DIMENSIONS, random_state=0).fit(rows))
        self._any = SVC(C=4, gamma=1, class_weight="balanced", cache_size=1000)
        self._any.fit(unit(self._space.transform(rows)), [kind is not None for kind in kinds])
        crises = [i for i, kind in enumerate(kinds) if kind is not None]
        self._kind = LogisticRegression(C=100, max_iter=300, class_weight="balanced")
        self._kind.fit(rows[crises], [kinds[i] for i in crises])
        return self

    def danger(self, text: str) -> float:
        """How far the text lies on the side of the crises: positive where it is rather one, from about 1 on for certain."""
        return float(self._any.decision_function(unit(self._space.transform(self._row(text))))[0])

    def kind(self, text: str) -> str:
        """The likeliest kind, given that it is one."""
        return str(self._kind.predict(self._row(text))[0])

    def _row(self, text: str) -> np.ndarray:
        return unit(self._features.of(text))[None]

    def save(self, folder: Path) -> None:
        """Writes the trained model into a folder."""
        joblib.dump(self, folder / _FILE)

    @staticmethod
    def load(folder: Path) -> "DangerModel":
        """Reads what `save` wrote."""
        return joblib.load(folder / _FILE)
