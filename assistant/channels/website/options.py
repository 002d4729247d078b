"""The channel's options in credentials.yml."""
from dataclasses import dataclass

from assistant.channels.options import ChannelOptions


@dataclass(frozen=True)
class Options(ChannelOptions):
    """Every option is a whole number, from 1 on unless said otherwise."""

    channel = "website"
    may_be_zero = ("trusted_proxies",)

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
