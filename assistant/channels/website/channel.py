"""The HTTP interface of openapi.yml, as an input channel of Rasa. Named in credentials.yml."""
import asyncio
import re
from functools import partial
from typing import Any, Optional

from itsdangerous import Signer
from rasa.core.channels.channel import InputChannel
from rasa.shared.exceptions import RasaException
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, empty
from sanic.response import json as json_response

from assistant import clinic
from assistant.channels.guard import Handler
from assistant.channels.room import make_room
from assistant.channels.website import http, page
from assistant.channels.website.conversations import NAME, Conversations, Incoming
from assistant.channels.website.description import base_path, new_message, openapi
from assistant.channels.website.http import Problem
from assistant.channels.website.limits import Limits, address_of
from assistant.channels.website.messages import Message, Shown, forgotten, unstored
from assistant.channels.website.options import Options
from assistant.channels.website.tokens import Tokens
from assistant.nlu.text import LONGEST
from assistant.operation import figures, logs, port
from assistant.safety.rescue import crisis_answer, rescue
from assistant.settings import SettingError, operator_address, secret, trusted_proxies
from assistant.stores.history import Said
from assistant.stores.trackers import StoreError

_BYTES_OF_A_CHARACTER = 12  # at most, as JSON: a pair of \uXXXX
_BYTES_BESIDE_THE_TEXT = 2048
_PATIENCE_SECONDS = 10  # with an action server that hangs
_PATIENCE_IN_DANGER = 3  # seconds a cry for help may take, until the rules alone answer it
_SCRIPT = "/iop-assistant.js"


class WebsiteInput(InputChannel):
    """Conversations over HTTP. Every answer passes the guard, and nothing is answered that is not stored."""

    def __init__(self, options: Options) -> None:
        key = secret()
        self._options, self._tokens, self._limits = options, Tokens(key, options.token_hours), Limits(options, key)
        sign = Signer(key, salt="website-button").get_signature
        self._shown = Shown(lambda place: sign(place).decode())
        self._under_way: set[asyncio.Task] = set()
        self._door = asyncio.Lock()

    @classmethod
    def name(cls) -> str:
        return NAME

    @classmethod
    def from_credentials(cls, credentials: Optional[dict[str, Any]]) -> "WebsiteInput":
        try:
            logs.shape()
            clinic.allowed_origins()
            operator_address(), trusted_proxies()  # what is wrong is named before anything starts
            return cls(Options.read(credentials))
        except (clinic.ClinicError, SettingError) as error:
            raise RasaException(str(error)) from None

    def blueprint(self, on_new_message: Handler) -> Blueprint:
        interface = Blueprint(NAME)
        for method, path, handler in (
            ("POST", "/conversations", self._start), ("DELETE", "/conversation", self._forget),
            ("POST", "/messages", self._receive), ("GET", "/messages", self._history),
            ("GET", "/health", _health), ("GET", "/openapi.json", _describe), ("GET", _SCRIPT, page.script),
        ):
            noted = partial(handler)  # Sanic notes on a handler whose it is, which a method does not let it
            interface.add_route(noted, path, methods=[method], name=handler.__name__.strip("_"))

        @interface.before_server_start
        async def attach(app: Sanic, loop: Any) -> None:
            port.serve(app, loop)
            self._conversations = Conversations(lambda: app.ctx.agent, on_new_message, self._shown)
            make_room(app, _BYTES_OF_A_CHARACTER * self._options.message_length + _BYTES_BESIDE_THE_TEXT)
            told = trusted_proxies()
            app.config.PROXIES_COUNT = (self._options.trusted_proxies if told is None else told) or None
            http.guard_app(app, f"{base_path()}/", open_to_all=base_path() + _SCRIPT)
            app.register_middleware(page.page)  # Rasa has a greeting of its own at `/`

        @interface.before_server_stop
        async def finish(app: Sanic, _loop: Any) -> None:
            port.end(app)
            if self._under_way:
                await asyncio.wait(self._under_way)

        return interface

    async def _start(self, request: Request) -> HTTPResponse:
        if wait := self._limits.conversation(address_of(request)):
            raise http.too_much("Too many conversations were started from your network.", wait)
        token, expires = self._tokens.new()
        days = int(clinic.settings()["retention_days"])
        return json_response({"token": token, "expires_at": expires.isoformat(timespec="seconds"), "retention_days": days}, 201)

    async def _history(self, request: Request) -> HTTPResponse:
        conversation = self._conversation(request)
        after = request.args.get("after", "0")
        if not re.fullmatch("[0-9]{1,9}", after):
            raise Problem(422, "after: must be a whole number, 0 or more.")
        messages = self._shown.messages(conversation, self._said(conversation))
        return json_response({"messages": [message for message in messages if (message["seq"] or 0) > int(after)]})

    async def _forget(self, request: Request) -> HTTPResponse:
        conversation = self._conversation(request)
        self._said(conversation)
        await self._conversations.forget(conversation)
        return empty()

    async def _receive(self, request: Request) -> Optional[HTTPResponse]:
        conversation = self._conversation(request)
        body = new_message(request)
        refusal = self._refusal(conversation, body.get("text", ""))
        if refusal is not None:
            figures.REFUSED.labels(NAME).inc()
            return await http.respond(request, _said_by_rules(body.get("text", ""), refusal))
        try:
            said = self._said(conversation)
        except StoreError:
            said = []  # the guard meets the same, and tells the visitor
        return await http.respond(request, self._answers(conversation, self._incoming(conversation, body, said)))

    async def _answers(self, conversation: str, incoming: Incoming) -> list[Message]:
        """What is answered in good time. The message is handled to its end even if the visitor goes away meanwhile."""
        task = asyncio.ensure_future(self._handled(conversation, incoming))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        crisis = crisis_answer(incoming.text, NAME)
        done, _ = await asyncio.wait({task}, timeout=_PATIENCE_IN_DANGER if crisis else _PATIENCE_SECONDS)
        if done:
            return task.result()
        return [unstored(text) for text in ([crisis] if crisis else rescue(incoming.text, NAME))]

    async def _handled(self, conversation: str, incoming: Incoming) -> list[Message]:
        with self._limits.under_way(conversation):
            async with self._door:  # turns begin one by one, and the answers of one go out before the next begins: a turn
                for _ in range(3):  # holds the event loop, and all that came at once would be answered when the last is made
                    await asyncio.sleep(0)
            return await self._conversations.answer(conversation, incoming)

    def _incoming(self, conversation: str, body: dict[str, str], said: list[Said]) -> Incoming:
        """The message, with what an offered button stands for; a button that was not offered is the visitor's text."""
        language = body.get("language")
        if "text" in body:
            return Incoming(body["id"], body["text"], language=language)
        offered = self._shown.offered(conversation, said, body["button"])
        if offered is None:
            return Incoming(body["id"], body["button"], language=language)
        return Incoming(body["id"], offered["payload"], offered["title"], language)

    def _refusal(self, conversation: str, text: str) -> Optional[Problem]:
        """Why the dialogue engine may not hear this message; a cry for help it may hear up to a limit of its own."""
        wait = self._limits.busy(conversation) or self._limits.message(conversation)
        if len(text) > self._options.message_length:
            return http.too_long()
        if not wait or (crisis_answer(text, NAME) and not self._limits.crisis_message(conversation)):
            return None
        return http.too_much("That were many messages in a short time.", wait)

    def _conversation(self, request: Request) -> str:
        """The conversation that the request's token opens."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        conversation = self._tokens.conversation(token.strip()) if kind.lower() == "bearer" else None
        if conversation is None:
            raise _unknown()
        return conversation

    def _said(self, conversation: str) -> list[Said]:
        said = self._conversations.said(conversation)
        if forgotten(said):
            raise _unknown()
        return said


async def _said_by_rules(text: str, refusal: Problem) -> list[Message]:
    """What a cry for help hears over a limit. Raises the refusal for any other message."""
    starts = range(0, max(len(text), 1), LONGEST // 2)  # a cry on the border of two parts is whole in one of them
    answers = (crisis_answer(text[start:start + LONGEST], NAME) for start in starts)
    answer = next(filter(None, answers), None)
    if answer is None:
        raise refusal
    return [unstored(answer)]


async def _health(request: Request) -> HTTPResponse:
    if not request.app.ctx.agent.is_ready():
        raise http.out_of_order()
    return json_response({"status": "ok"})


async def _describe(_request: Request) -> HTTPResponse:
    return json_response(openapi())


def _unknown() -> Problem:
    return Problem(401, "This conversation cannot be gone on with. Please start a new one.", {"WWW-Authenticate": "Bearer"})
