"""Given what the assistant stored, when the desk reads it, then staff see it: once, in any order, after any interruption."""
import json
import time

import sqlalchemy as sa

from desk import database
from desk.projection import events, reader, summary
from desk.projection.reader import Reader
from desk.tables import Callback, Conversation, Event, Message, Progress, Signal, Triage
from tests.conftest import EVENTS, conversation_of, happened

PROJECTED = (Conversation, Message, Signal, Triage, Callback)


def contents(engine) -> dict[str, list]:
    with database.reading(engine) as session:
        return {table.__tablename__: sorted(
            tuple(str(value) for name, value in row._mapping.items() if (table, name) != (Callback, "id"))
            for row in session.execute(sa.select(table.__table__))) for table in PROJECTED}


def one(engine, words: str) -> Conversation:
    with database.reading(engine) as session:
        return session.get_one(Conversation, conversation_of(words))


def signals(engine, words: str) -> list[tuple[str, str, str]]:
    with database.reading(engine) as session:
        found = sa.select(Signal).where(Signal.conversation_id == conversation_of(words)).order_by(Signal.id)
        return [(signal.kind, signal.detail, signal.by) for signal in session.scalars(found)]


def test_conversations_are_ordered_by_risk(either):
    happened(either)
    Reader(either).catch_up()
    assert one(either, "i have the pills here").risk == summary.CRISIS
    assert one(either, "my name is ottoline").risk == summary.HANDOFF
    assert one(either, "fifth of whiskey").risk == summary.HIGHER_LEVEL
    assert one(either, "asdf qwer zxcv").risk == summary.HANDOFF
    assert one(either, "something for veterans").risk == summary.REST
    assert one(either, "me quiero morir").language == "es"
    assert one(either, "me quiero morir").channel == "website"


def test_a_crisis_is_flagged_with_its_kind_and_rule(filled):
    assert signals(filled, "i have the pills here") == [("crisis", "suicide", "want_to_die")]
    assert ("crisis", "suicide", "yes_to_the_crisis_question") in signals(filled, "everyone would be better off")


def test_a_crisis_that_the_model_found_says_so():
    event = {"event": "slot", "name": "crisis", "value": {"kind": "veiled", "rule": "model"}, "timestamp": 1.0}
    [(table, row)] = events.rows(7, "c", event)
    assert (table, row["by"], row["detail"]) == (Signal, "model", "veiled")


def test_a_conversation_that_the_visitor_cleared_says_so():
    event = {"event": "pause", "metadata": {"forgotten_by_visitor": True}, "timestamp": 1.0}
    [(table, row)] = events.rows(7, "c", event)
    assert (table, row["kind"]) == (Signal, "left")
    assert events.rows(7, "c", {"event": "pause", "timestamp": 1.0}) == []


def test_a_triage_keeps_its_reasons_and_answers(filled):
    with database.reading(filled) as session:
        triage = session.scalar(sa.select(Triage).where(Triage.conversation_id == conversation_of("fifth of whiskey")))
    assert triage.level == "HIGHER_LEVEL_LIKELY"
    assert triage.reasons == ["recent_daily_alcohol_or_benzodiazepines", "primary_care"]
    assert triage.answers["use"] == "alcohol" and triage.answers["last_use"] == "within_3_days"


def test_a_call_back_is_due_a_day_later_and_copies_no_name(filled):
    with database.reading(filled) as session:
        [callback] = session.scalars(sa.select(Callback))
        columns = str(session.execute(sa.select(Callback.__table__)).one())
    assert callback.conversation_id == conversation_of("my name is ottoline")
    assert callback.due_at - callback.requested_at == 24 * 3600
    assert "Ottoline" not in columns and "555" not in columns


def test_an_overdue_call_comes_to_the_front_by_itself(engine):
    happened(engine)
    follower = Reader(engine)
    follower.catch_up()
    assert one(engine, "my name is ottoline").risk == summary.HANDOFF
    with database.transaction(engine) as session:
        session.execute(sa.update(Callback).values(due_at=time.time() - 1))
    follower.step()
    assert one(engine, "my name is ottoline").risk == summary.OVERDUE


def test_what_was_not_understood_is_found(filled):
    assert ("not_understood", "out_of_scope/nonsense", "") in signals(filled, "asdf qwer zxcv")
    assert ("not_understood", "did_you_mean", "") in signals(filled, "my daughter is in school")


def test_each_message_shows_its_topic_and_where_its_answer_comes_from(filled):
    with database.reading(filled) as session:
        said = list(session.scalars(sa.select(Message).where(
            Message.conversation_id == conversation_of("drug test? its for my son")).order_by(Message.id)))
    assert (said[0].author, said[0].topic, round(said[0].confidence, 2)) == ("visitor", "faq/drug_testing", 0.41)
    assert [topic for topic, _ in said[0].runners_up] == ["out_of_scope/medical", "faq/why_drug_testing"]
    assert (said[2].section, said[2].facts) == ("what_to_expect", ["drug_testing_standard", "drug_testing_purpose"])


def test_the_intake_reference_is_kept_with_its_message(filled):
    with database.reading(filled) as session:
        references = list(session.scalars(sa.select(Message.reference).where(Message.reference.is_not(None))))
    assert len(references) >= 5 and all("." in reference for reference in references)


def test_reading_again_from_anywhere_changes_nothing(either):
    happened(either)
    Reader(either).catch_up()
    before = contents(either)
    for cursor in (0, 300, 900, 10_000):
        with database.transaction(either) as session:
            session.execute(sa.update(Progress).values(event_id=cursor))
        Reader(either).catch_up()
    assert contents(either) == before


def test_events_that_commit_late_are_not_missed(engine, monkeypatch):
    monkeypatch.setattr(reader, "BATCH", 50)
    late = {conversation_of(words) for words in ("can you check if its right", "ottoline", "are you a robot")}
    follower = Reader(engine)
    happened(engine, rows=[row for row in EVENTS if row[1] not in late])
    follower.catch_up()
    happened(engine, rows=[row for row in EVENTS if row[1] in late])
    follower.catch_up()
    found = contents(engine)
    reader.rebuild(engine)
    assert found == contents(engine)
    assert len(found["desk_conversations"]) == len({row[1] for row in EVENTS})


def test_a_rebuild_keeps_what_staff_did(filled):
    crisis, name = conversation_of("i have the pills here"), conversation_of("something for veterans")
    cleared = sa.update(Signal).where(Signal.conversation_id == crisis).values(cleared_at=time.time(), cleared_reason="film")
    with database.transaction(filled) as session:
        session.execute(cleared)
        session.execute(sa.update(Conversation).where(Conversation.id == name).values(done=True, done_at=time.time() + 1))
    reader.rebuild(filled)
    assert one(filled, "i have the pills here").risk == summary.REST
    assert one(filled, "something for veterans").done
    assert one(filled, "something for veterans").messages == 7


def test_a_new_message_opens_a_conversation_that_was_done(filled):
    name = conversation_of("something for veterans")
    with database.transaction(filled) as session:
        session.execute(sa.update(Conversation).where(Conversation.id == name).values(done=True, done_at=time.time()))
    event = {"event": "user", "text": "one more thing", "timestamp": time.time() + 5, "parse_data": {}, "metadata": {}}
    with database.transaction(filled) as session:
        session.add(Event(sender_id=name, type_name="user", timestamp=event["timestamp"], data=json.dumps(event)))
    Reader(filled).catch_up()
    assert not one(filled, "something for veterans").done


def test_an_event_that_cannot_be_understood_holds_up_no_other(engine, caplog):
    wrong = ["{}", "[]", "zebra", '{"event": "user", "parse_data": "zebra", "timestamp": 1.0}',
             '{"event": "note", "kind": "delivery", "details": {"zebra": 1}, "timestamp": 1.0}',
             '{"event": "slot", "name": "crisis"}']
    with database.transaction(engine) as session:
        for data in wrong:
            kind = (json.loads(data) if data.startswith("{") else {}).get("event", "user")
            session.add(Event(sender_id="w", type_name=kind, action_name="crisis", timestamp=1.0, data=data))
    happened(engine, rows=[[row[0] + 100, *row[1:]] for row in EVENTS])
    Reader(engine).catch_up()
    assert one(engine, "i have the pills here").risk == summary.CRISIS
    assert caplog.text.count("could not be understood") == len(wrong) and "zebra" not in caplog.text


def test_characters_that_a_database_does_not_keep_hold_up_nothing(either):
    said = {"event": "user", "text": "help\0 me \ud83d \U0001f600, in C:\\u0000", "timestamp": time.time(),
            "parse_data": {}, "metadata": {}}
    with database.transaction(either) as session:
        session.add(Event(sender_id="w", type_name="user", timestamp=said["timestamp"], data=json.dumps(said)))
    Reader(either).catch_up()
    with database.reading(either) as session:
        assert session.scalars(sa.select(Message.text)).all() == ["help me ? \U0001f600, in C:\\u0000"]


def test_the_lag_is_known(engine):
    happened(engine, since=30)
    with database.reading(engine) as session:
        number, seconds = reader.lag(session)
    assert number > 200 and seconds > 29
    Reader(engine).catch_up()
    with database.reading(engine) as session:
        assert reader.lag(session) == (0, 0.0)


def test_a_desk_that_starts_before_the_assistant_waits(engine):
    Event.__table__.drop(engine)
    assert Reader(engine).catch_up() == 0
