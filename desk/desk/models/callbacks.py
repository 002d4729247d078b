"""Calls that people asked for: when they are due, whom to call, and what came of it."""
import json
import time
from dataclasses import dataclass
from typing import Any, Optional

import sqlalchemy as sa
from sqlalchemy.orm import Session

from desk import masking, phones, secrecy
from desk.models.conversations import is_revealed
from desk.projection import progress, summary
from desk.tables import Callback, Event, Form, Try

OUTCOMES = {"reached": True, "left word": False, "no answer": False, "wrong number": True}
"""What a try may come to, and whether that closes the call."""


@dataclass(frozen=True)
class Call:
    """A call to make. name, phone and dial are covered until they are revealed."""

    callback: Callback
    name: str
    phone: str
    dial: Optional[str]
    best_time: str
    tries: list[Try]

    @property
    def overdue(self) -> bool:
        return self.callback.closed_at is None and self.callback.due_at < time.time()


def waiting(session: Session, staff_id: int) -> list[Call]:
    """The calls that are not closed, the one that is due first at the head."""
    return [described(session, callback, staff_id) for callback in session.scalars(
        sa.select(Callback).where(Callback.closed_at.is_(None)).order_by(Callback.due_at))]


def closed(session: Session, staff_id: int, number: int = 50) -> list[Call]:
    return [described(session, callback, staff_id) for callback in session.scalars(
        sa.select(Callback).where(Callback.closed_at.is_not(None)).order_by(Callback.closed_at.desc()).limit(number))]


def described(session: Session, callback: Callback, staff_id: int) -> Call:
    details = _details(session, callback)
    tries = list(session.scalars(sa.select(Try).where(Try.callback_id == callback.id).order_by(Try.id)))
    if not is_revealed(session, staff_id, f"callback {callback.id}"):
        return Call(callback, masking.COVER, masking.COVER, None, masking.masked(details["time"] or ""), tries)
    return Call(callback, details["name"], phones.written(details["phone"]), details["phone"], details["time"] or "", tries)


def tried(session: Session, callback: Callback, staff_id: int, outcome: str) -> None:
    """Notes a try; some outcomes close the call."""
    session.add(Try(callback_id=callback.id, staff_id=staff_id, at=time.time(), outcome=outcome))
    callback.outcome = outcome
    callback.closed_at = time.time() if OUTCOMES[outcome] else None
    session.flush()
    summary.refresh(session, {callback.conversation_id} if callback.conversation_id else set())
    progress.changed(session)


def _details(session: Session, callback: Callback) -> dict[str, Any]:
    """Name, phone and best time, from where they were given."""
    if callback.form_id is not None:
        return secrecy.opened(session.get_one(Form, callback.form_id).personal)
    return json.loads(session.get_one(Event, callback.event_id).data or "{}")["value"]
