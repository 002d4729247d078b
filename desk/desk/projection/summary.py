"""The line of a conversation in the inbox, summed up from its messages and signals."""
import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from desk.tables import Callback, Conversation, Message, Signal, Triage

CRISIS, OVERDUE, HANDOFF, HIGHER_LEVEL, NOT_UNDERSTOOD, REST = range(6)
RISKS = {
    CRISIS: "Crisis", OVERDUE: "Call overdue", HANDOFF: "Wants a person", HIGHER_LEVEL: "Higher level likely",
    NOT_UNDERSTOOD: "Not understood", REST: "Other",
}


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


def overdue(session: Session) -> set[str]:
    """Conversations whose call back has become overdue since they were summed up."""
    late = sa.select(Callback.conversation_id).join(Conversation, Conversation.id == Callback.conversation_id).where(
        Callback.closed_at.is_(None), Callback.due_at < time.time(), Conversation.risk > OVERDUE)
    return {id_ for id_ in session.scalars(late) if id_}


def name_channels(session: Session, channels: dict[str, str]) -> None:
    """The channel stands in a visitor's message, which may be read later than the first answer."""
    for name in {name for name in channels.values() if name}:
        ids = [id_ for id_, channel in channels.items() if channel == name]
        session.execute(sa.update(Conversation).where(Conversation.id.in_(ids), Conversation.channel != name).values(channel=name)
                        .execution_options(synchronize_session=False))


def _risk(now: float) -> Any:
    waits = _rows(Callback).where(Callback.closed_at.is_(None))
    return sa.case(
        (_signalled("crisis"), CRISIS),
        (sa.exists(waits.where(Callback.due_at < now)), OVERDUE),
        (sa.or_(_signalled("handoff"), sa.exists(waits)), HANDOFF),
        (_signalled("higher_level"), HIGHER_LEVEL),
        (_signalled("not_understood"), NOT_UNDERSTOOD),
        else_=REST,
    )


def _signalled(kind: str) -> Any:
    return sa.exists(_rows(Signal).where(Signal.kind == kind, Signal.cleared_at.is_(None)))


def _rows(table: Any) -> Any:
    return sa.select(sa.literal(1)).where(table.conversation_id == Conversation.id).correlate(Conversation)


def _of(table: Any, value: Any, order: Any = None) -> Any:
    found = sa.select(value).where(table.conversation_id == Conversation.id).correlate(Conversation)
    return (found if order is None else found.order_by(order).limit(1)).scalar_subquery()
