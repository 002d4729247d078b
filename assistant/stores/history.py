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
    where type_name in ('user', 'bot', 'pause', 'note') order by seq
""")


@dataclass(frozen=True)
class Said:
    """An event of a conversation. seq: its place, from 1; kind: `user`, `bot`, `pause` or `note`; data: as stored."""

    seq: int
    kind: str
    data: dict[str, Any]


def answers_to(said: list[Said], message_id: str) -> list[Said] | None:
    """What followed the visitor's message of that id, up to the next one; None if it was never handled."""
    places = [place for place, event in enumerate(said) if event.kind == "user"]
    asked = next((place for place in places if said[place].data.get("message_id") == message_id), None)
    if asked is None:
        return None
    end = next((place for place in places if place > asked), len(said))
    return said[asked + 1:end]


class History:
    """Reads conversations of all their sessions. Raises StoreError if the database does not answer."""

    def __init__(self) -> None:
        self._engine = prepared(sa.create_engine(database_url()))

    def of(self, conversation: str) -> list[Said]:
        """What visitor and assistant said, oldest first, where the conversation was paused, and what was noted of it."""
        with reported(), self._engine.connect() as connection:
            rows = connection.execute(_SAID, {"conversation": conversation})
            return [Said(seq, kind, json.loads(data)) for seq, kind, data in rows]
