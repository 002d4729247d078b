"""The operator's port: /metrics, /live, /ready. Apart from the port that visitors reach, and off where OPERATOR_PORT is not set."""
import asyncio
import json
import logging
import threading
from collections.abc import Callable, Iterable
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import redis
import sqlalchemy as sa
from prometheus_client import make_wsgi_app
from sanic import Sanic

from assistant.operation import figures
from assistant.settings import database_url, operator_address, redis_url
from assistant.stores.trackers import prepared

logger = logging.getLogger(__name__)

_ALIVE_SECONDS = 10  # a turn holds the event loop for a fraction of one
_STORE_SECONDS = 3


class Health:
    """Whether the process lives, and whether it should get visitors' messages.

    It is ready once its model is loaded and its stores were reached, until it ends. A store that goes away later does not make it
    unready: it would take all assistants away at once, and they still answer a cry for help and name the phone line.
    """

    def __init__(self, app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
        self._app, self._loop = app, loop
        self._engine = prepared(sa.create_engine(database_url()))
        url = redis_url()
        self._redis = redis.Redis.from_url(url, socket_timeout=_STORE_SECONDS) if url else None
        self._reached = False
        self.ending = False

    def live(self) -> tuple[bool, dict[str, Any]]:
        """Whether the event loop turns."""
        try:
            asyncio.run_coroutine_threadsafe(asyncio.sleep(0), self._loop).result(_ALIVE_SECONDS)
        except Exception:  # it hangs, or has ended
            return False, {"event_loop": False}
        return True, {"event_loop": True}

    def ready(self) -> tuple[bool, dict[str, Any]]:
        """Whether it should get messages, and what is well."""
        state = {"model": self.has_model(), "database": self.has_database(), "locks": self.has_locks(), "ending": self.ending}
        self._reached = self._reached or (state["database"] and state["locks"])
        return state["model"] and self._reached and not self.ending, state

    def has_model(self) -> bool:
        agent = getattr(self._app.ctx, "agent", None)
        return agent is not None and agent.is_ready()

    def has_database(self) -> bool:
        try:
            with self._engine.connect() as connection:
                connection.execute(sa.text("select 1"))
        except sa.exc.SQLAlchemyError:
            return False
        return True

    def has_locks(self) -> bool:
        try:
            return self._redis is None or bool(self._redis.ping())
        except redis.RedisError:
            return False


def serve(app: Sanic, loop: asyncio.AbstractEventLoop) -> None:
    """Opens the operator's port, once for all channels of the process, until the process ends."""
    address = operator_address()
    if address is None or hasattr(app.ctx, "health"):
        return
    health = app.ctx.health = Health(app, loop)
    for name, meaning, value in (
        ("iop_model_loaded", "1 if the assistant has a model", health.has_model),
        ("iop_database_up", "1 if the database answers", health.has_database),
        ("iop_locks_up", "1 if Redis answers, or locks are in memory", health.has_locks),
    ):
        figures.measured(name, meaning, value)
    server = make_server(*address, _application(health), _Server, _Quiet)
    threading.Thread(target=server.serve_forever, name="operator", daemon=True).start()
    logger.info("The operator's port is http://%s:%s/ (metrics, live, ready).", *address)


def end(app: Sanic) -> None:
    """From now on the assistant is not ready: no new visitors, please."""
    if hasattr(app.ctx, "health"):
        app.ctx.health.ending = True


def _application(health: Health) -> Callable[..., Iterable[bytes]]:
    metrics, checks = make_wsgi_app(), {"/live": health.live, "/ready": health.ready}

    def application(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if path == "/metrics":
            return metrics(environ, start)
        if path not in checks:
            start("404 Not Found", [])
            return []
        well, state = checks[path]()
        start("200 OK" if well else "503 Service Unavailable", [("Content-Type", "application/json")])
        return [json.dumps(state).encode()]

    return application


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    timeout = 10

    def log_message(self, *_: Any) -> None:
        pass
