"""Twilio's side of the channel: its signature, TwiML, and its REST interface for what goes out later."""
import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

import aiohttp
from multidict import MultiDict
from twilio.base.exceptions import TwilioRestException
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.http.response import Response
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from twilio.twiml.messaging_response import MessagingResponse

from assistant.channels.sms.account import API, Account
from assistant.channels.sms.incoming import Incoming

_quiet = logging.getLogger("twilio.quiet")
_quiet.setLevel(logging.WARNING)  # below it Twilio's client writes numbers
_REST_SECONDS = 20
_NOT_NOW = (408, 425, 429)
_LATEST = 20  # texts to look through
_SKEW_SECONDS = 60  # that Twilio's clock may be behind ours


class NotSent(Exception):
    """A text did not go out. code: Twilio's error code, or the HTTP status; for_now: it may later."""

    def __init__(self, code: str, for_now: bool) -> None:
        super().__init__(f"Twilio did not take a text ({code})")
        self.code, self.for_now = code, for_now


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except TwilioRestException as error:
        for_now = error.status >= 500 or error.status in _NOT_NOW
        raise NotSent(str(error.code or error.status), for_now) from None  # its text holds the number
    except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
        raise NotSent(type(error).__name__, for_now=True) from None


class Carrier:
    """What is sent by `account`, whose status Twilio reports to `status_path`. A session of HTTP: `close` ends it."""

    def __init__(self, account: Account, status_path: str) -> None:
        self._account, self._status_url = account, account.public_url + status_path
        self._validator = RequestValidator(account.token)
        self._http = _Http(account.api)
        self._client = Client(account.sid, account.token, http_client=self._http)

    def signed(self, path: str, fields: MultiDict[str], signature: str) -> bool:
        """Whether Twilio signed these fields for this path (with its query) of the public address."""
        return self._validator.validate(self._account.public_url + path, fields, signature)

    def twiml(self, texts: list[str], message_id: str) -> str:
        """The texts, in order, as the answer to a webhook."""
        response = MessagingResponse()
        for place, text in enumerate(texts):
            response.message(text, status_callback=self._callback(message_id, place))
        return str(response)

    async def send(self, text: str, incoming: Incoming, place: int) -> None:
        """Sends the text of that place among the answers to a message. Raises NotSent."""
        with _refusals():
            await self._client.messages.create_async(
                to=incoming.number, from_=incoming.to, body=text, status_callback=self._callback(incoming.id, place),
            )

    async def has_taken(self, text: str, incoming: Incoming, since: int) -> bool:
        """Whether Twilio has this text already, taken since then (seconds since 1970), for who wrote: our process may have been
        killed, or the connection lost, just before we heard so. Raises NotSent."""
        with _refusals():
            latest = await self._client.messages.list_async(to=incoming.number, from_=incoming.to, limit=_LATEST)
        return any(sent.body == text and sent.date_created.timestamp() >= since - _SKEW_SECONDS for sent in latest)

    async def close(self) -> None:
        await self._http.close()

    def _callback(self, message_id: str, place: int) -> str:
        """Where Twilio tells what became of a text: the query says of which, and is signed with the rest."""
        return f"{self._status_url}?{urlencode({'answers': message_id, 'place': place})}"


class _Http(AsyncTwilioHttpClient):
    """Twilio's own client, at another address where the settings name one."""

    def __init__(self, api: str) -> None:
        super().__init__(timeout=_REST_SECONDS, logger=_quiet)
        self._api = api

    async def request(self, method: str, url: str, *args: Any, **kwargs: Any) -> Response:
        return await super().request(method, url.replace(API, self._api, 1), *args, **kwargs)
