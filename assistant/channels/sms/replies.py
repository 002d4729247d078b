"""What a phone is shown of a conversation: stored events in, texts and numbered choices out. Pure functions, so that the same
events give the same texts again when Twilio asks twice."""
from dataclasses import dataclass, field

from assistant.channels.sms.text import cut, plain, segments
from assistant.channels.sms.wording import reply
from assistant.dialogue.plan import DISCLOSURE
from assistant.stores.history import Said

MOST_SEGMENTS = 2  # of one text
CRISIS = "utter_crisis/"


@dataclass(frozen=True)
class Choice:
    """title: as it was shown; payload: what it stands for."""

    title: str
    payload: str


@dataclass(frozen=True)
class Replies:
    """texts: in order, each within MOST_SEGMENTS; rest: what MORE brings; choices: shown last, by their numbers from 1."""

    texts: list[str] = field(default_factory=list)
    rest: str = ""
    choices: list[Choice] = field(default_factory=list)


def replies(events: list[Said], language: str) -> Replies:
    """The texts of a turn's bot events. What they offer is numbered where it was offered last."""
    said = [event for event in events if event.kind == "bot" and event.data.get("text")]
    choices = next((offered for event in reversed(said) if (offered := _choices(event))), [])
    last = max((place for place, event in enumerate(said) if _choices(event)), default=None)
    texts, rests = [], []
    for place, event in enumerate(said):
        block = _block(choices, language) if place == last else ""
        shown, rest = _shown(event, block, language)
        texts += shown
        rests += [rest] if rest else []
    return Replies(_joined(texts), "\n\n".join(rests), choices)


def action_of(event: Said) -> str:
    """The response that a bot event says, as `utter_faq/drug_testing`."""
    return (event.data.get("metadata") or {}).get("utter_action") or ""


def _shown(event: Said, block: str, language: str) -> tuple[list[str], str]:
    """The texts of one answer, and what is left for MORE. A crisis answer and a question are never cut."""
    text = plain(_text(event, language))
    whole = f"{text}\n{block}" if block else text
    if segments(whole) <= MOST_SEGMENTS:
        return [whole], ""
    if block or action_of(event).startswith(CRISIS):
        return [*_divided(text), *_divided(block)], ""
    tail = f"\n{reply('more', language)}"
    head, rest = cut(text, MOST_SEGMENTS, tail)
    return [head + tail], rest


def _text(event: Said, language: str) -> str:
    links = [button["url"] for button in _buttons(event) if button.get("url", "").startswith("https:")]
    lines = [event.data["text"].strip(), *(link for link in links if link not in event.data["text"])]
    if action_of(event) == DISCLOSURE:
        lines.append(reply("first_message", language))
    return "\n".join(lines)


def _divided(text: str) -> list[str]:
    head, rest = cut(text, MOST_SEGMENTS)
    return [head, *(_divided(rest) if rest else [])] if head else []


def _joined(texts: list[str]) -> list[str]:
    """Short texts that follow each other as one: it is cheaper, and carriers do not keep the order of several."""
    joined: list[str] = []
    for text in texts:
        if joined and segments(f"{joined[-1]}\n\n{text}") <= MOST_SEGMENTS:
            joined[-1] += f"\n\n{text}"
        else:
            joined.append(text)
    return joined


def _block(choices: list[Choice], language: str) -> str:
    lines = [f"{number} {plain(choice.title)}" for number, choice in enumerate(choices, 1)]
    return "\n".join([reply("choices", language), *lines]) if choices else ""


def _choices(event: Said) -> list[Choice]:
    return [Choice(button["title"], button["payload"]) for button in _buttons(event) if "payload" in button]


def _buttons(event: Said) -> list[dict[str, str]]:
    return (event.data.get("data") or {}).get("buttons") or []
