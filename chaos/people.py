"""People who talk, by web and by text message, while something breaks. Each sends a message again until it is answered, as the
widget and Twilio do, and remembers what it was told."""
import itertools
import random
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import httpx

from assistant.channels.sms.wording import reply
from tools.carrier import Phone, message_id

# A conversation: few enough for every limit.
QUESTIONS = ("How long does IOP last?", "do they drug test?", "how many hours a week is it?", "can i keep working", "what is iop",
             "is it for my son", "what does a day look like", "who wrote this")
_THINK_SECONDS = 0.5
_AGAIN_SECONDS = 0.5
_PATIENCE_SECONDS = 120
ACCOUNT = {"TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TWILIO_AUTH_TOKEN": "a token of Twilio's"}


@dataclass
class Sent:
    """A message. answers: each answer that acknowledged it, as texts; told: how often somebody heard instead that something does
    not work; failures: what came instead of an answer, the status or the kind of error; seconds: until the first acknowledgement;
    began: when it was sent first."""

    id: str
    conversation: str
    channel: str
    began: float
    answers: list[tuple[str, ...]] = field(default_factory=list)
    told: int = 0
    failures: list[str] = field(default_factory=list)
    seconds: float | None = None


class People:
    """So many at a time, from addresses of their own. sent: what all of them sent so far."""

    _addresses = itertools.count(1)
    _numbers = itertools.count(2000)

    def __init__(self, url: str, web: int, phones: int) -> None:
        self.url, self.sent, self._ended = url, [], threading.Event()  # type: ignore[var-annotated]
        self._threads = [threading.Thread(target=self._talk, args=(self._visitor,), daemon=True) for _ in range(web)]
        self._threads += [threading.Thread(target=self._talk, args=(self._phone,), daemon=True) for _ in range(phones)]
        for thread in self._threads:
            thread.start()

    def end(self) -> list[Sent]:
        """Lets everybody finish the message in hand."""
        self._ended.set()
        for thread in self._threads:
            thread.join(_PATIENCE_SECONDS + 30)
        return self.sent

    def _talk(self, somebody) -> None:
        while not self._ended.is_set():
            with somebody() as send:
                for text in random.sample(QUESTIONS, len(QUESTIONS)):  # the same words over and over are a machine's
                    self._once(send, text)
                    if self._ended.wait(_THINK_SECONDS * random.uniform(0.5, 1.5)):
                        return

    def _once(self, send, text: str) -> None:
        """One message, until it is acknowledged or patience ends."""
        message = send(None, None)
        self.sent.append(message)
        while time.time() - message.began < _PATIENCE_SECONDS:
            if send(message, text):
                message.seconds = time.time() - message.began
                return
            time.sleep(_AGAIN_SECONDS)

    @contextmanager
    def _visitor(self) -> Iterator:
        with visitor(self.url) as (client, headers):
            conversation = headers["Authorization"].removeprefix("Bearer ").rsplit(".", 2)[0]

            def send(message: Sent | None, text: str | None):
                if message is None:
                    return Sent(str(uuid.uuid4()), conversation, "web", time.time())
                return says(client, headers, message, text or "")
            yield send

    @contextmanager
    def _phone(self) -> Iterator:
        phone = new_phone(self.url)

        def send(message: Sent | None, text: str | None):
            return Sent(message_id(), phone.number, "sms", time.time()) if message is None else texts(phone, message, text or "")
        yield send


@contextmanager
def visitor(url: str, begun: dict[str, str] | None = None) -> Iterator[tuple[httpx.Client, dict[str, str]]]:
    """A browser from an address of its own, with a conversation begun, or gone on with."""
    number = next(People._addresses)
    address = f"127.{1 + number // 60000 % 200}.{number // 250 % 240}.{1 + number % 250}"
    base = f"{url.replace('localhost', '127.0.0.1')}/webhooks/website"
    with httpx.Client(base_url=base, transport=httpx.HTTPTransport(local_address=address, verify=False), timeout=40) as client:
        if begun:
            yield client, begun
            return
        deadline = time.time() + _PATIENCE_SECONDS
        while time.time() < deadline:
            try:
                answer = client.post("/conversations")
                if answer.status_code == 201:
                    yield client, {"Authorization": f"Bearer {answer.json()['token']}"}
                    return
            except httpx.HTTPError:
                pass
            time.sleep(_AGAIN_SECONDS)
        raise TimeoutError("no conversation could be begun")


def says(client: httpx.Client, headers: dict[str, str], message: Sent, text: str) -> bool:
    """Sends a message on the website; whether it was acknowledged."""
    try:
        answer = client.post("/messages", json={"id": message.id, "text": text}, headers=headers)
    except httpx.HTTPError as error:
        message.failures.append(type(error).__name__)
        return False
    if answer.status_code != 200:
        message.failures.append(str(answer.status_code))
        return False
    heard = answer.json()["messages"]
    if any(each["seq"] is not None for each in heard):
        message.answers.append(tuple(each["text"] for each in heard))
        return True
    message.told += 1
    return False


def new_phone(url: str) -> Phone:
    """A phone with a number that nobody had before."""
    number = f"+1619{next(People._numbers) + 4_280_000:07d}"
    return Phone(url.replace("localhost", "127.0.0.1"), url, *ACCOUNT.values(), number)


def texts(phone: Phone, message: Sent, text: str) -> bool:
    """Texts a message, as Twilio brings it; whether it was acknowledged."""
    try:
        status, body = phone.posts(phone.form(text, message.id))
    except OSError as error:
        message.failures.append(type(error).__name__)
        return False
    heard = phone.read(body) if status == 200 else []
    if not heard:
        message.failures.append(str(status))
        return False
    if any("went wrong" in each for each in heard) or heard == [reply("later", "en")]:
        message.told += 1
        return False
    message.answers.append(tuple(heard))
    return True
