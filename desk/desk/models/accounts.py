"""Accounts of staff: made by one-time links, opened by a password and a second factor."""
import re
import secrets
import time
from dataclasses import dataclass
from typing import Optional

import pyotp
import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error
from sqlalchemy.orm import Session

from desk import secrecy
from desk.models import audit, limits
from desk.tables import Link, SignedIn, Staff

ROLES = ("reader", "admissions", "supervisor", "admin")
LEAST_PASSWORD = 12
_HOUR = 3600
_IDLE, _ABSOLUTE, _LINK = _HOUR // 2, 12 * _HOUR, 48 * _HOUR
_TOUCH = 60  # seconds a session's last use may be out of date
_FAILURES, _FAILURES_OF_ADDRESS, _WINDOW = 5, 30, _HOUR // 4
_RECOVERY_CODES = 8
_STEP = 30  # seconds of a TOTP code
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
WRONG_PASSWORD = "This is not your password, or there were too many attempts."
_hasher = PasswordHasher()
_NOBODY = _hasher.hash(secrets.token_hex())  # verified for unknown addresses, so that they take as long


@dataclass(frozen=True)
class Visit:
    """Who makes a request: the account and the session, which is `complete` once the second factor was given."""

    staff: Staff
    session: SignedIn

    def may(self, role: str) -> bool:
        return self.session.complete and ROLES.index(self.staff.role) >= ROLES.index(role)


def link(session: Session, role: str, staff_id: Optional[int] = None) -> str:
    """The token of a new one-time link: for an account of that role, or a new password of that account."""
    made = secrecy.token()
    session.add(Link(digest=secrecy.digest(made), role=role, staff_id=staff_id, expires_at=time.time() + _LINK))
    return made


def first_link(session: Session) -> Optional[str]:
    """The token of the link that makes the first account; None where there is one. It replaces those printed before."""
    if session.scalar(sa.select(sa.func.count()).select_from(Staff)):
        return None
    session.execute(sa.delete(Link))
    return link(session, "admin")


def open_link(session: Session, token: str) -> Optional[Link]:
    """The link of that token, if it can still be used."""
    found = session.get(Link, secrecy.digest(token))
    return found if found and found.expires_at > time.time() else None


def problems(session: Session, used: Link, name: str, email: str, password: str) -> dict[str, str]:
    """What is wrong with the details of an account, by field."""
    found = {}
    if used.staff_id is None:
        if not name.strip():
            found["name"] = "Enter your name."
        if not _EMAIL.fullmatch(email.strip()):
            found["email"] = "Enter an e-mail address, like name@example.org."
        elif _by_email(session, email):
            found["email"] = "This address has an account already. Ask for a link to set its password anew."
    if problem := _password_problem(email, password):
        found["password"] = problem
    return found


def accept(session: Session, used: Link, name: str, email: str, password: str) -> Staff:
    """Makes the account, or sets its password anew, which ends its sessions."""
    if used.staff_id is None:
        staff = Staff(name=name.strip(), email=email.strip().lower(), role=used.role, created_at=time.time(), password="")
        session.add(staff)
    else:
        staff = session.get_one(Staff, used.staff_id)
        sign_out_everywhere(session, staff)
    staff.password = _hasher.hash(password)
    session.delete(used)
    session.flush()
    audit.note(session, staff.id, "account made" if used.staff_id is None else "password set", f"staff {staff.id}")
    return staff


def change_password(session: Session, visit_: Visit, current: str, password: str) -> dict[str, str]:
    """Sets one's own password anew, which ends one's other sessions. What is wrong, by field."""
    staff = visit_.staff
    if not _knows_password(session, staff, current):
        return {"current": WRONG_PASSWORD}
    if problem := _password_problem(staff.email, password):
        return {"password": problem}
    staff.password = _hasher.hash(password)
    sign_out_others(session, visit_)
    audit.note(session, staff.id, "password set", f"staff {staff.id}")
    return {}


def new_recovery_codes(session: Session, visit_: Visit, current: str) -> Optional[list[str]]:
    """Recovery codes in place of the old ones; None where the password is wrong."""
    if not visit_.staff.totp_confirmed or not _knows_password(session, visit_.staff, current):
        return None
    audit.note(session, visit_.staff.id, "recovery codes made", f"staff {visit_.staff.id}")
    return _make_codes(visit_.staff)


def replace_totp(session: Session, visit_: Visit, current: str) -> bool:
    """Forgets one's second factor, so that a new one is set at the next sign-in; whether the password was right."""
    if not _knows_password(session, visit_.staff, current):
        return False
    audit.note(session, visit_.staff.id, "second factor forgotten", f"staff {visit_.staff.id}")
    forget_totp(session, visit_.staff)
    return True


def authenticate(session: Session, email: str, password: str, address: str) -> Optional[Staff]:
    """The account of that address and password. None tells nothing of which of them was wrong, or that there were too many."""
    keys = {f"sign-in {email.strip().lower()}": _FAILURES, f"address {address}": _FAILURES_OF_ADDRESS}
    staff = _by_email(session, email)
    right = _verified(staff.password if staff else _NOBODY, password)
    refused = any(limits.exceeded(session, key, number, _WINDOW) for key, number in keys.items())
    if refused or not right or staff is None or staff.disabled:
        for key in keys:
            limits.count(session, key)
        audit.note(session, staff.id if staff else None, "sign-in failed", reason="too many" if refused else "")
        return None
    if _hasher.check_needs_rehash(staff.password):
        staff.password = _hasher.hash(password)
    return staff


def begin(session: Session, staff: Staff) -> str:
    """A new session's token. It is complete at once only in the first hour of an account that never had a second factor."""
    made, now = secrecy.token(), time.time()
    complete = not staff.totp_last and now - staff.created_at < _HOUR
    session.add(SignedIn(digest=secrecy.digest(made), staff_id=staff.id, csrf=secrecy.token(), complete=complete,
                         begun_at=now, seen_at=now))
    if complete:
        audit.note(session, staff.id, "signed in")
    return made


def visit(session: Session, token: str) -> Optional[Visit]:
    """Who holds that session token, if the session has not ended."""
    found, now = session.get(SignedIn, secrecy.digest(token)), time.time()
    if not found or now - found.seen_at > _IDLE or now - found.begun_at > _ABSOLUTE:
        return None
    staff = session.get_one(Staff, found.staff_id)
    return None if staff.disabled else Visit(staff, found)


def is_stale(visit_: Visit) -> bool:
    """Whether the time of the session's last use should be written down anew."""
    return time.time() - visit_.session.seen_at > _TOUCH


def touch(session: Session, visit_: Visit) -> None:
    """Writes down that the session is used."""
    session.execute(sa.update(SignedIn).where(SignedIn.digest == visit_.session.digest).values(seen_at=time.time()))


def sign_out(session: Session, signed_in: SignedIn) -> None:
    session.execute(sa.delete(SignedIn).where(SignedIn.digest == signed_in.digest))


def sign_out_everywhere(session: Session, staff: Staff) -> None:
    session.execute(sa.delete(SignedIn).where(SignedIn.staff_id == staff.id))


def sign_out_others(session: Session, visit_: Visit) -> None:
    """Ends one's sessions in other browsers."""
    mine = SignedIn.digest != visit_.session.digest
    session.execute(sa.delete(SignedIn).where(SignedIn.staff_id == visit_.staff.id, mine))


def sessions(session: Session, staff: Staff) -> list[SignedIn]:
    """The sessions that have not ended, the one used last first."""
    now = time.time()
    live = (SignedIn.seen_at > now - _IDLE, SignedIn.begun_at > now - _ABSOLUTE)
    mine = sa.select(SignedIn).where(SignedIn.staff_id == staff.id, *live)
    return list(session.scalars(mine.order_by(SignedIn.seen_at.desc())))


def totp_address(session: Session, staff: Staff, clinic: str) -> str:
    """What an authenticator app is given; a secret is made if there is none."""
    if staff.totp is None:
        staff.totp = secrecy.sealed(pyotp.random_base32())
    return _totp(staff).provisioning_uri(name=staff.email, issuer_name=f"{clinic} desk")


def totp_secret(staff: Staff) -> str:
    return secrecy.opened(staff.totp or "")


def confirm_totp(session: Session, staff: Staff, code: str) -> Optional[list[str]]:
    """Turns the second factor on, if the app's code is right; the recovery codes, which are shown once."""
    if staff.totp is None or not _is_code(session, staff, code):
        return None
    staff.totp_confirmed = True
    audit.note(session, staff.id, "second factor set", f"staff {staff.id}")
    return _make_codes(staff)


def complete(session: Session, visit_: Visit, code: str) -> bool:
    """Completes the session by a code of the app or a recovery code, each of which works once."""
    staff, used = visit_.staff, secrecy.fingerprint(re.sub(r"[\s-]", "", code.lower()))
    if limits.exceeded(session, f"code {staff.id}", _FAILURES, _WINDOW):
        return False
    if used in staff.recovery:
        staff.recovery = [kept for kept in staff.recovery if kept != used]
    elif not _is_code(session, staff, code):
        return False
    visit_.session.complete = True
    audit.note(session, staff.id, "signed in")
    return True


def forget_totp(session: Session, staff: Staff) -> None:
    """For somebody who lost the device: the next sign-in sets a new one."""
    staff.totp, staff.totp_confirmed, staff.recovery = None, False, []
    sign_out_everywhere(session, staff)


def everyone(session: Session) -> list[Staff]:
    return list(session.scalars(sa.select(Staff).order_by(Staff.disabled, Staff.name)))


def names(session: Session) -> dict[int, str]:
    """Id -> name of all staff."""
    return {id_: name for id_, name in session.execute(sa.select(Staff.id, Staff.name))}


def _make_codes(staff: Staff) -> list[str]:
    codes = [secrets.token_hex(5) for _ in range(_RECOVERY_CODES)]
    staff.recovery = [secrecy.fingerprint(code) for code in codes]
    return codes


def _password_problem(email: str, password: str) -> str:
    """What is wrong with a password; empty where nothing is."""
    if len(password) < LEAST_PASSWORD:
        return f"Use {LEAST_PASSWORD} characters or more. Several words are easy to remember."
    easy = len(set(password)) < LEAST_PASSWORD // 2 or (email.strip() and email.split("@")[0].lower() in password.lower())
    return "This password is easy to guess. Choose another." if easy else ""


def _knows_password(session: Session, staff: Staff, password: str) -> bool:
    """Whether who is signed in knows the password; guesses are limited in number."""
    key = f"password {staff.id}"
    if limits.exceeded(session, key, _FAILURES, _WINDOW):
        return False
    if _verified(staff.password, password):
        return True
    limits.count(session, key)
    return False


def _is_code(session: Session, staff: Staff, code: str) -> bool:
    """Whether the app shows this code now, or did a moment ago, and it was not used yet."""
    step, digits = int(time.time()) // _STEP, re.sub(r"[^0-9]", "", code)
    for candidate in (step, step - 1, step + 1):
        if candidate > staff.totp_last and secrets.compare_digest(_totp(staff).at(candidate * _STEP), digits):
            staff.totp_last = candidate
            return True
    limits.count(session, f"code {staff.id}")
    return False


def _totp(staff: Staff) -> pyotp.TOTP:
    return pyotp.TOTP(totp_secret(staff))


def _verified(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except Argon2Error:
        return False


def _by_email(session: Session, email: str) -> Optional[Staff]:
    return session.scalar(sa.select(Staff).where(Staff.email == email.strip().lower()))
