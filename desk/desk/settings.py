"""Settings from the environment and from clinic.yml, read where they are needed. docs/desk.md lists every name."""
import datetime
import os
import secrets
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import yaml
from cryptography.fernet import Fernet

ROOT = Path(__file__).resolve().parents[2]
_LEAST_SECRET = 32
_AUDIT_DAYS = 2190  # six years, as long as HIPAA asks records of this kind to be kept


class SettingError(Exception):
    """A setting is wrong. The message names it and the way out."""


@dataclass(frozen=True)
class QuietHours:
    """Times of day in the clinic's zone, `end` mostly on the next day. crisis: whether even a crisis waits."""

    begin: datetime.time
    end: datetime.time
    crisis: bool

    def after(self, moment: float) -> float:
        """The moment itself, or, where it falls into the quiet hours, their end."""
        now = datetime.datetime.fromtimestamp(moment, zone())
        clock, over_midnight = now.time(), self.begin > self.end
        if not ((clock >= self.begin or clock < self.end) if over_midnight else self.begin <= clock < self.end):
            return moment
        later = datetime.timedelta(days=1 if over_midnight and clock >= self.begin else 0)
        return datetime.datetime.combine(now.date() + later, self.end, zone()).timestamp()


def var() -> Path:
    """The folder of everything a running desk writes: DESK_VAR, or the assistant's `var`."""
    folder = Path(os.environ.get("DESK_VAR") or ROOT / "var")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def database_url() -> str:
    """DATABASE_URL, the assistant's own; unset: its SQLite file."""
    url = os.environ.get("DATABASE_URL", "").strip() or f"sqlite:///{var() / 'conversations.db'}"
    scheme, _, rest = url.partition(":")
    if scheme in ("postgres", "postgresql", "postgresql+psycopg2"):
        return f"postgresql+psycopg:{rest}"
    if scheme != "sqlite":
        raise SettingError(f"DATABASE_URL begins with '{scheme}:'. Use postgresql://user:password@host/name or sqlite:///file.")
    return url


def assistant_secret() -> str:
    """ASSISTANT_SECRET: with it the assistant signs the references of the intake form, and keeps the numbers that text it."""
    return _secret("ASSISTANT_SECRET", "secret")


def pseudonym_secret() -> str:
    """SMS_PSEUDONYM_KEY, or ASSISTANT_SECRET: of it and a number the assistant makes a conversation's id."""
    return os.environ.get("SMS_PSEUDONYM_KEY", "") or assistant_secret()


def number_keys() -> list[str]:
    """SMS_KEYS: what the assistant encrypts numbers with, the newest first; none where it makes a key of its secret."""
    keys = [key.strip() for key in os.environ.get("SMS_KEYS", "").split(",") if key.strip()]
    try:
        [Fernet(key) for key in keys]
    except ValueError:
        raise SettingError("SMS_KEYS must be the assistant's: Fernet keys with commas between, the newest first.") from None
    return keys


def desk_secrets() -> list[str]:
    """DESK_SECRET: encrypts personal fields. Several, by commas: the first encrypts, all decrypt, so that it can be
    changed by putting a new one before it (the last also makes fingerprints, and stays)."""
    return [value.strip() for value in _secret("DESK_SECRET", "desk-secret").split(",")]


def public_url() -> str:
    """DESK_URL: the address that staff and visitors know the desk by, for links and for the cookie's `Secure`."""
    return os.environ.get("DESK_URL", f"http://localhost:{port()}").rstrip("/")


def port() -> int:
    """DESK_PORT, or 5105."""
    return int(os.environ.get("DESK_PORT", "5105"))


def host() -> str:
    """DESK_HOST: the address that the desk listens to, or this machine's own alone."""
    return os.environ.get("DESK_HOST", "").strip() or "127.0.0.1"


def operator_address() -> tuple[str, int] | None:
    """OPERATOR_HOST and DESK_OPERATOR_PORT: where figures and health are told. None where the port is not set: nowhere."""
    value = os.environ.get("DESK_OPERATOR_PORT", "").strip()
    if value and not (value.isdigit() and 0 < int(value) < 65536):
        raise SettingError("DESK_OPERATOR_PORT must be a number from 1 to 65535, or be unset.")
    return (os.environ.get("OPERATOR_HOST", "").strip() or "127.0.0.1", int(value)) if value else None


def log_format() -> str:
    """LOG_FORMAT: `json`, or `text` where it is not set."""
    value = os.environ.get("LOG_FORMAT", "").strip() or "text"
    if value not in ("text", "json"):
        raise SettingError("LOG_FORMAT must be text or json, or be unset for text.")
    return value


def backups() -> Path:
    """BACKUP_FOLDER: where backups are kept, or `var/backups`."""
    return Path(os.environ.get("BACKUP_FOLDER") or var() / "backups")


def webhook() -> tuple[str, str] | None:
    """DESK_WEBHOOK_URL and DESK_WEBHOOK_SECRET: where notices go, and what signs them. None: to no webhook."""
    url = os.environ.get("DESK_WEBHOOK_URL", "")
    if url and len(os.environ.get("DESK_WEBHOOK_SECRET", "")) < _LEAST_SECRET:
        raise SettingError("DESK_WEBHOOK_SECRET is missing or shorter than 32 characters. Make one with: openssl rand -hex 32")
    return (url, os.environ["DESK_WEBHOOK_SECRET"]) if url else None


def mail() -> tuple[str, str] | None:
    """DESK_SMTP_URL (smtp://user:password@host:587, or smtps://) and DESK_MAIL_FROM. None: no mail."""
    url, sender = os.environ.get("DESK_SMTP_URL", ""), os.environ.get("DESK_MAIL_FROM", "")
    if url and (urlsplit(url).scheme not in ("smtp", "smtps") or not sender):
        raise SettingError("DESK_SMTP_URL must begin with smtp:// or smtps://, and DESK_MAIL_FROM be the sender's address.")
    return (url, sender) if url else None


def check() -> None:
    """Reads what may be wrong, so that it is named before anything starts. Raises SettingError."""
    for read in (database_url, assistant_secret, desk_secrets, webhook, mail, operator_address, number_keys, quiet_hours):
        read()


def quiet_hours() -> dict[str, QuietHours]:
    """When notices wait, by role or for the `webhook`: `quiet_hours` of clinic.yml. Raises SettingError."""
    try:
        return {role: QuietHours(_time(hours["from"]), _time(hours["to"]), hours.get("crisis") == "waits")
                for role, hours in (clinic().get("quiet_hours") or {}).items()}
    except (AttributeError, KeyError, TypeError, ValueError):
        example = 'admissions: {from: "20:00", to: "07:00"}'
        raise SettingError(f"clinic.yml: quiet_hours needs a line like  {example}  for each role.") from None


def is_encrypted() -> bool:
    """Whether the desk is reached by https, so that cookies may be for that alone."""
    return urlsplit(public_url()).scheme == "https"


def trusted_proxies() -> int:
    """DESK_TRUSTED_PROXIES: how many proxies of our own add to X-Forwarded-For. 0: the header is not believed."""
    return int(os.environ.get("DESK_TRUSTED_PROXIES", "0"))


@cache
def clinic() -> dict[str, Any]:
    """What is true of this clinic: clinic.yml."""
    return yaml.safe_load((ROOT / "clinic.yml").read_text("utf-8"))


def zone() -> ZoneInfo:
    """The clinic's time zone: `time_zone` of clinic.yml."""
    return ZoneInfo(clinic().get("time_zone", "America/Los_Angeles"))


def retention_days(kind: str) -> int:
    """How long `conversations`, `forms` or the `audit` are kept: `retention_days_<kind>` of clinic.yml, or, but for the audit, its
    `retention_days`."""
    return int(clinic().get(f"retention_days_{kind}", _AUDIT_DAYS if kind == "audit" else clinic()["retention_days"]))


def _time(written: str | int) -> datetime.time:
    """`20:00`, which YAML without quotes takes for a number of minutes."""
    hour, minute = divmod(written, 60) if isinstance(written, int) else map(int, written.split(":"))
    return datetime.time(hour, minute)


def _secret(name: str, file: str) -> str:
    value = os.environ.get(name, "")
    if value and min(map(len, value.split(","))) < _LEAST_SECRET:
        raise SettingError(f"{name} is shorter than {_LEAST_SECRET} characters. Make one with: openssl rand -hex 32")
    return value or _local_secret(var() / file)


def _local_secret(path: Path) -> str:
    """A secret of this machine's own, made once, so that the desk runs without any setting."""
    try:
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return path.read_text().strip()
