"""Templates, and how things are written in them."""
import re
import time
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from desk import phones, settings
from desk.projection import delivery
from desk.projection.summary import FLAGS, RISKS
from desk.tables import Signal


def render(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    made = Environment(loader=FileSystemLoader(Path(__file__).parent / "templates"), autoescape=True, undefined=StrictUndefined,
                       trim_blocks=True, lstrip_blocks=True)
    made.filters |= {"when": when, "ago": ago, "iso": iso, "percent": percent, "words": words,
                     "flag": flag, "brief": brief, "noted": delivery.in_words, "short": short, "channel": channel}
    made.globals |= {"clinic": settings.clinic, "RISKS": RISKS, "FLAGS": FLAGS, "zip": zip}
    return made


def when(seconds: float) -> str:
    """A time in the clinic's zone, as people write it."""
    return datetime.fromtimestamp(seconds, settings.zone()).strftime("%b %-d, %Y, %-I:%M %p %Z")


def iso(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, settings.zone()).isoformat(timespec="seconds")


def ago(seconds: float) -> str:
    """How long ago, or until when: `5 min ago`, `in 2 h`."""
    span = time.time() - seconds
    size = abs(span)
    number, unit = next((int(size // length), unit) for length, unit in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))
                        if size >= length or unit == "s")
    return f"{number} {unit} ago" if span >= 0 else f"in {number} {unit}"


def percent(share: float) -> str:
    return f"{share:.0%}"


def words(code: str) -> str:
    """A code of the assistant, as words: `faq/drug_testing` -> `drug testing`."""
    return re.sub(r"\biop\b", "IOP", code.rpartition("/")[2].replace("_", " "))


def short(subject: str) -> str:
    """The beginning of a conversation's id, alone or after its kind, by which people tell it from others."""
    kind, _, id_ = subject.rpartition(" ")
    return f"{kind} {id_.removeprefix(phones.PREFIX)[:6]}".strip()


def channel(name: str) -> str:
    return {"sms": "text message", "": "website"}.get(name, name)


def flag(signal: Signal) -> str:
    """A flag, as it stands beside a message."""
    return f"{FLAGS[signal.kind]}: {_detail(signal)}"


def brief(signal: Signal) -> str:
    """A flag, as it stands in a list, where the risk is said already."""
    return FLAGS[signal.kind].lower() if signal.kind.endswith("not_delivered") else _detail(signal)


def _detail(signal: Signal) -> str:
    """A code of the assistant's as words; what is in words already stays."""
    return signal.detail if " " in signal.detail else words(signal.detail)
