"""Notes that staff write on a conversation, and the colleagues whom they name in them."""
import re
import time
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from desk.models import notices
from desk.tables import Conversation, Mention, Note, Staff

_SHOWN = 100


@dataclass(frozen=True)
class Mentioned:
    """A note in which somebody is named. Its text is read in the conversation, where reading is recorded."""

    mention: Mention
    note: Note


def add(session: Session, conversation: Conversation, staff_id: int, text: str) -> None:
    """Adds a note, and tells the colleagues whom it names."""
    if not (text := text.strip()):
        return
    note = Note(conversation_id=conversation.id, staff_id=staff_id, at=time.time(), text=text)
    session.add(note)
    session.flush()
    for colleague in named(text, session.scalars(sa.select(Staff).where(~Staff.disabled))):
        session.add(Mention(note_id=note.id, staff_id=colleague.id, conversation_id=conversation.id))
        notices.tell_one(session, "mention", f"note {note.id}", f"/conversation/{conversation.id}", colleague)


def named(text: str, staff: sa.ScalarResult[Staff] | list[Staff]) -> list[Staff]:
    """Whom a text names: `@Ada Lovelace`, or `@Ada`, which names every Ada unless the rest of a name follows."""
    everyone = list(staff)
    found: dict[int, Staff] = {}
    for rest in re.split(r"(?<!\w)@", text)[1:]:
        full = [each for each in everyone if _begins(rest, each.name)]
        for each in full or [each for each in everyone if _begins(rest, each.name.split()[0])]:
            found[each.id] = each
    return list(found.values())


def of_staff(session: Session, staff_id: int) -> list[Mentioned]:
    """Where somebody is named, what she has not seen first, then the newest."""
    rows = sa.select(Mention, Note).join(Note, Note.id == Mention.note_id).where(Mention.staff_id == staff_id)
    ordered = rows.order_by(Mention.seen_at.is_not(None), Note.at.desc()).limit(_SHOWN)
    return [Mentioned(mention, note) for mention, note in session.execute(ordered)]


def unseen(session: Session, staff_id: int) -> int:
    """How often somebody is named where she has not looked yet."""
    return session.scalar(sa.select(sa.func.count()).where(Mention.staff_id == staff_id, Mention.seen_at.is_(None))) or 0


def seen(session: Session, conversation: Conversation, staff_id: int) -> None:
    """Somebody reads the conversation."""
    mine = (Mention.conversation_id == conversation.id, Mention.staff_id == staff_id, Mention.seen_at.is_(None))
    session.execute(sa.update(Mention).where(*mine).values(seen_at=time.time()))


def _begins(text: str, name: str) -> bool:
    return re.match(rf"{re.escape(name)}(?!\w)", text, re.IGNORECASE) is not None
