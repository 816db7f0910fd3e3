"""Figures that outlive people, and what is decided about keeping and erasing their data."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKeyConstraint, Identity, Index
from sqlalchemy import text as sql
from sqlmodel import Field, SQLModel

from matcher.store.tables.base import (
    EMPTY_OBJECT,
    JSON,
    NOW,
    PoolRow,
    between,
    filled,
    one_of,
    part_of,
)

RESTRICTION_GROUNDS = ("accuracy", "unlawful", "claims", "objection")
RECORD_CLASSES = ("candidate", "consent", "proposal", "deployment", "import", "what_if")


class ImpactFact(SQLModel, table=True):
    """
    That so many people took a step in a month; about nobody, so that no erasure touches it.

    Triggers write it when a decision is recorded and when work begins or ends, in broad bands of
    how long the person had waited. Rows are added and never changed.
    """

    __tablename__ = "impact_fact"
    __table_args__ = (
        ForeignKeyConstraint(["pool_id"], ["pool.id"]),
        Index(None, "pool_id", "month"),
        CheckConstraint("people > 0", name="people"),
    )

    id: int = Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )
    pool_id: uuid.UUID
    # Its first day.
    month: date
    event: str = Field(max_length=60)
    band: str = Field(max_length=30)
    # The kind of placement.
    work: str = Field(max_length=30)
    people: int


class Erasure(PoolRow, table=True):
    """That a person was erased, or why not; it does not say who."""

    __table_args__ = (
        ForeignKeyConstraint(["pool_id"], ["pool.id"]),
        Index(None, "pool_id", "at"),
        one_of("state", "done", "refused"),
        filled("actor"),
        CheckConstraint("(state = 'refused') = (ground is not null)", name="ground"),
    )

    state: str
    # A keyed hash of the candidate's id: a restored backup is compared with it.
    handle: str = Field(max_length=64)
    # The same of the sender's key: a file that was sent before is looked through by it.
    key_handle: str | None = Field(default=None, max_length=64)
    ground: str | None = Field(default=None, max_length=500)
    actor: str = Field(max_length=200)
    at: datetime | None = Field(default=None, nullable=False, sa_column_kwargs=NOW)
    # Rows by kind.
    counts: dict[str, Any] = Field(
        default_factory=dict, sa_type=JSON, sa_column_kwargs=EMPTY_OBJECT
    )


class LegalHold(PoolRow, table=True):
    """A legal ground on which somebody's data must be kept, against an erasure too."""

    __tablename__ = "legal_hold"
    __table_args__ = (
        part_of("candidate"),
        Index("legal_hold_standing_idx", "candidate_id", postgresql_where=sql("lifted_at is null")),
        filled("ground"),
        filled("placed_by"),
    )

    candidate_id: uuid.UUID
    ground: str = Field(max_length=500)
    until_on: date | None = None
    placed_by: str = Field(max_length=200)
    placed_at: datetime | None = Field(default=None, nullable=False, sa_column_kwargs=NOW)
    lifted_by: str | None = Field(default=None, max_length=200)
    lifted_at: datetime | None = None


class Restriction(PoolRow, table=True):
    """That somebody's data are kept and not used (GDPR art. 18), and on which ground."""

    __table_args__ = (
        part_of("candidate"),
        Index(None, "candidate_id"),
        one_of("ground", *RESTRICTION_GROUNDS),
        filled("reason"),
        filled("placed_by"),
        # Nobody is used again without having been told before.
        CheckConstraint("(lifted_at is null) = (informed_on is null)", name="informed_on"),
    )

    candidate_id: uuid.UUID
    ground: str
    reason: str = Field(max_length=500)
    placed_by: str = Field(max_length=200)
    placed_at: datetime | None = Field(default=None, nullable=False, sa_column_kwargs=NOW)
    informed_on: date | None = None
    lifted_by: str | None = Field(default=None, max_length=200)
    lifted_at: datetime | None = None


class RetentionRule(SQLModel, table=True):
    """How long a pool keeps records of a class, and on which legal ground. None is built in."""

    __tablename__ = "retention_rule"
    __table_args__ = (
        ForeignKeyConstraint(["pool_id"], ["pool.id"]),
        one_of("record_class", *RECORD_CLASSES),
        one_of("action", "erase", "anonymise", "hand_over"),
        filled("ground"),
        filled("decided_by"),
        *between(0, 36_500, "days"),
    )

    pool_id: uuid.UUID = Field(primary_key=True)
    record_class: str = Field(primary_key=True)
    ground: str = Field(max_length=500)
    days: int
    action: str
    decided_by: str = Field(max_length=200)
    decided_at: datetime | None = Field(default=None, nullable=False, sa_column_kwargs=NOW)
