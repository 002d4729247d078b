"""One assistant by itself, on an SQLite file, as `make run` has it: for what concerns a file, a release or a clock."""
import shutil
from pathlib import Path

import yaml

from assistant import settings
from assistant.clinic import ROOT
from deploy.servers import Server, free_port

MODEL = "models/current.tar.gz"


class Single:
    """root: the code it runs, this one's or another release's; started with `start`, on the same database each time."""

    def __init__(self, folder: Path, root: Path = ROOT, **environment: str) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.folder, self.root, self.database = folder, root, folder / "conversations.db"
        self.port, self.url = free_port(), ""
        self.url = f"http://localhost:{self.port}"
        self.environment = {
            "ASSISTANT_SECRET": settings.secret(), "DATABASE_URL": f"sqlite:///{self.database}", "REDIS_URL": "",
            "PORT": str(self.port), "ENDPOINTS": str(folder / "endpoints.yml"), **environment,
        }
        self.actions = self._with_actions()

    def start(self) -> "Single":
        """Starts it, and waits until it serves."""
        command = [".venv/bin/rasa", "run", "--model", MODEL, "--endpoints", self.environment["ENDPOINTS"],
                   "--port", str(self.port), "-i", "127.0.0.1"]
        self.server = Server("assistant", command, self.folder / "assistant.log", f"{self.url}/", **self.environment)
        self.server.root = self.root
        for server in filter(None, (self.actions, self.server)):
            if not server.is_running:
                server.start()
        for server in filter(None, (self.actions, self.server)):
            server.wait()
        return self

    def stop(self) -> None:
        for server in filter(None, (self.server, self.actions)):
            if server.process:
                server.stop()

    @property
    def database_url(self) -> str:
        return self.environment["DATABASE_URL"]

    def log(self) -> str:
        return (self.folder / "assistant.log").read_text("utf-8", "replace")

    def _with_actions(self) -> Server | None:
        endpoints = yaml.safe_load((self.root / "endpoints.yml").read_text("utf-8"))
        actions = None
        if "action_endpoint" in endpoints:
            port = free_port()
            endpoints["action_endpoint"]["url"] = f"http://localhost:{port}/webhook"
            command = [".venv/bin/rasa", "run", "actions", "--port", str(port)]
            health = f"http://127.0.0.1:{port}/health"
            actions = Server("action server", command, self.folder / "actions.log", health, SANIC_HOST="127.0.0.1")
            actions.root = self.root
        Path(self.environment["ENDPOINTS"]).write_text(yaml.safe_dump(endpoints))
        return actions


class Clock:
    """A clock for one process that can be moved while it runs (libfaketime); how long something takes stays real."""

    def __init__(self, file: Path) -> None:
        packages = "python3*/site-packages"
        library = next((ROOT / "deploy/.venv/lib").glob(f"{packages}/libfaketime/vendor/libfaketime/src/libfaketime.so.1"))
        self.file = file
        self.move(0)
        self.environment = {"LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(file), "FAKETIME_DONT_FAKE_MONOTONIC": "1",
                            "FAKETIME_CACHE_DURATION": "1"}

    def move(self, seconds: int) -> None:
        """So many seconds ahead of the real time, from now on (it is noticed within a second)."""
        self.file.write_text(f"{seconds:+d}\n")
