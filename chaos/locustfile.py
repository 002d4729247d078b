"""What `make load` has locust do: visitors of the website and people who text, each with an address or number of their own. Each
message and what came of it is written to a file, for the books.

Run by chaos/load.py in an environment of its own, so nothing of the assistant's is imported here.
"""
import base64
import hashlib
import hmac
import itertools
import json
import os
import random
import secrets
import time
import uuid
from xml.etree import ElementTree

from locust import HttpUser, between, task
from requests.adapters import HTTPAdapter

LOG = open(os.environ["LOAD_LOG"], "a", buffering=1)
SETTINGS = json.loads(os.environ["LOAD_SETTINGS"])
QUESTIONS, PUBLIC_URL, ACCOUNT, TOKEN = (SETTINGS[name] for name in ("questions", "public_url", "account", "token"))
THINK = between(*SETTINGS["think"])
PATIENCE_SECONDS = 60
numbers = itertools.count(1)


class Own(HTTPAdapter):
    """Requests from an address of this machine that no other visitor has."""

    def __init__(self, number: int) -> None:
        self.address = f"127.{10 + number // 60000}.{number // 250 % 240}.{1 + number % 250}"
        super().__init__()

    def init_poolmanager(self, *arguments, **options) -> None:
        super().init_poolmanager(*arguments, source_address=(self.address, 0), **options)


class Person(HttpUser):
    abstract = True
    wait_time = THINK
    channel = ""

    def on_start(self) -> None:
        self.number = next(numbers)
        self.client.mount("http://", Own(self.number))
        self.questions = itertools.cycle(random.sample(QUESTIONS, len(QUESTIONS)))
        time.sleep(random.uniform(0, SETTINGS["think"][1]))  # nobody begins at the same moment

    @task
    def message(self) -> None:
        """One message, sent again as it was until it is acknowledged."""
        id_, text, began, tries = self.new_id(), next(self.questions), time.time(), 0
        heard: list[str] = []
        while not heard and time.time() - began < PATIENCE_SECONDS:
            tries += 1
            heard = self.send(id_, text)
            if not heard:
                time.sleep(1)
        LOG.write(json.dumps({"id": id_, "conversation": self.conversation, "channel": self.channel, "began": began,
                              "answers": [heard] if heard else [], "again": tries - 1, "seconds": time.time() - began}) + "\n")


class Visitor(Person):
    weight = 3
    channel = "web"

    def on_start(self) -> None:
        super().on_start()
        self.headers: dict[str, str] = {}
        while not self.headers:
            answer = self.client.post("/webhooks/website/conversations")
            if answer.status_code == 201:
                token = answer.json()["token"]
                self.headers, self.conversation = {"Authorization": f"Bearer {token}"}, token.rsplit(".", 2)[0]
            else:
                time.sleep(1)

    def new_id(self) -> str:
        return str(uuid.uuid4())

    def send(self, id_: str, text: str) -> list[str]:
        answer = self.client.post("/webhooks/website/messages", json={"id": id_, "text": text}, headers=self.headers)
        messages = answer.json().get("messages", []) if answer.status_code == 200 else []
        return [message["text"] for message in messages] if any(message["seq"] is not None for message in messages) else []


class Texter(Person):
    weight = 1
    channel = "sms"

    def on_start(self) -> None:
        super().on_start()
        self.phone = self.conversation = f"+1619{4_281_000 + self.number:07d}"

    def new_id(self) -> str:
        return "SM" + secrets.token_hex(16)

    def send(self, id_: str, text: str) -> list[str]:
        fields = {"MessageSid": id_, "From": self.phone, "To": "+19495550100", "Body": text, "NumMedia": "0", "AccountSid": ACCOUNT}
        signed = PUBLIC_URL + "/webhooks/sms/webhook" + "".join(name + fields[name] for name in sorted(fields))
        signature = base64.b64encode(hmac.new(TOKEN.encode(), signed.encode(), hashlib.sha1).digest()).decode()
        answer = self.client.post("/webhooks/sms/webhook", data=fields, headers={"X-Twilio-Signature": signature})
        if answer.status_code != 200:
            return []
        texts = ["".join(message.itertext()) for message in ElementTree.fromstring(answer.content).findall("Message")]
        return [] if any("went wrong" in text or text == SETTINGS["later"] for text in texts) else texts
