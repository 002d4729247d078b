"""A message as Twilio brings it: fields of a form in, what the channel reads of them out."""
import re
from dataclasses import asdict, dataclass
from typing import Optional
from urllib.parse import parse_qsl

from multidict import MultiDict

LONGEST = 1600  # characters: Twilio joins what a phone sent in parts, up to here
_ID = re.compile(r"[A-Za-z0-9]{1,64}")
_NUMBER = re.compile(r"[+0-9A-Za-z._:@-]{1,64}")
_MOST_FIELDS = 500


@dataclass(frozen=True)
class Incoming:
    """id: Twilio's MessageSid; number, to: who wrote, and to which of our numbers; media: how many pictures, recordings or
    contacts came along; opted: START, STOP or HELP where Twilio itself has already replied to it (OptOutType)."""

    id: str
    number: str
    to: str
    text: str
    media: int = 0
    opted: Optional[str] = None

    @classmethod
    def read(cls, fields: MultiDict[str]) -> "Incoming":
        """The message of a webhook's fields. Raises ValueError where it is none; unknown fields are ignored."""
        id_ = fields.get("MessageSid") or fields.get("SmsSid") or ""
        number, to = fields.get("From", ""), fields.get("To", "")
        if not _ID.fullmatch(id_) or not _NUMBER.fullmatch(number) or not _NUMBER.fullmatch(to):
            raise ValueError("MessageSid, From and To are needed.")
        media = fields.get("NumMedia", "0")
        opted = fields.get("OptOutType", "").upper()
        return cls(
            id_, number, to, fields.get("Body", "").replace("\0", "")[:LONGEST],
            int(media) if re.fullmatch("[0-9]{1,3}", media) else 0, opted if opted in ("START", "STOP", "HELP") else None,
        )

    def as_dict(self) -> dict:
        """As it is kept in the queue; `Incoming(**...)` reads it back."""
        return asdict(self)


def fields_of(body: bytes) -> MultiDict[str]:
    """The fields of a form, blank ones kept, since they are signed too. Raises ValueError where it is no form."""
    return MultiDict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
