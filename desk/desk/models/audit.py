"""Who did what, when and why: rows that are only added, each with a keyed hash over itself and the one before.

What staff gave as a reason may name a person: it goes when she is erased, and the chain still holds, since it covers the reason's
digest. Old rows go after their time; a row says where the chain begins since then.
"""
import json
import time
from collections.abc import Iterable
from typing import Optional

import sqlalchemy as sa
from sqlalchemy.orm import Session

from desk import database
from desk.secrecy import fingerprint
from desk.tables import Audit

ERASED, SHORTENED = "erased", "audit shortened"
_BATCH = 1000


def note(session: Session, staff_id: Optional[int], action: str, subject: str = "", reason: str = "") -> None:
    """Adds a row."""
    database.one_at_a_time(session, database.AUDIT)  # or the chain would fork
    before = session.scalar(sa.select(Audit.hash).order_by(Audit.id.desc()).limit(1)) or ""
    row = Audit(at=time.time(), staff_id=staff_id, action=action, subject=subject, reason=reason, hash="")
    row.digest = fingerprint(reason)
    row.hash = _hash(before, row)
    session.add(row)
    session.flush()


def forget(session: Session, subjects: list[str]) -> None:
    """Deletes the reasons that were given for anything done to these, which are erased."""
    mine = sa.update(Audit).where(Audit.subject.in_(subjects), Audit.digest != "", Audit.action != ERASED)
    session.execute(mine.values(reason="").execution_options(synchronize_session=False))


def shorten(session: Session, before: float) -> int:
    """Deletes the rows from before that time; how many there were."""
    last = session.scalar(sa.select(Audit).where(Audit.at < before).order_by(Audit.id.desc()).limit(1))
    if last is None:
        return 0
    note(session, None, SHORTENED, reason=last.hash)
    return session.execute(sa.delete(Audit).where(Audit.id <= last.id)).rowcount  # type: ignore[attr-defined,no-any-return]


def first_broken(session: Session) -> Optional[int]:
    """The id of the first row that was changed, or follows one that was taken out; None where the chain holds."""
    erased = set(session.scalars(sa.select(Audit.subject).where(Audit.action == ERASED)))
    begin = sa.select(Audit.reason).where(Audit.action == SHORTENED).order_by(Audit.id.desc()).limit(1)
    before = session.scalar(begin) or ""
    for row in session.scalars(sa.select(Audit).order_by(Audit.id).execution_options(yield_per=_BATCH)):
        if row.hash != _hash(before, row) or not _is_reason(row, erased):
            return row.id
        before = row.hash
    return None


def last(session: Session) -> tuple[int, str]:
    """How many rows there are, and the hash of the last: kept elsewhere, it shows whether the newest rows were taken out."""
    newest = sa.select(Audit.hash).order_by(Audit.id.desc()).limit(1)
    return session.scalar(sa.select(sa.func.count()).select_from(Audit)) or 0, session.scalar(newest) or ""


def latest(session: Session, before: int = 0, subject: str = "", number: int = 100) -> list[Audit]:
    """Rows, the newest first, before the row of that id if one is given, of one subject or of all."""
    rows = sa.select(Audit).order_by(Audit.id.desc()).limit(number)
    if subject:
        rows = rows.where(Audit.subject == subject)
    return list(session.scalars(rows.where(Audit.id < before) if before else rows))


def known(session: Session, subjects: Iterable[str]) -> set[str]:
    """Those of them that there is a row on."""
    return set(session.scalars(sa.select(Audit.subject).where(Audit.subject.in_(list(subjects))).distinct()))


def of(session: Session, subjects: Iterable[str]) -> list[Audit]:
    """Every row on these, the oldest first."""
    return list(session.scalars(sa.select(Audit).where(Audit.subject.in_(list(subjects))).order_by(Audit.id)))


def _is_reason(row: Audit, erased: set[str]) -> bool:
    """Whether the reason is the one that was given, or was forgotten with its subject."""
    return not row.digest or fingerprint(row.reason) == row.digest or (not row.reason and row.subject in erased)


def _hash(before: str, row: Audit) -> str:
    return fingerprint(json.dumps([before, row.at, row.staff_id, row.action, row.subject, row.digest or row.reason]))
