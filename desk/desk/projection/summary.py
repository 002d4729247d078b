"""The line of a conversation in the inbox, summed up from its messages and signals."""
import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from desk.tables import Callback, Conversation, Message, Signal, Triage

CRISIS, OVERDUE, HANDOFF, HIGHER_LEVEL, NOT_DELIVERED, NOT_UNDERSTOOD, REST = range(7)
RISKS = {
    CRISIS: "Crisis", OVERDUE: "Call overdue", HANDOFF: "Wants a person", HIGHER_LEVEL: "Higher level likely",
    NOT_DELIVERED: "Not delivered", NOT_UNDERSTOOD: "Not understood", REST: "Other",
}
FLAGS = {
    "crisis_not_delivered": "Crisis answer not delivered", "flag": "Flag", "crisis": "Crisis", "handoff": "Wants a person",
    "higher_level": "Higher level likely", "not_delivered": "Answer not delivered", "not_understood": "Not understood",
    "left": "Left",
}
"""The kinds of signals, the gravest first."""


def refresh(session: Session, ids: set[str]) -> None:
    """Sums the conversations up anew. Whatever a visitor writes after a conversation was done opens it again."""
    if not ids:
        return
    session.execute(sa.update(Conversation).where(Conversation.id.in_(ids)).values(
        first_at=sa.func.coalesce(_of(Message, sa.func.min(Message.at)), 0),
        last_at=sa.func.coalesce(_of(Message, sa.func.max(Message.at)), Conversation.last_at),
        messages=_of(Message, sa.func.count()),
        least_confidence=_of(Message, sa.func.min(Message.confidence)),
        language=sa.case((sa.exists(_rows(Message).where(Message.language == "es")), "es"), else_="en"),
        outcome=_of(Triage, Triage.level, Triage.id.desc()),
        risk=_risk(time.time()),
        done=sa.and_(Conversation.done, ~sa.exists(_rows(Message).where(
            Message.author == "visitor", Message.at > sa.func.coalesce(Conversation.done_at, 0)))),
    ).execution_options(synchronize_session=False))


def overdue(session: Session) -> list[int]:
    """The calls that have become overdue, of a chat or of a form alone, and that nobody was told of yet."""
    late = sa.select(Callback.id).where(Callback.closed_at.is_(None), Callback.due_at < time.time(), Callback.alarmed_at.is_(None))
    return list(session.scalars(late))


def name_channels(session: Session, channels: dict[str, str]) -> None:
    """The channel stands in a visitor's message, which may be read later than the first answer."""
    for name in {name for name in channels.values() if name}:
        ids = [id_ for id_, channel in channels.items() if channel == name]
        session.execute(sa.update(Conversation).where(Conversation.id.in_(ids), Conversation.channel != name).values(channel=name)
                        .execution_options(synchronize_session=False))


def _risk(now: float) -> Any:
    waits = _rows(Callback).where(Callback.closed_at.is_(None))
    return sa.case(
        (_signalled("crisis", "crisis_not_delivered", "flag"), CRISIS),
        (sa.exists(waits.where(Callback.due_at < now)), OVERDUE),
        (sa.or_(_signalled("handoff"), sa.exists(waits)), HANDOFF),
        (_signalled("higher_level"), HIGHER_LEVEL),
        (_signalled("not_delivered"), NOT_DELIVERED),
        (_signalled("not_understood"), NOT_UNDERSTOOD),
        else_=REST,
    )


def _signalled(*kinds: str) -> Any:
    return sa.exists(_rows(Signal).where(Signal.kind.in_(kinds), Signal.cleared_at.is_(None)))


def _rows(table: Any) -> Any:
    return sa.select(sa.literal(1)).where(table.conversation_id == Conversation.id).correlate(Conversation)


def _of(table: Any, value: Any, order: Any = None) -> Any:
    found = sa.select(value).where(table.conversation_id == Conversation.id).correlate(Conversation)
    return (found if order is None else found.order_by(order).limit(1)).scalar_subquery()
