"""What the channel does with a message: a pure function from the message and where the conversation stands."""
from dataclasses import dataclass

from assistant.channels.sms.incoming import Incoming
from assistant.channels.sms.limits import TOO_MANY
from assistant.channels.sms.options import Options
from assistant.channels.sms.standing import Standing
from assistant.channels.sms.wording import Asked, number, reaction
from assistant.nlu.language import language_of
from assistant.nlu.text import folded

_BY_TWILIO = {"STOP": "stop", "START": "start", "HELP": "help"}


@dataclass(frozen=True)
class Turn:
    """asks: what the dialogue engine is told, None where the channel answers by itself; says: the names of its replies
    (data/sms/replies.yml), `rest` for what MORE brings; consent: its new status, and the way it was given or taken."""

    asks: str | None = None
    says: tuple[str, ...] = ()
    consent: str | None = None
    way: str = ""
    language: str = "en"
    silent: str = ""
    """Why nothing is said, for staff."""


def decide(incoming: Incoming, standing: Standing, asked: Asked | None, danger: bool, refusal: str, options: Options) -> Turn:
    """danger: the message is a cry for help; asked: what it asks of the channel; refusal: why the number is not answered.

    Crisis before all; then the law (STOP, START, HELP); then what is not answered; then what a phone sends besides words.
    """
    kind = _BY_TWILIO.get(incoming.opted or "", asked.kind if asked else None)
    language = asked.language if asked else _language(incoming, standing)
    quote = reaction(incoming.text)
    if quote and standing.is_ours(quote):  # our own words, be they on a crisis, are no cry for help
        return Turn(silent="opted out") if standing.opted_out else Turn(says=("reaction",), language=standing.language)
    if danger:
        stopped = kind == "stop" and not standing.opted_out
        return Turn(incoming.text, ("stopped",) if stopped else (), "stopped" if stopped else None, _way(incoming), language)
    why = refusal or _repeated(incoming, standing, options)
    if kind in ("stop", "start", "help"):
        return _lawful(kind, incoming, standing, language, why)
    if standing.opted_out:
        return Turn(silent="opted out")
    if why:
        return Turn(says=(why,), language=language) if why == TOO_MANY else Turn(silent=why)
    return _ordinary(incoming, standing, kind, language)


def _lawful(kind: str, incoming: Incoming, standing: Standing, language: str, why: str) -> Turn:
    """What STOP, START and HELP lead to. The consent that was given or taken counts in any case; no answer goes out where Twilio
    has given one (OptOutType), to a second STOP, and, but for STOP, to a number that is not answered."""
    status = {"stop": "stopped", "start": "resumed"}.get(kind)
    if incoming.opted:
        return Turn(consent=status, way=_way(incoming), language=language, silent="answered by Twilio")
    if kind == "stop" and standing.opted_out:
        return Turn(consent=status, way=_way(incoming), language=language, silent="opted out")
    if kind != "stop" and why:
        return Turn(consent=status, way=_way(incoming) if status else "", language=language, silent=why)
    says = {"stop": "stopped", "start": "started", "help": "help"}[kind]
    return Turn(says=(says,), consent=status, way=_way(incoming) if status else "", language=language)


def _repeated(incoming: Incoming, standing: Standing, options: Options) -> str:
    """Whether another machine seems to write: the same words over and over. The word for staff, or empty."""
    words, times = standing.repeated
    return "repeated" if words and words == folded(incoming.text) and times >= options.same_message else ""


def _ordinary(incoming: Incoming, standing: Standing, kind: str | None, language: str) -> Turn:
    text, choices = incoming.text.strip(), standing.choices
    if reaction(text):
        return Turn(says=("reaction",), language=standing.language)
    if not text:
        return Turn(says=("media" if incoming.media else "empty",), language=standing.language)
    if kind == "more" and standing.rest:
        return Turn(says=("rest",), language=standing.language)
    chosen = number(text)
    if choices and chosen is not None and chosen <= 9:  # a larger number is no choice: "41" answers how old somebody is
        if not 1 <= chosen <= len(choices):
            return Turn(says=("no_such_choice",), language=standing.language)
        return Turn(choices[chosen - 1].payload)
    by_words = next((choice.payload for choice in choices if folded(choice.title) == folded(text)), text)
    return Turn(by_words, ("media",) if incoming.media else (), language=language)


def _way(incoming: Incoming) -> str:
    return "twilio" if incoming.opted else "text message"


def _language(incoming: Incoming, standing: Standing) -> str:
    return language_of(incoming.text) if len(incoming.text.split()) > 1 else standing.language
