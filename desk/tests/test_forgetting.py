"""Given a conversation is erased, or its time is over, then no row, no index and no free page still holds its words."""
import json
import time

import pytest
import sqlalchemy as sa

from desk import database, settings
from desk.__main__ import purge as purge_command
from desk.models import forgetting
from desk.projection import reader
from desk.projection.reader import Reader
from desk.tables import Audit, Conversation, Event, Form, Progress, Signal, Table
from tests.conftest import EVENTS, conversation_of, happened
from tests.test_intake import fill, quick, reference_of  # noqa: F401

WORDS = "fifth of whiskey"


def erases(browser, conversation: str) -> None:
    """From the conversation's page: erases it, and nothing else of the person."""
    browser.open(f"/conversation/{conversation}").submit("/person", button=conversation)
    assert browser.post("/person/erase", why="a test", conversation=conversation).status == 409
    browser.open(f"/conversation/{conversation}").submit("/person", button=conversation)
    browser.post("/person/erase", sure="yes", why="a test", conversation=conversation)
    assert "Erased for good: 1 conversation" in browser.text


def raw(folder) -> bytes:
    """The database file, its write-ahead log, and whatever else is in the folder."""
    return b"".join(path.read_bytes() for path in folder.iterdir() if path.is_file())


def everything(engine) -> str:
    """Every row of every table."""
    tables = [table for table in Table.metadata.sorted_tables if sa.inspect(engine).has_table(table.name)]
    with engine.connect() as connection:
        return str([connection.execute(sa.select(table)).all() for table in tables if table.name != "desk_audit"])


def test_an_erased_conversation_leaves_no_row(either):
    happened(either)
    Reader(either).catch_up()
    name = conversation_of(WORDS)
    assert WORDS in everything(either) and name in everything(either)
    with database.transaction(either) as session:
        forgetting.erase(session, [name])
    forgetting.scrub(either)
    assert WORDS not in everything(either) and name not in everything(either)
    reader.rebuild(either)
    assert name not in everything(either)
    assert conversation_of("veterans") in everything(either)


def test_an_erased_conversation_is_not_in_the_raw_files(desk, tmp_path):
    name, browser = conversation_of("ottoline"), desk.browser("supervisor")
    fill(desk.browser(), f"/intake?ref={reference_of(desk, 'how much does it cost')}")
    browser.open(f"/conversation/{name}").submit(f"/conversation/{name}/note", text="Zanzibar was mentioned")
    erases(browser, name)
    assert browser.open(f"/conversation/{name}").status == 404
    desk.stop()
    forgetting.scrub(desk.engine)
    desk.engine.dispose()
    for words in (b"ottoline", b"Ottoline", b"619.555.0143", b"+16195550143", b"Zanzibar", b"weekdays after 5"):
        assert words not in raw(tmp_path)
    assert b"whiskey" in raw(tmp_path)


def test_the_form_of_an_erased_conversation_goes_with_it(desk):
    fill(desk.browser(), f"/intake?ref={reference_of(desk, 'how much does it cost')}")
    name = conversation_of("how much does it cost")
    erases(desk.browser("supervisor"), name)
    with database.reading(desk.engine) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Form)) == 0


def test_what_is_on_hold_stays(desk):
    name, browser = conversation_of(WORDS), desk.browser("supervisor")
    browser.open(f"/conversation/{name}").submit(f"/conversation/{name}/hold", reason="a court asked")
    assert "on hold: a court asked" in browser.text
    browser.submit("/person", button=name)
    assert "On hold." in browser.text
    assert browser.post("/person/erase", sure="yes", why="a test", conversation=name).status == 409
    assert browser.open(f"/conversation/{name}").status == 200


def test_a_form_is_erased_alone(desk):
    fill(desk.browser())
    browser = desk.browser("supervisor").open("/forms/1").submit("/person", button="1")
    assert "Erased for good: 0 conversations, 1 form." in browser.post("/person/erase", sure="yes", why="a test", form="1").text
    assert browser.open("/forms/1").status == 404
    assert "by the form" not in browser.open("/callbacks").text


@pytest.fixture
def old(engine, monkeypatch):
    """Conversations that ended longer ago than they are kept."""
    monkeypatch.setenv("DATABASE_URL", str(engine.url))
    happened(engine, since=(settings.retention_days("conversations") + 1) * 86400)
    Reader(engine).catch_up()
    return engine


def test_the_purge_erases_what_is_too_old_but_for_holds(old, capsys):
    with database.transaction(old) as session:
        session.execute(sa.update(Conversation).where(Conversation.id == conversation_of(WORDS)).values(held="a court"))
    purge_command("--dry-run")
    assert "Would erase 21 conversations and 0 forms" in capsys.readouterr().out
    assert "veterans" in everything(old)
    purge_command()
    assert "Erased 21 conversations" in capsys.readouterr().out
    assert "veterans" not in everything(old) and WORDS in everything(old)


def test_the_purge_keeps_what_is_young_and_what_goes_on(engine):
    days = settings.retention_days("conversations")
    happened(engine, since=(days + 1) * 86400, rows=[row for row in EVENTS if row[0] < 25])
    with database.transaction(engine) as session:
        session.add(Event(sender_id=EVENTS[0][1], type_name="user", timestamp=time.time(),
                          data='{"event": "user", "text": "back again", "timestamp": %f}' % time.time()))
    Reader(engine).catch_up()
    assert forgetting.purge(engine) == (0, 0)


def test_the_purge_is_due_daily_whenever_the_desk_was_started(old):
    assert forgetting.is_due(old)
    forgetting.purge(old)
    assert not forgetting.is_due(old)
    with database.transaction(old) as session:
        session.execute(sa.update(Progress).values(purged_at=time.time() - 90_000))
    assert forgetting.is_due(old)


def test_what_a_turn_under_way_stores_anew_is_erased_again(filled):
    name = conversation_of(WORDS)
    with database.transaction(filled) as session:
        forgetting.erase(session, [name, conversation_of("veterans")])
    happened(filled, since=120, rows=[row for row in EVENTS if row[1] == name])
    follower = Reader(filled)
    follower.catch_up()
    assert WORDS not in everything(filled)
    said = {"event": "user", "text": "it is me again", "timestamp": time.time() + 1, "parse_data": {}, "metadata": {}}
    with database.transaction(filled) as session:
        session.add(Event(sender_id=name, type_name="user", timestamp=said["timestamp"], data=json.dumps(said)))
    follower.catch_up()
    assert "it is me again" in everything(filled)


def test_a_large_file_is_written_anew_when_nobody_writes(filled, monkeypatch):
    assert not forgetting.rewrite(filled)  # nothing was erased
    with database.transaction(filled) as session:
        forgetting.erase(session, [conversation_of(WORDS)])
    monkeypatch.setattr(forgetting, "_SMALL", 0)
    assert not forgetting.rewrite(filled)
    with database.transaction(filled) as session:
        session.execute(sa.update(Event).values(timestamp=time.time() - 301))
    assert forgetting.rewrite(filled) and not forgetting.rewrite(filled)


def test_a_search_index_of_many_parts_forgets(filled, tmp_path):
    for _ in range(3):
        with database.transaction(filled) as session:
            session.execute(sa.text("update desk_messages set text = text || ' more'"))
    with database.transaction(filled) as session:
        forgetting.erase(session, [conversation_of(WORDS)])
    assert b"whiskey" in raw(tmp_path)
    forgetting.scrub(filled)
    filled.dispose()
    assert b"whiskey" not in raw(tmp_path) and b"veterans" in raw(tmp_path)


def test_the_purge_is_recorded_and_goes_by_parts(old, monkeypatch):
    monkeypatch.setattr(forgetting, "_BATCH", 5)
    assert forgetting.purge(old)[0] == 22
    with database.reading(old) as session:
        erased = session.scalars(sa.select(Audit).where(Audit.action == "erased", Audit.subject.like("conversation%"))).all()
    assert len(erased) == 22 and {(row.staff_id, row.reason) for row in erased} == {(None, "kept no longer")}


def test_a_form_left_half_way_goes_after_a_day(desk):
    desk.browser().open("/intake").submit("/intake/about", whom="self", what="both")
    with database.transaction(desk.engine) as session:
        session.execute(sa.update(Form).values(begun_at=time.time() - 90_000))
    assert forgetting.purge(desk.engine) == (0, 1)


def test_signals_of_the_erased_do_not_come_back_with_the_overlap(filled):
    follower = Reader(filled)
    follower.catch_up()
    with database.transaction(filled) as session:
        forgetting.erase(session, [conversation_of("i have the pills here")])
    Reader(filled).catch_up()
    with database.reading(filled) as session:
        left = sa.select(Signal).where(Signal.conversation_id == conversation_of("i have the pills here"))
        assert not session.scalars(left).all()
