"""Triage as pure functions over the decision table of `triage.yml`: answers in, next question or outcome out. No Rasa here."""
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

Answers = dict[str, str]  # slot -> value; a question that was not asked is missing


@dataclass(frozen=True)
class Outcome:
    """level: one of `outcomes` in the table; reasons: its codes, the gravest first; says: their words for the visitor."""

    level: str
    reasons: list[str]
    says: list[str]


@cache
def table() -> dict:
    """The decision table."""
    return yaml.safe_load((Path(__file__).parent / "triage.yml").read_text("utf-8"))


def questions() -> list[str]:
    """Every slot that may be asked, in order."""
    return [question["slot"] for question in table()["questions"]]


def read_with(asked: str | None) -> list[str]:
    """The slots whose own kind of answer counts when `asked` was asked."""
    return [slot for q in table()["questions"] if q["slot"] == asked for slot in (asked, *q.get("reads", []))]


def next_question(answers: Answers) -> str | None:
    """The slot to ask next, or None where the outcome is settled."""
    if any(row.get("stop") for row in _rows(answers)):
        return None
    return next((q["slot"] for q in table()["questions"] if q["slot"] not in answers and _to_ask(q, answers)), None)


def outcome(answers: Answers) -> Outcome:
    """What the answers lead to. A question that should have been asked and was not counts as skipped."""
    asked = {q["slot"]: "skipped" for q in table()["questions"] if _to_ask(q, answers)}
    stopped = [row for row in _rows(answers) if row.get("stop")]
    rows = sorted(stopped or _rows({**asked, **answers}), key=_gravity)
    counting = [row for row in rows if row["outcome"] == rows[0]["outcome"]]
    return Outcome(rows[0]["outcome"], [row["reason"] for row in rows], [row["says"] for row in counting if "says" in row])


def previous_question(answers: Answers, asked: str) -> str | None:
    """The question before `asked` that has an answer: where "go back" leads."""
    order = questions()
    return next((slot for slot in reversed(order[: order.index(asked)]) if slot in answers), None)


def merged(answers: Answers, said: Answers, asked: str | None) -> Answers:
    """The answers with what a message said. A question answered before is changed only by a graver answer."""
    def counts(slot: str) -> bool:
        return slot == asked or answers.get(slot, "skipped") in ("skipped", "unsure") or _graver(slot, said[slot], answers[slot])

    return {**answers, **{slot: value for slot, value in said.items() if counts(slot)}}


def _graver(slot: str, value: str, than: str) -> bool:
    order = table()["gravity"].get(slot, [])
    return value in order and order.index(value) < order.index(than)


def _to_ask(question: dict, answers: Answers) -> bool:
    return all(answers.get(slot, "skipped") in values for slot, values in question.get("only_if", {}).items())


def _rows(answers: Answers) -> list[dict]:
    return [row for row in table()["rows"] if all(answers.get(slot) in values for slot, values in row["when"].items())]


def _gravity(row: dict) -> int:
    return table()["outcomes"].index(row["outcome"])
