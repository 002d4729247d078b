"""Conversations by text message: each message handled once and in order, answered from what is stored."""
from typing import Any, Callable, Optional

from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.shared.core.events import ActiveLoop, BotUttered, Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from assistant.channels.guard import Handler, guarded
from assistant.channels.sms.incoming import Incoming
from assistant.channels.sms.limits import Limits
from assistant.channels.sms.numbers import Numbers
from assistant.channels.sms.options import Options
from assistant.channels.sms.replies import CRISIS, action_of, replies
from assistant.channels.sms.standing import CONSENT, LOCAL, Standing, consent, language_of_turn, standing
from assistant.channels.sms.text import plain
from assistant.channels.sms.turn import Turn, decide
from assistant.channels.sms.wording import Asked, reply, wording
from assistant.dialogue.plan import DISCLOSURE
from assistant.nlu.language import language_of
from assistant.operation.figures import REFUSED, answered
from assistant.safety.rescue import crisis_answer
from assistant.stores.history import History, Said, answers_to
from assistant.stores.notes import Noted
from assistant.stores.trackers import StoreError, watched

NAME = "sms"
_SILENCE = ""  # an answer to the guard, which speaks up where there is none, and none to the phone
_LOOK_AGAIN_SECONDS = 0.1  # while another message of the conversation is handled
_NO_DISCLOSURE = ("stopped", "started")  # they say what the law asks for by themselves


class Conversations:
    """The stored events are all there is to a conversation, so that it survives restarts and is shared by all processes.

    agent: gives Rasa's agent, once it is loaded; handle: Rasa's own handling of a message.
    """

    def __init__(self, agent: Callable[[], Agent], handle: Handler, numbers: Numbers, options: Options, limits: Limits) -> None:
        self._agent, self._handle, self._numbers, self._options, self._limits = agent, handle, numbers, options, limits
        self._history = History()

    async def answer(self, incoming: Incoming) -> list[str]:
        """The texts that answer a message, once they are stored; the same for the same message, and none where it is silent."""
        output = _Texts()

        async def once(message: UserMessage) -> None:
            collected: Any = message.output_channel
            texts = await self._once(incoming, message)
            collected.messages = [] if texts is None else [{"text": text} for text in texts or [_SILENCE]]

        await guarded(once)(self._message(incoming, incoming.text, output))
        return [plain(text) for text in output.texts()]

    def said(self, conversation: str) -> list[Said]:
        """What is stored. Raises StoreError."""
        return self._history.of(conversation)

    def may_be_sent(self, incoming: Incoming) -> bool:
        """Whether an answer may still go out: not where the person opted out since, unless it answers a cry for help."""
        said = self.said(self._numbers.conversation(incoming.number))
        answers = answers_to(said, incoming.id) or []
        in_danger = any(action_of(event).startswith(CRISIS) for event in answers)
        stopped_by_this = any(action_of(event) == f"{LOCAL}stopped" for event in answers)
        return in_danger or stopped_by_this or consent(said) != "stopped"

    async def note(self, conversation: str, note: Noted) -> None:
        """Adds a note for staff, the same one once. Raises StoreError."""
        with watched() as failures:
            async with self._one_at_a_time(conversation):
                known = [event.data for event in self.said(conversation) if event.kind == "note"]
                if not any((data["kind"], data["details"]) == (note.kind, note.details) for data in known):
                    tracker = await self._agent().tracker_store.get_or_create_tracker(conversation, append_action_listen=False)
                    await self._save(tracker, [note])
        if failures:
            raise StoreError(", ".join(failures))

    async def _once(self, incoming: Incoming, message: UserMessage) -> Optional[list[str]]:
        """The texts of a message's stored answers; None where it should have been answered and was not."""
        async with self._one_at_a_time(message.sender_id):
            said = self.said(message.sender_id)
            asked_the_engine = False
            if (known := answers_to(said, incoming.id)) is None:
                asked_the_engine = await self._handled(incoming, message, said)
                said = self.said(message.sender_id)
                known = answers_to(said, incoming.id)
                answered(NAME, known or [])
                self._limits.spend(_texts(said, incoming.id))
        return None if asked_the_engine and not known else _texts(said, incoming.id)

    async def _handled(self, incoming: Incoming, message: UserMessage, said: list[Said]) -> bool:
        """Handles a new message. Returns whether the dialogue engine was asked."""
        stand, asked = standing(said), wording().asked(incoming.text)
        parsed = await self._understood(incoming.text, asked)
        danger = bool(parsed.get("crisis")) or (stand.opted_out and stand.asked_gently and _admits(parsed))
        turn = decide(incoming, stand, asked, danger, self._refusal(incoming, message), self._options)
        if turn.asks is None:
            await self._by_itself(incoming, message, parsed, turn, stand)
            return False
        if notes := self._notes(incoming, turn, stand, danger):
            await self._save(await self._tracker(message), notes)  # first: whatever happens to the answer, these are kept
        heard = parsed if turn.asks == incoming.text and "intent" in parsed else None
        await self._handle(self._message(incoming, turn.asks, message.output_channel, heard))
        if turn.says:
            tracker = await self._tracker(message)
            await self._save(tracker, [_uttered(name, turn.language) for name in turn.says])
        return True

    async def _by_itself(
        self, incoming: Incoming, message: UserMessage, parsed: dict[str, Any], turn: Turn, stand: Standing
    ) -> None:
        """Stores a message that the channel answers, or leaves unanswered, by itself."""
        tracker = await self._tracker(message)
        metadata = {**(message.metadata or {}), **({"silent": turn.silent} if turn.silent else {})}
        heard = {**parsed, "language": turn.language}
        events: list[Event] = [UserUttered(
            incoming.text, parsed.get("intent"), [], heard, input_channel=NAME, message_id=incoming.id, metadata=metadata,
        )]
        if turn.says and turn.says[0] not in _NO_DISCLOSURE and not _disclosed(tracker):
            events += await self._disclosure(tracker)
        events += [_uttered(name, turn.language, stand.rest) for name in turn.says]
        events += self._notes(incoming, turn, stand)
        if turn.consent == "stopped" and tracker.active_loop_name:
            events += [ActiveLoop(None), SlotSet("requested_slot", None)]
        await self._save(tracker, events)

    def _notes(self, incoming: Incoming, turn: Turn, stand: Standing, danger: bool = False) -> list[Event]:
        """What is noted for staff: consent, which the first message gives, and a cry for help after an opt-out."""
        status = turn.consent or ("given" if stand.consent is None else None)
        notes: list[Event] = []
        if status:
            notes.append(Noted(CONSENT, {
                "status": status, "words": incoming.text, "way": turn.way or "first text message",
                "number": self._numbers.sealed(incoming.number), "message_id": incoming.id,
            }))
        if danger and stand.opted_out:
            notes.append(Noted("flag", {"why": "a cry for help from somebody who opted out", "message_id": incoming.id}))
        return notes

    async def _understood(self, text: str, asked: Optional[Asked]) -> dict[str, Any]:
        """What the model makes of a message; without a model, whether the rules find a cry for help in it. The rules alone read
        STOP, START and HELP, too: to the model, which learns from sentences, a bare UNSTOP can look like anything."""
        agent = self._agent()
        if agent.is_ready() and not (asked and asked.alone and asked.kind in ("stop", "start", "help")):
            return await agent.parse_message(text)
        return {"crisis": crisis_answer(text, NAME), "language": language_of(text)}

    def _refusal(self, incoming: Incoming, message: UserMessage) -> str:
        why = self._limits.refusal(message.sender_id) if self._numbers.answered(incoming.number) else "blocked"
        if why:
            REFUSED.labels(NAME).inc()
        return why

    def _message(self, incoming: Incoming, text: str, output: Any, parsed: Optional[dict[str, Any]] = None) -> UserMessage:
        metadata = {"number": self._numbers.sealed(incoming.number), "to": incoming.to}
        shown = {} if text == incoming.text else {"shown": incoming.text}
        return UserMessage(
            text, output, self._numbers.conversation(incoming.number), parse_data=parsed, input_channel=NAME,
            message_id=incoming.id, metadata={**metadata, **shown},
        )

    async def _tracker(self, message: UserMessage) -> DialogueStateTracker:
        """The conversation, in a session that has not expired."""
        agent = self._agent()
        if agent.processor:
            fetch = agent.processor.fetch_tracker_and_update_session
            return await fetch(message.sender_id, message.output_channel, message.metadata)
        return await agent.tracker_store.get_or_create_tracker(message.sender_id, append_action_listen=False)

    async def _save(self, tracker: DialogueStateTracker, events: list[Event]) -> None:
        tracker.update_with_events(events, self._agent().domain)
        await self._agent().tracker_store.save(tracker)

    async def _disclosure(self, tracker: DialogueStateTracker) -> list[Event]:
        processor = self._agent().processor
        response = await processor.nlg.generate(DISCLOSURE, tracker, NAME) if processor else None
        return [BotUttered(response["text"], metadata={"utter_action": DISCLOSURE})] if response else []

    def _one_at_a_time(self, conversation: str) -> Any:
        """A lock beside the one that Rasa takes for the conversation while it handles a message."""
        return self._agent().lock_store.lock(f"{NAME} {conversation}", wait_time_in_seconds=_LOOK_AGAIN_SECONDS)


def _texts(said: list[Said], message_id: str) -> list[str]:
    answers = answers_to(said, message_id) or []
    message = next((event for event in said if event.kind == "user" and event.data.get("message_id") == message_id), None)
    return replies(answers, language_of_turn(message) if message else "en").texts


def _uttered(name: str, language: str, rest: str = "") -> Event:
    return BotUttered(rest if name == "rest" else reply(name, language), metadata={"utter_action": LOCAL + name})


def _disclosed(tracker: DialogueStateTracker) -> bool:
    """Whether the disclosure was made in this session."""
    events = list(tracker.events)
    start = max((place for place, event in enumerate(events) if isinstance(event, SessionStarted)), default=0)
    return any(isinstance(event, BotUttered) and event.metadata.get("utter_action") == DISCLOSURE for event in events[start:])


def _admits(parsed: dict[str, Any]) -> bool:
    """A yes, which after our question whether somebody thinks of ending her life is a cry for help itself."""
    return (parsed.get("intent") or {}).get("name") == "affirm"


class _Texts(CollectingOutputChannel):
    """Takes over what the guard lets through."""

    @classmethod
    def name(cls) -> str:
        return NAME

    def texts(self) -> list[str]:
        return [message["text"] for message in self.messages if message.get("text")]
