"""Server-sent events: how many conversations are open, whenever that may have changed. No text and no ids are in them."""
import asyncio
import json
from typing import Any

import sqlalchemy as sa
from sanic import Request

from desk import database
from desk.models import accounts, inbox
from desk.models.accounts import Visit
from desk.tables import Progress
from desk.web import COOKIE, stream

_LOOK_SECONDS = 0.4
_CHECK_EVERY = 50  # looks: a sign-out ends the stream, and a line shows proxies that it is alive


@stream("/live", "reader")
async def live(request: Request, visit: Visit) -> None:
    response: Any = await request.respond(content_type="text/event-stream", headers={"Cache-Control": "no-store"})
    engine, seen, looks = request.app.ctx.engine, -1, 0
    while not request.app.ctx.ending:  # the browser asks again, and another desk, or this one anew, answers
        check = looks % _CHECK_EVERY == 0
        changes, found, signed_in = await asyncio.to_thread(_look, engine, seen, request.cookies.get(COOKIE) or "", check)
        if not signed_in:
            break
        if found is not None:
            await response.send(f"event: changed\ndata: {json.dumps(found)}\n\n")
        elif check:
            await response.send(": alive\n\n")
        seen, looks = changes, looks + 1
        await asyncio.sleep(_LOOK_SECONDS)
    await response.eof()


def _look(engine: sa.Engine, seen: int, token: str, check: bool) -> tuple[int, dict[str, int] | None, bool]:
    with database.reading(engine) as session:
        if check and accounts.visit(session, token) is None:
            return seen, None, False
        changes = session.scalar(sa.select(Progress.changes)) or 0
        return changes, inbox.counts(session) if changes != seen else None, True
