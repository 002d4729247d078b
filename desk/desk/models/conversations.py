"""One conversation, as staff read it."""
import time
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Optional

import sqlalchemy as sa
from sqlalchemy.orm import Session

from desk import masking
from desk.models import texting
from desk.projection import progress, summary
from desk.tables import Callback, Conversation, Form, Message, Note, Noted, Revealed, Signal, Tag, Triage

_REVEAL_SECONDS, _DAY = 15 * 60, 86400


@dataclass
class Said:
    """A message with the signals it gave and what was noted of it, its text masked unless somebody revealed it. unreported: it
    ends an answer by text message of which the carrier has not said what became of it."""

    message: Message
    text: str
    signals: list[Signal] = field(default_factory=list)
    noted: list[Noted] = field(default_factory=list)
    unreported: bool = False


@dataclass(frozen=True)
class Transcript:
    conversation: Conversation
    said: list[Said]
    triages: list[Triage]
    callbacks: list[Callback]
    forms: list[Form]
    notes: list[Note]
    tags: list[str]
    revealed: bool

    @property
    def sessions(self) -> list[Message]:
        """The first message, and each that somebody wrote after a day of silence."""
        messages = [each.message for each in self.said]
        return messages[:1] + [later for earlier, later in pairwise(messages) if later.at - earlier.at > _DAY]


def transcript(session: Session, conversation: Conversation, staff_id: int) -> Transcript:
    """All that is known of a conversation."""
    shown = is_revealed(session, staff_id, f"conversation {conversation.id}")
    names = set() if shown else masking.names(session, [conversation.id])[conversation.id]
    said = [Said(message, message.text if shown else masking.masked(message.text, names))
            for message in _of(session, Message, conversation)]
    noted = _of(session, Noted, conversation)
    _add_signals(said, _of(session, Signal, conversation), {note.id: note.message_id for note in noted})
    if conversation.channel == texting.CHANNEL:
        _add_notes(said, noted)
    return Transcript(
        conversation, said, _of(session, Triage, conversation), _of(session, Callback, conversation),
        [form for form in _of(session, Form, conversation) if form.sent_at], _of(session, Note, conversation),
        [tag.name for tag in _of(session, Tag, conversation)], shown)


def reveal(session: Session, staff_id: int, subject: str) -> None:
    """Shows the personal details of `conversation <id>`, `form <id>` or `callback <id>` to one of the staff for a while."""
    session.merge(Revealed(staff_id=staff_id, subject=subject, until=time.time() + _REVEAL_SECONDS))


def is_revealed(session: Session, staff_id: int, subject: str) -> bool:
    row = session.get(Revealed, (staff_id, subject))
    return bool(row and row.until > time.time())


def clear(session: Session, signal: Signal, staff_id: int, reason: str) -> None:
    """A flag was wrong, or is seen to: it stays on record as cleared, and the conversation is ordered anew."""
    signal.cleared_at, signal.cleared_by, signal.cleared_reason = time.time(), staff_id, reason
    session.flush()
    summary.refresh(session, {signal.conversation_id})
    progress.changed(session)


def add_tag(session: Session, conversation: Conversation, name: str) -> None:
    if name := " ".join(name.lower().split())[:40]:
        session.merge(Tag(conversation_id=conversation.id, name=name))


def remove_tag(session: Session, conversation: Conversation, name: str) -> None:
    session.execute(sa.delete(Tag).where(Tag.conversation_id == conversation.id, Tag.name == name))


def model_of(said: list[Said]) -> Optional[str]:
    """The model that answered last."""
    return next((each.message.fingerprint for each in reversed(said) if each.message.fingerprint), None)


def _add_signals(said: list[Said], signals: list[Signal], about: dict[int, Optional[str]]) -> None:
    """Puts a signal beside the message that gave it, or that the note of its id is about; else beside what a visitor wrote last."""
    visitors = [each for each in said if each.message.author == "visitor"]
    for signal in signals:
        of_note = [each for each in visitors if signal.id in about and each.message.message_id == about[signal.id]]
        itself = [each for each in said if each.message.id == signal.id]
        if beside := of_note or itself or [each for each in visitors if each.message.id < signal.id]:
            beside[-1].signals.append(signal)


def _add_notes(said: list[Said], noted: list[Noted]) -> None:
    """Puts a note beside the message that it is about, and what became of an answer beside its end. Of a text that was reported
    on twice the last report counts."""
    asked, ends = {}, {}
    for each in said:
        if each.message.author == "visitor":
            asked[each.message.message_id] = begun = each
        elif asked:
            ends[begun.message.message_id] = each
    latest = {(note.message_id, note.kind, str(note.details.get("place"))): note for note in noted}
    for note in (note for note in latest.values() if note.kind != "flag"):  # which is a signal, too
        places = ends if note.kind == "delivery" else asked
        if note.message_id in places:
            places[note.message_id].noted.append(note)
    for each in ends.values():
        each.unreported = not any(note.kind == "delivery" for note in each.noted)


def _of(session: Session, table: Any, conversation: Conversation) -> list[Any]:
    order = table.name if table is Tag else table.id
    return list(session.scalars(sa.select(table).where(table.conversation_id == conversation.id).order_by(order)))
