"""One request: who makes it, what it may do, and its answer. Every route is declared here, with the role it needs."""
import asyncio
import logging
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Optional
from urllib.parse import parse_qsl, urlencode, urlsplit

import sqlalchemy as sa
from sanic import HTTPResponse, Request, Sanic
from sanic.response import html, redirect
from sqlalchemy.orm import Session

from desk import database, pages, settings
from desk.models import accounts, audit, notes
from desk.models.accounts import Visit

logger = logging.getLogger(__name__)

PUBLIC, HALF = "public", "half"  # anybody; who has given the password, but not yet the second factor
COOKIE = "desk_session"
_threads = ThreadPoolExecutor(8, "desk")


class Refused(Exception):
    """The request is answered by an error page of that status."""

    def __init__(self, status: int) -> None:
        self.status = status


@dataclass
class Page:
    """What a route gets: the session of the database, the visit, and the request's fields."""

    request: Request
    session: Session
    visit: Optional[Visit]
    form: dict[str, str]
    many: dict[str, list[str]]
    args: dict[str, str]
    cookies: dict[str, Optional[str]] = field(default_factory=dict)
    afterwards: list[Callable[[], None]] = field(default_factory=list)
    """What is done when the transaction has ended, without keeping anybody waiting."""

    @property
    def staff(self) -> Any:
        """The account; only for routes that need one."""
        assert self.visit
        return self.visit.staff

    @cached_property
    def address(self) -> str:
        return self.request.remote_addr or self.request.ip

    def show(self, template: str, status: int = 200, **values: Any) -> HTTPResponse:
        """The page of a template."""
        mentions = notes.unseen(self.session, self.staff.id) if self.visit and self.visit.session.complete else 0
        return html(pages.render(template, page=self, visit=self.visit, mentions=mentions, **values), status)

    def go(self, path: str) -> HTTPResponse:
        """Leads to another page of the desk; to no other website."""
        parts = urlsplit(path)
        inside = path.startswith("/") and not path.startswith(("//", "/\\")) and not parts.netloc
        return redirect(path if inside else "/", status=303)

    def note(self, action: str, subject: str = "", reason: str = "") -> None:
        audit.note(self.session, self.staff.id, action, subject, reason)

    def get(self, table: Any, key: Any) -> Any:
        """The row of that key, or the page that says there is none."""
        found = self.session.get(table, key)
        if found is None:
            raise Refused(404)
        return found


def number(text: str) -> int:
    """The whole number that a field holds; 0 where it holds none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0


Handler = Callable[..., HTTPResponse]


@dataclass(frozen=True)
class Route:
    method: str
    path: str
    role: str
    handler: Handler
    writes: bool
    streams: bool = False


ROUTES: list[Route] = []


def route(method: str, path: str, role: str, writes: Optional[bool] = None) -> Callable[[Handler], Handler]:
    """Declares a page. Handlers run in a thread, within one transaction; GETs only read, others write, unless said otherwise."""
    def declared(handler: Handler) -> Handler:
        ROUTES.append(Route(method, path, role, handler, method != "GET" if writes is None else writes))
        return handler
    return declared


def stream(path: str, role: str) -> Callable[[Any], Any]:
    """Declares a stream: a coroutine that gets the request and the visit."""
    def declared(handler: Any) -> Any:
        ROUTES.append(Route("GET", path, role, handler, False, True))
        return handler
    return declared


def attach(app: Sanic) -> None:
    """Adds every declared route to the app."""
    for declared in ROUTES:
        app.add_route(_answering(declared), declared.path, methods=[declared.method],
                      name=f"{declared.method.lower()}-{declared.handler.__module__}-{declared.handler.__name__}".replace(".", "-"))


def _answering(declared: Route) -> Callable[..., Any]:
    stream: Any = declared.handler

    async def answer(request: Request, **values: Any) -> HTTPResponse:
        loop = asyncio.get_running_loop()
        if declared.streams:
            visit = await loop.run_in_executor(_threads, _visit, request)
            return _refusal(declared, visit, request) or await stream(request, visit)
        return await loop.run_in_executor(_threads, lambda: _handled(declared, request, values))
    return answer


def _handled(declared: Route, request: Request, values: dict[str, Any]) -> HTTPResponse:
    visit = _visit(request)
    if refusal := _refusal(declared, visit, request):
        return refusal
    fields = parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=2000) if request.body else []
    form = dict(fields)
    if declared.method != "GET":
        _check_origin(request, visit, form)
    many: dict[str, list[str]] = {}
    for name, value in fields:
        many.setdefault(name, []).append(value)
    session_of = database.transaction if declared.writes else database.reading
    with session_of(request.app.ctx.engine) as session:
        if visit:
            visit = Visit(session.merge(visit.staff, load=True), session.merge(visit.session, load=True))
        page = Page(request, session, visit, form, many, {name: request.args.get(name) or "" for name in request.args})
        response = declared.handler(page, **values)
    for work in page.afterwards:
        _threads.submit(work)
    for name, content in page.cookies.items():
        _set_cookie(response, name, content)
    return response


def _visit(request: Request) -> Optional[Visit]:
    token = request.cookies.get(COOKIE)
    if not token:
        return None
    with database.reading(request.app.ctx.engine) as session:
        visit = accounts.visit(session, token)
    if visit and accounts.is_stale(visit):
        with database.transaction(request.app.ctx.engine) as session:
            accounts.touch(session, visit)
    return visit


def _refusal(declared: Route, visit: Optional[Visit], request: Request) -> Optional[HTTPResponse]:
    """Who may not see the page is led to sign in, and then there; or told so."""
    after = f"?{urlencode({'next': request.path})}" if declared.method == "GET" and request.path != "/" else ""
    if declared.role == PUBLIC:
        return None
    if visit is None:
        return redirect(f"/sign-in{after}", status=303)
    if declared.role == HALF or visit.may(declared.role):
        return None
    if not visit.session.complete:
        return redirect(f"/second-factor{after}", status=303)
    raise Refused(403)


def _check_origin(request: Request, visit: Optional[Visit], form: dict[str, str]) -> None:
    """A form must come from the desk's own pages, and, of who is signed in, carry the session's token."""
    origin = request.headers.get("origin")
    if origin and urlsplit(origin).netloc != request.headers.get("host"):
        raise Refused(403)
    if not origin and request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Refused(403)
    sent = request.headers.get("x-csrf") or form.get("csrf", "")
    if visit and not secrets.compare_digest(sent.encode(), visit.session.csrf.encode()):
        raise Refused(403)


def _set_cookie(response: HTTPResponse, name: str, value: Optional[str]) -> None:
    response.add_cookie(name, value or "", path="/", httponly=True, secure=settings.is_encrypted(), samesite="Lax",
                        max_age=None if value else 0)


def failed(request: Request, exception: Exception) -> HTTPResponse:
    """The page of an error; it tells nothing of what was asked, and the log nothing but the kind."""
    status = int(getattr(exception, "status", None) or getattr(exception, "status_code", None) or 500)
    if status >= 500:
        kind = type(getattr(exception, "orig", None) or exception).__name__
        logger.error("A page could not be made (%s).", kind)
    if isinstance(exception, sa.exc.OperationalError):
        status = 503
    return html(pages.render("error.html", page=None, visit=None, mentions=0, status=status), status)
