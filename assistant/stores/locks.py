"""The lock store: one message of a conversation at a time. In memory, or in Redis by REDIS_URL. Named in endpoints.yml."""
from typing import Optional

import redis
from rasa.core.lock_store import InMemoryLockStore, LockStore, RedisLockStore
from rasa.utils.endpoints import EndpointConfig

from assistant.settings import redis_url

_PREFIX = "iop_lock:"


class _RedisLocks(RedisLockStore):
    """Rasa's Redis locks, addressed by one URL."""

    def __init__(self, url: str) -> None:
        self.red = redis.StrictRedis.from_url(url, socket_timeout=10)
        self.key_prefix = _PREFIX
        LockStore.__init__(self)


class Locks:
    """The lock store that the environment asks for. A class, because Rasa accepts nothing else from endpoints.yml."""

    def __new__(cls, endpoint_config: Optional[EndpointConfig] = None) -> LockStore:  # type: ignore[misc]
        url = redis_url()
        return _RedisLocks(url) if url else InMemoryLockStore()
