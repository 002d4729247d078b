"""What the rows of the table share: a running cluster, people who talk, and the books of what they were told."""
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from chaos.audit import Audit, audited
from chaos.people import ACCOUNT, People, Sent, says, visitor
from deploy.cluster import Cluster
from deploy.servers import free_port
from tools.carrier import Carrier

WIDE = {"segments_a_day": 10_000_000, "all_messages_a_minute": 100_000}
_RECOVERY_SECONDS = 90


class Broken(Exception):
    """A row does not hold. The message says what was counted."""


class Stage:
    """A cluster whose servers are started anew when they end, but for those in `down`."""

    def __init__(self, folder: Path, **limits: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.carrier = Carrier(*ACCOUNT.values())
        port = free_port()
        environment = {**ACCOUNT, "PUBLIC_URL": f"http://localhost:{port}", "TWILIO_API_URL": self.carrier.url}
        self.cluster = Cluster(folder, port, environment=environment, limits={**WIDE, **limits}, say=lambda line: None)
        self.cluster.start()
        self.down: set[str] = set()
        self._ended = threading.Event()
        threading.Thread(target=self._mend, daemon=True).start()

    @property
    def url(self) -> str:
        return self.cluster.url

    @property
    def database_url(self) -> str:
        return self.cluster.environment["DATABASE_URL"]

    def stop(self) -> None:
        self._ended.set()
        self.cluster.stop()
        self.carrier.stop()

    @contextmanager
    def talking(self, web: int = 8, phones: int = 2) -> Iterator[People]:
        """People who talk meanwhile. At the end each has an answer to the last message, or has lost patience."""
        people = People(self.url, web, phones)
        try:
            yield people
        finally:
            people.end()

    def books(self, people: People) -> Audit:
        """What was counted. Raises Broken where something was lost, doubled, out of order or left unanswered."""
        found = audited(self.database_url, people.sent)
        if not found.is_clean:
            raise Broken(f"{found.faults()}; {found}")
        return found

    def whole(self) -> None:
        """Waits until every server is ready again."""
        servers = [*self.cluster.assistants, *self.cluster.desks, *self.cluster.others.values()]
        for server in servers:
            until(lambda server=server: server.is_running, f"the {server.name} runs")  # type: ignore[misc]
            server.wait()

    def answers(self, text: str = "How long does IOP last?") -> list[str]:
        """What somebody new hears."""
        return heard(self.url, text)

    def recovered(self) -> float:
        """Seconds until somebody new is answered from the store."""
        began = time.monotonic()
        until(lambda: acknowledged(self.url), "a new visitor is answered")
        return time.monotonic() - began

    def count(self, statement: str) -> Any:
        engine = sa.create_engine(self.database_url)
        try:
            with engine.connect() as connection:
                return connection.execute(sa.text(statement)).scalar()
        finally:
            engine.dispose()

    def _mend(self) -> None:
        while not self._ended.wait(0.5):
            self.cluster.mend(self.down)


def heard(url: str, text: str) -> list[str]:
    """All that somebody new hears to a first message, be it stored or not."""
    with visitor(url) as (client, headers):
        answer = client.post("/messages", json={"id": "5f0c8a5e-9c1c-4c39-8f43-7b6b1a1f0c11", "text": text}, headers=headers)
        return [message["text"] for message in answer.json().get("messages", [])] or [answer.json().get("detail", "")]


def acknowledged(url: str) -> bool:
    with visitor(url) as (client, headers):
        return says(client, headers, Sent("5f0c8a5e-9c1c-4c39-8f43-7b6b1a1f0c12", "", "web", 0), "hello")


def until(true: Callable[[], bool], what: str, seconds: float = _RECOVERY_SECONDS) -> None:
    """Waits until it is true. Raises Broken."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise Broken(f"after {seconds:.0f} s it still is not so that {what}")
        time.sleep(0.2)


def expect(true: bool, what: str) -> None:
    """Raises Broken with what should be so where it is not."""
    if not true:
        raise Broken(f"not so: {what}")
