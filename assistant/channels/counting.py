"""Counts what each channel limits: so many of a kind in a time, of one conversation or of all."""
import logging
import time

from limits import RateLimitItem
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter
from redis import RedisError

from assistant.settings import redis_url

logger = logging.getLogger(__name__)

NAMESPACE = "iop_limit"


class Counting:
    """Counts in memory, or in Redis by REDIS_URL for all processes. A Redis that is away limits nobody."""

    def __init__(self) -> None:
        url = redis_url()
        wait = {"socket_timeout": 5} if url else {}
        self._storage = storage_from_string((url or "memory://").replace("unix://", "redis+unix://", 1), **wait)
        self._counted = MovingWindowRateLimiter(self._storage)  # which refers to it weakly

    def over(self, limit: RateLimitItem, *whose: str) -> int:
        """Counts one more. Returns 0 if it is within the limit, or else the seconds to wait."""
        try:
            if self._counted.hit(limit, *whose):
                return 0
            free_again, _ = self._counted.get_window_stats(limit, *whose)
            return max(1, round(free_again - time.time()) + 1)
        except RedisError as error:
            logger.error("A limit could not be counted (%s).", type(error).__name__)
            return 0
