"""Two questions in one message: where a message may be cut, and whether its halves ask two things."""
import re
from typing import Callable

Ranking = list[tuple[str, float]]

_CUT = re.compile(r"(?<=[.?!;])\s+|\s*[,;]\s*|\s+(?=(?:and|also|plus|then|n|or|but|y|tambien|ademas|ademá?s|&)\b)", re.IGNORECASE)
_JOINS = re.compile(r"^(?:(?:and|also|plus|then|n|or|but|so|y|e|tambien|también|ademas|además|&|oh|second|secondly)\b[\s,]*)+", re.IGNORECASE)
ASKING = ("faq/", "handoff/", "triage", "callback", "smalltalk/are_you_human", "smalltalk/privacy")
SURE = 0.45
"""How sure each half must be of its topic. Measured: docs/understanding.md."""
_MOST_CUTS = 12  # of a long message the last ones: questions come at the end
_MOST_PARTS = 3


def topics_of(text: str, ranking: Callable[[str], Ranking]) -> list[tuple[str, float]]:
    """The topics a message asks, in its order, each with its probability: one, or up to three where it asks several things."""
    parts = _parted(text, ranking, _MOST_PARTS)
    return parts or [ranking(text)[0]]


def _parted(text: str, ranking: Callable[[str], Ranking], most: int) -> list[tuple[str, float]]:
    """Two or more topics, or none where the message is better read as a whole."""
    best: list[tuple[str, float]] = []
    pair = ("", "")
    for left, right in _halves(text):
        halves = [ranking(left)[0], ranking(right)[0]]
        different = halves[0][0] != halves[1][0]
        if different and all(t.startswith(ASKING) for t, _ in halves) and min(c for _, c in halves) >= SURE:
            if not best or min(c for _, c in halves) > min(c for _, c in best):
                best, pair = halves, (left, right)
    if not best or most < 3:
        return best
    left, right = (_parted(half, ranking, 2) or [topic] for half, topic in zip(pair, best))
    merged = left + right
    return merged if len({t for t, _ in merged}) == len(merged) <= most else best


def _halves(text: str) -> list[tuple[str, str]]:
    cuts = [match.span() for match in _CUT.finditer(text)][-_MOST_CUTS:]
    halves = [(text[:start].strip(), _JOINS.sub("", text[end:].strip())) for start, end in cuts]
    return [(left, right) for left, right in halves if left and right]
