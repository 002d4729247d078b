"""The inbox by risk, search and filters, and what staff do with conversations there."""
import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Optional

import sqlalchemy as sa
from sqlalchemy.orm import Session

from desk import database, settings
from desk.models import review
from desk.projection import progress
from desk.projection.summary import CRISIS, FLAGS, RISKS
from desk.tables import Callback, Conversation, Message, Review, Signal, Tag

VIEWS = ("unassigned", "mine", "all", "snoozed", "done")
HAND_OVER = "hand over"
ACTIONS = ("assign", HAND_OVER, "release", "done", "open", "snooze")
PAGE = 50
ME = "me"
"""Whoever asks, where a filter names one of the staff."""
_SNOOZE = 4 * 3600
_GRAVITY = list(FLAGS)
_FOUND = "desk_messages.id in ({} desc limit 2000)"  # a word that everybody writes would take seconds
_SQLITE = "select rowid from desk_search where desk_search match :words order by rowid"
_POSTGRESQL = "select id from desk_messages where search @@ websearch_to_tsquery('simple', :words) order by id"


@dataclass(frozen=True)
class Line:
    """A conversation in a list. No message text is in it: whoever reads that opens the conversation, which is recorded."""

    conversation: Conversation
    signals: list[Signal]
    tags: list[str]
    call_due: Optional[float]
    matches: Optional[tuple[int, int]] = None
    """How many messages match a search, and the id of the first."""


def lines(session: Session, view: str, staff_id: int, page: int = 0) -> list[Line]:
    """One page of the inbox: the highest risk first, then the newest. One more than PAGE tells that there are more."""
    wanted = sa.select(Conversation).where(*_in_view(view, staff_id)).order_by(Conversation.risk, Conversation.last_at.desc())
    return described(session, session.scalars(wanted.offset(page * PAGE).limit(PAGE + 1)))


def counts(session: Session) -> dict[str, int]:
    """How many open conversations there are of each risk, by its name, and of all (`open`)."""
    found = sa.select(Conversation.risk, sa.func.count()).where(*_in_view("all", 0)).group_by(Conversation.risk)
    by_risk = {risk: number for risk, number in session.execute(found)}
    return {"open": sum(by_risk.values()), "crisis": by_risk.get(CRISIS, 0),
            **{RISKS[risk]: by_risk.get(risk, 0) for risk in RISKS}}


def calls_alone(session: Session) -> tuple[int, int]:
    """How many calls were asked for by a form without a chat, which no line of the inbox shows, and how many are overdue."""
    late = sa.func.sum(sa.case((Callback.due_at < time.time(), 1), else_=0))
    waiting = sa.select(sa.func.count(), late).where(Callback.closed_at.is_(None), Callback.conversation_id.is_(None))
    number, overdue = session.execute(waiting).one()
    return number, overdue or 0


def act(session: Session, action: str, ids: Iterable[str], staff_id: int) -> int:
    """Does an action to conversations; how many there were. staff_id: who has them then."""
    values: dict[str, dict[str, Any]] = {
        "assign": {"assignee_id": staff_id}, HAND_OVER: {"assignee_id": staff_id}, "release": {"assignee_id": None},
        "done": {"done": True, "done_at": time.time(), "snoozed_until": None},
        "open": {"done": False, "done_at": None, "snoozed_until": None},
        "snooze": {"snoozed_until": time.time() + _SNOOZE},
    }
    changed = session.execute(sa.update(Conversation).where(Conversation.id.in_(list(ids))).values(**values[action]))
    progress.changed(session)
    return changed.rowcount  # type: ignore[attr-defined,no-any-return]


@dataclass(frozen=True)
class Filters:
    """What is searched for; what is empty does not matter."""

    q: str = ""
    channel: str = ""
    language: str = ""
    topic: str = ""
    outcome: str = ""
    flag: str = ""
    tag: str = ""
    assignee: str = ""
    reviewed: str = ""
    confidence: str = ""
    within: str = ""
    since: str = ""
    until: str = ""

    @classmethod
    def read(cls, fields: dict[str, str]) -> "Filters":
        return cls(**{name: fields.get(name, "").strip() for name in cls.__dataclass_fields__})

    @property
    def given(self) -> dict[str, str]:
        """Those that are set."""
        return {name: value for name, value in vars(self).items() if value}

    def asked_by(self, staff_id: int) -> "Filters":
        """With that account for "me"."""
        return replace(self, assignee=str(staff_id)) if self.assignee == ME else self


def found(session: Session, filters: Filters, page: int = 0, size: int = PAGE) -> list[Line]:
    """The conversations that match, the newest first; one more than `size` tells that there are more."""
    wanted = sa.select(Conversation).where(*_conditions(session, filters)).order_by(Conversation.last_at.desc())
    rows = list(session.scalars(wanted.offset(page * size).limit(size + 1)))
    return described(session, rows, _matches(session, filters.q, [row.id for row in rows]) if filters.q else None)


def described(session: Session, rows: Iterable[Conversation], matches: Optional[dict[str, tuple[int, int]]] = None) -> list[Line]:
    """The conversations with what lists show of them."""
    rows = list(rows)
    ids = [row.id for row in rows]
    signals: dict[str, list[Signal]] = {id_: [] for id_ in ids}
    standing = sa.select(Signal).where(Signal.conversation_id.in_(ids), Signal.cleared_at.is_(None))
    for signal in sorted(session.scalars(standing.order_by(Signal.id)), key=lambda each: _GRAVITY.index(each.kind)):
        signals[signal.conversation_id].append(signal)
    tags: dict[str, list[str]] = {id_: [] for id_ in ids}
    for tag in session.scalars(sa.select(Tag).where(Tag.conversation_id.in_(ids)).order_by(Tag.name)):
        tags[tag.conversation_id].append(tag.name)
    waiting = sa.select(Callback.conversation_id, sa.func.min(Callback.due_at)).where(
        Callback.conversation_id.in_(ids), Callback.closed_at.is_(None)).group_by(Callback.conversation_id)
    due: dict[Any, float] = {id_: at for id_, at in session.execute(waiting)}
    return [Line(row, signals[row.id], tags[row.id], due.get(row.id), (matches or {}).get(row.id)) for row in rows]


def choices(session: Session) -> dict[str, list[str]]:
    """What the filters can be set to, from what there is."""
    def distinct(column: Any) -> list[str]:
        return [value for value in session.scalars(sa.select(column).distinct().order_by(column)) if value]
    return {"channel": distinct(Conversation.channel), "topic": sorted(review.topics()), "outcome": distinct(Conversation.outcome),
            "tag": distinct(Tag.name)}


def _in_view(view: str, staff_id: int) -> list[Any]:
    if view == "done":
        return [Conversation.done]
    asleep = sa.func.coalesce(Conversation.snoozed_until, 0) > time.time()
    if view == "snoozed":
        return [~Conversation.done, asleep]
    whose: dict[str, Any] = {"unassigned": Conversation.assignee_id.is_(None), "mine": Conversation.assignee_id == staff_id}
    return [~Conversation.done, ~asleep, *([whose[view]] if view in whose else [])]


def _conditions(session: Session, filters: Filters) -> list[Any]:
    of_it = {
        "channel": lambda value: Conversation.channel == value,
        "language": lambda value: Conversation.language == value,
        "outcome": lambda value: Conversation.outcome == value,
        "topic": lambda value: _has(Message, Message.topic == value),
        "flag": lambda value: _has(Signal, Signal.kind == value, Signal.cleared_at.is_(None)),
        "tag": lambda value: _has(Tag, Tag.name == value),
        "assignee": lambda value: Conversation.assignee_id == _number(value),
        "confidence": lambda value: Conversation.least_confidence < _number(value) / 100,
        "reviewed": lambda value: _has(Review) if value == "yes" else ~_has(Review),
        "within": lambda value: Conversation.last_at > time.time() - _number(value) * 86400,
        "since": lambda value: Conversation.last_at >= _day(value),
        "until": lambda value: Conversation.first_at < _day(value, 1),
        "q": lambda value: Conversation.id.in_(sa.select(Message.conversation_id).where(_says(session, value))),
    }
    return [condition(getattr(filters, name)) for name, condition in of_it.items() if getattr(filters, name)]


def _has(table: Any, *conditions: Any) -> Any:
    return sa.exists(sa.select(sa.literal(1)).where(table.conversation_id == Conversation.id, *conditions).correlate(Conversation))


def _says(session: Session, words: str) -> Any:
    """The newest messages that have all the words; the last may be the beginning of one (on SQLite)."""
    if not database.is_sqlite(session):
        return sa.text(_FOUND.format(_POSTGRESQL)).bindparams(words=words)
    quoted = " ".join('"' + word.replace('"', '""') + '"' for word in words.split()) + "*"
    return sa.text(_FOUND.format(_SQLITE)).bindparams(words=quoted)


def _matches(session: Session, words: str, ids: list[str]) -> dict[str, tuple[int, int]]:
    counted = sa.select(Message.conversation_id, sa.func.count(), sa.func.min(Message.id)).where(
        Message.conversation_id.in_(ids), _says(session, words)).group_by(Message.conversation_id)
    return {id_: (number, first) for id_, number, first in session.execute(counted)}


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _day(text: str, later: int = 0) -> float:
    try:
        return (datetime.fromisoformat(text).replace(tzinfo=settings.zone()) + timedelta(days=later)).timestamp()
    except ValueError:
        return 0 if not later else time.time()
