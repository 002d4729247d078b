"""How often something may be tried: sign-ins that fail, forms that are sent."""
import time

import sqlalchemy as sa
from sqlalchemy.orm import Session

from desk.secrecy import fingerprint
from desk.tables import Attempt


def exceeded(session: Session, who: str, number: int, seconds: int) -> bool:
    """Whether there were so many attempts in that time."""
    tried = sa.select(sa.func.count()).where(Attempt.who == fingerprint(who), Attempt.at > time.time() - seconds)
    return (session.scalar(tried) or 0) >= number


def count(session: Session, who: str) -> None:
    session.add(Attempt(who=fingerprint(who), at=time.time()))
