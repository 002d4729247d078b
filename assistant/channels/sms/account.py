"""The environment of the channel: the account with Twilio, and the keys that keep visitors' numbers from being read."""
import os
import re
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from typing import Optional
from urllib.parse import urlsplit

from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from assistant.settings import SettingError, secret

REQUIRED = ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "PUBLIC_URL")
API = "https://api.twilio.com"
_SID = re.compile("AC[0-9a-f]{32}")
_LOCAL = ("localhost", "127.0.0.1")


@dataclass(frozen=True)
class Account:
    """sid, token: of the account; public_url: where Twilio reaches the assistant, without a slash; api: Twilio's interface."""

    sid: str
    token: str
    public_url: str
    api: str

    @classmethod
    def read(cls) -> Optional["Account"]:
        """The account of the environment; None where none of the variables is set. Raises SettingError where one is missing."""
        values = {name: os.environ.get(name, "").strip() for name in REQUIRED}
        if not any(values[name] for name in REQUIRED[:2]):
            return None
        missing = [name for name, value in values.items() if not value]
        if missing:
            raise SettingError(f"{missing[0]} is not set. Text messages need {', '.join(REQUIRED)}: see docs/sms.md.")
        sid, token, public_url = values.values()
        if not _SID.fullmatch(sid):
            raise SettingError("TWILIO_ACCOUNT_SID must be AC and 32 digits or letters a-f, as Twilio's console shows it.")
        api = os.environ.get("TWILIO_API_URL", "").strip() or API
        return cls(sid, token, _address("PUBLIC_URL", public_url), _address("TWILIO_API_URL", api))


def pseudonym_key() -> bytes:
    """What conversation ids are made with: SMS_PSEUDONYM_KEY, or ASSISTANT_SECRET. Raises SettingError."""
    own = os.environ.get("SMS_PSEUDONYM_KEY", "")
    if own and len(own) < 32:
        raise SettingError("SMS_PSEUDONYM_KEY is shorter than 32 characters. Make one with: openssl rand -hex 32")
    return _derived(own or secret(), "sms conversation id")


def number_keys() -> MultiFernet:
    """What numbers are encrypted with: SMS_KEYS, the newest first, or a key made of ASSISTANT_SECRET. Raises SettingError."""
    keys = [key.strip() for key in os.environ.get("SMS_KEYS", "").split(",") if key.strip()]
    try:
        return MultiFernet([Fernet(key) for key in keys or [urlsafe_b64encode(_derived(secret(), "sms number")).decode()]])
    except ValueError:
        raise SettingError("SMS_KEYS must be Fernet keys with commas between, the newest first. Make one with: "
                           "openssl rand -base64 32 | tr '+/' '-_'") from None


def _derived(from_secret: str, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=purpose.encode()).derive(from_secret.encode())


def _address(name: str, value: str) -> str:
    url = urlsplit(value)
    if not url.hostname or not (url.scheme == "https" or (url.scheme == "http" and url.hostname in _LOCAL)) or url.query:
        raise SettingError(f"{name} must be an address like https://assistant.example.org, without anything after a '?'.")
    return value.rstrip("/")


if __name__ == "__main__":
    print(urlsafe_b64encode(_derived(secret(), "sms number")).decode())  # the key of ASSISTANT_SECRET, to be listed in SMS_KEYS
