"""The content of data/ as the tests read it."""
from functools import cache
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent


@cache
def read(path: Path):
    """A YAML file, read once: some are long."""
    return yaml.load(path.read_text("utf-8"), yaml.CSafeLoader)


FACTS = read(ROOT / "data/facts.yml")["facts"]
FILES = [path for path in sorted((ROOT / "data").rglob("*.yml")) if "nlu" in (read(path) or {})]


@cache
def examples() -> dict[str, list[str]]:
    """Intent -> its training examples."""
    found: dict[str, list[str]] = {}
    for path in FILES:
        for block in read(path)["nlu"]:
            lines = [line[2:].strip() for line in block["examples"].splitlines() if line.startswith("- ")]
            found.setdefault(block["intent"], []).extend(lines)
    return found


@cache
def responses() -> dict[str, list[dict]]:
    """Response name -> its variations."""
    return {name: value for path in FILES for name, value in (read(path).get("responses") or {}).items()}
