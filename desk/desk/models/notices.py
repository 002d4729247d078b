"""Telling staff of what cannot wait, by mail and by a signed webhook: a queue in the database that survives restarts. What comes
in somebody's quiet hours is sent at their end."""
import hashlib
import hmac
import json
import logging
import smtplib
import ssl
import time
from collections.abc import Callable
from email.message import EmailMessage
from typing import Optional
from urllib.parse import unquote, urlsplit
from urllib.request import Request, urlopen

import sqlalchemy as sa
from sqlalchemy.orm import Session

from desk import database, settings
from desk.models.accounts import ROLES
from desk.tables import Notice, Staff

logger = logging.getLogger(__name__)
WORDS = {
    "crisis": "A new crisis", "crisis_not_delivered": "A crisis answer did not reach the phone",
    "callback": "Somebody asks for a call", "form": "A new intake form", "overdue": "A call is overdue",
    "mention": "A colleague mentions you in a note",
}
URGENT = ("crisis", "crisis_not_delivered")
"""What goes through quiet hours, unless they are set otherwise."""
_HOUR, _DAY = 3600, 86400
_PATIENCE_SECONDS = 10
_MINE_SECONDS = 120  # until another desk may send what this one took and did not get done
_ROLES = ROLES[1:]  # who acts
_WEBHOOK, _MAIL = "webhook", "mail"


def tell(session: Session, kind: str, subject: str, path: str, happened: float) -> None:
    """Queues a notice for all who act, once. What is older than a day is no news: a rebuild tells nobody anything."""
    if time.time() - happened < _DAY:
        webhook = [(_WEBHOOK, 0, _WEBHOOK)] if settings.webhook() else []
        acting = sa.select(Staff.id, Staff.role).where(~Staff.disabled, Staff.role.in_(_ROLES))
        mails = [(_MAIL, id_, role) for id_, role in session.execute(acting)] if settings.mail() else []
        _queue(session, kind, subject, path, happened, [*webhook, *mails])


def tell_one(session: Session, kind: str, subject: str, path: str, staff: Staff) -> None:
    """Queues a notice for one of the staff."""
    if settings.mail():
        _queue(session, kind, subject, path, time.time(), [(_MAIL, staff.id, staff.role)])


def deliver(engine: sa.Engine) -> int:
    """Tries every notice that is due; the number of those that went out."""
    with database.reading(engine) as session:
        due = list(session.scalars(sa.select(Notice).where(Notice.next_at <= time.time()).order_by(Notice.at)))
        staff = {each.id: each for each in session.scalars(sa.select(Staff).where(~Staff.disabled))}
    return sum(_try(engine, notice, staff.get(notice.staff_id)) for notice in due)


def _queue(session: Session, kind: str, subject: str, path: str, at: float, to: list[tuple[str, int, str]]) -> None:
    """to: by which way, to whom, and as whose role, whose quiet hours count."""
    row = {"kind": kind, "subject": subject, "path": path, "at": at}
    rows = [{**row, "way": way, "staff_id": id_, "next_at": _not_in_quiet_hours(kind, role, time.time())} for way, id_, role in to]
    database.upsert(session, Notice, rows, [], "kind,subject,way,staff_id")


def _not_in_quiet_hours(kind: str, role: str, moment: float) -> float:
    """That moment, or the end of the quiet hours that it falls into."""
    quiet = settings.quiet_hours().get(role)
    return moment if quiet is None or (kind in URGENT and not quiet.crisis) else quiet.after(moment)


def _try(engine: sa.Engine, notice: Notice, staff: Optional[Staff]) -> bool:
    """Sends a notice; one that fails is tried again, less and less often, for a day. No two desks send the same one, and who has
    no access any more gets none."""
    key = [column == getattr(notice, column.key) for column in (Notice.kind, Notice.subject, Notice.way, Notice.staff_id)]
    with database.transaction(engine) as session:
        mine = sa.update(Notice).where(*key, Notice.next_at == notice.next_at).values(next_at=time.time() + _MINE_SECONDS)
        if not session.execute(mine).rowcount:  # type: ignore[attr-defined]
            return False
    sent = False
    try:
        if staff or notice.way == _WEBHOOK:
            _SEND[notice.way](notice, staff)
            sent = True
    except (OSError, smtplib.SMTPException) as error:
        logger.warning("A notice could not be sent by %s (%s).", notice.way, type(error).__name__)
    over = sent or time.time() - notice.at > _DAY or not (staff or notice.way == _WEBHOOK)
    later = time.time() + min(_HOUR, 2 ** notice.tries * 5)
    again = None if over else _not_in_quiet_hours(notice.kind, staff.role if staff else _WEBHOOK, later)
    with database.transaction(engine) as session:
        session.execute(sa.update(Notice).where(*key).values(next_at=again, tries=notice.tries + 1))
    return sent


def _by_webhook(notice: Notice, _staff: Optional[Staff]) -> None:
    """The body is what Slack understands; the signature is over the time and the body."""
    url, secret = settings.webhook() or ("", "")
    body = json.dumps({"text": f"{WORDS[notice.kind]}: {_link(notice)}", "kind": notice.kind}).encode()
    moment = str(int(time.time()))
    signature = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Desk-Time": moment, "X-Desk-Signature": signature}
    urlopen(Request(url, body, headers, method="POST"), timeout=_PATIENCE_SECONDS).close()


def _by_mail(notice: Notice, staff: Optional[Staff]) -> None:
    assert staff
    url, sender = settings.mail() or ("", "")
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = WORDS[notice.kind], sender, staff.email
    message.set_content(f"{WORDS[notice.kind]}.\n\n{_link(notice)}\n")
    parts = urlsplit(url)
    server = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
    with server(parts.hostname or "", parts.port or 0, timeout=_PATIENCE_SECONDS) as connection:
        if parts.scheme == "smtp" and connection.has_extn("starttls"):
            connection.starttls(context=ssl.create_default_context())
        if parts.username:
            connection.login(unquote(parts.username), unquote(parts.password or ""))
        connection.send_message(message)


def _link(notice: Notice) -> str:
    return settings.public_url() + notice.path


_SEND: dict[str, Callable[[Notice, Optional[Staff]], None]] = {_WEBHOOK: _by_webhook, _MAIL: _by_mail}
