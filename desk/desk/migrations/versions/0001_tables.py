"""The desk's tables and the search over what was said."""
import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FLOAT = sa.Float(precision=53)

_SQLITE = (
    """create virtual table desk_search using
        fts5(text, content=desk_messages, content_rowid=id, tokenize="unicode61 remove_diacritics 2")""",
    """create trigger desk_search_new after insert on desk_messages begin
        insert into desk_search(rowid, text) values (new.id, new.text); end""",
    """create trigger desk_search_gone after delete on desk_messages begin
        insert into desk_search(desk_search, rowid, text) values ('delete', old.id, old.text); end""",
    """create trigger desk_search_changed after update of text on desk_messages begin
        insert into desk_search(desk_search, rowid, text) values ('delete', old.id, old.text);
        insert into desk_search(rowid, text) values (new.id, new.text); end""",
)
_POSTGRESQL = (
    "alter table desk_messages add column search tsvector generated always as (to_tsvector('simple', text)) stored",
    "create index desk_search on desk_messages using gin (search)",
)


def upgrade() -> None:
    _tables()
    for statement in _SQLITE if op.get_bind().dialect.name == "sqlite" else _POSTGRESQL:
        op.execute(statement)


def _tables() -> None:
    op.create_table("desk_attempts",
        sa.Column("id", BIG, nullable=False),
        sa.Column("who", sa.Text(), nullable=False),
        sa.Column("at", FLOAT, nullable=False),
        sa.PrimaryKeyConstraint("id")
    )
    op.create_index("ix_desk_attempts_who", "desk_attempts", ["who"])
    op.create_table("desk_audit",
        sa.Column("id", BIG, nullable=False),
        sa.Column("at", FLOAT, nullable=False),
        sa.Column("staff_id", BIG, nullable=True),
        sa.Column("action", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id")
    )
    op.create_index("ix_desk_audit_action", "desk_audit", ["action"])
    op.create_table("desk_callbacks",
        sa.Column("id", BIG, nullable=False),
        sa.Column("event_id", BIG, nullable=True),
        sa.Column("form_id", BIG, nullable=True),
        sa.Column("conversation_id", sa.String(length=255), nullable=True),
        sa.Column("requested_at", FLOAT, nullable=False),
        sa.Column("due_at", FLOAT, nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("closed_at", FLOAT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("event_id"),
        sa.UniqueConstraint("form_id")
    )
    op.create_index("ix_desk_callbacks_conversation_id", "desk_callbacks", ["conversation_id"])
    op.create_index("ix_desk_callbacks_due_at", "desk_callbacks", ["due_at"])
    op.create_table("desk_forms",
        sa.Column("id", BIG, nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("begun_at", FLOAT, nullable=False),
        sa.Column("sent_at", FLOAT, nullable=True),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("personal", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("conversation_id", sa.String(length=255), nullable=True),
        sa.Column("held", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("reference"),
        sa.UniqueConstraint("token")
    )
    op.create_index("ix_desk_forms_conversation_id", "desk_forms", ["conversation_id"])
    op.create_index("ix_desk_forms_phone", "desk_forms", ["phone"])
    op.create_index("ix_desk_forms_sent_at", "desk_forms", ["sent_at"])
    op.create_table("desk_messages",
        sa.Column("id", BIG, nullable=False),
        sa.Column("conversation_id", sa.String(length=255), nullable=False),
        sa.Column("author", sa.String(length=16), nullable=False),
        sa.Column("at", FLOAT, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("topic", sa.Text(), nullable=True),
        sa.Column("confidence", FLOAT, nullable=True),
        sa.Column("runners_up", sa.JSON(), nullable=False),
        sa.Column("section", sa.Text(), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("buttons", sa.JSON(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("fingerprint", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id")
    )
    op.create_index("ix_desk_messages_at", "desk_messages", ["at"])
    op.create_index("ix_desk_messages_conversation_id", "desk_messages", ["conversation_id"])
    op.create_index("ix_desk_messages_reference", "desk_messages", ["reference"])
    op.create_table("desk_notices",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("at", FLOAT, nullable=False),
        sa.Column("next_at", FLOAT, nullable=True),
        sa.Column("tries", BIG, nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject", "way")
    )
    op.create_index("ix_desk_notices_next_at", "desk_notices", ["next_at"])
    op.create_table("desk_progress",
        sa.Column("id", BIG, nullable=False),
        sa.Column("event_id", BIG, nullable=False),
        sa.Column("changes", BIG, nullable=False),
        sa.Column("at", FLOAT, nullable=False),
        sa.PrimaryKeyConstraint("id")
    )
    op.create_table("desk_signals",
        sa.Column("id", BIG, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("conversation_id", sa.String(length=255), nullable=False),
        sa.Column("at", FLOAT, nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("cleared_at", FLOAT, nullable=True),
        sa.Column("cleared_by", BIG, nullable=True),
        sa.Column("cleared_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", "kind")
    )
    op.create_index("ix_desk_signals_at", "desk_signals", ["at"])
    op.create_index("ix_desk_signals_conversation_id", "desk_signals", ["conversation_id"])
    op.create_table("desk_staff",
        sa.Column("id", BIG, nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password", sa.Text(), nullable=False),
        sa.Column("totp", sa.Text(), nullable=True),
        sa.Column("totp_confirmed", sa.Boolean(), nullable=False),
        sa.Column("totp_last", BIG, nullable=False),
        sa.Column("recovery", sa.JSON(), nullable=False),
        sa.Column("created_at", FLOAT, nullable=False),
        sa.Column("disabled", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("email")
    )
    op.create_table("desk_tags",
        sa.Column("conversation_id", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "name")
    )
    op.create_table("desk_triage",
        sa.Column("id", BIG, nullable=False),
        sa.Column("conversation_id", sa.String(length=255), nullable=False),
        sa.Column("at", FLOAT, nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id")
    )
    op.create_index("ix_desk_triage_conversation_id", "desk_triage", ["conversation_id"])
    op.create_table("desk_conversations",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("first_at", FLOAT, nullable=False),
        sa.Column("last_at", FLOAT, nullable=False),
        sa.Column("messages", BIG, nullable=False),
        sa.Column("risk", BIG, nullable=False),
        sa.Column("least_confidence", FLOAT, nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.Column("done_at", FLOAT, nullable=True),
        sa.Column("snoozed_until", FLOAT, nullable=True),
        sa.Column("assignee_id", BIG, nullable=True),
        sa.Column("held", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["assignee_id"], ["desk_staff.id"], ),
        sa.PrimaryKeyConstraint("id")
    )
    op.create_index("desk_inbox", "desk_conversations", ["done", "risk", sa.literal_column("last_at DESC")])
    op.create_table("desk_links",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("staff_id", BIG, nullable=True),
        sa.Column("expires_at", FLOAT, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["desk_staff.id"], ),
        sa.PrimaryKeyConstraint("digest")
    )
    op.create_table("desk_notes",
        sa.Column("id", BIG, nullable=False),
        sa.Column("conversation_id", sa.String(length=255), nullable=False),
        sa.Column("staff_id", BIG, nullable=False),
        sa.Column("at", FLOAT, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["desk_staff.id"], ),
        sa.PrimaryKeyConstraint("id")
    )
    op.create_index("ix_desk_notes_conversation_id", "desk_notes", ["conversation_id"])
    op.create_table("desk_revealed",
        sa.Column("staff_id", BIG, nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("until", FLOAT, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["desk_staff.id"], ),
        sa.PrimaryKeyConstraint("staff_id", "subject")
    )
    op.create_table("desk_reviews",
        sa.Column("message_id", BIG, nullable=False),
        sa.Column("conversation_id", sa.String(length=255), nullable=False),
        sa.Column("staff_id", BIG, nullable=False),
        sa.Column("at", FLOAT, nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("right_topic", sa.Text(), nullable=True),
        sa.Column("example", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["staff_id"], ["desk_staff.id"], ),
        sa.PrimaryKeyConstraint("message_id")
    )
    op.create_index("ix_desk_reviews_conversation_id", "desk_reviews", ["conversation_id"])
    op.create_table("desk_sessions",
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("staff_id", BIG, nullable=False),
        sa.Column("csrf", sa.Text(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("begun_at", FLOAT, nullable=False),
        sa.Column("seen_at", FLOAT, nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["desk_staff.id"], ),
        sa.PrimaryKeyConstraint("digest")
    )
    op.create_index("ix_desk_sessions_staff_id", "desk_sessions", ["staff_id"])
    op.create_table("desk_tries",
        sa.Column("id", BIG, nullable=False),
        sa.Column("callback_id", BIG, nullable=False),
        sa.Column("staff_id", BIG, nullable=False),
        sa.Column("at", FLOAT, nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["callback_id"], ["desk_callbacks.id"], ),
        sa.ForeignKeyConstraint(["staff_id"], ["desk_staff.id"], ),
        sa.PrimaryKeyConstraint("id")
    )
    op.create_index("ix_desk_tries_callback_id", "desk_tries", ["callback_id"])
