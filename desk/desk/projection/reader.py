"""Follows the events by id. Every step is one transaction and may be repeated: what is read again changes nothing."""
import json
import logging
import re
import time
from collections import defaultdict
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from desk import database, settings
from desk.models import forgetting, notices
from desk.projection import delivery, events, progress, summary
from desk.secrecy import fingerprint
from desk.tables import Callback, Conversation, Event, Message, Noted, Progress, Signal, Triage

logger = logging.getLogger(__name__)
BATCH = 1000
_OVERLAP = 1000  # ids: a transaction that began earlier may commit its events later
_HOUR = 3600
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")  # in JSON
_KEY = {Message: "id", Triage: "id", Noted: "id", Signal: "id,kind", Callback: "event_id"}
_CHANGES: dict[Any, list[str]] = {
    Message: [c.name for c in Message.__table__.columns if c.name != "id"],
    Triage: ["level", "reasons", "answers"], Noted: ["kind", "message_id", "details", "at"],
    Signal: ["detail", "by", "at"], Callback: ["requested_at", "consent", "phone"],
}


class Reader:
    """Keeps the projection up to date. `seen` only spares work: a new reader gets the same result."""

    def __init__(self, engine: sa.Engine) -> None:
        self.engine = engine
        self._seen: set[int] = set()

    def catch_up(self) -> int:
        """Reads until nothing is new; the number of events read."""
        total = 0
        while read := self.step():
            total += read
        return total

    def step(self) -> int:
        """Reads one batch; the number of events that were new to this reader."""
        if not sa.inspect(self.engine).has_table(Event.__tablename__):
            return 0  # the assistant has not been started yet
        with database.reading(self.engine) as session:
            new = self._new(session)
            late = summary.overdue(session)
        if new or late:
            with database.transaction(self.engine) as session:
                touched = self._keep(session, new) if new else set()
                touched -= forgetting.erase_again(session, touched)
                summary.refresh(session, touched | _alarm(session, late))
                _advance(session, max(new, default=0))
        seen = self._seen | set(new)
        newest = max(seen, default=0)
        self._seen = {id_ for id_ in seen if id_ > newest - 2 * _OVERLAP - BATCH}
        return len(new)

    def _new(self, session: Session) -> list[int]:
        """The ids of the next events that matter, with those that committed late."""
        cursor = session.scalar(sa.select(Progress.event_id)) or 0
        ids = session.scalars(
            sa.select(Event.id).where(Event.id > cursor - _OVERLAP, _matters()).order_by(Event.id).limit(BATCH + _OVERLAP)
        )
        return [id_ for id_ in ids if id_ not in self._seen][:BATCH]

    def _keep(self, session: Session, ids: list[int]) -> set[str]:
        """Stores what the events say; the conversations they belong to."""
        database.one_at_a_time(session, database.EVENTS)
        by_table: dict[Any, list[dict[str, Any]]] = defaultdict(list)
        touched: dict[str, str] = {}
        for id_, conversation, data in session.execute(sa.select(Event.id, Event.sender_id, Event.data).where(Event.id.in_(ids))):
            for table, row in _rows(id_, conversation, data):
                touched[conversation] = row.pop("channel", None) or touched.get(conversation, "")
                by_table[table].append(_completed(session, table, row))
        database.upsert(session, Conversation, [{"id": id_, "channel": channel} for id_, channel in touched.items()], [])
        for table, rows in by_table.items():
            database.upsert(session, table, rows, _CHANGES[table], _KEY[table])
        missed = delivery.flags(session, by_table[Noted])
        database.upsert(session, Signal, missed, _CHANGES[Signal], _KEY[Signal])
        _tell(session, by_table[Signal] + missed, by_table[Callback])
        summary.name_channels(session, touched)
        return set(touched)


def _rows(id_: int, conversation: str, data: str) -> events.Rows:
    """The rows of an event. One that cannot be understood holds up none of the others."""
    try:
        return events.rows(id_, conversation, _parsed(data))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        logger.error("Event %s could not be understood (%s).", id_, type(error).__name__)
        return []


def _parsed(data: str) -> Any:
    """An event, without what a database does not keep: the character NUL, and half of a pair of surrogates."""
    event = json.loads(_NUL.sub(r"\1", data))
    return json.loads(json.dumps(event, ensure_ascii=False).encode(errors="replace")) if "\\ud" in data else event


def rebuild(engine: sa.Engine) -> int:
    """Makes the projection anew from the events. What staff did (done, cleared, notes, calls) is kept."""
    with database.transaction(engine) as session:
        for table in (Message, Triage, Noted):
            session.execute(sa.delete(table))
        session.execute(sa.delete(Signal).where(Signal.cleared_at.is_(None)))
        session.execute(sa.update(Progress).values(event_id=0))
    return Reader(engine).catch_up()


def lag(session: Session) -> tuple[int, float]:
    """How many events are still to be read, and how old the oldest of them is, in seconds."""
    cursor = session.scalar(sa.select(Progress.event_id)) or 0
    waiting = sa.select(sa.func.count(), sa.func.min(Event.timestamp)).where(Event.id > cursor, _matters())
    number, oldest = session.execute(waiting).one()
    return number, max(time.time() - oldest, 0) if number else 0.0


def _tell(session: Session, signals: list[dict[str, Any]], callbacks: list[dict[str, Any]]) -> None:
    """Queues what staff are to be told of."""
    for row in signals:
        if row["kind"] in notices.URGENT:
            notices.tell(session, row["kind"], f"event {row['id']}", f"/conversation/{row['conversation_id']}", row["at"])
    for row in callbacks:
        notices.tell(session, "callback", f"event {row['event_id']}", "/callbacks", row["requested_at"])


def _alarm(session: Session, late: list[int]) -> set[str]:
    """Tells staff of calls that have become overdue; the conversations they belong to."""
    callbacks = list(session.scalars(sa.select(Callback).where(Callback.id.in_(late))))
    for callback in callbacks:
        callback.alarmed_at = time.time()
        notices.tell(session, "overdue", f"callback {callback.id}", f"/callbacks#call-{callback.id}", callback.due_at)
    session.flush()
    return {callback.conversation_id for callback in callbacks if callback.conversation_id}


def _matters() -> sa.ColumnElement[bool]:
    is_slot = sa.and_(Event.type_name == "slot", Event.action_name.in_(events.SLOTS))
    return sa.or_(Event.type_name.in_(("user", "bot", "pause", "note")), is_slot)


def _completed(session: Session, table: Any, row: dict[str, Any]) -> dict[str, Any]:
    """With what one event alone does not tell."""
    if table is Triage:
        return {**row, "answers": _answers(session, row["conversation_id"], row["id"])}
    if table is Callback:
        hours = float(settings.clinic().get("callback_within_hours", 24))
        id_ = row.pop("id")
        row.pop("at")
        due_at = row["requested_at"] + hours * _HOUR
        return {**row, "event_id": id_, "due_at": due_at, "phone": fingerprint(row["phone"] or "")}
    return row


def _answers(session: Session, conversation: str, before: int) -> dict[str, str]:
    said = sa.select(Event.data).where(
        Event.sender_id == conversation, Event.id < before, Event.type_name == "slot", Event.action_name.like("triage_%")
    ).order_by(Event.id)
    answers: dict[str, str] = {}
    for data in session.scalars(said):
        event = json.loads(data or "{}")
        if event["name"] not in ("triage_outcome", "triage_pronoun"):
            answers[event["name"].removeprefix("triage_")] = event["value"]
    return {name: value for name, value in answers.items() if value}


def _advance(session: Session, event_id: int) -> None:
    progress.changed(session)
    row = progress.of(session)
    row.event_id = max(row.event_id, event_id)
    row.at = time.time()
