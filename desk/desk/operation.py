"""What an operator sees of the desk: figures, whether it lives and is ready, the log's format, the page /status. Counts only."""
import asyncio
import json
import logging
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from socketserver import ThreadingMixIn
from typing import Any, Optional
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import sqlalchemy as sa
from prometheus_client import CollectorRegistry, ProcessCollector, make_wsgi_app
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from pythonjsonlogger.json import JsonFormatter
from sanic import Sanic
from sqlalchemy.orm import Session

from desk import database, settings
from desk.projection import reader
from desk.tables import Conversation, Message, Notice

_ALIVE_SECONDS = 10
_OUTBOX = sa.table("sms_outbox")  # the assistant's, there once text messages are on


@dataclass(frozen=True)
class State:
    """How things stand. lag, lag_seconds: events that the desk has not read yet, and the age of the oldest; notices: that are still
    to be sent to staff; texts: answers that are still to be sent by SMS; crises: open conversations with a crisis; model: of the
    newest message; last_message, last_backup: when, None for never."""

    lag: int
    lag_seconds: float
    notices: int
    texts: int
    crises: int
    model: Optional[str]
    last_message: Optional[float]
    last_backup: Optional[float]


FIGURES: dict[str, tuple[str, Callable[[State], Optional[float]]]] = {
    "desk_lag_events": ("Events that the desk has not read yet", lambda state: state.lag),
    "desk_lag_seconds": ("Age of the oldest of them", lambda state: state.lag_seconds),
    "desk_notices_waiting": ("Notices that are still to be sent to staff", lambda state: state.notices),
    "desk_crises_open": ("Conversations with a crisis that nobody has dealt with", lambda state: state.crises),
    "desk_backup_age_seconds": ("Since the last backup", lambda state: state.last_backup and time.time() - state.last_backup),
}


def state(session: Session) -> State:
    """Asks the database, and looks for backups."""
    waiting, seconds = reader.lag(session)
    newest = session.execute(sa.select(Message.at, Message.fingerprint).where(Message.author == "visitor")
                             .order_by(Message.id.desc()).limit(1)).first()
    return State(
        waiting, seconds, _count(session, Notice, Notice.next_at.is_not(None)), _texts(session),
        _count(session, Conversation, Conversation.risk == 0, ~Conversation.done),
        newest.fingerprint if newest else None, newest.at if newest else None, last_backup(),
    )


def last_backup() -> Optional[float]:
    """When the newest file of the backups was written."""
    times = [path.stat().st_mtime for path in settings.backups().glob("*") if path.is_file()]
    return max(times, default=None)


def shape_logs() -> None:
    """One JSON object a line, where LOG_FORMAT=json."""
    if settings.log_format() == "json":
        handler = logging.StreamHandler()
        handler.setFormatter(JsonFormatter("{asctime}{levelname}{name}{message}", style="{", rename_fields={
            "asctime": "time", "levelname": "level", "name": "logger"}))
        logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)


def attach(app: Sanic, engine: sa.Engine) -> None:
    """Opens the operator's port when the app starts: /metrics, /live, /ready. Off where DESK_OPERATOR_PORT is not set."""
    address = settings.operator_address()
    app.ctx.ending = False

    @app.before_server_stop
    async def end(app: Sanic) -> None:
        app.ctx.ending = True

    @app.after_server_start
    async def serve(app: Sanic) -> None:
        if address:
            server = make_server(*address, _application(app, engine, asyncio.get_running_loop()), _Server, _Quiet)
            threading.Thread(target=server.serve_forever, name="operator", daemon=True).start()


class _Figures(Collector):
    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    def describe(self) -> list[Any]:
        return []

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            with database.reading(self._engine) as session:
                found = state(session)
        except sa.exc.SQLAlchemyError:
            yield GaugeMetricFamily("desk_database_up", "1 if the database answers", 0)
            return
        yield GaugeMetricFamily("desk_database_up", "1 if the database answers", 1)
        for name, (meaning, value) in FIGURES.items():
            number = value(found)
            if number is not None:
                yield GaugeMetricFamily(name, meaning, number)


def _application(app: Sanic, engine: sa.Engine, loop: asyncio.AbstractEventLoop) -> Callable[..., Iterable[bytes]]:
    registry = CollectorRegistry()
    registry.register(_Figures(engine))
    ProcessCollector(registry=registry)
    metrics = make_wsgi_app(registry)

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/metrics":
            return metrics(environ, start)
        if path not in ("/live", "/ready"):
            start("404 Not Found", [])
            return []
        ready = path == "/ready"
        state = {"database": _answers(engine), "not_ending": not app.ctx.ending} if ready else {"event_loop": _turns(loop)}
        start("200 OK" if all(state.values()) else "503 Service Unavailable", [("Content-Type", "application/json")])
        return [json.dumps(state).encode()]

    return application


def _turns(loop: asyncio.AbstractEventLoop) -> bool:
    try:
        asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop).result(_ALIVE_SECONDS)
    except Exception:
        return False
    return True


def _answers(engine: sa.Engine) -> bool:
    try:
        with database.reading(engine) as session:
            session.execute(sa.select(1))
    except sa.exc.SQLAlchemyError:
        return False
    return True


def _texts(session: Session) -> int:
    if not sa.inspect(session.connection()).has_table(_OUTBOX.name):
        return 0
    return session.scalar(sa.select(sa.func.count()).select_from(_OUTBOX)) or 0


def _count(session: Session, table: Any, *which: Any) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(table).where(*which)) or 0


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    timeout = 10

    def log_message(self, *_: Any) -> None:
        pass
