"""Where a conversation stands when a message comes, read off its events."""
import time
from dataclasses import dataclass, field

from assistant.channels.sms.replies import CRISIS, Replies, action_of, replies
from assistant.channels.sms.text import plain
from assistant.nlu.text import folded
from assistant.stores.history import Said

LOCAL = "sms/"
"""What the names of the channel's own replies begin with in the events."""
CONSENT = "consent"
"""The kind of the notes on consent; their `status` is given, stopped or resumed."""
_A_DAY = 24 * 3600  # after which a number or MORE refers to nothing any more: the dialogue begins anew, too
_RECENT = 600  # seconds


@dataclass(frozen=True)
class Standing:
    """shown: the turn before, as the phone showed it; after_crisis: it answered a cry for help; repeated: how often the last
    words came running; consent: the status of the last note, None for somebody who never wrote."""

    consent: str | None = None
    language: str = "en"
    shown: Replies = field(default_factory=Replies)
    after_crisis: bool = False
    repeated: tuple[str, int] = ("", 0)
    ours: str = ""

    @property
    def opted_out(self) -> bool:
        return self.consent == "stopped"

    def is_ours(self, quote: str) -> bool:
        """Whether words that a phone quotes are of a text that we sent."""
        return bool(folded(quote)) and folded(quote) in self.ours


def standing(said: list[Said], now: float | None = None) -> Standing:
    """Where the conversation stands after these events."""
    if not said:
        return Standing()
    now = now or time.time()
    fresh = now - said[-1].data["timestamp"] < _A_DAY
    turn = _last_shown(said) if fresh else []
    language = next((language_of_turn(event) for event in reversed(said) if event.kind == "user"), "en")
    return Standing(
        consent(said), language, replies(turn, language), any(action_of(event).startswith(CRISIS) for event in turn),
        _repeated(said, now), folded(plain(" ".join(event.data.get("text") or "" for event in said if event.kind == "bot"))),
    )


def _last_shown(said: list[Said]) -> list[Said]:
    """The last turn that showed an answer: a HELP, a picture or a silence in between changes nothing of what a number means."""
    end = len(said)
    for place in reversed([place for place, event in enumerate(said) if event.kind == "user"]):
        shown = [action_of(event) for event in said[place:end] if event.kind == "bot"]
        if any(not action.startswith(LOCAL) or action == f"{LOCAL}rest" for action in shown):
            return said[place:end]
        end = place
    return []


def consent(said: list[Said]) -> str | None:
    """The status of the last note on consent."""
    notes = [event.data for event in said if event.kind == "note" and event.data["kind"] == CONSENT]
    return notes[-1]["details"]["status"] if notes else None


def language_of_turn(message: Said) -> str:
    """Of a visitor's message, as it was understood."""
    return message.data.get("parse_data", {}).get("language") or "en"


def _repeated(said: list[Said], now: float) -> tuple[str, int]:
    texts = [folded(_typed(event)) for event in reversed(said)
             if event.kind == "user" and now - event.data["timestamp"] < _RECENT]
    count = next((place for place, text in enumerate(texts) if text != texts[0]), len(texts))
    return (texts[0], count) if texts else ("", 0)


def _typed(event: Said) -> str:
    return (event.data.get("metadata") or {}).get("shown") or event.data.get("text") or ""
