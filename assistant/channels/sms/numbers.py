"""Visitors' numbers: a pseudonym for the conversation, an encrypted copy for staff, and which of them are answered."""
import hmac
from base64 import urlsafe_b64encode
from hashlib import sha256

import phonenumbers
from phonenumbers import PhoneNumberType

from assistant.channels.sms.account import number_keys, pseudonym_key
from assistant.channels.sms.options import Options

_DEAR = (PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST)


class Numbers:
    """Raises SettingError where a key in the environment is wrong."""

    def __init__(self, options: Options) -> None:
        self._options, self._pseudonym, self._keys = options, pseudonym_key(), number_keys()

    def conversation(self, number: str) -> str:
        """The conversation's id: a keyed hash, from which nobody finds the number without the key."""
        return "sms-" + urlsafe_b64encode(hmac.digest(self._pseudonym, number.encode(), sha256)).decode().rstrip("=")

    def sealed(self, text: str) -> str:
        """Encrypted with the newest key."""
        return self._keys.encrypt(text.encode()).decode()

    def opened(self, token: str) -> str:
        """What was sealed with any of the keys. Raises cryptography's InvalidToken."""
        return self._keys.decrypt(token).decode()

    def sealed_at(self, token: str) -> int:
        """When it was sealed, in seconds since 1970."""
        return self._keys.extract_timestamp(token)

    def answered(self, number: str) -> bool:
        """Whether a number is of one of our countries, costs what a usual one does, and is not blocked."""
        if {number, self.conversation(number)} & set(self._options.blocked):
            return False
        try:
            parsed = phonenumbers.parse(number)
        except phonenumbers.NumberParseException:  # a short code, or letters: no person's
            return False
        usual = phonenumbers.number_type(parsed) not in _DEAR
        return usual and phonenumbers.region_code_for_number(parsed) in self._options.countries
