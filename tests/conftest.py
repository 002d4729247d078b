"""The real assistant with its action server, as `make run` starts them, on ports and a database of the tests' own."""
import asyncio
import itertools
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from pathlib import Path

import httpx
import pytest
import yaml
from rasa.core.agent import Agent, load_agent
from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.utils import AvailableEndpoints

from assistant.channels.sms.numbers import Numbers
from assistant.channels.sms.options import Options
from tests.actions import HeldActions
from tests.content import ROOT
from tools.carrier import Carrier, Phone

MODEL = "models/current.tar.gz"
CHANNEL = "assistant.channels.website.channel.WebsiteInput"
SMS_CHANNEL = "assistant.channels.sms.channel.SmsInput"
WIDE = {"message_length": 20_000, "messages_a_minute": 100_000, "conversations_a_minute": 100_000, "open_streams": 100}
WIDE_SMS = {"messages_a_minute": 100_000, "messages_an_hour": 100_000, "all_messages_a_minute": 100_000, "same_message": 1_000,
            "segments_a_day": 10_000_000, "patience_seconds": 60}
ACCOUNT = {"TWILIO_ACCOUNT_SID": "AC" + "0" * 32, "TWILIO_AUTH_TOKEN": "a token of Twilio's", "PUBLIC_URL": "https://sms.example.org/bot"}
STRICT = {"messages_a_minute": 3, "crisis_messages_a_minute": 2, "conversations_a_minute": 3, "open_streams": 2,
          "trusted_proxies": 1}
BLOCKED = "+16194289999"
STRICT_SMS = {"messages_a_minute": 3, "same_message": 2, "patience_seconds": 1, "send_attempts": 3, "blocked": [BLOCKED]}
LINK = re.compile(r"\[([^]]*)\]\((\S*?)\)")
LINK_ALONE = re.compile(r"\n\n\[[^]]*\]\(\S*?\)(?=\n\n|$)")
PATIENCE = 300  # seconds a server may take to start, and whatever else is waited for, on a busy machine


class Assistant:
    """A running assistant. `folder` holds its log, the action server's log and its database."""

    tokens: dict[str, str] = {}
    """Visitor -> token: whichever assistant began a conversation, each may go on with it."""
    _beginning = threading.Lock()

    def __init__(self, folder: Path, environment: dict[str, str] | None = None, actions: bool = True,
                 model: str = MODEL, credentials: dict[str, dict | None] = {CHANNEL: WIDE}) -> None:  # noqa: B006
        self.folder, self.port, self.actions_port, self.model = folder, free_port(), free_port(), model
        self.operator_port = free_port()
        self.database = folder / "conversations.db"
        self.environment = {
            **os.environ,
            "DATABASE_URL": f"sqlite:///{self.database}", "ASSISTANT_SECRET": "t" * 32,
            "SANIC_HOST": "127.0.0.1", "OPERATOR_PORT": str(self.operator_port),
            **(environment or {}),
        }
        self.endpoints = folder / "endpoints.yml"
        self.endpoints.write_text((ROOT / "endpoints.yml").read_text().replace(":5055", f":{self.actions_port}"))
        self.credentials = folder / "credentials.yml"
        self.credentials.write_text(yaml.safe_dump(credentials))
        self.action_server = self._begun_actions() if actions else None
        self.start()
        if actions:
            self._wait_for_actions()

    def start(self) -> None:
        self.server = self._begun(
            "assistant.log", "run", "--model", self.model, "--endpoints", str(self.endpoints),
            "--credentials", str(self.credentials), "--port", str(self.port), "-i", "127.0.0.1",
        )
        self._wait(self.server, f"http://127.0.0.1:{self.port}/", "assistant.log")

    def restart(self) -> None:
        """The same assistant anew, on the same database."""
        stop(self.server)
        self.start()

    def start_actions(self) -> None:
        self.action_server = self._begun_actions()
        self._wait_for_actions()

    def stop_actions(self) -> None:
        stop(self.action_server)

    def stop(self) -> None:
        for server in filter(None, (self.server, self.action_server)):
            stop(server)

    def answers(self, visitor: str, text: str) -> list[dict]:
        """What the assistant answers, as messages with their buttons; a link counts as one."""
        body = {"id": str(uuid.uuid4()), "text": text}
        headers = {"Authorization": f"Bearer {self.token(visitor)}"}
        answer = httpx.post(f"{self.url}/messages", json=body, headers=headers, timeout=60, verify=False)
        answer.raise_for_status()
        return [as_read(message) for message in answer.json()["messages"]]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/webhooks/website"

    def token(self, visitor: str) -> str:
        """The token of a visitor's conversation, which begins when it is first asked for."""
        with self._beginning:
            if visitor not in self.tokens:
                # verify: else each call loads the certificates that TLS would need
                self.tokens[visitor] = httpx.post(f"{self.url}/conversations", verify=False).json()["token"]
        return self.tokens[visitor]

    def says(self, visitor: str, text: str) -> list[str]:
        """What a visitor hears when she writes `text`."""
        return [message.get("text", "") for message in self.answers(visitor, text)]

    def events(self, visitor: str) -> list[dict]:
        """The conversation as it is stored, for staff."""
        with sqlite3.connect(self.database) as connection:
            asked = "select data from events where sender_id = ? order by id"
            rows = connection.execute(asked, (conversation_of(self.token(visitor)),)).fetchall()
        return [json.loads(data) for (data,) in rows]

    def slot(self, visitor: str, name: str):
        """The value that the events last gave a slot."""
        values = [event["value"] for event in self.events(visitor) if event["event"] == "slot" and event["name"] == name]
        return values[-1] if values else None

    def logs(self) -> str:
        return "".join(path.read_text() for path in self.folder.glob("*.log"))

    def _begun_actions(self) -> subprocess.Popen:
        return self._begun("actions.log", "run", "actions", "--port", str(self.actions_port))

    def _wait_for_actions(self) -> None:
        self._wait(self.action_server, f"http://127.0.0.1:{self.actions_port}/health", "actions.log")

    def _begun(self, log: str, *command: str) -> subprocess.Popen:
        with open(self.folder / log, "a") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "rasa", *command], cwd=ROOT, env=self.environment, stdout=output, stderr=subprocess.STDOUT
            )

    def _wait(self, server: subprocess.Popen, url: str, log: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            assert server.poll() is None, (self.folder / log).read_text()[-2000:]
            try:
                if httpx.get(url).status_code == 200:
                    return
            except httpx.TransportError:
                time.sleep(0.3)
        raise AssertionError(f"{url} did not answer within {PATIENCE} s")


def conversation_of(token: str) -> str:
    """The id that a token opens, as it is stored."""
    return token.rsplit(".", 2)[0]


def as_read(message: dict) -> dict:
    """A message as a visitor reads it: the words without the addresses behind them, and what can be pressed."""
    links = [{"title": words, "url": target} for words, target in LINK.findall(message["text"])]
    buttons = [{"title": button["text"], "id": button["id"]} for button in message["buttons"]]
    return {"text": LINK.sub(r"\1", LINK_ALONE.sub("", message["text"])), "buttons": [*links, *buttons]}


class PhoneLine:
    """Visitors who text: each has a number of her own, and reaches the running assistant through the webhook, signed."""

    def __init__(self, assistant: Assistant) -> None:
        self.assistant = assistant
        self.phones: dict[str, Phone] = {}

    def phone(self, visitor: str) -> Phone:
        """The visitor's phone."""
        if visitor not in self.phones:
            self.phones[visitor] = new_phone(self.assistant)
        return self.phones[visitor]

    def answers(self, visitor: str, text: str) -> list[dict]:
        return [{"text": heard} for heard in self.phone(visitor).texts(text)]

    def slot(self, visitor: str, name: str):
        events = texted(self.assistant, self.phone(visitor))
        values = [event["value"] for event in events if event["event"] == "slot" and event["name"] == name]
        return values[-1] if values else None


_numbers = itertools.count(2000)


def new_phone(assistant: Assistant) -> Phone:
    """A phone with a number that nobody had before."""
    sid, token, public_url = ACCOUNT.values()
    return Phone(f"http://127.0.0.1:{assistant.port}", public_url, sid, token, f"+1619428{next(_numbers)}")


def texted(assistant: Assistant, phone: Phone) -> list[dict]:
    """A phone's conversation as it is stored."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("ASSISTANT_SECRET", assistant.environment["ASSISTANT_SECRET"])
        conversation = Numbers(Options()).conversation(phone.number)
    with sqlite3.connect(assistant.database) as connection:
        rows = connection.execute("select data from events where sender_id = ? order by id", (conversation,)).fetchall()
    return [json.loads(data) for (data,) in rows]


class Sms(CollectingOutputChannel):
    """Collects answers in the wording for text messages, which the channel's name chooses."""

    @classmethod
    def name(cls) -> str:
        return "sms"


class Texting:
    """The trained model in this process, heard by text message: Rasa's rest interface always has the web's wording."""

    def __init__(self, agent: Agent, loop: asyncio.AbstractEventLoop) -> None:
        self.agent, self.loop = agent, loop

    def answers(self, visitor: str, text: str) -> list[dict]:
        message = UserMessage(text, Sms(), visitor, input_channel="sms")
        return self.loop.run_until_complete(self.agent.handle_message(message))

    def slot(self, visitor: str, name: str):
        tracker = self.loop.run_until_complete(self.agent.tracker_store.retrieve(visitor))
        return tracker.get_slot(name)


def wait_for(found, seconds: float = PATIENCE):
    """What `found` finds, as soon as it finds something."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if result := found():
            return result
        time.sleep(0.1)
    raise AssertionError("It did not happen in time")


def stop(server: subprocess.Popen) -> None:
    server.send_signal(signal.SIGTERM)
    server.wait()


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture(scope="session")
def assistant(tmp_path_factory):
    running = Assistant(tmp_path_factory.mktemp("assistant"), ACCOUNT, credentials={CHANNEL: WIDE, SMS_CHANNEL: WIDE_SMS})
    yield running
    running.stop()


@pytest.fixture(scope="session")
def carrier():
    """Twilio's REST interface, for `strict`."""
    running = Carrier(ACCOUNT["TWILIO_ACCOUNT_SID"], ACCOUNT["TWILIO_AUTH_TOKEN"])
    yield running
    running.stop()


@pytest.fixture(scope="session")
def strict(tmp_path_factory, carrier):
    """An assistant of narrow limits, which a test may also kill; `actions` is its action server, which a test may hold back."""
    environment = {**ACCOUNT, "TWILIO_API_URL": carrier.url}
    running = Assistant(tmp_path_factory.mktemp("strict"), environment, actions=False,
                        credentials={CHANNEL: STRICT, SMS_CHANNEL: STRICT_SMS})
    running.actions = HeldActions(running.actions_port)
    new_phone(running).texts("do they drug test?")  # the first turn of all is slow
    wait_for(lambda: not waiting(running))
    yield running
    running.actions.stop()
    running.stop()


def waiting(assistant: Assistant) -> int:
    """How many answers to texts are still to be sent."""
    with sqlite3.connect(assistant.database) as connection:
        return connection.execute("select count(*) from sms_outbox where message != ''").fetchone()[0]


@pytest.fixture(scope="session")
def phone_line(assistant):
    return PhoneLine(assistant)


@pytest.fixture(scope="session")
def without_model(tmp_path_factory):
    """An assistant whose model is no model, as after a training that was broken off."""
    folder = tmp_path_factory.mktemp("model")
    (folder / "broken.tar.gz").write_bytes(b"half a model")
    running = Assistant(folder, actions=False, model=str(folder / "broken.tar.gz"))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def texting(assistant, tmp_path_factory):
    """Shares the action server of `assistant`."""
    loop = asyncio.new_event_loop()
    endpoints = AvailableEndpoints.read_endpoints(str(assistant.endpoints))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DATABASE_URL", f"sqlite:///{tmp_path_factory.mktemp('texting')}/conversations.db")
        agent = loop.run_until_complete(load_agent(MODEL, endpoints=endpoints, loop=loop))
    yield Texting(agent, loop)
    loop.close()


@pytest.fixture
def visitor() -> str:
    return uuid.uuid4().hex
