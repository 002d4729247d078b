"""What the widget is shown of a conversation: stored events in, messages of the interface out. Pure functions."""
import re
from collections.abc import Iterator
from datetime import datetime, timezone
from functools import cache, lru_cache
from typing import Any, Optional, TypedDict

from assistant import clinic
from assistant.nlu.language import language_of
from assistant.stores.history import Said, answers_to

FORGOTTEN = "forgotten_by_visitor"
"""The metadata of the event that says so."""
SHOWN = "shown"
"""The metadata of a visitor's message: the words of the button that was pressed."""

Button = TypedDict("Button", {"id": str, "text": str})
Message = TypedDict("Message", {
    "seq": Optional[int], "from": str, "id": Optional[str], "text": str, "lang": str, "time": str, "buttons": list[Button],
})
"""As openapi.yml describes it. seq: None where an answer is in no history, because it could not be stored."""


class Shown:
    """Shows conversations; `sign` makes of the place of a button an id that nobody can guess."""

    def __init__(self, sign: Any) -> None:
        self._sign = sign

    def messages(self, conversation: str, said: list[Said]) -> list[Message]:
        """Every message of a history, oldest first."""
        return [self._message(conversation, event) for event in said if event.kind in ("user", "bot") and _text(event)]

    def answers(self, conversation: str, said: list[Said], message_id: str) -> list[Message] | None:
        """What was answered to the visitor's message of that id, or None if it was never handled."""
        answers = answers_to(said, message_id)
        return None if answers is None else self.messages(conversation, answers)

    def offered(self, conversation: str, said: list[Said], button_id: str) -> dict[str, str] | None:
        """The button of that id (`title`, `payload`) if it was offered in this conversation."""
        return next((button for event in said for id_, button in self._buttons(conversation, event) if id_ == button_id), None)

    def _message(self, conversation: str, event: Said) -> Message:
        data, by_visitor = event.data, event.kind == "user"
        return {
            "seq": event.seq, "from": "visitor" if by_visitor else "assistant",
            "id": data.get("message_id") if by_visitor else None,
            "text": _text(event), "lang": data.get("parse_data", {}).get("language") or _language(data.get("text") or ""),
            "time": _iso(data["timestamp"]),
            "buttons": [{"id": id_, "text": button["title"]} for id_, button in self._buttons(conversation, event)],
        }

    def _buttons(self, conversation: str, event: Said) -> Iterator[tuple[str, dict[str, str]]]:
        for number, button in enumerate(_choices(event)):
            if "payload" in button:
                yield self._sign(f"{conversation} {event.seq} {number}"), button


def unstored(text: str) -> Message:
    """An answer that stands in no history."""
    now = datetime.now(timezone.utc).timestamp()
    return {"seq": None, "from": "assistant", "id": None, "text": linked(text), "lang": _language(text), "time": _iso(now),
            "buttons": []}


def forgotten(said: list[Said]) -> bool:
    """Whether the visitor has cleared this conversation."""
    return any(event.kind == "pause" and event.data.get("metadata", {}).get(FORGOTTEN) for event in said)


def linked(text: str) -> str:
    """The text, with the numbers of clinic.yml as links that dial."""
    return _numbers().sub(lambda match: f"[{match[0]}](tel:{clinic.phones()[match[0]]})", text)


@cache
def _numbers() -> re.Pattern[str]:
    longest_first = sorted(clinic.phones(), key=len, reverse=True)
    return re.compile(r"(?<![\w+-])(?:" + "|".join(map(re.escape, longest_first)) + r")(?![\w-]|\) ?\d)")  # no part of another


@lru_cache(maxsize=1024)
def _language(answer: str) -> str:
    """Of an answer, of which there are not so many."""
    return language_of(answer)


def _text(event: Said) -> str:
    if event.kind == "user":
        return event.data.get("metadata", {}).get(SHOWN) or event.data.get("text") or ""
    links = [f"[{button['title']}]({button['url']})" for button in _choices(event) if "url" in button]
    return "\n\n".join([linked(event.data.get("text") or ""), *links]).strip()


def _choices(event: Said) -> list[dict[str, str]]:
    return (event.data.get("data") or {}).get("buttons") or []


def _iso(timestamp: float) -> str:
    return datetime.fromtimestamp(timestamp, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
