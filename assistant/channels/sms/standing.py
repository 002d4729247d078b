"""Where a conversation stands when a message comes, read off its events."""
import time
from dataclasses import dataclass, field

from assistant.channels.sms.replies import CRISIS, Choice, action_of, replies
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
    """consent: the status of the last note, None for somebody who never wrote; language: of the last message; choices, rest:
    what a number and MORE mean; asked_gently: the answer before asked whether the person thinks of ending her life; repeated:
    the last words, and how many times running they came; ours: all that we said."""

    consent: str | None = None
    language: str = "en"
    choices: list[Choice] = field(default_factory=list)
    rest: str = ""
    asked_gently: bool = False
    repeated: tuple[str, int] = ("", 0)
    ours: tuple[str, ...] = ()

    @property
    def opted_out(self) -> bool:
        return self.consent == "stopped"

    def is_ours(self, quote: str) -> bool:
        """Whether words that a phone quotes are of a text that we sent."""
        return bool(folded(quote)) and folded(quote) in folded(plain(" ".join(self.ours)))


def standing(said: list[Said], now: float | None = None) -> Standing:
    """Where the conversation stands after these events."""
    if not said:
        return Standing()
    now = now or time.time()
    turns = _shown_last(said) if now - said[-1].data["timestamp"] < _A_DAY else [[]]
    language = next((language_of_turn(event) for event in reversed(said) if event.kind == "user"), "en")
    return Standing(
        consent=consent(said), language=language,
        choices=replies(turns[0], language).choices, rest=replies(turns[-1], language).rest,
        asked_gently=any(action_of(event) == f"{CRISIS}veiled" for event in turns[0]),
        repeated=_repeated(said, now), ours=tuple(event.data.get("text") or "" for event in said if event.kind == "bot"),
    )


def _shown_last(said: list[Said]) -> list[list[Said]]:
    """The last turn that the dialogue answered, then the rests of it that were asked for. A HELP, a picture or a silence after
    it changes nothing of what a number means."""
    turns: list[list[Said]] = []
    end = len(said)
    for place in reversed([place for place, event in enumerate(said) if event.kind == "user"]):
        turn, end = said[place:end], place
        actions = [action_of(event) for event in turn if event.kind == "bot"]
        if any(not action.startswith(LOCAL) for action in actions):
            return [turn, *turns]
        turns[:0] = [turn] if f"{LOCAL}rest" in actions else []
    return turns or [[]]


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
