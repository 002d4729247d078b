"""Personal details in what was said: found, and covered until somebody reveals them with a reason."""
import json
import re
from collections.abc import Iterable
from functools import cache

import sqlalchemy as sa
from sqlalchemy.orm import Session

from desk import secrecy, settings
from desk.tables import Event, Form

COVER = "•••"
_NUMBER = re.compile(r"\+?\(?\d(?:[\s().\-]{0,2}\d){6,}")
_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_SAYS_NAME = re.compile(r"(?i)\b(my name(?:'s| is)|me llamo|mi nombre es)\s+(\w+)")
_NAMED_IN = ("callback_name",)


def names(session: Session, conversations: Iterable[str]) -> dict[str, set[str]]:
    """Conversation -> the names that were given in it, to a form of the chat or in the intake form."""
    ids = list(conversations)
    found: dict[str, set[str]] = {id_: set() for id_ in ids}
    given = sa.select(Event.sender_id, Event.data).where(
        Event.sender_id.in_(ids), Event.type_name == "slot", Event.action_name.in_(_NAMED_IN))
    for conversation, data in session.execute(given):
        if value := json.loads(data)["value"]:
            found[conversation].add(value)
    for form in session.scalars(sa.select(Form).where(Form.conversation_id.in_(ids))):
        if name := secrecy.opened(form.personal).get("name"):
            found[form.conversation_id or ""].add(name)
    return found


def masked(text: str, known: Iterable[str] = ()) -> str:
    """The text with phone numbers, e-mail addresses and names covered; the clinic's own numbers stay."""
    text = _EMAIL.sub(COVER, text)
    text = _NUMBER.sub(lambda match: match[0] if _digits(match[0]) in _own() else COVER, text)
    text = _SAYS_NAME.sub(lambda match: f"{match[1]} {COVER}", text)
    parts = {part for name in known for part in (name, *name.split()) if len(part) > 1}
    for part in sorted(parts, key=len, reverse=True):
        text = re.sub(rf"(?i)\b{re.escape(part)}\b", COVER, text)
    return text


@cache
def _own() -> frozenset[str]:
    numbers = [str(value) for name, value in settings.clinic().items() if name.endswith(("_phone", "_line", "_number"))]
    return frozenset(map(_digits, numbers))


def numbers(text: str) -> list[str]:
    """What stands in a text like a phone number."""
    return _NUMBER.findall(text)


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text).removeprefix("1") if len(text) > 4 else text
