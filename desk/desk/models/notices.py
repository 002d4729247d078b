"""Telling staff of what cannot wait, by mail and by a signed webhook: a queue in the database that survives restarts."""
import hashlib
import hmac
import json
import logging
import smtplib
import ssl
import time
from collections.abc import Callable
from email.message import EmailMessage
from urllib.parse import unquote, urlsplit
from urllib.request import Request, urlopen

import sqlalchemy as sa
from sqlalchemy.orm import Session

from desk import database, settings
from desk.models.accounts import ROLES
from desk.tables import Notice, Staff

logger = logging.getLogger(__name__)
WORDS = {
    "crisis": "A new crisis", "callback": "Somebody asks for a call", "form": "A new intake form", "overdue": "A call is overdue",
}
_HOUR, _DAY = 3600, 86400
_PATIENCE_SECONDS = 10
_MINE_SECONDS = 120  # until another desk may send what this one took and did not get done
_ROLES = ROLES[1:]  # who acts


def tell(session: Session, kind: str, subject: str, path: str, happened: float) -> None:
    """Queues a notice, once. What is older than a day is no news: a rebuild tells nobody anything."""
    if time.time() - happened < _DAY:
        row = {"kind": kind, "subject": subject, "path": path, "at": happened, "next_at": time.time()}
        database.upsert(session, Notice, [{**row, "way": way} for way in _ways()], [], "kind,subject,way")


def deliver(engine: sa.Engine) -> int:
    """Tries every notice that is due; the number of those that went out."""
    with database.reading(engine) as session:
        due = list(session.scalars(sa.select(Notice).where(Notice.next_at <= time.time()).order_by(Notice.at)))
        recipients = list(session.scalars(sa.select(Staff.email).where(~Staff.disabled, Staff.role.in_(_ROLES))))
    return sum(_try(engine, notice, recipients) for notice in due)


def _ways() -> list[str]:
    return [way for way, setting in (("webhook", settings.webhook()), ("mail", settings.mail())) if setting]


def _try(engine: sa.Engine, notice: Notice, recipients: list[str]) -> bool:
    """Sends a notice; one that fails is tried again, less and less often, for a day. No two desks send the same one."""
    key = (Notice.kind == notice.kind, Notice.subject == notice.subject, Notice.way == notice.way)
    with database.transaction(engine) as session:
        mine = sa.update(Notice).where(*key, Notice.next_at == notice.next_at).values(next_at=time.time() + _MINE_SECONDS)
        if not session.execute(mine).rowcount:  # type: ignore[attr-defined]
            return False
    sent = False
    try:
        _SEND[notice.way](notice, recipients)
        sent = True
    except (OSError, smtplib.SMTPException) as error:
        logger.warning("A notice could not be sent by %s (%s).", notice.way, type(error).__name__)
    again = None if sent or time.time() - notice.at > _DAY else time.time() + min(_HOUR, 2 ** notice.tries * 5)
    with database.transaction(engine) as session:
        session.execute(sa.update(Notice).where(*key).values(next_at=again, tries=notice.tries + 1))
    return sent


def _by_webhook(notice: Notice, _recipients: list[str]) -> None:
    """The body is what Slack understands; the signature is over the time and the body."""
    url, secret = settings.webhook() or ("", "")
    body = json.dumps({"text": f"{WORDS[notice.kind]}: {_link(notice)}", "kind": notice.kind}).encode()
    moment = str(int(time.time()))
    signature = hmac.new(secret.encode(), moment.encode() + b"." + body, hashlib.sha256).hexdigest()
    headers = {"Content-Type": "application/json", "X-Desk-Time": moment, "X-Desk-Signature": signature}
    urlopen(Request(url, body, headers, method="POST"), timeout=_PATIENCE_SECONDS).close()


def _by_mail(notice: Notice, recipients: list[str]) -> None:
    if not recipients:
        return
    url, sender = settings.mail() or ("", "")
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = WORDS[notice.kind], sender, sender
    message.set_content(f"{WORDS[notice.kind]}.\n\n{_link(notice)}\n")
    parts = urlsplit(url)
    server = smtplib.SMTP_SSL if parts.scheme == "smtps" else smtplib.SMTP
    with server(parts.hostname or "", parts.port or 0, timeout=_PATIENCE_SECONDS) as connection:
        if parts.scheme == "smtp" and connection.has_extn("starttls"):
            connection.starttls(context=ssl.create_default_context())
        if parts.username:
            connection.login(unquote(parts.username), unquote(parts.password or ""))
        connection.send_message(message, to_addrs=recipients)


def _link(notice: Notice) -> str:
    return settings.public_url() + notice.path


_SEND: dict[str, Callable[[Notice, list[str]], None]] = {"webhook": _by_webhook, "mail": _by_mail}
