"""`make shell`: talks with a running assistant in the terminal, as a website's visitor.  python -m ... URL"""
import json
import re
import sys
import uuid
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

_LINK = re.compile(r"\[([^]]*)\]\((?:tel:|sms:)?([^)]*)\)")


def main(url: str) -> None:
    """Sends each line and prints the answers, until the input ends."""
    token = _post(f"{url}/conversations", {}, {})["token"]
    print("Ctrl-D ends the talk.")
    for line in iter(_prompt, None):
        body = {"id": str(uuid.uuid4()), "text": line}
        for message in _post(f"{url}/messages", body, {"Authorization": f"Bearer {token}"})["messages"]:
            print(_shown(message))


def _prompt() -> str | None:
    try:
        return input("\nyou> ")
    except (EOFError, KeyboardInterrupt):
        return None


def _post(url: str, body: dict[str, str], headers: dict[str, str]) -> dict[str, Any]:
    request = Request(url, json.dumps(body).encode(), {"Content-Type": "application/json", **headers}, method="POST")
    try:
        with urlopen(request) as answer:
            return json.load(answer)
    except HTTPError as error:
        return {"messages": [{"text": json.load(error)["detail"], "buttons": []}]}


def _shown(message: dict[str, Any]) -> str:
    text = _LINK.sub(lambda link: f"{link[1]} ({link[2]})" if "https:" in link[2] else link[1], message["text"])
    return "\n" + text + "".join(f"\n  [{button['text']}]" for button in message["buttons"])


if __name__ == "__main__":
    main(sys.argv[1])
