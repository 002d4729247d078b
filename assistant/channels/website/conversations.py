"""Conversations over the website: each message handled once and in order, answered from what is stored."""
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Optional, cast

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, OutputChannel, UserMessage
from rasa.shared.core.events import ConversationPaused

from assistant.channels.guard import Handler, guarded
from assistant.channels.website.messages import FORGOTTEN, SHOWN, Message, Shown, unstored
from assistant.operation.figures import answered
from assistant.stores.history import History, Said, answers_to
from assistant.stores.trackers import StoreError, watched

NAME = "website"
_LOOK_AGAIN_SECONDS = 0.1  # while another message of the conversation is handled


@dataclass(frozen=True)
class Incoming:
    """A visitor's message. shown: the words of its button, where they differ from what the engine is told."""

    id: str
    text: str
    shown: Optional[str] = None
    language: Optional[str] = None

    def metadata(self) -> dict[str, str]:
        """What is stored with the message."""
        given = {SHOWN: self.shown, "page_language": self.language}
        return {name: value for name, value in given.items() if value}


class Conversations:
    """The channel's only state is the stored conversation, so that it survives restarts and is shared by all processes.

    agent: gives Rasa's agent, once it is loaded; handle: Rasa's own handling of a message.
    """

    def __init__(self, agent: Callable[[], Agent], handle: Handler, shown: Shown) -> None:
        self._agent, self._handle, self._shown, self._history = agent, handle, shown, History()

    def said(self, conversation: str) -> list[Said]:
        """What is stored. Raises StoreError."""
        return self._history.of(conversation)

    async def answer(self, conversation: str, incoming: Incoming) -> list[Message]:
        """The answers, once they are stored; the same for the same id."""
        output = _Answers()
        await guarded(self._once)(UserMessage(
            incoming.text, output, conversation, input_channel=NAME, message_id=incoming.id, metadata=incoming.metadata(),
        ))
        return output.messages

    async def forget(self, conversation: str) -> None:
        """Notes that the visitor has cleared the conversation; staff still see it. Raises StoreError."""
        agent = self._agent()
        with watched() as failures:
            async with self._one_at_a_time(conversation):
                tracker = await agent.tracker_store.get_or_create_tracker(conversation, append_action_listen=False)
                tracker.update(ConversationPaused(metadata={FORGOTTEN: True}))
                await agent.tracker_store.save(tracker)
        if failures:
            raise StoreError(", ".join(failures))

    async def _once(self, message: UserMessage) -> None:
        conversation, id_ = message.sender_id, message.message_id
        async with self._one_at_a_time(conversation):
            if self._shown.answers(conversation, self.said(conversation), id_) is None:
                await self._handle(message)
                answered(NAME, answers_to(self.said(conversation), id_) or [])
            stored = self._shown.answers(conversation, self.said(conversation), id_)
        cast(CollectingOutputChannel, message.output_channel).messages = cast(list[dict[str, Any]], stored or [])

    def _one_at_a_time(self, conversation: str) -> Any:
        """A lock beside the one that Rasa takes for the conversation while it handles a message."""
        return self._agent().lock_store.lock(f"{NAME} {conversation}", wait_time_in_seconds=_LOOK_AGAIN_SECONDS)


class _Answers(OutputChannel):
    """Takes over what the guard lets through: the stored messages, or what is said when nothing could be stored."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    @classmethod
    def name(cls) -> str:
        return NAME

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        self.messages.append(cast(Message, message) if "seq" in message else unstored(message["text"]))
