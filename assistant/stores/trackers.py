"""The tracker store: conversations as events in SQLite, or in PostgreSQL by DATABASE_URL. Named in endpoints.yml."""
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Iterator, Optional

import sqlalchemy as sa
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import SQLTrackerStore
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SessionStarted
from rasa.shared.core.trackers import DialogueStateTracker

from assistant.settings import database_url
from assistant.stores import notes  # noqa: F401  Rasa reads stored events by the classes that it knows

_LOCK_WAIT_SECONDS = 2
_CONNECT_SECONDS = 2
_ANSWER_SECONDS = 3
_failures: ContextVar[Optional[list[str]]] = ContextVar("store_failures", default=None)


@contextmanager
def watched() -> Iterator[list[str]]:
    """Collects what the store could not do meanwhile, by the name of the error.

    Rasa hides a failing store behind one in memory, so that a reply would go out that a restart forgets. A channel
    looks here before it hands a reply over.
    """
    failures: list[str] = []
    token = _failures.set(failures)
    try:
        yield failures
    finally:
        _failures.reset(token)


class StoreError(Exception):
    """The database did not answer. Carries the kind of error only: its text would hold what the visitor wrote."""


@contextmanager
def reported() -> Iterator[None]:
    """Turns an error of the database into a StoreError, and tells `watched` of it."""
    try:
        yield
    except sa.exc.SQLAlchemyError as error:
        kind = type(getattr(error, "orig", None) or error).__name__
        failures = _failures.get()
        if failures is not None:
            failures.append(kind)
        raise StoreError(f"the database did not answer ({kind}). Check DATABASE_URL, the disk and who locks the file") from None


class TrackerStore(SQLTrackerStore):
    """Rasa's SQL tracker store, in SQLite's WAL mode, that never puts a visitor's words into an error."""

    def __init__(
        self, domain: Optional[Domain] = None, event_broker: Optional[EventBroker] = None,
        host: Optional[str] = None, **kwargs: Any,
    ) -> None:
        super().__init__(domain=domain, host=host or database_url(), event_broker=event_broker, **kwargs)
        prepared(self.engine)

    async def save(self, tracker: DialogueStateTracker) -> None:
        with reported():
            await super().save(tracker)

    async def retrieve(self, sender_id: str) -> Optional[DialogueStateTracker]:
        with reported():
            return await super().retrieve(sender_id)

    async def retrieve_full_tracker(self, conversation_id: str) -> Optional[DialogueStateTracker]:
        with reported():
            return await super().retrieve_full_tracker(conversation_id)

    def _event_query(self, session: Any, sender_id: str, fetch_events_from_all_sessions: bool) -> Any:
        """The events of the last session, by the order in which they were stored. Rasa goes by the time that stands in them, and
        would not see what a machine whose clock is behind has added, nor anything after a clock was put back."""
        event = self.SQLEvent
        query = session.query(event).filter(event.sender_id == sender_id)
        if not fetch_events_from_all_sessions:
            began = session.query(sa.func.max(event.id)).filter(
                event.sender_id == sender_id, event.type_name == SessionStarted.type_name)
            query = query.filter(event.id >= sa.func.coalesce(began.scalar_subquery(), 0))
        return query.order_by(event.id)


def prepared(engine: sa.engine.Engine) -> sa.engine.Engine:
    """The engine, with no visitor's words in its errors, and in SQLite's WAL mode."""
    engine.hide_parameters = True
    engine.pool._pre_ping = True  # a database that was started anew is met with a new connection
    if engine.dialect.name == "postgresql":
        sa.event.listen(engine, "do_connect", _no_one_waits_for_long)
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _one_writes_while_others_read)
        engine.dispose()
    return engine


def _no_one_waits_for_long(_dialect: Any, _record: Any, _arguments: Any, options: dict[str, Any]) -> None:
    """A database that hangs is one that is away: while a statement waits, nobody is answered, not even a cry for help."""
    options.setdefault("connect_timeout", _CONNECT_SECONDS)
    options.setdefault("tcp_user_timeout", _ANSWER_SECONDS * 1000)
    options.setdefault("options", f"-c statement_timeout={_ANSWER_SECONDS * 1000}")


def _one_writes_while_others_read(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f"PRAGMA busy_timeout={_LOCK_WAIT_SECONDS * 1000}")
