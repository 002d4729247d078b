"""Around every message of every channel: if Rasa, an action or the database fails, the visitor still hears something true."""
import logging
from collections.abc import Awaitable, Callable

from rasa.core.channels.channel import CollectingOutputChannel, UserMessage

from assistant.operation.figures import FAILED, TURN_SECONDS, UNDER_WAY
from assistant.safety.rescue import rescue
from assistant.stores.trackers import watched

logger = logging.getLogger(__name__)

Handler = Callable[[UserMessage], Awaitable[None]]


def guarded(handle: Handler) -> Handler:
    """A handler that sends what `handle` says once all of it is stored, and otherwise the phone line and, to a cry for help,
    its answer. Nothing is acknowledged that a restart would forget. Logs the kind of failure, never the message."""

    async def safely(message: UserMessage) -> None:
        output = message.output_channel
        channel = output.name()
        collected = message.output_channel = _Collected(channel)
        with TURN_SECONDS.labels(channel).time(), UNDER_WAY.labels(channel).track_inprogress(), watched() as failures:
            try:
                await handle(message)
            except Exception as error:  # whatever it is, the visitor must not be left without an answer
                failures.append(type(error).__name__)
        if failures or not collected.messages:
            FAILED.labels(channel, failures[0] if failures else "no model").inc()
            logger.error("A message could not be handled (%s).", ", ".join(failures) or "no model is loaded")
            collected.messages = [{"text": text} for text in rescue(message.text or "", channel)]
        for answer in collected.messages:
            answer.pop("recipient_id", None)
            await output.send_response(message.sender_id, answer)

    return safely


class _Collected(CollectingOutputChannel):
    """Keeps the answers back, under the name of the real channel, which chooses the wording."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def name(self) -> str:  # type: ignore[override]
        return self._name
