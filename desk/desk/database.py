"""The database: SQLite in WAL mode or PostgreSQL, and its full-text search."""
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from desk import settings

AUDIT, EVENTS = 7301, 7302  # matters for `one_at_a_time`
_WAIT_MS = 5000  # for the assistant, which writes to the same file


def engine(url: str | None = None) -> sa.Engine:
    """An engine whose errors hold no personal details."""
    made = sa.create_engine(url or settings.database_url(), hide_parameters=True, pool_pre_ping=True)
    if made.dialect.name == "sqlite":
        sa.event.listen(made, "connect", _prepare)
        sa.event.listen(made, "begin", _begin)
    return made


def migrate(bound: sa.Engine, to: str = "head") -> None:
    """Brings the desk's tables up to date, or to an earlier state."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    with bound.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, to)


@contextmanager
def transaction(bound: sa.Engine) -> Iterator[Session]:
    """A session that commits at the end, or undoes everything."""
    with Session(bound, expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def reading(bound: sa.Engine) -> Iterator[Session]:
    """A session that changes nothing: on SQLite it waits for no writer, and none waits for it."""
    with transaction(bound.execution_options(begin="BEGIN")) as session:
        yield session


def is_sqlite(session: Session) -> bool:
    return session.get_bind().dialect.name == "sqlite"


def has(session: Session, table: Any) -> bool:
    """Whether the assistant has made that table of its own yet."""
    return sa.inspect(session.connection()).has_table(table.__tablename__)


def one_at_a_time(session: Session, matter: int) -> None:
    """Until its end, no other transaction on that matter; on SQLite there is only ever one that writes."""
    if not is_sqlite(session):
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(matter)))


def upsert(session: Session, table: Any, rows: list[dict[str, Any]], change: list[str], by: str = "id") -> None:
    """Inserts rows; of those that are there already the named columns are changed, the others kept."""
    if not rows:
        return
    insert: Any = sqlite.insert if is_sqlite(session) else postgresql.insert
    statement, keys = insert(table.__table__), by.split(",")
    if change:
        changed = {column: statement.excluded[column] for column in change}
        statement = statement.on_conflict_do_update(index_elements=keys, set_=changed)
    else:
        statement = statement.on_conflict_do_nothing(index_elements=keys)
    session.execute(statement, rows)


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # SQLAlchemy begins the transactions (see `engine`)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f"PRAGMA busy_timeout={_WAIT_MS}")
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA secure_delete=ON")  # what is erased is overwritten


def _begin(connection: sa.Connection) -> None:
    """A writer takes its turn at once: SQLite lets none wait that has read before."""
    connection.exec_driver_sql(connection.get_execution_options().get("begin", "BEGIN IMMEDIATE"))
