"""The channel's options in credentials.yml."""
from dataclasses import dataclass

from assistant.channels.options import ChannelOptions


@dataclass(frozen=True)
class Options(ChannelOptions):
    """Whole numbers, from 1 on, and lists of texts."""

    channel = "sms"

    messages_a_minute: int = 10
    """From one number; what is more hears once to wait, then nothing."""
    messages_an_hour: int = 60
    """From one number: what no person writes is another machine, and is not answered."""
    all_messages_a_minute: int = 300
    """From all numbers together."""
    same_message: int = 4
    """The same words so many times running, within ten minutes, are a machine's: from then on they are not answered."""
    segments_a_day: int = 5000
    """Sent in a day (UTC); the operator is warned at four fifths, and at the end only what must be answered still is."""
    patience_seconds: int = 12
    """Until an honest line goes out and the answer follows later. Twilio waits for 15."""
    send_attempts: int = 10
    """To send what followed later, with growing pauses, until staff are told that it could not be sent."""
    countries: tuple[str, ...] = ("US", "PR", "VI", "GU", "AS", "MP")
    """Whose numbers are answered (ISO 3166). Most of the dear ones that begin with +1 are not of these."""
    blocked: tuple[str, ...] = ()
    """Numbers (`+16195550147`) or conversations that are not answered."""
