"""Filters that staff save under a name, for themselves or for all."""
from typing import Optional

import sqlalchemy as sa
from sqlalchemy.orm import Session

from desk.models.inbox import Filters
from desk.tables import View

LONGEST_NAME = 60
_NOT_KEPT = "q"  # words that are searched for may be a person's name, which nobody would find there to erase it


def save(session: Session, staff_id: int, name: str, shared: bool, filters: Filters) -> Optional[View]:
    """Saves filters, in place of one's own of that name; None where there is nothing to save."""
    given = {field: value for field, value in filters.given.items() if field != _NOT_KEPT}
    name = " ".join(name.split())[:LONGEST_NAME]
    if not name or not given:
        return None
    view = session.scalar(sa.select(View).where(View.staff_id == staff_id, View.name == name)) or View(staff_id=staff_id, name=name)
    view.shared, view.filters = shared, given
    session.add(view)
    return view


def of_staff(session: Session, staff_id: int) -> list[View]:
    """One's own, and those that colleagues share."""
    return list(session.scalars(sa.select(View).where((View.staff_id == staff_id) | View.shared).order_by(View.name)))
