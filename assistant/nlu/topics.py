"""A text classifier: sentence vector and letter n-grams into logistic regression. docs/understanding.md says why."""
from pathlib import Path

import joblib
import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from assistant.nlu import encoder
from assistant.nlu.text import folded

_FILE = "topics.joblib"


class TopicModel:
    """Which of its labels a text has. Train with `fit`, ask with `ranking`."""

    def __init__(self, regularization: float = 12.0, dense_weight: float = 2.0, use_encoder: bool = True) -> None:
        self.regularization = regularization
        self.dense_weight = dense_weight
        self.use_encoder = use_encoder

    def fit(self, texts: list[str], labels: list[str]) -> "TopicModel":
        """Learns from texts with one label each."""
        self._known = {folded(text): label for text, label in zip(texts, labels) if folded(text)}
        self._letters = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2, max_features=40_000, dtype=np.float32
        ).fit(map(folded, texts))
        self._centre = encoder.encode_all(texts).mean(axis=0) if self.use_encoder else None
        model = LogisticRegression(C=self.regularization, max_iter=300, class_weight="balanced")
        model.fit(self._features(texts), labels)
        self.labels = list(model.classes_)
        self._weights = model.coef_.T.astype(np.float32)
        self._bias = model.intercept_.astype(np.float32)
        return self

    def ranking(self, text: str) -> list[tuple[str, float]]:
        """Every label with its probability, likeliest first. A text it was trained on has its own label for certain."""
        known = self._known.get(folded(text))
        scores = np.asarray(self._features([text]) @ self._weights)[0] + self._bias
        odds = np.exp(scores - scores.max())
        shares = odds / odds.sum()
        if known is not None:
            shares = np.where(np.array(self.labels) == known, 1.0, 0.0)
        return sorted(zip(self.labels, map(float, shares)), key=lambda pair: -pair[1])

    def _features(self, texts: list[str]) -> csr_matrix:
        letters = self._letters.transform(map(folded, texts))
        if not self.use_encoder:
            return letters
        dense = encoder.encode_all(texts) - self._centre
        return hstack([letters, csr_matrix(self.dense_weight * dense)], format="csr")

    def save(self, folder: Path) -> None:
        """Writes the trained model into a folder."""
        joblib.dump(self, folder / _FILE)

    @staticmethod
    def load(folder: Path) -> "TopicModel":
        """Reads what `save` wrote."""
        return joblib.load(folder / _FILE)
