"""Judging how messages were understood, and what should be changed in `data/` because of it."""
import random
import re
import time
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Optional

import sqlalchemy as sa
from sqlalchemy.orm import Session

from desk import masking, settings
from desk.tables import Conversation, Message, Review

VERDICTS = ("right", "wrong", "unclear", "missing")
_TOPIC = re.compile(r"^- intent: (\S+/\S+)\s*$", re.MULTILINE)
_SHARE = 8  # of each third of the daily sample
_DAYS = 14
_MOST = 5000  # messages it is drawn from


@dataclass(frozen=True)
class Candidate:
    """A message to judge, masked. why: what put it into the sample."""

    message: Message
    text: str
    why: str


def topics() -> dict[str, Path]:
    """Topic -> its file in `data/`."""
    return _topics(settings.ROOT / "data")


@cache
def _topics(data: Path) -> dict[str, Path]:
    """By their lines alone: to parse every file takes seconds."""
    return {topic: path for path in sorted(data.rglob("*.yml")) for topic in _TOPIC.findall(path.read_text("utf-8"))}


def sample(session: Session, today: date) -> list[Candidate]:
    """The day's messages to judge: those least surely understood, those of the gravest conversations, and as many by chance,
    which give honest figures. The same all day, but for what is judged meanwhile."""
    fresh = sa.select(Message.id, Message.confidence, Conversation.risk).join(
        Conversation, Conversation.id == Message.conversation_id).where(
        Message.author == "visitor", Message.at > time.time() - _DAYS * 86400, Message.confidence.is_not(None),
        ~sa.exists(sa.select(Review.message_id).where(Review.message_id == Message.id))).order_by(Message.id.desc()).limit(_MOST)
    rows = list(session.execute(fresh))
    chance = random.Random(today.isoformat()).sample(sorted(rows), min(_SHARE, len(rows)))
    unsure, grave = sorted(rows, key=lambda row: row.confidence), sorted(rows, key=lambda row: row.risk)
    parts = {"by chance": chance, "least sure": unsure, "risk": grave}
    chosen: dict[int, str] = {}
    for why, part in parts.items():
        chosen |= dict.fromkeys([row.id for row in part if row.id not in chosen][:_SHARE], why)
    return _candidates(session, chosen)


def judge(
    session: Session, message: Message, staff_id: int, verdict: str, right_topic: Optional[str], example: Optional[str]
) -> None:
    """Keeps a judgement, in place of an earlier one. A wrong one with its right topic becomes a proposed change."""
    names = masking.names(session, [message.conversation_id])[message.conversation_id]
    text = masking.masked(" ".join((example or message.text).split()), names)
    session.merge(Review(
        message_id=message.id, conversation_id=message.conversation_id, staff_id=staff_id, at=time.time(), verdict=verdict,
        right_topic=right_topic if verdict == "wrong" else None, example=text if verdict in ("wrong", "missing") else None))


def proposed(session: Session) -> list[tuple[Review, Message]]:
    """Judgements that call for a change, the newest first."""
    rows = sa.select(Review, Message).join(Message, Message.id == Review.message_id).where(Review.verdict.in_(("wrong", "missing")))
    return [(review, message) for review, message in session.execute(rows.order_by(Review.at.desc()))]


def confusions(session: Session) -> list[tuple[str, Optional[str], int]]:
    """What was taken for what, and how often: the most frequent first."""
    number = sa.func.count()
    rows = sa.select(Message.topic, Review.right_topic, number).join(Message, Message.id == Review.message_id).where(
        Review.verdict == "wrong").group_by(Message.topic, Review.right_topic).order_by(number.desc())
    return [(topic or "", right, count) for topic, right, count in session.execute(rows)]


def of_conversation(session: Session, conversation_id: str) -> dict[int, Review]:
    """Message -> its judgement."""
    rows = session.scalars(sa.select(Review).where(Review.conversation_id == conversation_id))
    return {review.message_id: review for review in rows}


def _candidates(session: Session, chosen: dict[int, str]) -> list[Candidate]:
    messages = {message.id: message for message in session.scalars(sa.select(Message).where(Message.id.in_(chosen)))}
    names = masking.names(session, {message.conversation_id for message in messages.values()})
    return [Candidate(messages[id_], masking.masked(messages[id_].text, names[messages[id_].conversation_id]), why)
            for id_, why in chosen.items()]
