"""The channel's options in credentials.yml."""
from dataclasses import dataclass, fields
from difflib import get_close_matches
from typing import Any, Optional

from rasa.shared.exceptions import RasaException


class OptionError(RasaException):
    """An option in credentials.yml is wrong. The message names it and the way out; Rasa prints it in one line."""


@dataclass(frozen=True)
class Options:
    """Every option is a whole number, from 1 on unless said otherwise."""

    token_hours: int = 24
    """How long a conversation can be gone on with; its end is told to the visitor's browser."""
    message_length: int = 2000
    """Characters of one message; what is longer is not read to its end (assistant/nlu/text.py)."""
    messages_a_minute: int = 20
    """Of one conversation."""
    crisis_messages_a_minute: int = 60
    """Of one conversation: up to here a cry for help is heard in full and flagged; beyond, the rules alone answer it."""
    conversations_a_minute: int = 30
    """Started from one address."""
    open_streams: int = 4
    """Answers of one conversation that may be under way at once."""
    trusted_proxies: int = 0
    """How many proxies of our own stand before the assistant and add to X-Forwarded-For. 0: the header is not believed."""

    @classmethod
    def read(cls, credentials: Optional[dict[str, Any]]) -> "Options":
        """The options of an entry of credentials.yml, which may be empty. Raises OptionError."""
        names = [field.name for field in fields(cls)]
        for name, value in (credentials or {}).items():
            if name not in names:
                near = get_close_matches(str(name), names, 1)
                hint = f"Do you mean {near[0]}?" if near else f"There are {', '.join(names)}."
                raise OptionError(f"credentials.yml: the website channel has no option '{name}'. {hint}")
            least = 0 if name == "trusted_proxies" else 1
            if type(value) is not int or value < least:  # True is an int, too
                raise OptionError(f"credentials.yml: {name} must be a whole number, {least} or more, not {value!r}.")
        return cls(**(credentials or {}))
