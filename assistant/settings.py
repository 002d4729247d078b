"""Settings from the environment, checked where they are read. docs/settings in README: every name is listed there."""
import os
from pathlib import Path
from urllib.parse import urlsplit

from assistant.clinic import ROOT

VAR = ROOT / "var"  # everything a running assistant writes


class SettingError(Exception):
    """An environment variable is wrong. The message names it and the way out."""


def database_url() -> str:
    """DATABASE_URL (PostgreSQL or SQLite), or the SQLite file var/conversations.db."""
    url = os.environ.get("DATABASE_URL", "").strip()
    if not url:
        VAR.mkdir(exist_ok=True)
        return f"sqlite:///{VAR / 'conversations.db'}"
    scheme = urlsplit(url).scheme
    if scheme in ("postgres", "postgresql"):  # SQLAlchemy 1.4 knows the second name only
        return "postgresql" + url[len(scheme):]
    if scheme in ("postgresql+psycopg2", "sqlite"):
        return url
    raise SettingError(
        f"DATABASE_URL begins with '{scheme}:'. Use postgresql://user:password@host/name or sqlite:///file, "
        "or unset it for the SQLite file."
    )


def redis_url() -> str | None:
    """REDIS_URL, or None for locks in this process's memory."""
    url = os.environ.get("REDIS_URL", "").strip()
    if url and urlsplit(url).scheme not in ("redis", "rediss", "unix"):
        raise SettingError("REDIS_URL must begin with redis://, rediss:// or unix://, or be unset for locks in memory.")
    return url or None


def trusted_proxies() -> int | None:
    """TRUSTED_PROXIES: how many proxies of ours add to X-Forwarded-For. None where it is not set: credentials.yml decides."""
    return _number("TRUSTED_PROXIES", 0, 9)


def operator_address() -> tuple[str, int] | None:
    """OPERATOR_HOST and OPERATOR_PORT: where figures and health are told. None where the port is not set: nowhere."""
    port = _number("OPERATOR_PORT", 1, 65535)
    return None if port is None else (os.environ.get("OPERATOR_HOST", "").strip() or "127.0.0.1", port)


def log_format() -> str:
    """LOG_FORMAT: `json`, or `text` where it is not set."""
    value = os.environ.get("LOG_FORMAT", "").strip() or "text"
    if value not in ("text", "json"):
        raise SettingError("LOG_FORMAT must be text or json, or be unset for text.")
    return value


def _number(name: str, least: int, most: int) -> int | None:
    value = os.environ.get(name, "").strip()
    if value and not (value.isascii() and value.isdigit() and least <= int(value) <= most):
        raise SettingError(f"{name} must be a whole number from {least} to {most}, or be unset.")
    return int(value) if value else None


def secret() -> str:
    """ASSISTANT_SECRET: signs conversation tokens and intake references. `make run` makes one in var/secret if unset."""
    value = os.environ.get("ASSISTANT_SECRET", "")
    if len(value) >= 32:
        return value
    if value:
        raise SettingError("ASSISTANT_SECRET is shorter than 32 characters. Make one with: openssl rand -hex 32")
    return _local_secret(VAR / "secret")


def _local_secret(path: Path) -> str:
    """A secret of this machine's own, made once, so that stock commands run without any setting."""
    import secrets

    path.parent.mkdir(exist_ok=True)
    try:
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return path.read_text().strip()
