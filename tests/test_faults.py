"""When a part fails, the visitor still hears something true, and the conversation goes on where it was once the part is back.

One running assistant for the file: every test brings back what it took away. What visitors write here is recognised by
"zebra", so that the logs can be searched for it.
"""
import json
import sqlite3
import threading
import uuid
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from assistant import clinic
from tests.conftest import Assistant

PHONE = clinic.settings()["admissions_phone"]
CRISIS = "i want to kill myself zebra"
SAFE, FOR = "Yes, everyone is safe", "For someone else"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faults")
    (folder / "stored").mkdir()
    database = folder / "stored/conversations.db"
    running = Assistant(folder, {"DATABASE_URL": f"sqlite:///{database}"})
    running.database = database
    yield running
    running.stop()


@contextmanager
def without_actions(server: Assistant):
    server.stop_actions()
    try:
        yield
    finally:
        server.start_actions()


@contextmanager
def locked(server: Assistant):
    """Another program holds the database for itself."""
    holder = sqlite3.connect(server.database, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    try:
        yield
    finally:
        holder.execute("ROLLBACK")
        holder.close()


@contextmanager
def without_folder(server: Assistant):
    """The folder of the database is gone, as on a disk that is not mounted."""
    folder = server.database.parent
    away = folder.rename(folder.with_name("away"))
    try:
        yield
    finally:
        away.rename(folder)


@contextmanager
def acting(server: Assistant, answers: dict[str, list[dict]]):
    """An action server in place of the real one: answers these actions with these events, and any other with an error 500."""

    class Actions(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["next_action"]
            body = json.dumps({"events": answers[asked], "responses": []} if asked in answers else {"error": "boom"}).encode()
            self.send_response(200 if asked in answers else 500)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_) -> None:
            pass

    with without_actions(server), ThreadingHTTPServer(("127.0.0.1", server.actions_port), Actions) as fake:
        threading.Thread(target=fake.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            fake.shutdown()


def new_visitors(*names: str) -> list[str]:
    return [f"{name}-{uuid.uuid4()}" for name in names]


def hears_the_problem(heard: list[str]) -> bool:
    return "went wrong" in heard[-1] and PHONE in heard[-1] and "911" in heard[-1] and "988" in heard[-1]


def hears_the_crisis_answer(heard: list[str]) -> bool:
    return "988" in heard[0] and "went wrong" not in heard[0]


def errors(server: Assistant) -> str:
    return "".join(line for line in server.logs().splitlines(keepends=True) if "ERROR" in line)


@pytest.fixture(autouse=True)
def the_logs_never_hold_the_visitors_words(request):
    yield
    if "server" in request.fixturenames:
        assert "zebra" not in request.getfixturevalue("server").logs().lower()


# --- The action server -----------------------------------------------------------------------------------------------------


def test_without_the_action_server_a_visitor_hears_so_and_goes_on_later(server):
    starting, answering, in_danger, asking = new_visitors("starting", "answering", "danger", "asking")
    for visitor in (answering, in_danger):
        server.says(visitor, "Check if IOP may fit")
    assert "someone else" in server.says(answering, SAFE)[-1]
    before = errors(server)

    with without_actions(server):
        assert hears_the_problem(server.says(starting, "Check if IOP may fit"))
        assert hears_the_problem(server.says(answering, FOR))
        assert hears_the_crisis_answer(server.says(starting, CRISIS))
        assert hears_the_crisis_answer(server.says(in_danger, CRISIS))
        assert "hours" in server.says(asking, "How many hours a week is IOP?")[-1].lower()
    assert "validate_triage_form" in errors(server).removeprefix(before)

    assert "18 or older" in server.says(answering, FOR)[-1]
    assert server.slot(answering, "triage_safe") == "yes" and server.slot(answering, "triage_person") == "other"
    assert "safe right now" in server.says(starting, "Check if IOP may fit")[-1]
    assert "safe right now" not in server.says(in_danger, "how long does IOP last?")[-1]


def test_an_action_that_raises_is_told_and_the_conversation_goes_on_later(server):
    answering, calling = new_visitors("answering", "calling")
    server.says(answering, "Check if IOP may fit")
    for said in ("Ask for a call back", "Ann Zebra", "619-555-0142", "Mornings"):
        heard = server.says(calling, said)
    assert "Ann Zebra, (619) 555-0142" in heard[-1]
    consented = [{"event": "slot", "timestamp": None, "name": "callback_consent", "value": "yes"},
                 {"event": "slot", "timestamp": None, "name": "requested_slot", "value": None}]

    with acting(server, {"validate_callback_form": consented}):
        assert hears_the_problem(server.says(answering, SAFE))
        heard = server.says(calling, "Yes, you may call me")
        assert hears_the_problem(heard) and "Done" not in " ".join(heard)
        assert server.slot(calling, "callback_request") is None

    assert "someone else" in server.says(answering, SAFE)[-1]
    assert "Done" in server.says(calling, "Yes, you may call me")[-1]  # "Please try again in a moment", she was told
    assert server.slot(calling, "callback_request")["phone"] == "+16195550142"


# --- The database ----------------------------------------------------------------------------------------------------------


def test_a_locked_database_is_told_and_nothing_acknowledged_is_lost(server):
    answering, in_danger = new_visitors("answering", "danger")
    server.says(answering, "Check if IOP may fit")
    assert "someone else" in server.says(answering, SAFE)[-1]
    before = errors(server)

    with locked(server):
        assert hears_the_problem(server.says(answering, FOR + " zebra"))
        heard = server.says(in_danger, CRISIS)
        assert hears_the_crisis_answer(heard) and hears_the_problem(heard)
    assert "could not be handled (OperationalError" in errors(server).removeprefix(before)

    assert server.slot(answering, "triage_person") is None
    assert "18 or older" in server.says(answering, FOR)[-1]
    assert server.slot(answering, "triage_safe") == "yes" and server.slot(answering, "triage_person") == "other"
    assert any("automated assistant" in text for text in server.says(in_danger, "hello"))


def test_a_lock_that_ends_soon_is_waited_for(server):
    (visitor,) = new_visitors("waiting")
    heard = []
    with locked(server):
        asking = threading.Thread(target=lambda: heard.extend(server.says(visitor, "How long does IOP last?")))
        asking.start()
        asking.join(1)
    asking.join(30)
    assert "weeks" in heard[-1] and "weeks" in server.events(visitor)[-2]["text"]


def test_a_folder_that_is_gone_is_told_and_the_conversation_goes_on_later(server):
    answering, in_danger, coming = new_visitors("answering", "danger", "coming")
    server.says(answering, "Check if IOP may fit")
    assert "someone else" in server.says(answering, SAFE)[-1]

    with without_folder(server):
        assert hears_the_problem(server.says(answering, FOR))
        assert hears_the_problem(server.says(coming, "hello"))
        heard = server.says(in_danger, CRISIS)
        assert hears_the_crisis_answer(heard) and hears_the_problem(heard)

    assert "18 or older" in server.says(answering, FOR)[-1]
    assert "automated assistant" in server.says(coming, "hello")[0]


def test_what_was_said_while_the_database_was_away_is_not_mixed_into_what_comes_later(server):
    (visitor,) = new_visitors("visitor")
    with without_folder(server):
        server.says(visitor, "do they drug test?")
        server.says(visitor, "how long does IOP last?")
    server.says(visitor, "hello")
    said = [event["text"] for event in server.events(visitor) if event["event"] == "user"]
    assert said == ["hello"]


# --- The model -------------------------------------------------------------------------------------------------------------


MESSAGES = ["how long does IOP last? zebra", "hello", "", "/restart", "😀", "a" * 10_000]


@pytest.mark.parametrize("text", MESSAGES, ids=lambda text: text[:9])
def test_without_a_model_a_visitor_hears_the_phone_line(without_model, visitor, text):
    assert hears_the_problem(without_model.says(visitor, text))
    assert "zebra" not in without_model.logs()


@pytest.mark.parametrize("text, word", [(CRISIS, "call"), ("me quiero morir zebra", "llama")])
def test_without_a_model_a_crisis_is_answered(without_model, visitor, text, word):
    heard = without_model.says(visitor, text)
    assert hears_the_crisis_answer(heard) and hears_the_problem(heard) and word in heard[0].lower()
    assert "zebra" not in without_model.logs()


def test_without_a_model_the_log_says_so(without_model, visitor):
    without_model.says(visitor, "hello")
    assert "no model is loaded" in errors(without_model)
