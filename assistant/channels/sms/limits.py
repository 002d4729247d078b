"""How much is too much: messages of one number and of all, and segments a day."""
import logging
from datetime import datetime, timezone

from limits import RateLimitItemPerHour, RateLimitItemPerMinute

from assistant.channels.counting import NAMESPACE, Counting
from assistant.channels.sms.options import Options
from assistant.channels.sms.text import segments
from assistant.stores.outbox import Outbox
from assistant.stores.trackers import StoreError

logger = logging.getLogger(__name__)

TOO_MANY = "too_many"
"""The reply to the first message over a limit."""
_WARN_AT = 0.8


class Limits:
    """Counts messages in memory, or in Redis for all processes, and segments in the database."""

    def __init__(self, options: Options, outbox: Outbox) -> None:
        self._options, self._outbox, self._counting = options, outbox, Counting()
        self._a_minute = RateLimitItemPerMinute(options.messages_a_minute, namespace=NAMESPACE)
        self._an_hour = RateLimitItemPerHour(options.messages_an_hour, namespace=NAMESPACE)
        self._all = RateLimitItemPerMinute(options.all_messages_a_minute, namespace=NAMESPACE)
        self._once = RateLimitItemPerMinute(1, namespace=NAMESPACE)

    def refusal(self, conversation: str) -> str:
        """Counts a message. Returns why it is not answered, TOO_MANY once a minute; empty where it is within all limits and
        nobody has blocked it."""
        if self._outbox.is_blocked(conversation):
            return "blocked"
        if self._outbox.spent(_today()) >= self._options.segments_a_day:
            return "over the day's ceiling"
        over_the_hour = self._counting.over(self._an_hour, "sms an hour", conversation)
        over_the_minute = self._counting.over(self._a_minute, "sms", conversation)
        over_all = self._counting.over(self._all, "sms of all")
        if over_the_hour:
            return "over the hour's limit"
        if over_the_minute or over_all:
            return "over the limit" if self._counting.over(self._once, "sms notice", conversation) else TOO_MANY
        return ""

    def spend(self, texts: list[str]) -> None:
        """Counts what is sent, and warns the operator at four fifths of the day's ceiling and at its end."""
        amount, most = sum(map(segments, texts)), self._options.segments_a_day
        if not amount:
            return
        try:
            after = self._outbox.spend(_today(), amount)
        except StoreError as error:
            logger.error("Segments could not be counted: %s.", error)
            return
        if after - amount < _WARN_AT * most <= after:
            logger.warning("SMS: %s of today's %s segments (segments_a_day in credentials.yml) are sent.", after, most)
        if after - amount < most <= after:
            logger.error("SMS: today's %s segments (segments_a_day) are sent. Only a crisis and STOP are still answered.", most)


def _today() -> str:
    return datetime.now(timezone.utc).date().isoformat()
