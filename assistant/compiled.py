"""What takes seconds to compile from content files, kept from one start to the next."""
import os
import pickle
from collections.abc import Callable, Iterable
from hashlib import sha1
from pathlib import Path
from typing import Any

from assistant.settings import VAR


def kept(name: str, files: Iterable[Path], build: Callable[[], Any]) -> Any:
    """What `build` makes of the files, from `var/` where it was made of the same files before: compiling takes seconds."""
    code = Path(__file__).parent.rglob("*.py")
    mark = sha1(b"".join(path.read_bytes() for path in sorted([*files, *code]))).hexdigest()
    cache = VAR / f"{name}.pickle"
    if cache.exists():
        made_of, made = pickle.loads(cache.read_bytes())
        if made_of == mark:
            return made
    made = build()
    cache.parent.mkdir(exist_ok=True)
    fresh = cache.with_suffix(f".{os.getpid()}")
    fresh.write_bytes(pickle.dumps((mark, made)))
    fresh.replace(cache)  # in one step: another process may read meanwhile
    return made
