"""Conversations by text message: whose they are, whether they may be texted, and blocking them."""
import json
import time
from dataclasses import dataclass
from typing import Optional

import sqlalchemy as sa
from sqlalchemy.orm import Session

from desk import database, phones
from desk.tables import Blocked, Conversation, Event, Noted

CHANNEL = "sms"


@dataclass(frozen=True)
class Texting:
    """consent: the last note on it; number: as people write it, None where it is covered or cannot be read."""

    consent: Optional[Noted]
    blocked: bool
    number: Optional[str]


def of_conversation(session: Session, conversation: Conversation, revealed: bool) -> Optional[Texting]:
    """What is known of who texts; None where the conversation is of another channel."""
    if conversation.channel != CHANNEL:
        return None
    consents = sa.select(Noted).where(Noted.conversation_id == conversation.id, Noted.kind == "consent").order_by(Noted.id.desc())
    phone = number_of(session, conversation.id) if revealed else None
    return Texting(session.scalar(consents.limit(1)), is_blocked(session, conversation.id), phone and phones.written(phone))


def number_of(session: Session, conversation_id: str) -> Optional[str]:
    """The number (E.164) that texts, read from the last message of it."""
    said = sa.select(Event.data).where(Event.sender_id == conversation_id, Event.type_name == "user").order_by(Event.id.desc())
    metadata = json.loads(session.scalar(said.limit(1)) or "{}").get("metadata") or {}
    return phones.opened(metadata["number"]) if metadata.get("number") else None


def is_blocked(session: Session, conversation_id: str) -> bool:
    return database.has(session, Blocked) and session.get(Blocked, conversation_id) is not None


def block(session: Session, conversation: Conversation, blocked: bool) -> None:
    """The assistant leaves what a blocked number texts unanswered, but for a cry for help."""
    if not blocked:
        session.execute(sa.delete(Blocked).where(Blocked.conversation == conversation.id))
    elif not is_blocked(session, conversation.id):
        session.add(Blocked(conversation=conversation.id, at=time.time()))
