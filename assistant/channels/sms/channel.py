"""Twilio's webhooks, as an input channel of Rasa. Named in credentials.yml; on where the environment has an account."""
import asyncio
import logging
from functools import partial
from typing import Any, Optional

from multidict import MultiDict
from rasa.core.channels.channel import InputChannel
from rasa.shared.exceptions import RasaException
from sanic import Blueprint, Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, empty, text

from assistant import clinic
from assistant.channels.guard import Handler
from assistant.channels.room import make_room
from assistant.channels.sms.account import Account
from assistant.channels.sms.carrier import Carrier
from assistant.channels.sms.conversations import NAME, Conversations
from assistant.channels.sms.incoming import Incoming, fields_of
from assistant.channels.sms.later import Later
from assistant.channels.sms.limits import Limits
from assistant.channels.sms.numbers import Numbers
from assistant.channels.sms.options import Options
from assistant.channels.sms.text import plain
from assistant.channels.sms.wording import WordingError, check, reason, reply
from assistant.nlu.language import language_of
from assistant.operation import port
from assistant.operation.figures import measured
from assistant.safety.rescue import crisis_answer, rescue
from assistant.settings import SettingError
from assistant.stores.notes import Noted
from assistant.stores.outbox import Outbox, waiting
from assistant.stores.trackers import StoreError

logger = logging.getLogger(__name__)

STATUS_PATH = f"/webhooks/{NAME}/status"
_ROOM = 64 * 1024  # bytes of a request: 1,600 characters as a form has them, and what else Twilio tells
_TOLD = ("delivered", "undelivered", "failed")  # what becomes of a text in the end


class SmsInput(InputChannel):
    """Text messages. Without an account in the environment it is named in credentials.yml, and off."""

    def __init__(self, options: Options, account: Optional[Account]) -> None:
        self._options, self._account = options, account
        self._under_way: set[asyncio.Task] = set()

    @classmethod
    def name(cls) -> str:
        return NAME

    @classmethod
    def from_credentials(cls, credentials: Optional[dict[str, Any]]) -> "SmsInput":
        try:
            channel = cls(Options.read(credentials), Account.read())
            clinic.settings()
            check()
            channel._numbers = Numbers(channel._options)
            return channel
        except (clinic.ClinicError, SettingError, WordingError) as error:
            raise RasaException(str(error)) from None

    def blueprint(self, on_new_message: Handler) -> Blueprint:
        interface = Blueprint(NAME)
        if self._account is None:
            logger.info("Text messages are off: TWILIO_ACCOUNT_SID and TWILIO_AUTH_TOKEN are not set.")
            return interface
        for path, handler in (("/webhook", self._receive), ("/status", self._status)):
            interface.add_route(partial(handler), path, methods=["POST"], name=handler.__name__.strip("_"))

        @interface.before_server_start
        async def attach(app: Sanic, loop: Any) -> None:
            port.serve(app, loop)
            make_room(app, _ROOM)
            self._attach(app, on_new_message)
            self._later.start()

        @interface.before_server_stop
        async def finish(app: Sanic, _loop: Any) -> None:
            port.end(app)
            await self._later.stop()
            if self._under_way:
                await asyncio.wait(self._under_way)
            await self._carrier.close()

        return interface

    def _attach(self, app: Sanic, handle: Handler) -> None:
        assert self._account
        outbox = Outbox()
        self._carrier = Carrier(self._account, STATUS_PATH)
        self._limits = Limits(self._options, outbox)
        self._conversations = Conversations(lambda: app.ctx.agent, handle, self._numbers, self._options, self._limits)
        self._later = Later(self._conversations, self._carrier, self._numbers, self._options, outbox)
        measured("iop_sms_waiting", "Answers by text message that are still to be sent", waiting())

    async def _receive(self, request: Request) -> HTTPResponse:
        try:
            fields = self._signed_fields(request)
            incoming = Incoming.read(fields) if fields is not None else None
        except ValueError:
            return empty(400)
        if incoming is None:
            return empty(403)
        texts = await self._answers(incoming)
        return text(self._carrier.twiml(texts, incoming.id), content_type="application/xml; charset=utf-8")

    async def _status(self, request: Request) -> HTTPResponse:
        """What became of a text, as a note for staff."""
        try:
            fields = self._signed_fields(request)
        except ValueError:
            return empty(400)
        if fields is None:
            return empty(403)
        if (status := fields.get("MessageStatus", "")) not in _TOLD or not fields.get("To"):
            return empty()
        code = fields.get("ErrorCode", "")
        details = {"answers": request.args.get("answers", ""), "place": request.args.get("place", ""), "status": status}
        why = {} if status == "delivered" else {"code": code, "reason": reason(code)}
        conversation = self._numbers.conversation(fields["To"])
        try:
            if self._conversations.said(conversation):  # or it was erased meanwhile
                await self._conversations.note(conversation, Noted("delivery", {**details, **why}))
        except StoreError:
            return empty(503)  # Twilio tells again
        return empty()

    def _signed_fields(self, request: Request) -> Optional[MultiDict[str]]:
        """The fields of a request that Twilio signed; None for any other. Raises ValueError where it is no form."""
        if request.content_type.partition(";")[0].strip().lower() != "application/x-www-form-urlencoded":
            raise ValueError("Not a form.")
        fields = fields_of(request.body)
        path = request.path + (f"?{request.query_string}" if request.query_string else "")
        signed = self._carrier.signed(path, fields, request.headers.get("x-twilio-signature", ""))
        return fields if signed else None

    async def _answers(self, incoming: Incoming) -> list[str]:
        """The answers, or in time an honest line; the message is handled to its end in either case. Twilio, asking again where the
        answer follows by REST, gets the same line, or the answer would come twice."""
        task = asyncio.ensure_future(self._conversations.answer(incoming))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        done, _ = await asyncio.wait({task}, timeout=self._options.patience_seconds)
        return task.result() if done and not self._later.has(incoming) else self._meanwhile(incoming)

    def _meanwhile(self, incoming: Incoming) -> list[str]:
        """What is said when the answer takes too long, and follows."""
        try:
            self._later.keep(incoming)
        except StoreError:
            return [plain(said) for said in rescue(incoming.text, NAME)]
        crisis = crisis_answer(incoming.text, NAME)
        line = plain(crisis) if crisis else reply("later", language_of(incoming.text))
        self._limits.spend([line])
        return [line]
