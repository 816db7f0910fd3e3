"""Alembic runs this for every command, on the connection that the caller opened."""

from alembic import context
from sqlmodel import SQLModel

import matcher.store.tables  # noqa: F401  (declares the tables)

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
