"""Compares what people were told with what is stored."""
import json
from collections import Counter, defaultdict
from dataclasses import dataclass

import sqlalchemy as sa

from chaos.people import Sent

_FAULTS = ("lost", "twice", "unanswered", "out_of_order", "owed", "contradicted")
_EVENTS = sa.text("select sender_id, type_name, data from events where type_name in ('user', 'bot') order by id")


@dataclass(frozen=True)
class Audit:
    """messages: sent; acknowledged: of these; stored: messages found; lost: acknowledged, not stored; twice: stored more than once;
    unanswered: stored, with no answer after it; out_of_order: conversations stored in another order than they were sent; owed:
    never acknowledged, however often they were sent again; contradicted: the same message answered differently; told: times that
    somebody heard the phone line instead; failed: times that nothing came or an error, before it was sent again."""

    messages: int
    acknowledged: int
    stored: int
    lost: int
    twice: int
    unanswered: int
    out_of_order: int
    owed: int
    contradicted: int
    told: int
    failed: int
    p95: float

    @property
    def is_clean(self) -> bool:
        return self.messages > 0 and not any(getattr(self, name) for name in _FAULTS)

    def faults(self) -> str:
        return ", ".join(f"{getattr(self, name)} {name}" for name in _FAULTS if getattr(self, name))

    def __str__(self) -> str:
        books = f"{self.lost} lost, {self.twice} twice, {self.out_of_order} out of order"
        again = f"sent again {self.told + self.failed} times; p95 {self.p95:.2f} s"
        return f"{self.acknowledged} of {self.messages} acknowledged, {books}; {again}"


def audited(database_url: str, sent: list[Sent]) -> Audit:
    """The books of all that was sent."""
    stored, answered, order = _stored(database_url)
    mine = [message for message in sent if message.id]
    acknowledged = [message for message in mine if message.answers]
    return Audit(
        len(mine), len(acknowledged), sum(stored[message.id] > 0 for message in mine),
        sum(not stored[message.id] for message in acknowledged),
        sum(stored[message.id] > 1 for message in mine),
        sum(stored[message.id] > 0 and message.id not in answered for message in mine),
        _out_of_order(mine, order), len(mine) - len(acknowledged),
        sum(len(set(message.answers)) > 1 for message in mine),
        sum(message.told for message in mine), sum(len(message.failures) for message in mine),
        percentile([message.seconds for message in acknowledged if message.seconds is not None], 95),
    )


def percentile(values: list[float], percent: int) -> float:
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, len(ranked) * percent // 100)] if ranked else 0.0


def _stored(database_url: str) -> tuple[Counter, set[str], dict[str, list[str]]]:
    """How often each message is stored, which are answered, and the order of each conversation."""
    stored: Counter = Counter()
    answered: set[str] = set()
    order: dict[str, list[str]] = defaultdict(list)
    engine = sa.create_engine(database_url)
    with engine.connect() as connection:
        for conversation, kind, data in connection.execute(_EVENTS):
            if kind == "user":
                id_ = json.loads(data).get("message_id") or ""
                stored[id_] += 1
                order[conversation].append(id_)
            elif order[conversation]:
                answered.add(order[conversation][-1])
    engine.dispose()
    return stored, answered, order


def _out_of_order(sent: list[Sent], order: dict[str, list[str]]) -> int:
    place = {id_: (conversation, number) for conversation, ids in order.items() for number, id_ in enumerate(ids)}
    by_conversation: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for message in sent:
        if message.id in place:
            by_conversation[message.conversation].append(place[message.id])
    return sum(places != sorted(places, key=lambda place: place[1]) for places in by_conversation.values())
