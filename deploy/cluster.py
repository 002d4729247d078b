"""`make cluster`: what runs on many machines in production, on this one: PostgreSQL, Redis, assistants, action server, desk, and
nginx before them, which makes one address of all.

    python -m deploy.cluster [PORT]      # Ctrl-C ends everything; SIGHUP (make cluster-reload) takes over a new model
"""
import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Collection
from pathlib import Path

import yaml

from assistant import check, settings
from assistant.clinic import ROOT
from deploy import sites
from deploy.servers import Postgres, Server, StartError, answers, free_port, nginx_program, redis_answers, redis_server

MODEL = ROOT / "models/current.tar.gz"
PID_FILE = settings.VAR / "cluster.pid"
_LOOK_SECONDS = 1
_NGINX = """
daemon off;
pid nginx.pid;
error_log nginx.log crit;  # lower levels quote visitors' addresses
worker_processes 1;
worker_rlimit_nofile 16384;
{user}
events {{ worker_connections 8192; }}
http {{
    client_body_temp_path temp-body;
    proxy_temp_path temp-proxy;
    fastcgi_temp_path temp-fastcgi;
    uwsgi_temp_path temp-uwsgi;
    scgi_temp_path temp-scgi;
    default_type application/octet-stream;
    include sites.conf;
}}
"""


class Cluster:
    """Everything that `make cluster` starts. port: of the assistant's page; the desk's is one higher. environment: besides ours;
    limits: of the channels, in place of those of credentials.yml."""

    def __init__(self, folder: Path, port: int, assistants: int = 2, desks: int = 1, environment: dict[str, str] | None = None,
                 limits: dict[str, int] | None = None, say: Callable[[str], None] = print) -> None:
        self.folder, self.port, self.say = folder, port, say
        self.url, self.desk_url = f"http://localhost:{port}", f"http://localhost:{port + 1}"
        self._extra, self._limits, self._numbers = environment or {}, limits or {}, (assistants, desks)
        self.assistants: list[Server] = []
        self.desks: list[Server] = []
        self.others: dict[str, Server] = {}
        self.postgres: Postgres | None = None
        self.environment: dict[str, str] = {}
        self._changing = threading.Lock()

    def start(self) -> None:
        """Starts everything and waits until it serves. Raises StartError."""
        self.say("Starting PostgreSQL and Redis ...")
        self._start_stores()
        self.say(f"Starting {self._numbers[0]} assistants and {self._numbers[1]} desk (logs: {self.folder}) ...")
        self._start_actions()
        self._model = self._copy_of_model()
        self.assistants = [self._assistant(number).start() for number in range(self._numbers[0])]
        self.desks = [self._desk(number).start() for number in range(self._numbers[1])]
        for server in [*self.others.values(), *self.assistants, *self.desks]:
            server.wait()
        self._start_nginx()

    def stop(self) -> None:
        """Ends everything: first what takes requests, last where they are kept."""
        nginx, actions, redis = (self.others.get(name) for name in ("nginx", "actions", "redis"))
        order: list[list[Server | None]] = [[nginx], [*self.assistants, *self.desks], [actions], [redis]]
        for servers in order:
            running = [server for server in servers if server and server.process]
            for server in running:
                server.ask_to_end()
            for server in running:
                server.gone()
        if self.postgres:
            self.postgres.remove()

    def mend(self, down: Collection[str] = ()) -> None:
        """Starts anew what has ended by itself, as Kubernetes would; but for what somebody took `down`."""
        with self._changing:
            for server in [*self.others.values(), *self.assistants, *self.desks]:
                if not server.is_running and server.name not in down:
                    self.say(f"The {server.name} ended and is started anew.")
                    server.start()

    def take_over_model(self) -> bool:
        """One after the other, assistants with the model that is there now take the place of those that run, which finish what
        they began. A model that does not load takes nobody's place. Returns whether all were replaced."""
        with self._changing:
            model = self._copy_of_model()
            for place, old in enumerate(self.assistants):
                new = self._assistant(place, model).start()
                try:
                    new.wait()
                except StartError:
                    new.kill()
                    self.say(f"{MODEL.name} does not load (see {new.log}). The assistants go on with the model that they have. "
                             "Train again, then: make cluster-reload")
                    return False
                self._model = model
                self.assistants[place] = new
                self._write_sites()
                os.kill(self.others["nginx"].pid, signal.SIGHUP)
                old.stop()
        self.say("All assistants serve the new model.")
        return True

    def _start_stores(self) -> None:
        given = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if os.environ.get(name)}
        if "DATABASE_URL" not in given:
            self.postgres = Postgres()
            given["DATABASE_URL"] = self.postgres.url
        if "REDIS_URL" not in given:
            server, given["REDIS_URL"] = redis_server(self.folder)
            self.others["redis"] = server.start()
            while not redis_answers(given["REDIS_URL"]):
                if not server.is_running:
                    raise StartError(f"Redis did not start; its whole log: {server.log}")
        os.environ.update(given)
        problems = list(check.operation())
        if problems:
            raise StartError("\n".join(problems))
        self.environment = {
            **given, "ASSISTANT_SECRET": settings.secret(), "TRUSTED_PROXIES": "1", "DESK_TRUSTED_PROXIES": "1",
            "DESK_URL": self.desk_url, "ENDPOINTS": str(self.folder / "endpoints.yml"),
            "CREDENTIALS": str(self.folder / "credentials.yml"), **self._extra,
        }
        self._write_credentials()

    def _write_credentials(self) -> None:
        channels = yaml.safe_load((ROOT / "credentials.yml").read_text("utf-8"))
        for options in channels.values():
            options.update({name: value for name, value in self._limits.items() if name in options})
        (self.folder / "credentials.yml").write_text(yaml.safe_dump(channels))

    def _start_actions(self) -> None:
        """The action server, where endpoints.yml names one."""
        endpoints = yaml.safe_load((ROOT / "endpoints.yml").read_text("utf-8"))
        if "action_endpoint" in endpoints:
            port = free_port()
            endpoints["action_endpoint"]["url"] = f"http://localhost:{port}/webhook"
            self.others["actions"] = Server("action server", ["bin/actions"], self.folder / "actions.log",
                                            f"http://127.0.0.1:{port}/health", ACTIONS_PORT=str(port)).start()
        (self.folder / "endpoints.yml").write_text(yaml.safe_dump(endpoints))

    def _copy_of_model(self) -> Path:
        """A copy of the model: a file that changes while it is read is none, and who starts anew starts with what served before."""
        copy = self.folder / f"model-{time.time_ns()}.tar.gz"
        shutil.copyfile(MODEL, copy)
        return copy

    def _assistant(self, number: int, model: Path | None = None) -> Server:
        port, operator = free_port(), free_port()
        own = {"PORT": str(port), "OPERATOR_PORT": str(operator), "MODEL": str(model or self._model)}
        return Server(f"assistant {number + 1}", ["bin/assistant"], self.folder / f"assistant-{number + 1}.log",
                      f"http://127.0.0.1:{port}/", f"http://127.0.0.1:{operator}/ready", **own, **self.environment)

    def _desk(self, number: int) -> Server:
        port, operator = free_port(), free_port()
        ports = {"DESK_PORT": str(port), "DESK_OPERATOR_PORT": str(operator)}
        return Server(f"desk {number + 1}", ["bin/desk", "run"], self.folder / f"desk-{number + 1}.log",
                      f"http://127.0.0.1:{port}/intake", f"http://127.0.0.1:{operator}/ready", **ports, **self.environment)

    def _start_nginx(self) -> None:
        self._write_nginx()
        command = [nginx_program(), "-p", f"{self.folder}/", "-c", "nginx.conf", "-e", "nginx.log"]
        self.others["nginx"] = Server("nginx", command, self.folder / "nginx.log", f"{self.url}/").start()
        self.others["nginx"].wait()

    def _write_nginx(self) -> None:
        user = "user root;" if os.geteuid() == 0 else ""  # else another user, who may not enter the folder
        (self.folder / "nginx.conf").write_text(_NGINX.format(user=user))
        self._write_sites()

    def _write_sites(self) -> None:
        ports = ("PORT", self.assistants), ("DESK_PORT", self.desks)
        assistants, desks = ("\n    ".join(f"server 127.0.0.1:{server.environment[name]} max_fails=0;"
                                           for server in servers) for name, servers in ports)
        (self.folder / "sites.conf").write_text(sites.filled(
            ASSISTANT_SERVERS=assistants, DESK_SERVERS=desks, ASSISTANT_LISTEN=str(self.port), DESK_LISTEN=str(self.port + 1),
            ASSISTANT_HOST="_", DESK_HOST="_", ASSISTANT_TLS="", DESK_TLS="", ACCESS_LOG="access.log",
        ))


def main(port: int) -> int:
    for taken in (port, port + 1):
        if answers(f"http://localhost:{taken}/"):
            print(f"Port {taken} is taken. Free it, or choose another: make cluster PORT={port + 100}")
            return 1
    folder = settings.VAR / "cluster"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    cluster, ended, reload = Cluster(folder, port), threading.Event(), threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: ended.set())
    signal.signal(signal.SIGHUP, lambda *_: reload.set())
    try:
        PID_FILE.write_text(str(os.getpid()))
        cluster.start()
        print(f"The assistant answers at {cluster.url}/   (Ctrl-C ends everything, and its data with it)")
        print("\n".join(line for line in cluster.desks[0].log.read_text().splitlines() if cluster.desk_url in line))
        while not ended.wait(_LOOK_SECONDS):
            cluster.mend()
            if reload.is_set():
                reload.clear()
                cluster.take_over_model()
    except StartError as error:
        print(error)
        return 1
    finally:
        print("Ending ...")
        cluster.stop()
        PID_FILE.unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 8080))
