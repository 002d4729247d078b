"""What an operator sees of the desk: the page, the figures, health and the log's format. Counts and times, never words."""
import json
import logging
import os
import threading
import time

import httpx
import pytest
import sqlalchemy as sa
from prometheus_client.parser import text_string_to_metric_families

from desk import operation, settings
from desk.models import notices
from desk.projection.reader import Reader
from tests.conftest import Desk, free_port, happened


@pytest.fixture
def watched(filled, monkeypatch):
    """A desk whose operator's port is open."""
    monkeypatch.setenv("DESK_OPERATOR_PORT", str(free_port()))
    running = Desk(filled)
    yield running
    running.stop()


def told(path: str) -> httpx.Response:
    return httpx.get(f"http://127.0.0.1:{settings.operator_address()[1]}{path}")


def figures() -> dict[str, float]:
    families = text_string_to_metric_families(told("/metrics").text)
    return {sample.name: sample.value for family in families for sample in family.samples if sample.name.startswith("desk_")}


@pytest.fixture
def new_desk(engine):
    running = Desk(engine)
    yield running
    running.stop()


def test_the_page_tells_how_things_stand(new_desk, tmp_path):
    desk = new_desk
    assert "none in the folder of backups" in desk.browser("admin").open("/status").text
    (tmp_path / "backups").mkdir()
    (tmp_path / "backups/b.tar").write_bytes(b"")
    hours_ago = time.time() - 2 * 3600
    os.utime(tmp_path / "backups/b.tar", (hours_ago, hours_ago))
    happened(desk.engine)
    text = desk.browser("admin").open("/status").text
    assert "SQLite, answers" in text and "2 h ago" in text and "the oldest from" in text
    Reader(desk.engine).catch_up()
    assert "the desk is up to date" in desk.browser("admin").open("/status").text


def test_figures_are_the_same_as_on_the_page_and_hold_no_words(watched):
    found = figures()
    assert found["desk_database_up"] == 1 and found["desk_lag_events"] == 0 and found["desk_crises_open"] > 0
    assert set(found) | {"desk_backup_age_seconds"} == set(operation.FIGURES) | {"desk_database_up"}
    assert "{" not in "".join(line for line in told("/metrics").text.splitlines() if line.startswith("desk_"))


def test_it_lives_and_is_ready_and_a_failing_database_is_told(watched):
    assert told("/live").status_code == told("/ready").status_code == 200
    with watched.engine.begin() as connection:
        connection.execute(sa.text("alter table desk_progress rename to gone"))
    assert figures() == {"desk_database_up": 0}


def test_a_desk_that_ends_is_not_ready_and_tells_its_streams(watched):
    browser = watched.browser("reader")
    with browser.client.stream("GET", "/live") as stream:
        lines = stream.iter_lines()
        assert "event" in next(lines)
        watched.app.ctx.ending = True
        assert told("/ready").status_code == 503
        list(lines)  # it ends by itself


def test_the_page_is_the_administrators_alone(desk):
    assert desk.browser("supervisor").open("/status").status == 403


def test_a_line_of_the_log_is_one_json_object(monkeypatch, capsys):
    monkeypatch.setenv("LOG_FORMAT", "json")
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    operation.shape_logs()
    (handler,) = root.handlers
    found = json.loads(handler.format(logging.LogRecord("desk", logging.ERROR, "x.py", 1, "It failed (%s).", ("X",), None)))
    assert (found["message"], found["level"], found["logger"]) == ("It failed (X).", "ERROR", "desk")


def test_two_desks_send_a_notice_once(either, monkeypatch):
    sent, both = [], threading.Barrier(2)
    monkeypatch.setenv("DESK_WEBHOOK_URL", "https://example.org/notices")
    monkeypatch.setenv("DESK_WEBHOOK_SECRET", "w" * 32)
    monkeypatch.setitem(notices._SEND, "webhook", lambda notice, staff: sent.append((notice.kind, notice.subject)))
    happened(either)
    Reader(either).catch_up()

    def deliver() -> None:
        both.wait()
        notices.deliver(either)

    threads = [threading.Thread(target=deliver) for _ in range(2)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert sent and len(sent) == len(set(sent))
