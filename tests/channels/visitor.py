"""A visitor's browser, as far as the website's channel sees it."""
import itertools
import json
import uuid
from collections.abc import Iterator
from typing import NamedTuple

import httpx

from tests.conftest import Assistant

_numbers = itertools.count(1)


class Event(NamedTuple):
    """One event of a streamed answer."""

    kind: str
    id: str | None
    data: dict


class Visitor:
    """Begins a conversation of her own, from an address of her own; `headers` go with each of her requests."""

    def __init__(self, server: Assistant, token: str | None = None, **headers: str) -> None:
        headers = {**from_address(new_address()), **headers}
        self.client = httpx.Client(base_url=server.url, headers=headers, timeout=60, verify=False)
        self.token = token or self.client.post("/conversations").json()["token"]

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def send(self, text: str | None = None, id: str | None = None, **fields: str) -> httpx.Response:
        body = {"id": id or new_id(), **({} if text is None else {"text": text}), **fields}
        return self.client.post("/messages", json=body, headers=self.headers)

    def hears(self, text: str | None = None, **fields) -> list[dict]:
        """The answers to a message that is accepted."""
        answer = self.send(text, **fields)
        assert answer.status_code == 200, answer.text
        return answer.json()["messages"]

    def presses(self, button: str, **fields) -> list[dict]:
        return self.hears(button=button, **fields)

    def history(self, after: int | None = None) -> list[dict]:
        answer = self.client.get("/messages", params={} if after is None else {"after": after}, headers=self.headers)
        assert answer.status_code == 200, answer.text
        return answer.json()["messages"]

    def clears(self) -> httpx.Response:
        return self.client.delete("/conversation", headers=self.headers)

    def stream(self, text: str, id: str | None = None) -> Iterator[Event]:
        """The events of a streamed answer, each as it comes."""
        body, headers = {"id": id or new_id(), "text": text}, {**self.headers, "Accept": "text/event-stream"}
        with self.client.stream("POST", "/messages", json=body, headers=headers) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream"), answer.headers
            fields = {}
            for line in answer.iter_lines():
                name, _, value = line.partition(": ")
                if line:
                    fields[name] = value
                else:
                    yield Event(fields["event"], fields.get("id"), json.loads(fields["data"]))
                    fields = {}

    def begins(self, text: str) -> Iterator[Event]:
        """Sends a message, and sees that it was taken. What comes after the sign of life."""
        answer = self.stream(text)
        assert next(answer).kind == "typing"
        return answer


def new_address() -> str:
    """An address from which nobody came before, of those set aside for examples."""
    return "198.18.{}.{}".format(*divmod(next(_numbers), 256))


def from_address(address: str) -> dict[str, str]:
    """The header by which a proxy tells whose request it passes on."""
    return {"X-Forwarded-For": address}


def new_id() -> str:
    return str(uuid.uuid4())


def texts(messages: list[dict]) -> list[str]:
    return [message["text"] for message in messages]
