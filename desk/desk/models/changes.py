"""Proposed changes as a patch of `data/`: a masked example under its right topic. It is never applied by itself."""
import difflib
import re
from collections import defaultdict
from pathlib import Path

from sqlalchemy.orm import Session

from desk import settings
from desk.masking import COVER
from desk.models import review

_EXAMPLE = re.compile(r"^    - ")


def patch(session: Session) -> str:
    """A unified diff for `git apply`. Examples that hold a covered detail are left out: they would teach the cover."""
    topics, examples = review.topics(), defaultdict(list)
    for judged, _ in review.proposed(session):
        if judged.right_topic in topics and judged.example and COVER not in judged.example:
            examples[judged.right_topic].append(judged.example)
    return "".join(_diff(topics[topic], topic, added) for topic, added in sorted(examples.items()))


def _diff(path: Path, topic: str, added: list[str]) -> str:
    before = path.read_text("utf-8").splitlines(keepends=True)
    after = _with_examples(before, topic, added)
    name = path.relative_to(settings.ROOT).as_posix()
    return "".join(difflib.unified_diff(before, after, f"a/{name}", f"b/{name}"))


def _with_examples(lines: list[str], topic: str, added: list[str]) -> list[str]:
    """The file's lines, with the examples at the end of those of the topic."""
    start = next(number for number, line in enumerate(lines) if re.match(rf"- intent: {re.escape(topic)}\s*$", line))
    first = next(number for number in range(start, len(lines)) if _EXAMPLE.match(lines[number]))
    end = next((number for number in range(first, len(lines)) if not _EXAMPLE.match(lines[number])), len(lines))
    known = {line[6:].strip().lower() for line in lines[first:end]}
    new = [example for example in dict.fromkeys(added) if example.lower() not in known]
    return [*lines[:end], *(f"    - {_plain(example)}\n" for example in new), *lines[end:]]


def _plain(example: str) -> str:
    """Brackets and braces mean something to Rasa in an example."""
    return re.sub(r"[\[\]{}()|]", " ", example).strip()
