"""Alembic's entry: the connection comes from desk.database.migrate."""
from alembic import context

context.configure(connection=context.config.attributes["connection"], version_table="desk_version")
with context.begin_transaction():
    context.run_migrations()
