"""Answers that took longer than Twilio waits: kept in the outbox, and sent by Twilio's REST interface, with growing pauses."""
import asyncio
import json
import logging
import random
import time
from typing import Optional

from assistant.channels.sms.carrier import Carrier, NotSent
from assistant.channels.sms.conversations import Conversations
from assistant.channels.sms.incoming import Incoming
from assistant.channels.sms.numbers import Numbers
from assistant.channels.sms.options import Options
from assistant.channels.sms.wording import reason
from assistant.operation.figures import GIVEN_UP
from assistant.stores.notes import Noted
from assistant.stores.outbox import Outbox, Waiting
from assistant.stores.trackers import StoreError

logger = logging.getLogger(__name__)

_LOOK_AGAIN_SECONDS = 1
_LAST_SECONDS = 5  # to finish at the end
_MINE_SECONDS = 120  # until another process may take over what this one began to send
_LONGEST_PAUSE = 600  # seconds


class Later:
    """The queue and who empties it. Several processes may: each takes what no other has."""

    def __init__(self, conversations: Conversations, carrier: Carrier, numbers: Numbers, options: Options, outbox: Outbox) -> None:
        self._conversations, self._carrier, self._numbers = conversations, carrier, numbers
        self._options, self._outbox = options, outbox
        self._called = asyncio.Event()
        self._task: Optional[asyncio.Task] = None
        self._stopping = False

    def start(self) -> None:
        self._task = asyncio.ensure_future(self._work())

    async def stop(self) -> None:
        """Ends after the text that is being sent; what was not sent is sent after the next start."""
        self._stopping = True
        self._called.set()
        if self._task:
            await asyncio.wait({self._task}, timeout=_LAST_SECONDS)
            self._task.cancel()
            await asyncio.wait({self._task})

    def keep(self, incoming: Incoming) -> None:
        """Keeps a message whose answer is to follow. Raises StoreError."""
        sealed = self._numbers.sealed(json.dumps(incoming.as_dict()))
        self._outbox.put(self._numbers.conversation(incoming.number), incoming.id, sealed, time.time())
        self._called.set()

    def has(self, incoming: Incoming) -> bool:
        """Whether the answer to a message follows, or followed, this way. Where that cannot be told: no."""
        try:
            return self._outbox.has(incoming.id)
        except StoreError:
            return False

    async def _work(self) -> None:
        while not self._stopping:
            try:
                while not self._stopping and (waiting := self._outbox.take(time.time(), time.time() + _MINE_SECONDS)):
                    await self._tried(waiting)
            except StoreError as error:
                logger.error("What is to be sent could not be read: %s.", error)
            await self._pause()

    async def _tried(self, waiting: Waiting) -> None:
        try:
            await self._answer(waiting)
        except NotSent as failure:
            await self._failed(waiting, failure)
        except StoreError:
            raise
        except Exception as error:  # whatever it is, the next in the queue must go out
            await self._failed(waiting, NotSent(type(error).__name__, for_now=True))

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self._called.wait(), _LOOK_AGAIN_SECONDS)
        except asyncio.TimeoutError:
            pass
        self._called.clear()

    async def _answer(self, waiting: Waiting) -> None:
        """Sends the texts that answer a message, which is handled now if it was broken off. What was begun before and has an
        unknown end is first looked for at Twilio, which knows no key by which sending twice would be the same. Raises NotSent."""
        incoming = Incoming(**json.loads(self._numbers.opened(waiting.message)))
        kept_at = self._numbers.sealed_at(waiting.message)
        texts = await self._conversations.answer(incoming)
        for place in range(waiting.sent, len(texts)):
            if self._stopping:
                self._outbox.postpone(waiting.id, time.time())
                return
            if not self._conversations.may_be_sent(incoming):
                break
            begun_before = waiting.attempts > 1 and place == waiting.sent
            if not begun_before or not await self._carrier.has_taken(texts[place], incoming, kept_at):
                await self._carrier.send(texts[place], incoming, place)
            self._outbox.progress(waiting.id, place + 1)
        self._outbox.done(waiting.id, time.time())

    async def _failed(self, waiting: Waiting, failure: NotSent) -> None:
        if failure.for_now and waiting.attempts < self._options.send_attempts:
            pause = min(0.5 * 2 ** (waiting.attempts - 1), _LONGEST_PAUSE) * random.uniform(0.8, 1.2)
            self._outbox.postpone(waiting.id, time.time() + pause)
            return
        GIVEN_UP.inc()
        logger.error("SMS: an answer was given up (%s).", failure.code)
        details = {"answers": waiting.message_id, "status": "not sent", "code": failure.code, "reason": reason(failure.code)}
        await self._conversations.note(waiting.conversation, Noted("delivery", details))
        self._outbox.done(waiting.id, time.time())
