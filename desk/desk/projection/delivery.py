"""Whether answers by text message reached the visitor, and what staff must see of it."""
from typing import Any, Optional

import sqlalchemy as sa
from sqlalchemy.orm import Session

from desk.tables import Message, Noted, Signal

_OPTED_OUT = "21610"  # Twilio's code: the carrier keeps our texts from somebody who wrote STOP


def flags(session: Session, noted: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The signals of answers that did not arrive. Who wrote STOP misses none but the answer to a cry for help."""
    missed = [row for row in noted if row["kind"] == "delivery" and row["details"]["status"] != "delivered"]
    found = []
    for row in missed:
        crisis = _was_crisis(session, row)
        if crisis or row["details"].get("code") != _OPTED_OUT:
            kind = "crisis_not_delivered" if crisis else "not_delivered"
            found.append({**{name: row[name] for name in ("id", "conversation_id", "at")}, "kind": kind, "by": "",
                          "detail": reason(row["details"])})
    return found


def reason(details: dict[str, Any]) -> str:
    """Why an answer did not arrive, in words."""
    given_up = "given up: " if details["status"] == "not sent" else ""
    return given_up + (details.get("reason") or details["status"])


def in_words(noted: Noted) -> str:
    """A note, as staff read it."""
    details = noted.details
    if noted.kind == "delivery":
        text = f"Text {int(details['place']) + 1} of the answer" if details.get("place", "").isdigit() else "The answer"
        return f"{text}: delivered" if details["status"] == "delivered" else f"{text} was not delivered: {reason(details)}"
    if noted.kind == "consent":
        given = details.get("status", "")
        status = {"given": "Consent to texts given", "stopped": "No more texts wanted", "resumed": "Texts wanted again"}
        return f"{status.get(given, given)} ({details.get('way') or 'text message'})"
    return details.get("why") or noted.kind


def _was_crisis(session: Session, row: dict[str, Any]) -> bool:
    """Whether the message that was answered was a cry for help: its flag stands before the next message."""
    asked = _visitors(row).where(Message.message_id == row["message_id"])
    begin: Optional[int] = session.scalar(asked)
    if begin is None:
        return False
    end = session.scalar(_visitors(row).where(Message.id > begin)) or row["id"]
    crisis = sa.select(Signal.id).where(Signal.conversation_id == row["conversation_id"], Signal.kind == "crisis",
                                        Signal.id > begin, Signal.id < end)
    return session.scalar(crisis.limit(1)) is not None


def _visitors(row: dict[str, Any]) -> Any:
    visitors = sa.select(sa.func.min(Message.id)).where(Message.conversation_id == row["conversation_id"])
    return visitors.where(Message.author == "visitor")
