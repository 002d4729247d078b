"""Three tables of the channel for text messages: what is still to be sent, how many segments each day has cost, and whom staff
have blocked at the desk."""
from collections.abc import Callable
from dataclasses import dataclass

import sqlalchemy as sa

from assistant.settings import database_url
from assistant.stores.trackers import prepared, reported

_TABLES = sa.MetaData()
_OUTBOX = sa.Table(
    "sms_outbox", _TABLES,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
    sa.Column("conversation", sa.String(64), nullable=False, index=True),
    sa.Column("message_id", sa.String(64), nullable=False, unique=True),
    sa.Column("message", sa.Text, nullable=False),  # empty where nothing is left to send
    sa.Column("sent", sa.Integer, nullable=False, default=0),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("due", sa.Float, nullable=False),
)
_DAYS = sa.Table(
    "sms_days", _TABLES,
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("segments", sa.Integer, nullable=False),
)
_BLOCKED = sa.Table(  # the desk writes it, and nothing else of ours
    "sms_blocked", _TABLES,
    sa.Column("conversation", sa.String(64), primary_key=True),
    sa.Column("at", sa.Float, nullable=False),
)


_STILL = _OUTBOX.c.message != ""
_REMEMBERED_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Waiting:
    """A message whose answer follows by Twilio's REST interface. message: sealed; sent: how many of its texts have gone out;
    attempts: how often the next text was begun, this time included."""

    id: int
    conversation: str
    message_id: str
    message: str
    sent: int
    attempts: int
    due: float


def waiting() -> Callable[[], int]:
    """Tells how many messages are still to be answered, in whatever thread it is asked."""
    engine = prepared(sa.create_engine(database_url()))  # not the outbox's own: SQLite's connections keep to their thread

    def count() -> int:
        with reported(), engine.connect() as connection:
            return connection.execute(sa.select(sa.func.count()).select_from(_OUTBOX)).scalar_one()
    return count


class Outbox:
    """What is to be sent survives a restart, and is taken by one process at a time. Raises StoreError."""

    def __init__(self) -> None:
        # A connection that stays open: where SQLite's last one closes, it writes its log into the file, which takes its time.
        self._engine = prepared(sa.create_engine(database_url(), poolclass=sa.pool.QueuePool))
        try:
            _TABLES.create_all(self._engine)
        except sa.exc.SQLAlchemyError:  # another process made them at the same moment, or the database is away
            with reported():
                _TABLES.create_all(self._engine)

    def put(self, conversation: str, message_id: str, message: str, due: float) -> None:
        """Keeps a message to be answered later; the same one once."""
        with reported(), self._engine.begin() as connection:
            known = connection.execute(sa.select(_OUTBOX.c.id).where(_OUTBOX.c.message_id == message_id)).first()
            if known is None:
                connection.execute(_OUTBOX.insert().values(
                    conversation=conversation, message_id=message_id, message=message, sent=0, attempts=0, due=due,
                ))

    def has(self, message_id: str) -> bool:
        """Whether the answer to a message is sent by REST, or was within the last day."""
        with reported(), self._engine.connect() as connection:
            return connection.execute(sa.select(_OUTBOX.c.id).where(_OUTBOX.c.message_id == message_id)).first() is not None

    def take(self, now: float, until: float) -> Waiting | None:
        """The next that is due, the oldest of its conversation. It is nobody else's before `until`."""
        oldest = sa.select(sa.func.min(_OUTBOX.c.id)).where(_STILL).group_by(_OUTBOX.c.conversation)
        due = sa.select(_OUTBOX).where(_OUTBOX.c.due <= now, _OUTBOX.c.id.in_(oldest))
        due = due.order_by(_OUTBOX.c.due, _OUTBOX.c.id).limit(1)
        with reported(), self._engine.begin() as connection:
            row = connection.execute(due).first()
            if row is None:
                return None
            mine = _OUTBOX.update().where(_OUTBOX.c.id == row.id, _OUTBOX.c.due == row.due)
            taken = connection.execute(mine.values(due=until, attempts=row.attempts + 1)).rowcount
            return Waiting(**{**row, "attempts": row.attempts + 1}) if taken else None

    def progress(self, id_: int, sent: int) -> None:
        """Notes how many of the texts have gone out; the next is begun."""
        self._change(_OUTBOX.update().where(_OUTBOX.c.id == id_).values(sent=sent, attempts=1))

    def postpone(self, id_: int, due: float) -> None:
        """To be tried again."""
        self._change(_OUTBOX.update().where(_OUTBOX.c.id == id_).values(due=due))

    def done(self, id_: int, now: float) -> None:
        """Nothing is left to send. For a day it is remembered that the answer went out by REST."""
        self._change(_OUTBOX.update().where(_OUTBOX.c.id == id_).values(message="", due=now))
        self._change(_OUTBOX.delete().where(sa.not_(_STILL), _OUTBOX.c.due < now - _REMEMBERED_SECONDS))

    def is_blocked(self, conversation: str) -> bool:
        """Whether staff have blocked that conversation."""
        with reported(), self._engine.connect() as connection:
            blocked = sa.select(_BLOCKED.c.conversation).where(_BLOCKED.c.conversation == conversation)
            return connection.execute(blocked).first() is not None

    def spent(self, day: str) -> int:
        """The segments of a day (`2026-11-25`)."""
        with reported(), self._engine.connect() as connection:
            return connection.execute(sa.select(_DAYS.c.segments).where(_DAYS.c.day == day)).scalar() or 0

    def spend(self, day: str, segments: int) -> int:
        """Adds to a day, and tells its new sum."""
        more = _DAYS.update().where(_DAYS.c.day == day).values(segments=_DAYS.c.segments + segments)
        with reported(), self._engine.begin() as connection:
            if not connection.execute(more).rowcount:
                try:
                    with connection.begin_nested():
                        connection.execute(_DAYS.insert().values(day=day, segments=segments))
                except sa.exc.IntegrityError:  # another process began the day meanwhile
                    connection.execute(more)
            return connection.execute(sa.select(_DAYS.c.segments).where(_DAYS.c.day == day)).scalar_one()

    def _change(self, statement: sa.sql.expression.Executable) -> None:
        with reported(), self._engine.begin() as connection:
            connection.execute(statement)
