"""Conversation tokens: who holds one may go on with that one conversation, until it expires."""
import hashlib
import secrets
from datetime import datetime, timedelta, timezone

from itsdangerous import BadData, TimestampSigner


class Tokens:
    """Signs conversation ids with the time. The server makes each id: none is ever taken from a caller."""

    def __init__(self, secret: str, hours: int) -> None:
        self._signer = TimestampSigner(secret, salt="website-conversation", digest_method=hashlib.sha256)
        self._lifetime = timedelta(hours=hours)

    def new(self) -> tuple[str, datetime]:
        """A token for a conversation of its own, and when it expires."""
        token = self._signer.sign(secrets.token_urlsafe(24)).decode()
        return token, datetime.now(timezone.utc) + self._lifetime

    def conversation(self, token: str) -> str | None:
        """The id of the conversation that a token opens; None for one that is forged or has expired."""
        if not token.isascii():
            return None
        try:
            conversation, signed = self._signer.unsign(token, return_timestamp=True)
        except BadData:
            return None
        # One from the future is good: the clock of the process that signed it was ahead, or ours was put back.
        return conversation.decode() if datetime.now(timezone.utc) - signed <= self._lifetime else None
