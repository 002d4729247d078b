"""Phone numbers: read as people write them, written as people read them, and as the assistant keeps those that texted it."""
import base64
import hashlib
import hmac
from functools import cache
from typing import Optional

import phonenumbers
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from desk import settings

PREFIX = "sms-"
"""What the ids of conversations by text message begin with."""


def read(text: str) -> Optional[str]:
    """A phone number in any usual way of writing, as E.164."""
    try:
        number = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException:
        return None
    possible = phonenumbers.is_possible_number(number)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164) if possible else None


def written(phone: str) -> str:
    """A number (E.164) as people write it."""
    number = phonenumbers.parse(phone)
    style = phonenumbers.PhoneNumberFormat.NATIONAL if number.country_code == 1 else phonenumbers.PhoneNumberFormat.INTERNATIONAL
    return phonenumbers.format_number(number, style)


def conversation(phone: str) -> str:
    """The id of the conversation by text message with a number, as the assistant makes it (assistant/channels/sms/numbers.py)."""
    digest = hmac.digest(_derived(settings.pseudonym_secret(), "sms conversation id"), phone.encode(), hashlib.sha256)
    return PREFIX + base64.urlsafe_b64encode(digest).decode().rstrip("=")


def opened(sealed: str) -> Optional[str]:
    """A number that the assistant encrypted; None where its keys are not at hand."""
    try:
        return _cipher(tuple(settings.number_keys() or [_own_key()])).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None


@cache
def _cipher(keys: tuple[str, ...]) -> MultiFernet:
    return MultiFernet([Fernet(key) for key in keys])


def _own_key() -> str:
    return base64.urlsafe_b64encode(_derived(settings.assistant_secret(), "sms number")).decode()


def _derived(secret: str, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, salt=None, info=purpose.encode()).derive(secret.encode())
