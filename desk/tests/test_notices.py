"""Given a crisis, a call or a form, when staff are told, then by real servers, once, and without a word of it."""
import hashlib
import hmac
import http.server
import json
import threading
import time

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller

from desk import database
from desk.models import accounts, notices
from desk.projection import reader
from desk.projection.reader import Reader
from desk.tables import Callback, Notice
from tests.conftest import conversation_of, free_port, happened
from tests.test_intake import fill, quick  # noqa: F401

SECRET = "w" * 32


@pytest.fixture
def webhook(monkeypatch):
    """A server that takes requests down; `status` is what it answers."""
    class Taker(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            server.taken.append((self.headers, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(server.status)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Taker)
    server.taken, server.status = [], 200
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("DESK_WEBHOOK_URL", f"http://127.0.0.1:{server.server_port}/hook")
    monkeypatch.setenv("DESK_WEBHOOK_SECRET", SECRET)
    yield server
    server.shutdown()


@pytest.fixture
def mail(monkeypatch):
    class Taker:
        letters: list = []

        async def handle_DATA(self, _server, _session, envelope):
            self.letters.append(envelope)
            return "250 taken"

    taker = Taker()
    controller = Controller(taker, hostname="127.0.0.1", port=free_port())
    controller.start()
    monkeypatch.setenv("DESK_SMTP_URL", f"smtp://127.0.0.1:{controller.port}")
    monkeypatch.setenv("DESK_MAIL_FROM", "desk@example.org")
    yield taker
    controller.stop()


def account(engine, role: str) -> None:
    with database.transaction(engine) as session:
        link = accounts.open_link(session, accounts.link(session, role))
        accounts.accept(session, link, role, f"{role}@example.org", "seven quiet herons wade")


def test_what_cannot_wait_is_told_once_and_signed(engine, webhook):
    happened(engine)
    Reader(engine).catch_up()
    sent = notices.deliver(engine)
    bodies = [json.loads(body) for _, body in webhook.taken]
    assert sent == len(bodies) and {body["kind"] for body in bodies} == {"crisis", "callback"}
    assert any(body["text"].endswith(f"/conversation/{conversation_of('i have the pills here')}") for body in bodies)
    headers, body = webhook.taken[0]
    expected = hmac.new(SECRET.encode(), headers["X-Desk-Time"].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers["X-Desk-Signature"] == expected
    assert not any(word in str(webhook.taken) for word in ("pills", "Ottoline", "555"))
    reader.rebuild(engine)
    assert notices.deliver(engine) == 0


def test_mail_goes_to_those_who_act(engine, mail):
    account(engine, "reader")
    account(engine, "admissions")
    happened(engine)
    Reader(engine).catch_up()
    assert notices.deliver(engine) == len(mail.letters) > 5
    assert {address for letter in mail.letters for address in letter.rcpt_tos} == {"admissions@example.org"}
    assert b"Subject: A new crisis" in mail.letters[0].content and b"pills" not in mail.letters[0].content


def test_what_fails_is_tried_again_even_after_a_restart(engine, webhook):
    webhook.status = 500
    happened(engine)
    Reader(engine).catch_up()
    assert notices.deliver(engine) == 0 and webhook.taken
    with database.transaction(engine) as session:
        assert session.scalar(sa.select(sa.func.min(Notice.next_at))) is not None
        session.execute(sa.update(Notice).values(next_at=0))
    webhook.status = 200
    assert notices.deliver(engine) > 0 and notices.deliver(engine) == 0


def test_a_form_is_told_of(desk, webhook):
    fill(desk.browser())
    assert notices.deliver(desk.engine) == 1
    assert json.loads(webhook.taken[0][1])["text"].endswith("/forms/1") and b"Quillon" not in webhook.taken[0][1]


def test_a_call_that_becomes_overdue_is_told_of(engine, webhook):
    happened(engine)
    follower = Reader(engine)
    follower.catch_up()
    notices.deliver(engine)
    webhook.taken.clear()
    with database.transaction(engine) as session:
        session.execute(sa.update(Callback).values(due_at=time.time() - 1))
    follower.step()
    follower.step()
    assert notices.deliver(engine) == 1 and json.loads(webhook.taken[0][1])["kind"] == "overdue"


def test_old_events_are_no_news(engine, webhook):
    happened(engine, since=3 * 86400)
    Reader(engine).catch_up()
    assert notices.deliver(engine) == 0
