"""A channel's options in credentials.yml: a frozen dataclass of whole numbers and lists of texts, read and checked here."""
from dataclasses import fields
from difflib import get_close_matches
from typing import Any, ClassVar, Optional, TypeVar

from rasa.shared.exceptions import RasaException

_Options = TypeVar("_Options", bound="ChannelOptions")


class OptionError(RasaException):
    """An option in credentials.yml is wrong. The message names it and the way out; Rasa prints it in one line."""


class ChannelOptions:
    """What the options of the channels have in common. Each field is a whole number, or a list where its default is a tuple."""

    channel: ClassVar[str]
    may_be_zero: ClassVar[tuple[str, ...]] = ()

    @classmethod
    def read(cls: type[_Options], credentials: Optional[dict[str, Any]]) -> _Options:
        """The options of an entry of credentials.yml, which may be empty. Raises OptionError."""
        defaults = {field.name: field.default for field in fields(cls)}  # type: ignore[arg-type]
        for name, value in (credentials or {}).items():
            if name not in defaults:
                near = get_close_matches(str(name), defaults, 1)
                hint = f"Do you mean {near[0]}?" if near else f"There are {', '.join(defaults)}."
                raise OptionError(f"credentials.yml: the {cls.channel} channel has no option '{name}'. {hint}")
            cls._check(name, value, isinstance(defaults[name], tuple))
        given = {name: tuple(value) if isinstance(value, list) else value for name, value in (credentials or {}).items()}
        return cls(**given)

    @classmethod
    def _check(cls, name: str, value: Any, many: bool) -> None:
        if many:
            if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
                raise OptionError(f'credentials.yml: {name} must be a list of texts in quotes, like ["US"], not {value!r}.')
            return
        least = 0 if name in cls.may_be_zero else 1
        if type(value) is not int or value < least:  # True is an int, too
            raise OptionError(f"credentials.yml: {name} must be a whole number, {least} or more, not {value!r}.")
