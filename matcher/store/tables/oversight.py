"""What somebody looks at afterwards: records opened outside a caseload, very much reading."""

import uuid
from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, LargeBinary
from sqlalchemy import text as sql
from sqlmodel import Field

from matcher.domain.exceptional import REASONS
from matcher.store.tables.base import NOW, PoolRow, belongs_to, filled, one_of


class ExceptionalAccess(PoolRow, table=True):
    """
    A coach's look, for a while and for a reason, into the record of somebody else's candidate.

    It outlives the person, without them: that it was opened stays to be looked at.
    """

    __tablename__ = "exceptional_access"
    __table_args__ = (
        belongs_to("candidate"),
        Index(None, "pool_id", "candidate_id"),
        Index(None, "pool_id", "opened_at"),
        Index(
            "exceptional_access_open_idx",
            "pool_id",
            "opened_by",
            postgresql_where=sql("closed_at is null"),
        ),
        one_of("reason_code", *REASONS),
        filled("opened_by"),
        CheckConstraint("open_until > opened_at", name="open_until"),
        CheckConstraint("(closed_at is null) = (closed_by is null)", name="closed"),
        CheckConstraint("(reviewed_at is null) = (reviewed_by is null)", name="reviewed"),
    )

    # Null once the person was erased.
    candidate_id: uuid.UUID | None = None
    # The account of the coach: nobody else's eyes are opened.
    opened_by: str = Field(max_length=200)
    reason_code: str
    # In their own words, sealed under the person's key.
    words: bytes | None = Field(default=None, sa_type=LargeBinary)
    opened_at: datetime | None = Field(default=None, nullable=False, sa_column_kwargs=NOW)
    open_until: datetime
    closed_at: datetime | None = None
    closed_by: str | None = Field(default=None, max_length=200)
    reviewed_at: datetime | None = None
    reviewed_by: str | None = Field(default=None, max_length=200)


class ReadAlarm(PoolRow, table=True):
    """That a coach read about very many people within an hour; it does not say about whom."""

    __tablename__ = "read_alarm"
    __table_args__ = (
        ForeignKeyConstraint(["pool_id"], ["pool.id"]),
        Index(None, "pool_id", "raised_at"),
        filled("read_by"),
        CheckConstraint("people > 0", name="people"),
        CheckConstraint("(reviewed_at is null) = (reviewed_by is null)", name="reviewed"),
    )

    # An account, as the log of reads has it.
    read_by: str = Field(max_length=200)
    people: int
    raised_at: datetime | None = Field(default=None, nullable=False, sa_column_kwargs=NOW)
    reviewed_at: datetime | None = None
    reviewed_by: str | None = Field(default=None, max_length=200)
