"""How much is too much: messages and conversations a minute, answers under way at once."""
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address, ip_address

from itsdangerous import Signer
from limits import RateLimitItemPerMinute
from sanic.request import Request

from assistant.channels.counting import NAMESPACE, Counting
from assistant.channels.website.options import Options

_BUSY_SECONDS = 2  # when to try again while other answers are under way


class Limits:
    """What one visitor, and one address, may do in a minute and at once."""

    def __init__(self, options: Options, secret: str) -> None:
        self._counting = Counting()
        self._signer = Signer(secret, salt="website-address")
        self._options = options
        self._under_way: Counter[str] = Counter()

    def message(self, conversation: str) -> int:
        """Counts a message. Returns 0 if it may pass, or else the seconds to wait."""
        return self._over("messages", self._options.messages_a_minute, conversation)

    def crisis_message(self, conversation: str) -> int:
        """Counts a cry for help that came over the limit. Returns 0 if the dialogue engine may still hear it."""
        return self._over("crisis messages", self._options.crisis_messages_a_minute, conversation)

    def conversation(self, address: str) -> int:
        """Counts a new conversation. Addresses are kept as a keyed hash only. Returns 0 if it may start, or the seconds to wait."""
        return self._over("conversations", self._options.conversations_a_minute, self._signer.get_signature(address).decode())

    def busy(self, conversation: str) -> int:
        """Returns 0 if one more answer may be made at the same time, or else the seconds to wait."""
        return _BUSY_SECONDS if self._under_way[conversation] >= self._options.open_streams else 0

    @contextmanager
    def under_way(self, conversation: str) -> Iterator[None]:
        """Counts an answer for as long as it is being made."""
        self._under_way[conversation] += 1
        try:
            yield
        finally:
            self._under_way[conversation] -= 1
            if not self._under_way[conversation]:
                del self._under_way[conversation]

    def _over(self, what: str, amount: int, whose: str) -> int:
        return self._counting.over(RateLimitItemPerMinute(amount, namespace=NAMESPACE), what, whose)


def address_of(request: Request) -> str:
    """The visitor's address, as our own proxies tell it; of IPv6 the network, since a household has all of one."""
    told = (request.remote_addr or request.ip).strip("[]")
    try:
        address = ip_address(told)
    except ValueError:
        return told
    return str(int(address) >> 64) if isinstance(address, IPv6Address) and not address.ipv4_mapped else told
