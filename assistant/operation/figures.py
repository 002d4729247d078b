"""The assistant's own figures, for Prometheus. A label is a channel, a kind of crisis or the name of an error: nothing of a person.

docs/operations.md says what each means and when it is an alarm; a test keeps the two together.
"""
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from prometheus_client import REGISTRY, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from assistant.stores.history import Said

_CRISIS = "utter_crisis/"
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)

disable_created_metrics()  # when a counter began: noise
TURN_SECONDS = Histogram("iop_turn_seconds", "From a message to its stored answer", ["channel"], buckets=_SECONDS)
UNDER_WAY = Gauge("iop_turns_under_way", "Messages that are being answered now", ["channel"])
FAILED = Counter("iop_turns_failed", "Messages that heard the phone line because something failed", ["channel", "error"])
REFUSED = Counter("iop_refused", "Messages that were over a limit, or whose number is not answered", ["channel"])
CRISES = Counter("iop_crises", "Answers to a cry for help", ["channel", "kind"])
GIVEN_UP = Counter("iop_sms_given_up", "Answers by text message that could not be sent")


def answered(channel: str, answers: Iterable[Said]) -> None:
    """Counts what a message was answered with, once it is stored."""
    actions = {(answer.data.get("metadata") or {}).get("utter_action") or "" for answer in answers if answer.kind == "bot"}
    for action in actions:
        if action.startswith(_CRISIS):
            CRISES.labels(channel, action.removeprefix(_CRISIS)).inc()


def measured(name: str, meaning: str, value: Callable[[], float]) -> None:
    """A figure that is asked for when somebody looks; one that cannot be told then is left out."""
    REGISTRY.register(_Measured(name, meaning, value))


class _Measured(Collector):
    def __init__(self, name: str, meaning: str, value: Callable[[], float]) -> None:
        self._name, self._meaning, self._value = name, meaning, value

    def describe(self) -> list[Any]:
        return [GaugeMetricFamily(self._name, self._meaning)]

    def collect(self) -> Iterator[GaugeMetricFamily]:
        try:
            yield GaugeMetricFamily(self._name, self._meaning, self._value())
        except Exception:  # noqa: S110  the database is away, which other figures tell
            pass
