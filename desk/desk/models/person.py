"""What is held of one person, whom a phone number tells: found, exported and erased as one."""
import json
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from desk import masking, pages, phones, secrecy
from desk.models import accounts, audit, forgetting, texting
from desk.projection import delivery
from desk.tables import Callback, Conversation, Event, Form, Message, Note, Noted, Review, Signal, Tag, Triage, Try

_TEXTED, _CALL, _JOINED, _WRITTEN = (
    "texted from the number", "asked for a call to the number", "joined to a form with the number", "the number was written in it")


@dataclass
class Person:
    """Conversations and forms by their ids, each with how it was found."""

    conversations: dict[str, str] = field(default_factory=dict)
    forms: dict[int, str] = field(default_factory=dict)

    def add(self, other: "Person") -> None:
        """Takes over what the other has; what was found before keeps how."""
        self.conversations = {**other.conversations, **self.conversations}
        self.forms = {**other.forms, **self.forms}


def of_phone(session: Session, phone: str, thoroughly: bool = True) -> Person:
    """Who has that number (E.164). thoroughly: also where it was only written in a message, which takes longer to find."""
    found, hashed = Person(), secrecy.fingerprint(phone)
    texted = phones.conversation(phone)
    if session.scalar(sa.select(Event.id).where(Event.sender_id == texted).limit(1)):
        found.conversations[texted] = _TEXTED
    called = sa.select(Callback.conversation_id).where(Callback.phone == hashed, Callback.event_id.is_not(None))
    forms = list(session.scalars(sa.select(Form).where(Form.phone == hashed)))
    found.add(Person({id_: _CALL for id_ in session.scalars(called) if id_}))
    found.add(Person({form.conversation_id: _JOINED for form in forms if form.conversation_id},
                     {form.id: "has the number" for form in forms}))
    if thoroughly:
        found.add(Person(dict.fromkeys(_written_in(session, phone), _WRITTEN)))
    return found


def of_conversation(session: Session, id_: str, thoroughly: bool = True) -> Person:
    """Who had that conversation: it, its forms, and what else has a number that she gave in it."""
    joined = session.scalars(sa.select(Form.id).where(Form.conversation_id == id_))
    found = Person({id_: "this conversation"}, dict.fromkeys(joined, "joined to this conversation"))
    for phone in _numbers(session, id_):
        found.add(of_phone(session, phone, thoroughly))
    return found


def of_form(session: Session, form: Form) -> Person:
    """Who sent that form: it, its conversation, and what else has its number."""
    found = Person({}, {form.id: "this form"})
    if form.conversation_id:
        found.add(of_conversation(session, form.conversation_id))
    if phone := secrecy.opened(form.personal).get("phone"):
        found.add(of_phone(session, phone))
    return found


def held(session: Session, conversations: list[str], forms: list[int]) -> dict[str, Any]:
    """All that is held of these, uncovered, as it is handed to the person."""
    names = accounts.names(session)
    record = audit.of(session, forgetting.subjects(conversations, forms))
    return {
        "conversations": [_conversation(session, session.get_one(Conversation, id_), names) for id_ in conversations],
        "forms": [_form(session.get_one(Form, id_)) for id_ in forms],
        "record of access": [{"at": pages.iso(row.at), "by": names.get(row.staff_id or 0, ""), "action": row.action,
                              "of": row.subject, "reason": row.reason} for row in record],
    }


def _conversation(session: Session, row: Conversation, names: dict[int, str]) -> dict[str, Any]:
    def of(table: Any) -> list[Any]:
        order = table.name if table is Tag else table.message_id if table is Review else table.id
        return list(session.scalars(sa.select(table).where(table.conversation_id == row.id).order_by(order)))

    return {
        "id": row.id, "channel": row.channel, "begun": pages.iso(row.first_at), "last": pages.iso(row.last_at),
        "number": texting.number_of(session, row.id),
        "messages": [{"at": pages.iso(each.at), "from": each.author, "text": each.text, "taken as": each.topic}
                     for each in of(Message)],
        "texts": [{"at": pages.iso(each.at), "what": delivery.in_words(each)} for each in of(Noted)],
        "flags": [{"at": pages.iso(each.at), "kind": each.kind, "detail": each.detail, "cleared": each.cleared_reason}
                  for each in of(Signal)],
        "triage": [{"at": pages.iso(each.at), "outcome": each.level, "reasons": each.reasons, "answers": each.answers}
                   for each in of(Triage)],
        "calls": [_call(session, each, names) for each in of(Callback)],
        "notes by staff": [{"at": pages.iso(each.at), "by": names.get(each.staff_id), "text": each.text} for each in of(Note)],
        "reviews": [{"at": pages.iso(each.at), "verdict": each.verdict, "example": each.example} for each in of(Review)],
        "tags": [each.name for each in of(Tag)],
    }


def _call(session: Session, row: Callback, names: dict[int, str]) -> dict[str, Any]:
    tries = session.scalars(sa.select(Try).where(Try.callback_id == row.id).order_by(Try.id))
    return {"asked": pages.iso(row.requested_at), "consent": row.consent, "outcome": row.outcome,
            "tries": [{"at": pages.iso(each.at), "by": names.get(each.staff_id), "outcome": each.outcome} for each in tries]}


def _form(row: Form) -> dict[str, Any]:
    return {"sent": pages.iso(row.sent_at) if row.sent_at else None, "language": row.language, **secrecy.opened(row.personal)}


def _numbers(session: Session, conversation: str) -> set[str]:
    """The numbers (E.164) that somebody gave in a conversation: by texting, to be called, in its forms."""
    asked = sa.select(Event.data).join(Callback, Callback.event_id == Event.id).where(Callback.conversation_id == conversation)
    given = [json.loads(data or "{}")["value"]["phone"] for data in session.scalars(asked)]
    forms = session.scalars(sa.select(Form.personal).where(Form.conversation_id == conversation))
    given += [secrecy.opened(personal).get("phone") for personal in forms]
    return {number for number in (*given, texting.number_of(session, conversation)) if number}


def _written_in(session: Session, phone: str) -> set[str]:
    """Conversations in which the number was written, in any usual way: its last four digits always stand together."""
    likely = sa.select(Message.conversation_id, Message.text).where(Message.text.contains(phone[-4:]))
    return {id_ for id_, text in session.execute(likely) if phone in map(phones.read, masking.numbers(text))}
