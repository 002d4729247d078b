"""Keeping and forgetting: what is erased is gone from the events, the projection, the search and the file itself."""
import logging
import time
from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from desk import database, settings
from desk.tables import (
    Attempt,
    Callback,
    Conversation,
    Event,
    Form,
    Link,
    Message,
    Note,
    Notice,
    Revealed,
    Review,
    Signal,
    SignedIn,
    Tag,
    Triage,
    Try,
)

_DAY = 86400
_OF_A_CONVERSATION: tuple[Any, ...] = (Message, Signal, Triage, Note, Tag, Review)
_SCRUBBED = (Event, Form, *_OF_A_CONVERSATION)
_SCRUB_SQLITE = ("insert into desk_search(desk_search) values ('rebuild')", "vacuum", "pragma wal_checkpoint(truncate)")
logger = logging.getLogger(__name__)


def erase(session: Session, conversations: Iterable[str], forms: Iterable[int] = ()) -> None:
    """Deletes conversations, with the forms that were joined to them, and forms."""
    database.one_at_a_time(session, database.EVENTS)  # or the projection would keep what it is just reading
    ids = list(conversations)
    joined = session.scalars(sa.select(Form.id).where(Form.conversation_id.in_(ids)))
    form_ids = [*forms, *joined]
    asked = Callback.conversation_id.in_(ids) | Callback.form_id.in_(form_ids)
    calls = list(session.scalars(sa.select(Callback.id).where(asked)))
    kinds = {"conversation": ids, "form": form_ids, "callback": calls}
    subjects = [f"{kind} {id_}" for kind, erased in kinds.items() for id_ in erased]  # type: ignore[attr-defined]
    for condition in (
        Event.sender_id.in_(ids), *(table.conversation_id.in_(ids) for table in _OF_A_CONVERSATION),
        Try.callback_id.in_(calls), Callback.id.in_(calls), Form.id.in_(form_ids), Revealed.subject.in_(subjects),
        Notice.path.in_([f"/conversation/{id_}" for id_ in ids] + [f"/forms/{id_}" for id_ in form_ids]),
        Conversation.id.in_(ids),
    ):
        session.execute(sa.delete(condition.left.table).where(condition))


def overdue(session: Session) -> tuple[list[str], list[int]]:
    """The conversations and forms whose time is over, but for those on hold."""
    conversations = sa.select(Event.sender_id).group_by(Event.sender_id).having(
        sa.func.max(Event.timestamp) < _before("conversations"))
    held = set(session.scalars(sa.select(Conversation.id).where(Conversation.held.is_not(None))))
    forms = sa.select(Form.id).where(Form.held.is_(None), sa.or_(
        Form.sent_at < _before("forms"), sa.and_(Form.sent_at.is_(None), Form.begun_at < time.time() - _DAY)))
    held_forms = set(session.scalars(sa.select(Form.id).where(Form.conversation_id.in_(held))))
    return [id_ for id_ in session.scalars(conversations) if id_ not in held], [
        id_ for id_ in session.scalars(forms) if id_ not in held_forms]


def purge(engine: sa.Engine, dry: bool = False) -> tuple[int, int]:
    """Erases what is kept no longer, and old sessions, links and attempts; how many conversations and forms there were."""
    with database.transaction(engine) as session:
        conversations, forms = overdue(session)
        if not dry:
            erase(session, conversations, forms)
            now = time.time()
            for condition in (SignedIn.begun_at < now - _DAY, Link.expires_at < now, Attempt.at < now - _DAY, Revealed.until < now):
                session.execute(sa.delete(condition.left.table).where(condition))
    if not dry:
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


def _before(kind: str) -> float:
    return time.time() - settings.retention_days(kind) * _DAY
