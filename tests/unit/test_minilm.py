"""The English encoder against figures that sentence-transformers itself gives."""
import numpy as np
import pytest

from assistant.nlu.minilm import DIMENSIONS, MiniLM

# Of all-MiniLM-L6-v2 by sentence-transformers, as published in the README of the kjarni package.
HELLO_WORLD = [-0.03447726, 0.03102319, 0.00673499, 0.02610895, -0.03936201]
TEXTS = ["Hello world", "how many hours a week is it?", "x", "a much longer text, " * 40, "¿Cuánto dura?", ""]


@pytest.fixture(scope="module")
def encoder() -> MiniLM:
    return MiniLM()


def test_it_gives_the_published_figures(encoder):
    assert encoder.encode(["Hello world"])[0, :5] == pytest.approx(HELLO_WORLD, abs=1e-5)


def test_a_text_has_the_same_vector_alone_and_in_a_batch(encoder):
    alone = np.vstack([encoder.encode([text]) for text in TEXTS])
    assert np.allclose(encoder.encode(TEXTS), alone, atol=1e-5)


def test_every_vector_has_length_one(encoder):
    vectors = encoder.encode(TEXTS)
    assert vectors.shape == (len(TEXTS), DIMENSIONS)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)


def test_a_paraphrase_is_nearer_than_another_matter(encoder):
    hours, same, other = encoder.encode(["how many hours a week?", "what is the weekly time commitment?", "do they drug test?"])
    assert hours @ same > hours @ other
