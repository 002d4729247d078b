"""What was said in a conversation, read from the tracker store's `events` table without Rasa's way round by a tracker."""
import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from assistant.settings import database_url
from assistant.stores.trackers import prepared, reported

_SAID = sa.text("""
    select seq, type_name, data from
        (select row_number() over (order by id) as seq, type_name, data from events where sender_id = :conversation) as every_event
    where type_name in ('user', 'bot', 'pause') order by seq
""")


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
        with reported(), self._engine.connect() as connection:
            rows = connection.execute(_SAID, {"conversation": conversation})
            return [Said(seq, kind, json.loads(data)) for seq, kind, data in rows]
