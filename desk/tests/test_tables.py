"""Given a table was changed, when its migration was forgotten, then this fails."""
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from desk.tables import Table


def test_migrations_make_the_tables_as_they_are_declared(either):
    with either.connect() as connection:
        found = compare_metadata(MigrationContext.configure(connection, opts={"version_table": "desk_version"}), Table.metadata)
    assert [difference for difference in found if "desk_search" not in str(difference)
            and "Column('search'" not in str(difference)] == []
