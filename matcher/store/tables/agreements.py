"""What people agreed about who works where and with whom: pins, and two people who go together."""

import uuid
from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index
from sqlalchemy import text as sql
from sqlmodel import Field

from matcher.store.tables.base import NOW, ONE, PoolRow, belongs_to, filled, one_of, part_of
from matcher.store.tables.runs import of_placement_in_any_pool

RELATIONS = ("apart", "together")


class Pin(PoolRow, table=True):
    """A pair that a coach fixed: the plan holds it until the pin is withdrawn or answered."""

    __table_args__ = (
        part_of("candidate"),
        of_placement_in_any_pool(),
        # The same pair once; two placements for one person may stand, and a run names the conflict.
        Index(
            "pin_one_in_force_idx",
            "candidate_id",
            "placement_id",
            unique=True,
            postgresql_where=sql("withdrawn_at is null"),
        ),
        Index(None, "pool_id", "candidate_id"),
        Index(None, "placement_pool_id", "placement_id"),
        filled("pinned_by"),
        CheckConstraint(
            "(withdrawn_at is null) = (withdrawn_by is null)", name="withdrawn_by_somebody"
        ),
    )

    candidate_id: uuid.UUID
    placement_pool_id: uuid.UUID
    placement_id: uuid.UUID
    version: int = Field(default=1, sa_column_kwargs=ONE)
    pinned_by: str = Field(max_length=200)
    pinned_at: datetime | None = Field(default=None, nullable=False, sa_column_kwargs=NOW)
    reason: str | None = Field(default=None, max_length=2000)
    # The last day that runs keep to it; null: until it is withdrawn or answered.
    until: date | None = None
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = Field(default=None, max_length=200)


class Companion(PoolRow, table=True):
    """Two people who must not work at one site, or who start together at one placement."""

    __table_args__ = (
        part_of("candidate"),
        belongs_to("candidate", "other_id", ondelete="CASCADE"),
        # Whoever of the two is named first: they stand here once.
        Index(
            "companion_once_idx",
            sql("least(candidate_id, other_id)"),
            sql("greatest(candidate_id, other_id)"),
            unique=True,
        ),
        Index(None, "pool_id", "candidate_id"),
        Index(None, "pool_id", "other_id"),
        one_of("relation", *RELATIONS),
        CheckConstraint("candidate_id <> other_id", name="two_people"),
    )

    candidate_id: uuid.UUID
    other_id: uuid.UUID
    relation: str
    version: int = Field(default=1, sa_column_kwargs=ONE)
    reason_code: str | None = Field(default=None, max_length=60)
    # Null: until it is taken back.
    until: date | None = None
