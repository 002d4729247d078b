"""An event of our own, `note`: what happened around a conversation, for staff. It changes nothing in the dialogue."""
from __future__ import annotations

from typing import Any, Dict, List, Optional

from rasa.shared.core.events import Event, SkipEventInMDStoryMixin


class Noted(SkipEventInMDStoryMixin, Event):
    """kind: what was noted, as `consent`; details: JSON. Stored like every event of Rasa's."""

    type_name = "note"

    def __init__(
        self, kind: str, details: Dict[str, Any], timestamp: Optional[float] = None, metadata: Optional[Dict[str, Any]] = None
    ) -> None:
        super().__init__(timestamp, metadata)
        self.kind, self.details = kind, details

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, Noted) and (self.kind, self.details) == (other.kind, other.details)

    def __hash__(self) -> int:
        return hash(self.kind)

    def as_dict(self) -> Dict[str, Any]:
        return {**super().as_dict(), "kind": self.kind, "details": self.details}

    @classmethod
    def _from_story_string(cls, parameters: Dict[str, Any]) -> List[Noted]:
        """How Rasa makes an event of what is stored."""
        return [cls(parameters["kind"], parameters["details"], parameters.get("timestamp"), parameters.get("metadata"))]
