"""The content of data/ as the tests read it."""
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent


def read(path: Path):
    return yaml.safe_load(path.read_text("utf-8"))


FACTS = read(ROOT / "data/facts.yml")["facts"]
FILES = [path for path in sorted((ROOT / "data").rglob("*.yml")) if "nlu" in (read(path) or {})]


def examples() -> dict[str, list[str]]:
    """Intent -> its training examples."""
    found: dict[str, list[str]] = {}
    for path in FILES:
        for block in read(path)["nlu"]:
            lines = [line[2:].strip() for line in block["examples"].splitlines() if line.startswith("- ")]
            found.setdefault(block["intent"], []).extend(lines)
    return found


def responses() -> dict[str, list[dict]]:
    """Response name -> its variations."""
    return {name: value for path in FILES for name, value in (read(path).get("responses") or {}).items()}
