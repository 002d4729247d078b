"""A visitor's browser, as far as the website's channel sees it."""
import json
import time
import uuid

import httpx

from tests.conftest import Assistant


class Visitor:
    """Begins a conversation of her own; `headers` go with each of her requests."""

    def __init__(self, server: Assistant, token: str | None = None, **headers: str) -> None:
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

    def streams(self, text: str, id: str | None = None) -> list[tuple[float, str, str | None, dict]]:
        """The events of a streamed answer: when each came, its kind, its id and its data."""
        body, events = {"id": id or new_id(), "text": text}, []
        with self.client.stream("POST", "/messages", json=body, headers={**self.headers, "Accept": "text/event-stream"}) as answer:
            assert answer.headers["content-type"].startswith("text/event-stream"), answer.headers
            fields = {}
            for line in answer.iter_lines():
                name, _, value = line.partition(": ")
                if line:
                    fields[name] = value
                else:
                    events.append((time.monotonic(), fields["event"], fields.get("id"), json.loads(fields["data"])))
                    fields = {}
        return events


def new_id() -> str:
    return str(uuid.uuid4())


def texts(messages: list[dict]) -> list[str]:
    return [message["text"] for message in messages]
