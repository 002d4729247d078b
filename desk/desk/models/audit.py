"""Who did what, when and why: rows that are only added, each with a keyed hash over itself and the one before."""
import json
import time
from typing import Optional

import sqlalchemy as sa
from sqlalchemy.orm import Session

from desk import database
from desk.secrecy import fingerprint
from desk.tables import Audit

_BATCH = 1000


def note(session: Session, staff_id: Optional[int], action: str, subject: str = "", reason: str = "") -> None:
    """Adds a row."""
    database.one_at_a_time(session, database.AUDIT)  # or the chain would fork
    before = session.scalar(sa.select(Audit.hash).order_by(Audit.id.desc()).limit(1)) or ""
    row = Audit(at=time.time(), staff_id=staff_id, action=action, subject=subject, reason=reason, hash="")
    row.hash = _hash(before, row)
    session.add(row)
    session.flush()


def first_broken(session: Session) -> Optional[int]:
    """The id of the first row that was changed, or follows one that was taken out; None where the chain holds."""
    before = ""
    for row in session.scalars(sa.select(Audit).order_by(Audit.id).execution_options(yield_per=_BATCH)):
        if row.hash != _hash(before, row):
            return row.id
        before = row.hash
    return None


def latest(session: Session, before: Optional[int] = None, number: int = 100) -> list[Audit]:
    """Rows, the newest first, before the row of that id."""
    rows = sa.select(Audit).order_by(Audit.id.desc()).limit(number)
    return list(session.scalars(rows.where(Audit.id < before) if before else rows))


def _hash(before: str, row: Audit) -> str:
    return fingerprint(json.dumps([before, row.at, row.staff_id, row.action, row.subject, row.reason]))
