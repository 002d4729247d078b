"""The real assistant, as `make run` starts it, on a port and a database of the tests' own."""
import os
import socket
import subprocess
import sys
import time

import httpx
import pytest

from tests.content import ROOT


class Assistant:
    def __init__(self, url: str) -> None:
        self.url = url

    def says(self, visitor: str, text: str) -> list[str]:
        """What a visitor hears when she writes `text`."""
        answer = httpx.post(f"{self.url}/webhooks/rest/webhook", json={"sender": visitor, "message": text}, timeout=60)
        answer.raise_for_status()
        return [message.get("text", "") for message in answer.json()]


@pytest.fixture(scope="session")
def assistant(tmp_path_factory):
    folder = tmp_path_factory.mktemp("assistant")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {**os.environ, "DATABASE_URL": f"sqlite:///{folder / 'conversations.db'}", "ASSISTANT_SECRET": "t" * 32}
    with open(folder / "log", "w") as log:
        command = [sys.executable, "-m", "rasa", "run", "--model", "models/current.tar.gz", "--port", str(port), "-i", "127.0.0.1"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait(f"http://127.0.0.1:{port}", process, folder / "log")
            yield Assistant(f"http://127.0.0.1:{port}")
        finally:
            process.terminate()
            process.wait()


def _wait(url, process, log):
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()[-2000:]
        try:
            if httpx.get(f"{url}/webhooks/rest/").status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.3)
    raise AssertionError("the assistant did not answer within two minutes")
