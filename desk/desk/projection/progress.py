"""How far the projection is, and that something has changed."""
from sqlalchemy.orm import Session

from desk.tables import Progress


def of(session: Session) -> Progress:
    """The one row."""
    found = session.get(Progress, 1)
    if found is None:
        found = Progress(id=1, event_id=0, changes=0, at=0, purged_at=0, erased_at=0, rewritten_at=0)
        session.add(found)
        session.flush()
    return found


def changed(session: Session) -> None:
    """Open pages look again."""
    of(session).changes = Progress.changes + 1
