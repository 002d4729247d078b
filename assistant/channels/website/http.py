"""What the channel's answers have in common: problem documents, which origins may ask, safe headers, the stream's format."""
import json
import logging
import traceback
from collections.abc import Awaitable, Mapping
from http import HTTPStatus
from typing import Any, Optional
from urllib.parse import urlsplit

from sanic import Sanic
from sanic.exceptions import PayloadTooLarge, SanicException
from sanic.request import Request
from sanic.response import BaseHTTPResponse, HTTPResponse, empty
from sanic.response import json as json_response
from sanic_cors.core import SANIC_CORS_EVALUATED

from assistant import clinic
from assistant.channels.website.messages import Message

logger = logging.getLogger(__name__)

PROBLEM = "application/problem+json"
STREAM = "text/event-stream"
_DAY = 86400
_PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, POST, DELETE",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Accept",
    "Access-Control-Max-Age": str(_DAY),
}
_SAFE = {"X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer", "Cross-Origin-Resource-Policy": "cross-origin"}


class Problem(SanicException):
    """An answer that is an error. detail: a sentence for the visitor."""

    def __init__(self, status: int, detail: str, headers: Optional[Mapping[str, str]] = None) -> None:
        super().__init__(detail, status_code=status)
        self.headers = dict(headers or {})

    def document(self) -> dict[str, Any]:
        """The problem document (RFC 9457)."""
        status = self.status_code
        return {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": str(self)}


def in_an_emergency() -> str:
    """The sentence that goes with every refusal of what a visitor wrote."""
    return "In an emergency call {emergency_number}; in a crisis call or text {suicide_line}.".format(**clinic.settings())


def too_much(what: str, seconds: int) -> Problem:
    """Over a limit."""
    return Problem(429, f"{what} Please wait {seconds} seconds and try again. {in_an_emergency()}", {"Retry-After": str(seconds)})


def too_long() -> Problem:
    """A message that is too long to be read."""
    return Problem(413, f"That message is too long. Please send it in shorter parts. {in_an_emergency()}")


def out_of_order() -> Problem:
    """Something failed on our side."""
    phone = clinic.settings()["admissions_phone"]
    return Problem(503, f"Something is not working on our side. Please try again in a moment, or call {phone}. {in_an_emergency()}")


async def respond(request: Request, answers: Awaitable[list[Message]]) -> Optional[HTTPResponse]:
    """The answers as a stream, with a sign of life at once, for a client that asks for one, or else as JSON."""
    if STREAM not in request.headers.get("accept", ""):
        return json_response({"messages": await answers})
    stream = await request.respond(content_type=STREAM, headers={"X-Accel-Buffering": "no"})
    await stream.send(_event("typing", {}))
    try:
        messages = await answers
        for message in messages:
            await stream.send(_event("message", message, message["seq"]))
        await stream.send(_event("done", {"seq": max((message["seq"] or 0 for message in messages), default=0)}))
    except Exception as error:
        await stream.send(_event("problem", _problem(error).document()))
    await stream.eof()
    return None


def _event(kind: str, data: Any, seq: Optional[int] = None) -> str:
    id_ = f"id: {seq}\n" if seq is not None else ""
    return f"event: {kind}\n{id_}data: {json.dumps(data)}\n\n"


def guard_app(app: Sanic, prefix: str, open_to_all: str) -> None:
    """Checks the origin of every request under `prefix`, but for the path `open_to_all`, and makes errors problem documents."""

    def admit(request: Request) -> Optional[HTTPResponse]:
        setattr(request.ctx, SANIC_CORS_EVALUATED, "1")  # or Rasa's own CORS headers, which allow credentials, are added
        if not request.path.startswith(prefix) or request.path == open_to_all:
            return None
        if not _may_ask(request):
            raise Problem(403, "This website is not one that may use the assistant.")
        return empty(headers=_PREFLIGHT) if request.method == "OPTIONS" else None

    def complete(request: Request, response: BaseHTTPResponse) -> None:
        for name, value in _SAFE.items():
            response.headers.setdefault(name, value)
        if not request.path.startswith(prefix) or request.path == open_to_all:
            return
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers["Vary"] = "Origin"
        origin = request.headers.get("origin")
        if origin and _may_ask(request):
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Access-Control-Expose-Headers"] = "Retry-After"

    app.request_middleware.appendleft(admit)  # before Rasa's own, which answers every pre-flight
    app.register_middleware(complete, "response")
    app.error_handler.add(Exception, _as_problem)


def _may_ask(request: Request) -> bool:
    origin = request.headers.get("origin")
    own = origin is not None and urlsplit(origin).netloc == request.headers.get("host")
    return origin is None or own or origin in clinic.allowed_origins()


def _as_problem(_request: Request, error: Exception) -> HTTPResponse:
    problem = _problem(error)
    return json_response(problem.document(), problem.status_code, problem.headers, PROBLEM)


def _problem(error: Exception) -> Problem:
    if isinstance(error, Problem):
        return error
    if isinstance(error, PayloadTooLarge):
        return too_long()
    if isinstance(error, SanicException):
        return Problem(error.status_code, f"{HTTPStatus(error.status_code).phrase}.", getattr(error, "headers", None))
    _log(error)
    return out_of_order()


def _log(error: Exception) -> None:
    """Notes the kind of an error and where it came up; its text may hold what a visitor wrote."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    logger.error("A request could not be handled (%s at %s:%s).", type(error).__name__, place.filename, place.lineno)
