"""Keeping and forgetting: what is erased is gone from the events, the queues, the projection, the search and the file itself."""
import logging
import time
from collections.abc import Iterable
from typing import Any, Optional

import sqlalchemy as sa
from sqlalchemy.orm import Session

from desk import database, settings
from desk.models import audit
from desk.projection import progress
from desk.tables import (
    Attempt,
    Audit,
    Blocked,
    Callback,
    Conversation,
    Event,
    Form,
    Link,
    Mention,
    Message,
    Note,
    Noted,
    Notice,
    Outbox,
    Progress,
    Revealed,
    Review,
    Signal,
    SignedIn,
    Tag,
    Triage,
    Try,
)

REASONS = ("the person asked for it", "sent by mistake", "a test", "a court or an authority asked for it")
"""Why something is erased: chosen and not written, since what is written may name the person."""
_DAY = 86400
_BATCH = 500  # conversations: nobody who writes waits for long
_OF_A_CONVERSATION: tuple[Any, ...] = (Message, Noted, Signal, Triage, Mention, Note, Tag, Review)
_OF_THE_ASSISTANT: tuple[Any, ...] = (Outbox, Blocked)
_SCRUBBED = (Event, Form, Callback, Notice, Audit, *_OF_A_CONVERSATION)
_SCRUB_SQLITE = ("insert into desk_search(desk_search) values ('rebuild')", "vacuum", "pragma wal_checkpoint(truncate)")
_JOINED = Form.conversation_id == Conversation.id
_HOLD = Conversation.held.is_not(None) | Form.held.is_not(None)
_HELD = sa.select(Conversation.id).outerjoin(Form, _JOINED).where(_HOLD)
_HELD_FORMS = sa.select(Form.id).outerjoin(Conversation, _JOINED).where(_HOLD)
logger = logging.getLogger(__name__)


def erase(session: Session, conversations: Iterable[str], forms: Iterable[int] = (), staff_id: Optional[int] = None,
          why: str = "") -> None:
    """Deletes conversations, with the forms that were joined to them, and forms; the audit says so, and keeps no reason that was
    given for anything done to them."""
    database.one_at_a_time(session, database.EVENTS)  # or the projection would keep what it is just reading
    ids = list(conversations)
    joined = session.scalars(sa.select(Form.id).where(Form.conversation_id.in_(ids)))
    form_ids = sorted({*forms, *joined})
    asked = list(session.execute(sa.select(Callback.id, Callback.event_id).where(
        Callback.conversation_id.in_(ids) | Callback.form_id.in_(form_ids))))
    calls = [call for call, _ in asked]
    erased = [*subjects(ids, form_ids), *(f"callback {call}" for call in calls)]
    told = [*erased, *(f"event {event_id}" for _, event_id in asked)]
    present = [table for table in _OF_THE_ASSISTANT if database.has(session, table)]
    for condition in (
        Event.sender_id.in_(ids), *(table.conversation.in_(ids) for table in present),
        *(table.conversation_id.in_(ids) for table in _OF_A_CONVERSATION),
        Try.callback_id.in_(calls), Callback.id.in_(calls), Form.id.in_(form_ids), Revealed.subject.in_(erased),
        Notice.subject.in_(told), Notice.path.in_([f"/conversation/{id_}" for id_ in ids]), Conversation.id.in_(ids),
    ):
        session.execute(sa.delete(condition.left.table).where(condition))
    audit.forget(session, erased)
    for subject in erased:
        audit.note(session, staff_id, audit.ERASED, subject, why)


def subjects(conversations: Iterable[str], forms: Iterable[int]) -> list[str]:
    """What the audit calls them."""
    return [*(f"conversation {id_}" for id_ in conversations), *(f"form {id_}" for id_ in forms)]


def on_hold(session: Session, conversations: list[str], forms: list[int]) -> list[str]:
    """Those of them that must not be erased, as the audit calls them. A hold covers a conversation with its forms, and the other
    way round."""
    held = session.scalars(_HELD.where(Conversation.id.in_(conversations)))
    held_forms = session.scalars(_HELD_FORMS.where(Form.id.in_(forms)))
    return subjects(sorted(set(held)), held_forms)


def overdue(session: Session, number: Optional[int] = None) -> tuple[list[str], list[int]]:
    """The conversations and forms whose time is over, or so many of each, but for those on hold."""
    conversations = sa.select(Event.sender_id).where(Event.sender_id.not_in(_HELD)).group_by(Event.sender_id).having(
        sa.func.max(Event.timestamp) < _before("conversations"))
    forms = sa.select(Form.id).where(Form.id.not_in(_HELD_FORMS), sa.or_(
        Form.sent_at < _before("forms"), sa.and_(Form.sent_at.is_(None), Form.begun_at < time.time() - _DAY)))
    return list(session.scalars(conversations.limit(number))), list(session.scalars(forms.limit(number)))


def is_due(engine: sa.Engine) -> bool:
    """Whether the last purge is a day ago."""
    with database.reading(engine) as session:
        return database.has(session, Event) and (session.scalar(sa.select(Progress.purged_at)) or 0) < time.time() - _DAY


def purge(engine: sa.Engine, dry: bool = False) -> tuple[int, int]:
    """Erases what is kept no longer, and old sessions, links, attempts and rows of the audit; how many conversations and forms
    there were."""
    with database.reading(engine) as session:
        conversations, forms = overdue(session)
    if not dry:
        while _purged(engine):
            pass
        with database.transaction(engine) as session:
            _tidy(session)
        scrub(engine)
    return len(conversations), len(forms)


def scrub(engine: sa.Engine) -> None:
    """Overwrites what deleted rows left behind: in the search index, in free pages and in the write-ahead log."""
    statements = _SCRUB_SQLITE if engine.dialect.name == "sqlite" else [f"vacuum {table.__tablename__}" for table in _SCRUBBED]
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT", begin="select 1") as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
    except sa.exc.OperationalError as error:
        logger.error("What was erased is not overwritten yet (%s); the next purge does it.", type(error.orig).__name__)


def _purged(engine: sa.Engine) -> bool:
    """Erases some of what is kept no longer; whether there was any."""
    with database.transaction(engine) as session:
        conversations, forms = overdue(session, _BATCH)
        erase(session, conversations, forms, why="kept no longer")
    return bool(conversations or forms)


def _tidy(session: Session) -> None:
    now = time.time()
    for condition in (SignedIn.begun_at < now - _DAY, Link.expires_at < now, Attempt.at < now - _DAY, Revealed.until < now):
        session.execute(sa.delete(condition.left.table).where(condition))
    progress.of(session).purged_at = now
    audit.shorten(session, _before("audit"))


def _before(kind: str) -> float:
    return time.time() - settings.retention_days(kind) * _DAY
