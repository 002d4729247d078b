"""What nginx does before the assistant: real nginx with the sites of deploy/, and servers behind it that do as each test says."""
import json
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from assistant import clinic
from deploy import cluster, servers
from tests.conftest import free_port

PHONE = clinic.settings()["admissions_phone"]
MESSAGES = "/webhooks/website/messages"


class Behind(ThreadingHTTPServer):
    """Stands where an assistant stands. heard: each request; dies: it ends connections without an answer, as one that is killed."""

    def __init__(self) -> None:
        behind = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                behind.heard.append((self.path, dict(self.headers), self.rfile.read(int(self.headers.get("Content-Length", 0)))))
                if behind.dies:
                    self.close_connection = True
                    return
                self.send_response(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            do_POST = do_GET

            def log_message(self, *_) -> None:
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        self.heard, self.dies = [], False
        threading.Thread(target=self.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def two_behind():
    running = [Behind(), Behind()]
    yield running
    for server in running:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def nginx(two_behind, tmp_path_factory):
    made = cluster.Cluster(tmp_path_factory.mktemp("nginx"), free_port(), say=lambda line: None)
    made.assistants = [described(made, server.server_port, "PORT") for server in two_behind]
    made.desks = [described(made, free_port(), "DESK_PORT")]
    made._start_nginx()
    yield made
    made.others["nginx"].stop()


def described(made: cluster.Cluster, port: int, name: str) -> servers.Server:
    return servers.Server("stand-in", [], made.folder / "none.log", **{name: str(port)})


@pytest.fixture
def behind(two_behind):
    for server in two_behind:
        server.heard, server.dies = [], False
    yield two_behind
    for server in two_behind:
        server.dies = False


_addresses = iter(range(1, 250))


@pytest.fixture
def client(nginx):
    """A browser from an address that nobody had before."""
    transport = httpx.HTTPTransport(local_address=f"127.77.0.{next(_addresses)}", verify=False)
    with httpx.Client(base_url=f"http://127.0.0.1:{nginx.port}", transport=transport) as made:
        yield made


@contextmanager
def connected(nginx):
    address = (f"127.77.0.{next(_addresses)}", 0)
    with socket.create_connection(("127.0.0.1", nginx.port), timeout=10, source_address=address) as made:
        yield made


def heard(behind) -> list:
    return [request for server in behind for request in server.heard]


def test_an_assistant_that_dies_in_the_middle_of_a_message_is_followed_by_the_other(behind, client):
    behind[0].dies = True
    for _ in range(6):
        answer = client.post(MESSAGES, json={"id": "1"})
        assert (answer.status_code, answer.text) == (200, "ok")
    assert behind[0].heard and len(behind[1].heard) == 6


def test_where_none_answers_a_visitor_reads_the_phone_line(behind, client):
    for server in behind:
        server.dies = True
    answer = client.post(MESSAGES, json={"id": "1"})
    assert answer.status_code == 503 and answer.headers["content-type"] == "application/problem+json"
    assert PHONE in answer.json()["detail"] and "988" in answer.json()["detail"]
    behind[0].dies = behind[1].dies = False
    assert client.get("/").status_code == 200  # nobody was taken out of service


def test_the_assistant_learns_the_visitors_address_and_believes_no_header_of_hers(behind, client):
    client.get("/", headers={"X-Forwarded-For": "6.6.6.6", "X-Forwarded-Host": "evil.example", "Forwarded": "for=6.6.6.6"})
    ((_, headers, _),) = heard(behind)
    assert headers["X-Forwarded-For"].startswith("6.6.6.6, 127.77.0.")  # with TRUSTED_PROXIES=1 the last counts
    assert "X-Forwarded-Host" not in headers and "Forwarded" not in headers


def test_a_flood_from_one_address_is_told_to_wait_and_others_are_not(behind, client, nginx):
    statuses = [client.get("/").status_code for _ in range(120)]
    assert statuses[:60] == [200] * 60 and 429 in statuses
    refused = client.get("/")
    assert refused.status_code == 429 and "call 911" in refused.json()["detail"] and refused.headers["retry-after"]
    with connected(nginx) as other:
        other.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        assert b" 200 " in other.recv(100)


def test_texts_are_not_limited_by_address(behind, client):
    assert {client.post("/webhooks/sms/webhook", data={"Body": "hello"}).status_code for _ in range(120)} == {200}


@pytest.mark.parametrize("sent, status", [
    (b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n", b"400"),
    (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"400"),
    (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: strange\r\n\r\n", b"400"),
    (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\n\r\n", b"413"),
    (b"GET / HTTP/1.1\r\nHost: x\r\nCookie: " + b"a" * 9000 + b"\r\n\r\n", b"400"),
], ids=["a byte that is no address's", "two lengths", "an encoding that does not exist", "too much", "a huge header"])
def test_what_no_browser_sends_does_not_reach_the_assistant(behind, nginx, sent, status):
    with connected(nginx) as connection:
        connection.sendall(sent)
        assert connection.recv(100).split()[1] == status
    assert heard(behind) == []


def test_the_log_holds_neither_addresses_nor_queries(behind, client, nginx):
    client.get(f"{MESSAGES}?after=3&zebra=1")
    last = (nginx.folder / "access.log").read_text("utf-8", "replace").splitlines()[-1]
    assert json.loads(last)["path"] == MESSAGES and "zebra" not in last and "127.77" not in last
