"""Notes around text messages, mentions, saved views, notices for each of the staff, and an audit whose reasons can be forgotten."""
import sqlalchemy as sa
from alembic import op

revision = "0002_texts_and_staff"
down_revision = "0001"
BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FLOAT = sa.Float(precision=53)
_OLD_REST = 4  # risks from here on move by one: "Not delivered" comes before them


def upgrade() -> None:
    op.create_table("desk_noted",
        sa.Column("id", BIG, nullable=False),
        sa.Column("conversation_id", sa.String(length=255), nullable=False),
        sa.Column("at", FLOAT, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=True),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id")
    )
    op.create_index("ix_desk_noted_conversation_id", "desk_noted", ["conversation_id"])
    op.create_table("desk_mentions",
        sa.Column("note_id", BIG, nullable=False),
        sa.Column("staff_id", BIG, nullable=False),
        sa.Column("conversation_id", sa.String(length=255), nullable=False),
        sa.Column("seen_at", FLOAT, nullable=True),
        sa.ForeignKeyConstraint(["note_id"], ["desk_notes.id"]),
        sa.ForeignKeyConstraint(["staff_id"], ["desk_staff.id"]),
        sa.PrimaryKeyConstraint("note_id", "staff_id")
    )
    op.create_index("ix_desk_mentions_conversation_id", "desk_mentions", ["conversation_id"])
    op.create_index("ix_desk_mentions_staff_id", "desk_mentions", ["staff_id"])
    op.create_table("desk_views",
        sa.Column("id", BIG, nullable=False),
        sa.Column("staff_id", BIG, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["desk_staff.id"]),
        sa.PrimaryKeyConstraint("id")
    )
    op.create_index("ix_desk_views_staff_id", "desk_views", ["staff_id"])
    for name in ("message_id", "silent"):
        op.add_column("desk_messages", sa.Column(name, sa.Text(), nullable=True))
    op.add_column("desk_callbacks", sa.Column("phone", sa.Text(), nullable=True))
    op.add_column("desk_callbacks", sa.Column("alarmed_at", FLOAT, nullable=True))
    op.create_index("ix_desk_callbacks_phone", "desk_callbacks", ["phone"])
    untold = sa.text("closed_at is null and alarmed_at is null")
    op.create_index("desk_calls_untold", "desk_callbacks", ["due_at"], sqlite_where=untold, postgresql_where=untold)
    op.add_column("desk_audit", sa.Column("digest", sa.Text(), nullable=False, server_default=""))
    op.create_index("ix_desk_audit_subject", "desk_audit", ["subject"])
    for name in ("purged_at", "erased_at", "rewritten_at"):
        op.add_column("desk_progress", sa.Column(name, FLOAT, nullable=False, server_default="0"))
    _notices()
    op.execute(f"update desk_conversations set risk = risk + 1 where risk >= {_OLD_REST}")
    op.execute("update desk_progress set event_id = 0")  # what was read before is read again, for what it leaves out


def _notices() -> None:
    """A notice for each of the staff, where one was for all who act."""
    op.rename_table("desk_notices", "desk_notices_before")
    op.drop_index("ix_desk_notices_next_at", "desk_notices_before")
    op.create_table("desk_notices",
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=64), nullable=False),
        sa.Column("way", sa.String(length=16), nullable=False),
        sa.Column("staff_id", BIG, nullable=False),
        sa.Column("path", sa.Text(), nullable=False),
        sa.Column("at", FLOAT, nullable=False),
        sa.Column("next_at", FLOAT, nullable=True),
        sa.Column("tries", BIG, nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject", "way", "staff_id", name="desk_notices_key")
    )
    op.create_index("ix_desk_notices_next_at", "desk_notices", ["next_at"])
    columns = "kind, subject, way, {}, path, at, next_at, tries"
    op.execute(f"insert into desk_notices select {columns.format(0)} from desk_notices_before where way <> 'mail'")
    to_each = columns.format("desk_staff.id")
    op.execute(f"insert into desk_notices select {to_each} from desk_notices_before, desk_staff "
               "where way = 'mail' and role <> 'reader' and not disabled")
    op.drop_table("desk_notices_before")
