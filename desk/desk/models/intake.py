"""The intake form: steps that save, one form from one person, joined to the chat that sent her."""
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Optional

import sqlalchemy as sa
import yaml
from sqlalchemy.orm import Session

from desk import phones, secrecy, settings
from desk.models import audit, limits, notices
from desk.projection import progress, summary
from desk.tables import Callback, Form, Message

STEPS = ("about", "contact", "more")
FIELDS = {"about": ("whom", "what"), "contact": ("name", "phone", "time"), "more": ("insurer", "words", "consent")}
TRAP = "website"  # a field that people do not see
_CHOICES = {"whom": ("self", "other", "minor"), "what": ("alcohol", "drugs", "both", "other"),
            "time": ("morning", "afternoon", "evening", "any")}
_LONGEST = {"name": 60, "insurer": 80, "words": 1000, "phone": 40}
_LEAST_SECONDS = 3  # no person fills three pages in less
_FORMS_OF_ADDRESS, _BEGUN_OF_ADDRESS, _HOUR = 10, 60, 3600


@dataclass
class Draft:
    """A form that is being filled in, and what stands in it."""

    form: Form
    personal: dict[str, str]


@cache
def texts() -> dict[str, dict[str, Any]]:
    """Language -> the words of the form."""
    return yaml.safe_load((Path(__file__).parent.parent / "intake.yml").read_text("utf-8"))


def may_begin(session: Session, address: str) -> bool:
    """Whether that address has not begun too many forms; counts this one."""
    key = f"form begun {address}"
    if limits.exceeded(session, key, _BEGUN_OF_ADDRESS, _HOUR):
        return False
    limits.count(session, key)
    return True


def begin(session: Session, language: str, reference: str) -> tuple[str, Draft]:
    """A new form, with the token by which its browser finds it again. A reference that was not signed joins nothing."""
    token = secrecy.token()
    form = Form(token=secrecy.digest(token), begun_at=time.time(), language=language, personal=secrecy.sealed({}))
    if reference and secrecy.is_reference(reference) and not _used(session, reference):
        form.reference = reference
    session.add(form)
    session.flush()
    return token, Draft(form, {})


def draft(session: Session, token: str) -> Optional[Draft]:
    """The form of that token."""
    form = session.scalar(sa.select(Form).where(Form.token == secrecy.digest(token)))
    return Draft(form, secrecy.opened(form.personal)) if form else None


def problems(step: str, given: dict[str, str]) -> dict[str, str]:
    """Field -> the name of the text that says what is wrong with it."""
    wrong = {name: f"choose_{name}" for name in FIELDS[step] if name in _CHOICES and given.get(name) not in _CHOICES[name]}
    if step == "contact" and not given.get("name"):
        wrong["name"] = "enter_name"
    if step == "contact" and phones.read(given.get("phone", "")) is None:
        wrong["phone"] = "enter_phone"
    if step == "more" and given.get("consent") != "yes":
        wrong["consent"] = "agree"
    return wrong | {name: "too_long" for name, most in _LONGEST.items() if len(given.get(name, "")) > most}


def save(session: Session, draft_: Draft, step: str, given: dict[str, str]) -> None:
    """Keeps a step, encrypted."""
    values = {name: given[name] for name in FIELDS[step] if name in given}
    if "phone" in values:
        values["phone"] = phones.read(values["phone"]) or ""
        draft_.form.phone = secrecy.fingerprint(values["phone"])
    draft_.personal |= values
    draft_.form.personal = secrecy.sealed(draft_.personal)


def next_step(draft_: Draft) -> Optional[str]:
    """The first step that is still to be filled in."""
    return next((step for step in STEPS if problems(step, draft_.personal)), None)


def discard(session: Session, draft_: Draft) -> None:
    """Of a minor nothing is collected."""
    session.delete(draft_.form)


def send(session: Session, draft_: Draft, address: str, trap: str) -> None:
    """Hands the form to staff: once, however often it is sent. What a machine sent is dropped without a word."""
    form, now = draft_.form, time.time()
    if form.sent_at:
        return
    if trap or now - form.begun_at < _LEAST_SECONDS or limits.exceeded(session, f"form {address}", _FORMS_OF_ADDRESS, _HOUR):
        session.delete(form)
        return
    limits.count(session, f"form {address}")
    if _sent_before(session, form):
        session.delete(form)
        return
    form.sent_at, form.conversation_id = now, _conversation(session, form.reference)
    session.add(Callback(form_id=form.id, conversation_id=form.conversation_id, requested_at=now, consent="yes", phone=form.phone,
                         due_at=now + float(settings.clinic().get("callback_within_hours", 24)) * _HOUR))
    session.flush()
    summary.refresh(session, {form.conversation_id} if form.conversation_id else set())
    progress.changed(session)
    audit.note(session, None, "form received", f"form {form.id}")
    notices.tell(session, "form", f"form {form.id}", f"/forms/{form.id}", now)


def received(session: Session, number: int = 100) -> list[Form]:
    """The forms that were sent, the newest first."""
    return list(session.scalars(sa.select(Form).where(Form.sent_at.is_not(None)).order_by(Form.sent_at.desc()).limit(number)))


def _used(session: Session, reference: str) -> bool:
    """A reference joins one form: the first that was sent. One left half-way gives it up to the next."""
    other = session.scalar(sa.select(Form).where(Form.reference == reference))
    if other is not None and other.sent_at is None:
        other.reference = None
        session.flush()
        return False
    return other is not None


def _sent_before(session: Session, form: Form) -> bool:
    same = sa.select(Form.id).where(Form.phone == form.phone, Form.id != form.id, Form.sent_at > time.time() - _HOUR)
    return session.scalar(same) is not None


def _conversation(session: Session, reference: Optional[str]) -> Optional[str]:
    if reference is None:
        return None
    return session.scalar(sa.select(Message.conversation_id).where(Message.reference == reference))
