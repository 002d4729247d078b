"""The statistical half of the crisis detector: how surely a text is a cry for help, and of which kind.

A support vector machine for "any crisis?", which told veiled wording from ordinary far better than a linear model or a small
neural network did on held-out messages (docs/understanding.md), and logistic regression for the kind.
"""
import pickle
from pathlib import Path

import numpy as np

from assistant.nlu.features import Features, Projection, unit

_FILE = "danger.pickle"
_SHARPNESS = 1.0  # of the Gaussian kernel
_DIMENSIONS = 256  # training is five times faster than with all, and no worse
_NEAREST, _OTHERS = 5000, 3000  # ordinary messages that training looks at: those nearest to the crises, and some of the rest;
# with all of them it takes four times as long and finds nearly the same border
_STRICTNESS = 4.0  # what a message on the wrong side of the border costs


class DangerModel:
    """Train with `fit`, ask with `danger` and `kind`."""

    def fit(self, texts: list[str], kinds: list[str | None]) -> "DangerModel":
        """Learns from texts with their kind of crisis, or None for an ordinary one."""
        self._features, rows = Features.of_all(tuple(texts))
        rows = unit(rows)
        self._space = Projection(rows[::3], _DIMENSIONS)
        places = self._space(rows)
        self._fit_border(places, np.array([kind is not None for kind in kinds]))
        self._fit_kinds(places, kinds)
        return self

    def _fit_border(self, places: np.ndarray, crisis: np.ndarray) -> None:
        from sklearn.linear_model import LogisticRegression
        from sklearn.svm import SVC

        rough = LogisticRegression(C=10, tol=1e-3, class_weight="balanced").fit(places, crisis).decision_function(places)
        ordinary = np.flatnonzero(~crisis)
        ordinary = ordinary[np.argsort(-rough[ordinary])]
        others = ordinary[_NEAREST :: max(1, (len(ordinary) - _NEAREST) // _OTHERS)]
        seen = np.concatenate([np.flatnonzero(crisis), ordinary[:_NEAREST], others])
        weights = {True: len(crisis) / (2 * crisis.sum()), False: len(crisis) / (2 * len(ordinary))}  # of all, not of those seen
        machine = SVC(C=_STRICTNESS, kernel="precomputed", class_weight=weights)
        machine.fit(_kernel(places[seen], places[seen]).astype(float), crisis[seen])
        self._supports = places[seen][machine.support_]
        self._weights, self._bias = machine.dual_coef_[0].astype(np.float32), float(machine.intercept_[0])

    def _fit_kinds(self, places: np.ndarray, kinds: list[str | None]) -> None:
        from sklearn.linear_model import LogisticRegression

        crises = [i for i, kind in enumerate(kinds) if kind is not None]
        model = LogisticRegression(C=100, tol=1e-2, class_weight="balanced").fit(places[crises], [kinds[i] for i in crises])
        self._kinds = list(model.classes_)
        self._kind_weights, self._kind_bias = model.coef_.T.astype(np.float32), model.intercept_.astype(np.float32)

    def danger(self, text: str) -> float:
        """How far the text lies on the side of the crises: positive where it is rather one, from about 1 on for certain."""
        return float(_kernel(self._supports, self._place(text)) @ self._weights) + self._bias

    def kind(self, text: str) -> str:
        """The likeliest kind, given that it is one."""
        return str(self._kinds[int(np.argmax(self._place(text) @ self._kind_weights + self._kind_bias))])

    def _place(self, text: str) -> np.ndarray:
        return self._space(unit(self._features.of(text)))

    def save(self, folder: Path) -> None:
        """Writes the trained model into a folder."""
        (folder / _FILE).write_bytes(pickle.dumps(self))

    @staticmethod
    def load(folder: Path) -> "DangerModel":
        """Reads what `save` wrote."""
        return pickle.loads((folder / _FILE).read_bytes())


def _kernel(places: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The Gaussian kernel, for rows of length 1."""
    return np.exp(2 * _SHARPNESS * (places @ others.T - 1))
