"""A pool's policies: dated, versioned, and never changed once written."""

from datetime import date, datetime

from sqlalchemy import ForeignKeyConstraint, UniqueConstraint
from sqlmodel import Field

from matcher.store.tables.base import NOW, PoolRow, between, filled


class PolicyRow(PoolRow, table=True):
    """One version of a pool's policy. A trigger refuses to change or delete it."""

    __tablename__ = "policy"
    __table_args__ = (
        ForeignKeyConstraint(["pool_id"], ["pool.id"]),
        UniqueConstraint("pool_id", "version"),
        *between(1, 1_000_000, "version"),
        filled("digest"),
    )

    version: int
    # In force from this day on, until a version with a later day.
    valid_from: date
    decided_by: str | None = Field(default=None, max_length=200)
    toml: str
    digest: str = Field(max_length=64)
    created_at: datetime | None = Field(default=None, nullable=False, sa_column_kwargs=NOW)
