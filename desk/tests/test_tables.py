"""Given a table was changed, when its migration was forgotten, then this fails; and what was there before is there after."""
import json
import time

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from desk import database
from desk.models import audit
from desk.secrecy import fingerprint
from desk.tables import Conversation, Notice, Progress, Table

STAFF = """insert into desk_staff (id, email, name, role, password, totp_confirmed, totp_last, recovery, created_at, disabled)
           values ({0}, 'a{0}@example.org', 'A', '{1}', '', false, 0, '[]', 0, false)"""
NOTICE = "insert into desk_notices (kind, subject, way, path, at, next_at, tries) values ('crisis', 'event 1', '{}', '/', {}, 1, 0)"


def test_migrations_make_the_tables_as_they_are_declared(either):
    with either.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection, opts={"version_table": "desk_version"}), Table.metadata)
    assert [difference for difference in found if "desk_search" not in str(difference)
            and "Column('search'" not in str(difference)] == []


def test_what_an_earlier_desk_kept_is_kept(environment, tmp_path):
    engine, now = database.engine(f"sqlite:///{tmp_path / 'conversations.db'}"), time.time()
    database.migrate(engine, "0001")
    hashed = fingerprint(json.dumps(["", now, 1, "read", "conversation a", "because"]))
    with engine.begin() as connection:
        for statement in (
            STAFF.format(1, "admin"), STAFF.format(2, "reader"), NOTICE.format("mail", now), NOTICE.format("webhook", now),
            "insert into desk_conversations (id, channel, language, first_at, last_at, messages, risk, done) "
            "values ('a', '', 'en', 0, 0, 0, 5, false), ('b', '', 'en', 0, 0, 0, 3, false)",
            "insert into desk_progress (id, event_id, changes, at) values (1, 77, 3, 0)",
            f"insert into desk_audit values (1, {now!r}, 1, 'read', 'conversation a', 'because', '{hashed}')",
        ):
            connection.exec_driver_sql(statement)
    database.migrate(engine)
    with database.transaction(engine) as session:
        assert {(row.way, row.staff_id) for row in session.scalars(sa.select(Notice))} == {("mail", 1), ("webhook", 0)}
        assert {row.id: row.risk for row in session.scalars(sa.select(Conversation))} == {"a": 6, "b": 3}
        assert session.scalar(sa.select(Progress.event_id)) == 0
        audit.note(session, 1, "read", "conversation b")
        assert audit.first_broken(session) is None
    engine.dispose()
