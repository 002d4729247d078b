"""Conversations as rows for other programs, with personal details covered unless they are asked for."""
from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.orm import Session

from desk import masking, pages
from desk.models import inbox
from desk.tables import Message

COLUMNS = ("conversation", "message", "at", "author", "text", "topic", "confidence")
_MOST = 5000  # conversations


def rows(session: Session, filters: inbox.Filters, uncovered: bool = False) -> Iterator[dict[str, str]]:
    """A row for each message of the conversations that match."""
    ids = [line.conversation.id for line in inbox.found(session, filters, size=_MOST)]
    names = {} if uncovered else masking.names(session, ids)
    said = sa.select(Message).where(Message.conversation_id.in_(ids)).order_by(Message.conversation_id, Message.id)
    for message in session.scalars(said):
        yield {
            "conversation": message.conversation_id, "message": str(message.id), "at": pages.iso(message.at),
            "author": message.author, "topic": message.topic or "",
            "text": message.text if uncovered else masking.masked(message.text, names[message.conversation_id]),
            "confidence": "" if message.confidence is None else f"{message.confidence:.3f}",
        }
