"""The desk's server: `create` makes it; `python -m desk run` starts it."""
import asyncio
import logging
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sanic import HTTPResponse, Request, Sanic

from desk import database, operation, settings, web
from desk.models import accounts, forgetting, notices
from desk.projection.reader import Reader
from desk.routes import load

logger = logging.getLogger(__name__)
_LOOK_SECONDS = 0.3
_REST_SECONDS = 2.0  # after the database failed
_PURGE_LOOK_SECONDS = 60
_LARGEST_FORM = 100_000
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
                               "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with no-referrer, browsers send `Origin: null` with forms
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def create(engine: sa.Engine, name: str = "desk", follow: bool = True) -> Sanic:
    """The app on a database that is migrated; it follows the events while it runs."""
    app = Sanic(name, configure_logging=False)
    app.config.update(REQUEST_MAX_SIZE=_LARGEST_FORM, FALLBACK_ERROR_FORMAT="text", MOTD=False, ACCESS_LOG=False,
                      PROXIES_COUNT=settings.trusted_proxies() or None)
    app.ctx.engine, app.ctx.reader = engine, Reader(engine)
    app.static("/static", Path(__file__).parent / "static", name="static")
    load()
    web.attach(app)
    operation.attach(app, engine)
    app.error_handler.add(Exception, web.failed)
    app.register_middleware(_safe, "response")  # type: ignore[arg-type]
    if follow:
        app.add_task(_follow(app))
        app.add_task(_forget(app))
        app.add_task(_tell(app))
    return app


def announce(engine: sa.Engine) -> None:
    """Says where the desk is, and how to make the first account."""
    print(f"The desk is at {settings.public_url()}/   (the intake form: {settings.public_url()}/intake)", flush=True)
    with database.transaction(engine) as session:
        token = accounts.first_link(session)
    if token:
        print(f"Make the first account, once, within two days: {settings.public_url()}/welcome/{token}", flush=True)


async def _follow(app: Sanic) -> None:
    """Keeps the projection up to date, whatever happens; a database that fails is asked again."""
    loop = asyncio.get_running_loop()
    while True:
        try:
            read = await loop.run_in_executor(None, app.ctx.reader.step)
            await asyncio.sleep(0 if read else _LOOK_SECONDS)
        except Exception as error:
            logger.error("The events could not be read (%s).", type(getattr(error, "orig", None) or error).__name__)
            await asyncio.sleep(_REST_SECONDS)


async def _forget(app: Sanic) -> None:
    """Erases, day by day, what is kept no longer; also where the desk is started more often than that."""
    while True:
        await asyncio.sleep(_PURGE_LOOK_SECONDS)
        try:
            if await asyncio.to_thread(forgetting.is_due, app.ctx.engine):
                await asyncio.to_thread(forgetting.purge, app.ctx.engine)
            await asyncio.to_thread(forgetting.rewrite, app.ctx.engine)
        except sa.exc.SQLAlchemyError as error:
            logger.error("The purge failed (%s).", type(getattr(error, "orig", None) or error).__name__)


async def _tell(app: Sanic) -> None:
    """Sends what staff are to be told."""
    while True:
        await asyncio.sleep(_REST_SECONDS)
        try:
            await asyncio.to_thread(notices.deliver, app.ctx.engine)
        except sa.exc.SQLAlchemyError as error:
            logger.error("Notices could not be sent (%s).", type(getattr(error, "orig", None) or error).__name__)


async def _safe(request: Request, response: HTTPResponse) -> Any:
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    if settings.is_encrypted():
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    if not request.path.startswith("/static/"):
        response.headers.setdefault("Cache-Control", "no-store")
