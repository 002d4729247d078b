"""The lock store: one message of a conversation at a time. In memory, or in Redis by REDIS_URL. Named in endpoints.yml."""
import json
from collections.abc import Callable
from typing import Optional, TypeVar

import redis
from rasa.core.lock import TicketLock
from rasa.core.lock_store import LOCK_LIFETIME, InMemoryLockStore, LockError, LockStore, RedisLockStore
from rasa.utils.endpoints import EndpointConfig

from assistant.settings import redis_url

_PREFIX = "iop_lock:"
_Result = TypeVar("_Result")


class _RedisLocks(RedisLockStore):
    """Rasa's Redis locks, addressed by one URL, and each change of a lock in one transaction.

    Rasa reads a lock and writes it back in two steps: two processes that do so at once draw the same ticket.
    """

    def __init__(self, url: str) -> None:
        self.red = redis.StrictRedis.from_url(url, socket_timeout=10)
        self.key_prefix = _PREFIX
        LockStore.__init__(self)

    def issue_ticket(self, conversation_id: str, lock_lifetime: float = LOCK_LIFETIME) -> int:
        try:
            return self._change(conversation_id, lambda lock: lock.issue_ticket(lock_lifetime))
        except redis.RedisError as error:
            raise LockError(f"Redis did not answer ({type(error).__name__})") from None

    def update_lock(self, conversation_id: str) -> None:
        self._change(conversation_id, TicketLock.remove_expired_tickets)

    def cleanup(self, conversation_id: str, ticket_number: int) -> None:
        self._change(conversation_id, lambda lock: lock.remove_ticket_for(ticket_number))

    def _change(self, conversation_id: str, change: Callable[[TicketLock], _Result]) -> _Result:
        """Changes a lock, anew if another process changed it meanwhile; one that nobody waits for is deleted."""
        key = self.key_prefix + conversation_id

        def transaction(pipe: redis.client.Pipeline) -> _Result:
            stored = pipe.get(key)  # type: ignore[func-returns-value]
            lock = TicketLock.from_dict(json.loads(stored)) if stored else TicketLock(conversation_id)
            result = change(lock)
            pipe.multi()
            if lock.is_someone_waiting():
                pipe.set(key, lock.dumps())
            else:
                pipe.delete(key)
            return result

        return self.red.transaction(transaction, key, value_from_callable=True)


class Locks:
    """The lock store that the environment asks for. A class, because Rasa accepts nothing else from endpoints.yml."""

    def __new__(cls, endpoint_config: Optional[EndpointConfig] = None) -> LockStore:  # type: ignore[misc]
        url = redis_url()
        return _RedisLocks(url) if url else InMemoryLockStore()
