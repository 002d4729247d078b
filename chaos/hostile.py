"""10,000 requests that nobody means well: fuzz, floods, slow clients, huge bodies, bad encodings, smuggling, forged tokens. Over
sockets, since no client would send most of them."""
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

CANARY = "zebra"
_SECONDS = 12  # longer than nginx waits for the rest of a request
_M = "/webhooks/website/messages"
_W = "/webhooks/sms/webhook"


def request(method: str, path: str, body: bytes = b"", **headers: str) -> bytes:
    lines = {"Host": "localhost", "Connection": "close", "Content-Length": str(len(body)), **headers}
    head = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in lines.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1", "replace") + body


def noise(chance: random.Random) -> bytes:
    return chance.randbytes(chance.randint(1, 2000)) + b"\r\n\r\n"


def bad_json(chance: random.Random) -> bytes:
    body = chance.choice([
        b"{", b"[" * 20_000, b'{"id": 1}', b"\xff\xfe" + CANARY.encode(), b'{"id":"\\ud800","text":"\\ud800"}', b"null",
        b'{"id":"' + b"a" * 9000 + b'"}', b"0" * 9000, CANARY.encode() * 100, b'{"id":{"a":[]}, "text": NaN}',
    ])
    return request("POST", _M, body, Authorization=f"Bearer {CANARY}", Content_Type="application/json")


def forged(chance: random.Random) -> bytes:
    token = chance.choice([CANARY, "a.b.c", "x" * 7000, "../../etc/passwd", "\xff\xfe", "' or 1=1 --", "%00", ""])
    method = chance.choice(["GET", "POST", "DELETE", "PUT", "PATCH", "TRACE", "OPTIONS"])
    return request(method, _M, Authorization=f"Bearer {token}")


def unsigned_text(chance: random.Random) -> bytes:
    body = chance.choice([
        b"Body=" + CANARY.encode(), b"&" * 5000, b"From=%2B1&To=%ff%fe&MessageSid=SM1", b"a=1&" * 2000, b"\xff" * 500,
    ])
    kind = chance.choice(["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"])
    return request("POST", _W, body, Content_Type=kind, X_Twilio_Signature=CANARY)


def huge(chance: random.Random) -> bytes:
    return request("POST", chance.choice([_M, _W, "/"]), b"A" * chance.choice([70_000, 300_000]), Content_Type="application/json")


def smuggled(chance: random.Random) -> bytes:
    inner = b"0\r\n\r\n" + request("GET", f"/{CANARY}")
    return chance.choice([
        request("POST", _M, inner, Transfer_Encoding="chunked"), request("POST", _M, inner, Transfer_Encoding="chunked, identity"),
        request("POST", _M, inner).replace(b"Content-Length", b"Content-Length: 3\r\nContent-Length"),
        b"POST " + _M.encode() + b" HTTP/1.1\nHost: x\nTransfer-Encoding : chunked\n\n" + inner,
    ])


def strange_path(chance: random.Random) -> bytes:
    path = chance.choice([
        "/../../etc/passwd", "/%2e%2e/%2e%2e/clinic.yml", "/page.css%00.html", "//evil.example", "/\xff", "/" + "a" * 9000,
        f"/?{CANARY}", "/webhooks/rest/webhook", "/webhooks/website/../sms/webhook", "/conversations/x/tracker",
        "/metrics", "/model", "/.git/config", "/webhooks/website/messages?after=" + "9" * 400,
    ])
    return request(chance.choice(["GET", "POST", "HEAD", "CONNECT", "PROPFIND"]), path)


def strange_headers(chance: random.Random) -> bytes:
    return chance.choice([
        request("GET", "/", Cookie="a" * 7000), request("GET", "/", X_Forwarded_For=", ".join(["1.2.3.4"] * 500)),
        request("GET", "/", Host="evil.example"), request("GET", "/", Expect="100-continue"),
        request("GET", "/", Range="bytes=0-,0-,0-"),
        request("GET", "/webhooks/website/health", Upgrade="websocket"), b"GET / HTTP/9.9\r\n\r\n", b"GET /\r\n",
        request("POST", "/webhooks/website/conversations", Origin="https://evil.example"),
        b"\x16\x03\x01\x02\x00\x01\x00" + b"\0" * 200,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", request("GET", "/", **{"Accept-Encoding": "gzip;q=\x00"}),
    ])


KINDS: list[Callable[[random.Random], bytes]] = [
    noise, bad_json, forged, unsigned_text, huge, smuggled, strange_path, strange_headers,
]


def attack(port: int, number: int, a_second: int = 250, workers: int = 24, slow: int = 300) -> Counter[int]:
    """Sends so many requests, half of them from five addresses, half from thousands, while `slow` connections send a byte now and
    then; the statuses of the answers (0: let go without one)."""
    ended = threading.Event()
    slowly = threading.Thread(target=_slow_clients, args=(port, slow, ended), daemon=True)
    slowly.start()
    began = time.monotonic()
    with ThreadPoolExecutor(workers) as pool:
        statuses = Counter(pool.map(lambda place: _sent(port, place, began + place / a_second), range(number)))
    ended.set()
    slowly.join()
    return statuses


def _sent(port: int, place: int, when: float) -> int:
    chance = random.Random(place)
    time.sleep(max(0, when - time.monotonic()))
    with socket.socket() as connection:
        own = f"127.201.{place // 200}.{1 + place % 200}"
        connection.bind((own if chance.random() < 0.5 else f"127.203.0.{1 + place % 5}", 0))
        connection.settimeout(_SECONDS)
        try:
            connection.connect(("127.0.0.1", port))
            connection.sendall(KINDS[place % len(KINDS)](chance))
            answer = connection.recv(64)
        except OSError:
            return 0
    status = answer[9:12]
    return int(status) if answer.startswith(b"HTTP/") and status.isdigit() else 0


def _slow_clients(port: int, number: int, ended: threading.Event) -> None:
    """Connections that never finish a request, each from an address of its own."""
    open_ones: list[socket.socket] = []
    for place in range(number):
        connection = socket.socket()
        connection.bind((f"127.202.{place // 200}.{1 + place % 200}", 0))
        connection.connect(("127.0.0.1", port))
        connection.sendall(b"POST /webhooks/website/messages HTTP/1.1\r\nHost: x\r\nContent-Length: 10000\r\n")
        open_ones.append(connection)
    while not ended.wait(1):
        for connection in open_ones:
            try:
                connection.send(b"X")
            except OSError:
                pass
    for connection in open_ones:
        connection.close()
    time.sleep(0.1)
