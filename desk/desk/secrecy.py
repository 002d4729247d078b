"""Encryption of personal fields, keyed hashes to find them by, and the signature of the intake form's references."""
import base64
import hashlib
import hmac
import json
import secrets
from functools import cache
from typing import Any

from cryptography.fernet import Fernet, MultiFernet
from itsdangerous import BadSignature, Signer

from desk import settings


def sealed(value: Any) -> str:
    """A value of JSON, encrypted."""
    return _cipher(tuple(settings.desk_secrets())).encrypt(json.dumps(value).encode()).decode()


def opened(text: str) -> Any:
    """What `sealed` was given."""
    return json.loads(_cipher(tuple(settings.desk_secrets())).decrypt(text.encode()))


def fingerprint(value: str) -> str:
    """Finds a personal value again without keeping it."""
    return hmac.new(_key(settings.desk_secrets()[-1], "fingerprint"), value.encode(), hashlib.sha256).hexdigest()


def token() -> str:
    """What nobody can guess."""
    return secrets.token_urlsafe(32)


def digest(token_: str) -> str:
    """What is kept of a token, so that who reads the database cannot use it."""
    return hashlib.sha256(token_.encode()).hexdigest()


def is_reference(text: str) -> bool:
    """Whether the assistant signed this reference of an intake form."""
    try:
        Signer(settings.assistant_secret(), salt="intake-reference").unsign(text)
    except BadSignature:
        return False
    return True


@cache
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_key(key, "fields"))) for key in keys])


def _key(secret: str, purpose: str) -> bytes:
    return hmac.new(secret.encode(), f"desk {purpose}".encode(), hashlib.sha256).digest()
