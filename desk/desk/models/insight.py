"""How the assistant did, day by day: counts only, no words."""
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from desk import settings
from desk.tables import Conversation, Signal, Triage

DAYS = 30
KINDS = ("crisis", "handoff", "higher_level", "not_understood")


@dataclass(frozen=True)
class Day:
    """conversations: how many began; kinds: in how many there was a signal of that kind."""

    date: date
    conversations: int
    kinds: Counter[str] = field(default_factory=Counter)


def days(session: Session) -> list[Day]:
    """The last days, the latest first; a day is the clinic's."""
    since = time.time() - DAYS * 86400
    began = Counter(_date(at) for at in session.scalars(sa.select(Conversation.first_at).where(Conversation.first_at > since)))
    first = sa.select(Signal.kind, sa.func.min(Signal.at)).where(
        Signal.at > since, Signal.cleared_at.is_(None), Signal.kind.in_(KINDS))
    signals: dict[date, Counter[str]] = {}
    for kind, at in session.execute(first.group_by(Signal.conversation_id, Signal.kind)):
        signals.setdefault(_date(at), Counter())[kind] += 1
    today = _date(time.time())
    dates = [today - timedelta(days=number) for number in range(DAYS)]
    return [Day(day, began[day], signals.get(day, Counter())) for day in dates]


def outcomes(session: Session) -> list[tuple[str, int]]:
    """How the triages of those days ended, the most frequent first."""
    number = sa.func.count()
    found = sa.select(Triage.level, number).where(Triage.at > time.time() - DAYS * 86400).group_by(Triage.level)
    return [(level, count) for level, count in session.execute(found.order_by(number.desc()))]


def _date(seconds: float) -> date:
    return datetime.fromtimestamp(seconds, settings.zone()).date()
