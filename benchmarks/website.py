"""`make bench-website`: how long a visitor waits for an answer over the website's channel, beside Rasa's own rest channel and
the bare server, in one run of one process; and the bytes on the wire to a first answer.

The three take turns round by round, so that what else the machine does meets all of them. Compare figures of one run only.
"""
import asyncio
import json
import socket
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp

from tests.conftest import CHANNEL, WIDE, Assistant

QUESTIONS = ["How many hours a week is it?", "do they drug test", "what about for veterans?", "how much is it", "me siento perdido"]
AT_ONCE = {1: 40, 10: 8, 50: 3}  # conversations at once -> rounds; in each round every conversation asks one question
Timing = tuple[float, float]  # seconds to the first and to the last byte


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        assistant = Assistant(Path(folder), credentials={CHANNEL: WIDE, "rest": None})
        try:
            tables = asyncio.run(_measured(assistant.port))
            sizes = _bytes_to_a_first_answer(assistant.port)
        finally:
            assistant.stop()
    for at_once, timings in tables.items():
        print(f"\n{at_once} at once, ms        first byte p50    p95     last byte p50    p95    last p50, of rest's")
        for name, measured in timings.items():
            print(_row(name, measured, timings["rest, stock"]))
    print("\nbytes on the wire to a first answer: " + ", ".join(f"{what} {size}" for what, size in sizes.items()))
    return 0


async def _measured(port: int) -> dict[int, dict[str, list[Timing]]]:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", connector=connector) as session:
        asked: dict[str, Callable[[str, str], Awaitable[Timing]]] = {
            "website, stream": lambda token, text: _website(session, token, text, "text/event-stream"),
            "website, JSON": lambda token, text: _website(session, token, text, "application/json"),
            "rest, stock": lambda token, text: _rest(session, token, text),
            "GET /health": lambda token, text: _timed(session.get("/webhooks/website/health")),
        }
        tables = {}
        for at_once, rounds in AT_ONCE.items():
            tokens = {}
            for name in asked:
                tokens[name] = [await _token(session) for _ in range(at_once)]
            timings: dict[str, list[Timing]] = {name: [] for name in asked}
            for number in range(-1, rounds):  # one round before it counts
                for name, ask in asked.items():
                    text = QUESTIONS[number % len(QUESTIONS)]
                    heard = await asyncio.gather(*(ask(token, text) for token in tokens[name]))
                    timings[name] += heard if number >= 0 else []
            tables[at_once] = timings
        return tables


async def _token(session: aiohttp.ClientSession) -> str:
    async with session.post("/webhooks/website/conversations") as answer:
        return (await answer.json())["token"]


async def _website(session: aiohttp.ClientSession, token: str, text: str, accept: str) -> Timing:
    body = {"id": str(uuid.uuid4()), "text": text}
    headers = {"Authorization": f"Bearer {token}", "Accept": accept}
    return await _timed(session.post("/webhooks/website/messages", json=body, headers=headers))


async def _rest(session: aiohttp.ClientSession, token: str, text: str) -> Timing:
    return await _timed(session.post("/webhooks/rest/webhook", json={"sender": token, "message": text}))


async def _timed(request) -> Timing:
    start = time.perf_counter()
    async with request as answer:
        assert answer.status == 200, await answer.text()
        await answer.content.readany()
        first = time.perf_counter() - start
        await answer.content.read()
    return first, time.perf_counter() - start


def _row(name: str, timings: list[Timing], rest: list[Timing]) -> str:
    first, last = zip(*timings)
    ratio = statistics.median(last) / statistics.median(last for _, last in rest)
    figures = [_ms(first, 50), _ms(first, 95), _ms(last, 50), _ms(last, 95)]
    return f"{name:<24}" + "{:>14.1f} {:>6.1f} {:>17.1f} {:>6.1f}".format(*figures) + f"{ratio:>20.2f}"


def _ms(seconds: tuple[float, ...], percent: int) -> float:
    return 1000 * statistics.quantiles(seconds, n=100)[percent - 1]


def _bytes_to_a_first_answer(port: int) -> dict[str, int]:
    """Requests and answers with their headers, as sent by a client that adds none of its own."""
    sent, heard = _exchanged(port, "conversations", {}, "")
    token = json.loads(heard.partition(b"\r\n\r\n")[2])["token"]
    began = len(sent) + len(heard)
    body = {"id": str(uuid.uuid4()), "text": QUESTIONS[0]}
    headers = f"Authorization: Bearer {token}\r\nAccept: text/event-stream\r\n"
    asked, answered = _exchanged(port, "messages", body, headers)
    return {"starting": began, "the question": len(asked), "the answer": len(answered),
            "together": began + len(asked) + len(answered)}


def _exchanged(port: int, path: str, body: dict[str, str], headers: str) -> tuple[bytes, bytes]:
    content = json.dumps(body)
    request = (f"POST /webhooks/website/{path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n{headers}"
               f"Content-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n{content}").encode()
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(request)
        return request, b"".join(iter(lambda: connection.recv(65536), b""))


if __name__ == "__main__":
    sys.exit(main())
