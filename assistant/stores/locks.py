"""The lock store: one message of a conversation at a time. In memory, or in Redis by REDIS_URL. Named in endpoints.yml."""
import asyncio
import secrets
import time
from contextlib import asynccontextmanager, suppress
from typing import Any, AsyncGenerator, Optional

from rasa.core.lock_store import LOCK_LIFETIME, InMemoryLockStore, LockError, LockStore
from rasa.utils.endpoints import EndpointConfig
from redis import RedisError
from redis.asyncio import Redis

from assistant.settings import redis_url

_PREFIX = "iop_lock"
_ALIVE_SECONDS = 6.0  # that the place in the queue of a process that died is kept
_PROLONG_SECONDS = 1.0
_ANSWER_SECONDS = 2.0  # that Redis may take

# Takes or keeps a place in the queue, passes over the dead, and tells whether it is our turn. Who is being served and finds the
# queue emptied comes before those who queue up anew.
_OUR_TURN = """
redis.call('SET', KEYS[1] .. ':' .. ARGV[1], 1, 'PX', ARGV[2])
if not redis.call('LPOS', KEYS[1], ARGV[1]) then
    redis.call(ARGV[3] == 'served' and 'LPUSH' or 'RPUSH', KEYS[1], ARGV[1])
end
redis.call('PEXPIRE', KEYS[1], ARGV[2] * 10)
while true do
    local first = redis.call('LINDEX', KEYS[1], 0)
    if first == ARGV[1] then return 1 end
    if redis.call('EXISTS', KEYS[1] .. ':' .. first) == 1 then return 0 end
    redis.call('LPOP', KEYS[1])
end
"""
_LEAVE = """
redis.call('LREM', KEYS[1], 0, ARGV[1])
redis.call('DEL', KEYS[1] .. ':' .. ARGV[1])
"""


class _RedisLocks(LockStore):
    """A queue in Redis for each conversation, over all processes.

    Rasa's own store reads a lock and writes it back in two steps, so that two processes can draw the same ticket, and keeps that of
    a process which died for a minute. Here each step is one script, the clock is Redis's own, and only who still lives has a place.
    """

    def __init__(self, url: str) -> None:
        self._redis: Redis = Redis.from_url(url, socket_timeout=_ANSWER_SECONDS, socket_connect_timeout=_ANSWER_SECONDS)
        self._turn, self._leave = self._redis.register_script(_OUR_TURN), self._redis.register_script(_LEAVE)

    @asynccontextmanager
    async def lock(  # type: ignore[override]
        self, conversation_id: str, lock_lifetime: float = LOCK_LIFETIME, wait_time_in_seconds: float = 0.1,
    ) -> AsyncGenerator[None, None]:
        """Waits for our turn, at most `lock_lifetime` seconds, and keeps it for as long. Raises LockError."""
        key, ticket = f"{_PREFIX}:{{{conversation_id}}}", secrets.token_urlsafe(9)
        until = time.monotonic() + lock_lifetime
        try:
            while not await self._is_our_turn(key, ticket):
                if time.monotonic() > until:
                    raise LockError("Another message of the conversation takes too long.")
                await asyncio.sleep(wait_time_in_seconds)
            done = asyncio.Event()
            prolonging = asyncio.ensure_future(self._prolonged(key, ticket, done, lock_lifetime))
            try:
                yield
            finally:
                done.set()
                await prolonging  # not cancelled: what is on its way to Redis must not arrive after we left
        finally:
            with suppress(RedisError):  # it expires by itself
                await self._leave(keys=[key], args=[ticket])

    async def _is_our_turn(self, key: str, ticket: str) -> bool:
        try:
            return bool(await self._step(key, ticket, "waiting"))
        except RedisError as error:
            raise LockError(f"Redis did not answer ({type(error).__name__})") from None

    async def _prolonged(self, key: str, ticket: str, done: asyncio.Event, seconds: float) -> None:
        """Keeps our place while the message is handled."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(done.wait(), _PROLONG_SECONDS)
                return
            with suppress(RedisError):
                await self._step(key, ticket, "served")

    async def _step(self, key: str, ticket: str, as_who: str) -> Any:
        return await self._turn(keys=[key], args=[ticket, int(_ALIVE_SECONDS * 1000), as_who])


class Locks:
    """The lock store that the environment asks for. A class, because Rasa accepts nothing else from endpoints.yml."""

    def __new__(cls, endpoint_config: Optional[EndpointConfig] = None) -> LockStore:  # type: ignore[misc]
        url = redis_url()
        return _RedisLocks(url) if url else InMemoryLockStore()
