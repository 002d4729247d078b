"""Fills a desk that someone wants to look round in: invented visitors talk to the running assistant."""
import json
import uuid
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import yaml

_CONVERSATIONS = Path(__file__).resolve().parents[1] / "demo/conversations.yml"


def talk(url: str = "http://localhost:5005") -> None:
    """Holds the conversations of demo/conversations.yml with the assistant at that address."""
    conversations = yaml.safe_load(_CONVERSATIONS.read_text("utf-8"))
    for conversation in conversations:
        token = _post(f"{url}/webhooks/website/conversations", {}, {})["token"]
        for line in conversation["says"]:
            body = {"id": str(uuid.uuid4()), "text": line}
            _post(f"{url}/webhooks/website/messages", body, {"Authorization": f"Bearer {token}"})
    print(f"{len(conversations)} conversations were held.")


def _post(url: str, body: dict[str, str], headers: dict[str, str]) -> Any:
    request = Request(url, json.dumps(body).encode(), {"Content-Type": "application/json", **headers}, method="POST")
    with urlopen(request) as answer:
        return json.load(answer)
