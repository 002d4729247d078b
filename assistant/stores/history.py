"""What was said in a conversation, read from the tracker store's `events` table without Rasa's way round by a tracker."""
import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore

from assistant.settings import database_url
from assistant.stores.trackers import prepared, reported

_EVENTS = SQLTrackerStore.SQLEvent.__table__
_KINDS = ("user", "bot", "pause")


@dataclass(frozen=True)
class Said:
    """An event of a conversation. seq: its place among all of them, from 1; kind: `user`, `bot` or `pause`; data: as stored."""

    seq: int
    kind: str
    data: dict[str, Any]


class History:
    """Reads conversations of all their sessions. Raises StoreError if the database does not answer."""

    def __init__(self) -> None:
        self._engine = prepared(sa.create_engine(database_url()))

    def of(self, conversation: str) -> list[Said]:
        """What visitor and assistant said, oldest first, and where the conversation was paused."""
        place = sa.func.row_number().over(order_by=_EVENTS.c.id).label("seq")
        numbered = sa.select(place, _EVENTS.c.id, _EVENTS.c.type_name, _EVENTS.c.data).where(_EVENTS.c.sender_id == conversation)
        every = numbered.subquery()
        wanted = sa.select(every.c.seq, every.c.type_name, every.c.data).where(every.c.type_name.in_(_KINDS)).order_by(every.c.seq)
        with reported(), self._engine.connect() as connection:
            return [Said(seq, kind, json.loads(data)) for seq, kind, data in connection.execute(wanted)]
