"""Given a crisis, a call or a form, when staff are told, then by real servers, once, and without a word of it."""
import hashlib
import hmac
import http.server
import json
import threading
import time
from datetime import datetime, timedelta
from datetime import time as time_of_day

import pytest
import sqlalchemy as sa
from aiosmtpd.controller import Controller

from desk import database, settings
from desk.models import accounts, notices
from desk.projection import reader
from desk.projection.reader import Reader
from desk.tables import Callback, Notice, Staff
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


def test_each_gets_a_letter_of_her_own_and_who_left_gets_none(engine, mail):
    account(engine, "admissions")
    account(engine, "supervisor")
    happened(engine)
    Reader(engine).catch_up()
    with database.transaction(engine) as session:
        session.execute(sa.update(Staff).where(Staff.role == "supervisor").values(disabled=True))
    notices.deliver(engine)
    assert {tuple(letter.rcpt_tos) for letter in mail.letters} == {("admissions@example.org",)}
    assert notices.deliver(engine) == 0 and waiting(engine) == []


@pytest.fixture
def night(monkeypatch):
    """For admissions it is night, and for an hour more; a supervisor does not want to hear even of a crisis."""
    now = datetime.now(settings.zone())
    hours = {"from": f"{now - timedelta(hours=1):%H:%M}", "to": f"{now + timedelta(hours=1):%H:%M}"}
    quiet = {"admissions": hours, "supervisor": {**hours, "crisis": "waits"}}
    monkeypatch.setattr(settings, "clinic", lambda: {"clinic_name": "Clinic", "retention_days": 90, "quiet_hours": quiet})
    return now


def test_quiet_hours_are_those_of_the_role_and_a_crisis_goes_through_them(engine, mail, night):
    for role in ("admissions", "supervisor", "admin"):
        account(engine, role)
    happened(engine)
    Reader(engine).catch_up()
    notices.deliver(engine)
    told = {(letter.rcpt_tos[0].split("@")[0], b"A new crisis" in letter.content) for letter in mail.letters}
    assert told == {("admissions", True), ("admin", True), ("admin", False)}
    end = night.replace(second=0, microsecond=0) + timedelta(hours=1)
    left = waiting(engine)
    assert {notice.kind for notice in left} == {"crisis", "callback"} and {notice.next_at for notice in left} == {end.timestamp()}
    with database.transaction(engine) as session:
        session.execute(sa.update(Notice).where(Notice.next_at.is_not(None)).values(next_at=0))
    assert notices.deliver(engine) == len(left)


@pytest.mark.parametrize("clock, until", [
    ("21:30", "07:00"), ("03:00", "07:00"), ("07:00", "07:00"), ("12:00", "12:00"), ("20:00", "07:00"),
])
def test_quiet_hours_over_midnight(clock, until):
    quiet = settings.QuietHours(time_of_day(20), time_of_day(7), False)
    moment = datetime.fromisoformat(f"2026-11-25 {clock}").replace(tzinfo=settings.zone())
    end = datetime.fromtimestamp(quiet.after(moment.timestamp()), settings.zone())
    assert f"{end:%H:%M}" == until and timedelta() <= end - moment < timedelta(hours=12)


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


def test_an_overdue_call_of_a_form_without_a_chat_is_told_of_and_stands_on_the_inbox(following_desk, webhook):
    fill(following_desk.browser())
    browser = following_desk.browser("reader").open("/")
    assert "1 call from the intake form, without a chat" in browser.text
    with database.transaction(following_desk.engine) as session:
        session.execute(sa.update(Callback).where(Callback.form_id.is_not(None)).values(due_at=time.time() - 1))
    deadline = time.monotonic() + 20
    while "overdue" not in kinds(webhook):
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert kinds(webhook).count("overdue") == 1 and "1 overdue" in browser.open("/").text


def test_a_crisis_does_not_hide_an_overdue_call(engine, webhook):
    happened(engine)
    follower = Reader(engine)
    follower.catch_up()
    with database.transaction(engine) as session:
        crisis = conversation_of("i have the pills here")
        session.execute(sa.update(Callback).values(due_at=time.time() - 1, conversation_id=crisis))
    follower.step()
    notices.deliver(engine)
    assert "overdue" in kinds(webhook)


def kinds(webhook) -> list[str]:
    return [json.loads(body)["kind"] for _, body in webhook.taken]


def waiting(engine) -> list[Notice]:
    with database.reading(engine) as session:
        return list(session.scalars(sa.select(Notice).where(Notice.next_at.is_not(None))))


def test_old_events_are_no_news(engine, webhook):
    happened(engine, since=3 * 86400)
    Reader(engine).catch_up()
    assert notices.deliver(engine) == 0
