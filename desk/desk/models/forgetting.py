"""Keeping and forgetting: what is erased is gone from the events, the queues, the projection, the search and the file itself."""
import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
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
_TURN_SECONDS = 600  # no turn takes longer
_CLOCKS_DIFFER = 60  # seconds at most, between the assistant's machine and this one
_LATEST_ROWS = 10_000  # of the audit
_CONVERSATION = "conversation "
_BATCH = 500  # conversations: nobody who writes waits for long
_OF_A_CONVERSATION: tuple[Any, ...] = (Message, Noted, Signal, Triage, Mention, Note, Tag, Review)
_OF_THE_ASSISTANT: tuple[Any, ...] = (Outbox, Blocked)
_SCRUBBED = (Event, Form, Callback, Notice, Audit, *_OF_A_CONVERSATION)
_MERGE = "insert into desk_search(desk_search, rank) values ('merge', {})"
_MERGED_PAGES = 100  # at a time: so long somebody who writes waits
_SMALL, _QUIET_SECONDS = 50_000_000, 300
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
    progress.of(session).erased_at = time.time()
    noted = [*subjects(ids, []), *sorted(audit.known(session, erased[len(ids):]))]  # no form that a machine left half-way
    audit.forget(session, noted)
    for subject in noted:
        audit.note(session, staff_id, audit.ERASED, subject, why)


def erase_again(session: Session, conversations: set[str]) -> set[str]:
    """Erases those of the conversations that came back: a turn that was under way when one was erased stores all of it anew."""
    since = time.time() - _TURN_SECONDS
    if not conversations or not session.scalar(sa.select(Progress.id).where(Progress.erased_at > since)):
        return set()
    newest = sa.select(sa.func.max(Audit.id) - _LATEST_ROWS).scalar_subquery()
    erased = sa.select(Audit.subject, Audit.at).where(Audit.id > newest, Audit.action == audit.ERASED, Audit.at > since)
    times = {subject.removeprefix(_CONVERSATION): at for subject, at in session.execute(erased)}
    begun = sa.select(Event.sender_id, sa.func.min(Event.timestamp)).where(Event.sender_id.in_(conversations & set(times)))
    back = {id_ for id_, first in session.execute(begun.group_by(Event.sender_id)) if first < times[id_] - _CLOCKS_DIFFER}
    if back:
        erase(session, back, why="came back while it was erased")
    return back


def subjects(conversations: Iterable[str], forms: Iterable[int]) -> list[str]:
    """What the audit calls them."""
    return [*(f"{_CONVERSATION}{id_}" for id_ in conversations), *(f"form {id_}" for id_ in forms)]


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
        rewrite(engine)
    return len(conversations), len(forms)


def scrub(engine: sa.Engine) -> None:
    """Overwrites what deleted rows left in the search index and in the write-ahead log; the rows themselves are overwritten as they
    are deleted. In small steps: the assistant writes to the same file."""
    with _autocommitting(engine) as connection:
        if engine.dialect.name == "sqlite":
            _merge_search(connection)
            connection.exec_driver_sql("pragma wal_checkpoint(truncate)")
        else:
            for table in _SCRUBBED:
                connection.exec_driver_sql(f"vacuum {table.__tablename__}")


def rewrite(engine: sa.Engine) -> bool:
    """Writes a SQLite file anew, without what may be left in its pages where rows were moved; whether that was to be done. Since it
    holds up whoever writes, a large file waits until nobody has for some minutes."""
    if engine.dialect.name != "sqlite" or not _may_be_rewritten(engine):
        return False
    with database.transaction(engine) as session:
        progress.of(session).rewritten_at = time.time()
    with _autocommitting(engine) as connection:
        for statement in ("vacuum", "pragma wal_checkpoint(truncate)"):
            connection.exec_driver_sql(statement)
    return True


def _may_be_rewritten(engine: sa.Engine) -> bool:
    with database.reading(engine) as session:
        erased = session.scalar(sa.select(Progress.id).where(Progress.erased_at > Progress.rewritten_at))
        size = session.scalar(sa.text("select page_count * page_size from pragma_page_count, pragma_page_size")) or 0
        last = sa.select(Event.timestamp).order_by(Event.id.desc()).limit(1)
        return erased is not None and (size < _SMALL or (session.scalar(last) or 0) < time.time() - _QUIET_SECONDS)


@contextmanager
def _autocommitting(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection whose statements each are a transaction. A database that is busy for too long is left for the next time."""
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT", begin="select 1") as connection:
            yield connection
    except sa.exc.OperationalError as error:
        logger.error("What was erased is not overwritten yet (%s); the next purge does it.", type(error.orig).__name__)


def _merge_search(connection: sa.Connection) -> None:
    """Merges the parts of the search index into one, which drops what was deleted. https://www.sqlite.org/fts5.html#the_merge_command"""
    def changes() -> int:
        return connection.exec_driver_sql("select total_changes()").scalar_one()

    pages, before = -_MERGED_PAGES, changes()
    connection.exec_driver_sql(_MERGE.format(pages))
    while changes() - before > 1:
        before = changes()
        connection.exec_driver_sql(_MERGE.format(_MERGED_PAGES))


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
