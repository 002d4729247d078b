"""A text classifier: sentence vector and letter n-grams into logistic regression. docs/understanding.md says why."""
from pathlib import Path

import joblib
import numpy as np
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from assistant.nlu import encoder
from assistant.nlu.text import folded

_FILE = "topics.joblib"
# Found on held-out questions (docs/understanding.md): how much the sentence vector and the spelling weigh.
_SENTENCE_WEIGHT, _SPELLING_WEIGHT, _INVERSE_REGULARIZATION = 2.0, 2.0, 6.0
_SPELLING_DIMENSIONS, _SPELLING_FEATURES = 256, 20_000


class TopicModel:
    """Which of its labels a text has. Train with `fit`, ask with `ranking`."""

    def fit(self, texts: list[str], labels: list[str]) -> "TopicModel":
        """Learns from texts with one label each."""
        self._known = {folded(text): label for text, label in zip(texts, labels) if folded(text)}
        self._spelling = _spelling_features().fit(list(map(folded, texts)))
        vectors = encoder.encode_all(texts)
        self._centre = vectors.mean(axis=0)
        model = LogisticRegression(C=_INVERSE_REGULARIZATION, max_iter=200, class_weight="balanced")
        model.fit(self._features(texts, vectors), labels)
        self.labels = list(model.classes_)
        self._weights = model.coef_.T.astype(np.float32)
        self._bias = model.intercept_.astype(np.float32)
        return self

    def ranking(self, text: str) -> list[tuple[str, float]]:
        """Every label with its probability, likeliest first. A text it was trained on has its own label for certain."""
        known = self._known.get(folded(text))
        if known is not None:
            return sorted(((label, float(label == known)) for label in self.labels), key=lambda pair: -pair[1])
        scores = self._features([text], encoder.encode(text)[None])[0] @ self._weights + self._bias
        odds = np.exp(scores - scores.max())
        return sorted(zip(self.labels, map(float, odds / odds.sum())), key=lambda pair: -pair[1])

    def _features(self, texts: list[str], vectors: np.ndarray) -> np.ndarray:
        spelling = self._spelling.transform(list(map(folded, texts))).astype(np.float32)
        return np.hstack([_SENTENCE_WEIGHT * (vectors - self._centre), _SPELLING_WEIGHT * spelling])

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
