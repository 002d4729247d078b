"""The statistical half of the crisis detector: how likely a text is a cry for help, and of which kind.

A small neural network for "any crisis?", which told veiled wording from ordinary far better than linear models did on held-out
messages (docs/understanding.md), and logistic regression for the kind.
"""
from pathlib import Path

import joblib
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from assistant.nlu.features import Features, unit

_FILE = "danger.joblib"
_HIDDEN, _EPOCHS, _WEIGHT_DECAY = 256, 15, 1e-3


class DangerModel:
    """Train with `fit`, ask with `danger` and `kind`."""

    def fit(self, texts: list[str], kinds: list[str | None]) -> "DangerModel":
        """Learns from texts with their kind of crisis, or None for an ordinary one."""
        self._features = Features()
        rows = unit(self._features.fit(texts))
        self._any = MLPClassifier((_HIDDEN,), alpha=_WEIGHT_DECAY, max_iter=_EPOCHS, random_state=0)
        self._any.fit(rows, [kind is not None for kind in kinds])
        crises = [i for i, kind in enumerate(kinds) if kind is not None]
        self._kind = LogisticRegression(C=100, max_iter=300, class_weight="balanced")
        self._kind.fit(rows[crises], [kinds[i] for i in crises])
        return self

    def danger(self, text: str) -> float:
        """The probability that the text is a cry for help of any kind."""
        return float(self._any.predict_proba(self._row(text))[0, 1])

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
