"""Match runs, what they published, and what people decided about it."""

import uuid
from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy import text as sql
from sqlmodel import Field, SQLModel

from matcher.store.tables.base import (
    EMPTY_OBJECT,
    FALSE,
    JSON,
    MAYBE_JSON,
    NOW,
    ONE,
    ZERO,
    PoolRow,
    belongs_to,
    between,
    filled,
    one_of,
    part_of,
)
from matcher.store.tables.work_orders import OPEN, WorkOrder, work_order

PROPOSAL_STATES = (
    "open",
    "with_employer",
    "accepted",
    "declined",
    "expired",
    "withdrawn",
    "superseded",
)


def of_placement_in_any_pool() -> ForeignKeyConstraint:
    """Return a foreign key to a placement, of this pool or of one that shares it."""
    return ForeignKeyConstraint(
        ["placement_pool_id", "placement_id"],
        ["placement.pool_id", "placement.id"],
        ondelete="CASCADE",
    )


class MatchRun(WorkOrder, table=True):
    """One computation for a whole pool. A trigger refuses to leave a final state."""

    __tablename__ = "match_run"
    __table_args__ = (
        *work_order(),
        UniqueConstraint("pool_id", "id"),
        ForeignKeyConstraint(["pool_id"], ["pool.id"]),
        # One run of a pool computes at a time; what-ifs, which publish nothing, go on beside it.
        Index(
            "match_run_one_running_idx",
            "pool_id",
            unique=True,
            postgresql_where=sql("state = 'running' and kind <> 'what_if'"),
        ),
        # Several schedulers, and any number of sweeps, make one night.
        Index(
            "match_run_one_nightly_idx",
            "pool_id",
            "business_date",
            unique=True,
            postgresql_where=sql("kind = 'nightly'"),
        ),
        # Over queued and running alike, so that a reaped run that goes back to queued meets no
        # newer request: that would break the index, and the reaping of every pool with it.
        Index(
            "match_run_one_open_request_idx",
            "pool_id",
            "kind",
            unique=True,
            postgresql_where=sql("kind = 'request' and state in ('queued', 'running')"),
        ),
        Index("match_run_open_idx", "created_at", postgresql_where=sql(OPEN)),
        Index(None, "pool_id", "created_at"),
        one_of("kind", "nightly", "request", "what_if"),
        CheckConstraint("(kind = 'nightly') = (business_date is not null)", name="business_date"),
        CheckConstraint("solver_failures between 0 and attempt", name="solver_failures"),
        CheckConstraint("gap >= 0", name="gap"),
        # A what-if is asked something, and alone is answered in its row; all others publish.
        CheckConstraint("(kind = 'what_if') = (question is not null)", name="question"),
        CheckConstraint("answer is null or kind = 'what_if'", name="answer"),
    )

    kind: str
    # The local date in the pool's time zone that a night belongs to.
    business_date: date | None = None
    # Only failures of the solver itself step down to a simpler method; a lost worker does not.
    solver_failures: int = Field(default=0, sa_column_kwargs=ZERO)
    snapshot_hash: str | None = Field(default=None, max_length=64)
    policy_version: int | None = None
    policy_digest: str | None = Field(default=None, max_length=64)
    code_version: str | None = Field(default=None, max_length=60)
    seed: int | None = Field(default=None, sa_type=BigInteger)
    solver: str | None = Field(default=None, max_length=60)
    solver_status: str | None = Field(default=None, max_length=30)
    gap: float | None = None
    # The certificate: {value, bound, proved, ...} in points.
    proof: dict[str, Any] = Field(default_factory=dict, sa_type=JSON, sa_column_kwargs=EMPTY_OBJECT)
    # People placed and waiting, by tier; openings left; points.
    totals: dict[str, Any] = Field(
        default_factory=dict, sa_type=JSON, sa_column_kwargs=EMPTY_OBJECT
    )
    # Seconds by phase.
    timings: dict[str, Any] = Field(
        default_factory=dict, sa_type=JSON, sa_column_kwargs=EMPTY_OBJECT
    )
    # How many pairs each rule refuses.
    refusals: dict[str, Any] = Field(
        default_factory=dict, sa_type=JSON, sa_column_kwargs=EMPTY_OBJECT
    )
    # What a what-if asks (matcher.domain.questions), and what came of it: the answer, or the error
    # that ended it. The sweep deletes the whole run after a day.
    question: dict[str, Any] | None = Field(default=None, sa_type=MAYBE_JSON)
    answer: dict[str, Any] | None = Field(default=None, sa_type=MAYBE_JSON)


class Publication(SQLModel, table=True):
    """That a run's plan was published: once, whole, under one fence of its pool."""

    __table_args__ = (
        belongs_to("match_run", "run_id"),
        UniqueConstraint("pool_id", "run_id"),
        UniqueConstraint("pool_id", "fence"),
        CheckConstraint("proposals >= 0 and erased >= 0", name="counts"),
        filled("digest"),
    )

    run_id: uuid.UUID = Field(primary_key=True)
    pool_id: uuid.UUID
    fence: int = Field(sa_type=BigInteger)
    proposals: int
    erased: int = Field(default=0, sa_column_kwargs=ZERO)
    # SHA-256 over what was published: candidate, placement and points of every proposal.
    digest: str = Field(max_length=64)
    published_at: datetime | None = Field(default=None, nullable=False, sa_column_kwargs=NOW)


class Proposal(PoolRow, table=True):
    """
    A pair put to a coach. It keeps its row while runs keep proposing the same pair.

    With it stand the values the rules read (``evidence``) and the points by term, so that the
    answer can be read out later as it was given.
    """

    __table_args__ = (
        UniqueConstraint("pool_id", "id"),
        belongs_to("match_run", "first_run_id"),
        ForeignKeyConstraint(["pool_id", "run_id"], ["publication.pool_id", "publication.run_id"]),
        part_of("candidate"),
        of_placement_in_any_pool(),
        # One proposal in play per person.
        Index(
            "proposal_one_live_idx",
            "candidate_id",
            unique=True,
            postgresql_where=sql("state in ('open', 'with_employer')"),
        ),
        Index(None, "pool_id", "candidate_id"),
        Index(None, "placement_pool_id", "placement_id"),
        Index(None, "pool_id", "run_id"),
        Index("proposal_open_idx", "first_proposed_at", postgresql_where=sql("state = 'open'")),
        one_of("state", *PROPOSAL_STATES),
        CheckConstraint("held_until is null or state = 'open'", name="held_until"),
        CheckConstraint("reserved_until is null or state = 'with_employer'", name="reserved_until"),
        CheckConstraint("minutes >= 0", name="minutes"),
        CheckConstraint("price >= 0", name="price"),
        CheckConstraint("surplus >= 0", name="surplus"),
    )

    # The first run that proposed the pair, and the last; null while only a coach has chosen it.
    first_run_id: uuid.UUID | None = None
    run_id: uuid.UUID | None = None
    candidate_id: uuid.UUID
    # The pool that posts it: this one, or one that shares it.
    placement_pool_id: uuid.UUID
    placement_id: uuid.UUID
    candidate_version: int
    placement_version: int
    first_proposed_at: datetime | None = Field(default=None, nullable=False, sa_column_kwargs=NOW)
    state: str = Field(default="open", sa_column_kwargs={"server_default": "open"})
    held_until: datetime | None = None
    # Until then one opening is kept for the employer's answer.
    reserved_until: datetime | None = None
    version: int = Field(default=1, sa_column_kwargs=ONE)
    points: int = Field(sa_type=BigInteger)
    points_by_term: dict[str, Any] = Field(
        default_factory=dict, sa_type=JSON, sa_column_kwargs=EMPTY_OBJECT
    )
    # Codes of the rules whose answer is not known: for the coach to settle first.
    unknowns: list[str] = Field(
        default_factory=list, sa_type=JSON, sa_column_kwargs={"server_default": sql("'[]'::jsonb")}
    )
    evidence: dict[str, Any] = Field(
        default_factory=dict, sa_type=JSON, sa_column_kwargs=EMPTY_OBJECT
    )
    # The best other placements of the person when it was published: the placement, and people and
    # points that the whole plan would have lost.
    alternatives: list[dict[str, Any]] = Field(
        default_factory=list, sa_type=JSON, sa_column_kwargs={"server_default": sql("'[]'::jsonb")}
    )
    # A coach pinned the pair; what else of others it hangs on, as codes with numbers of people.
    pinned: bool = Field(default=False, sa_column_kwargs=FALSE)
    notes: list[dict[str, Any]] = Field(
        default_factory=list, sa_type=JSON, sa_column_kwargs={"server_default": sql("'[]'::jsonb")}
    )
    price: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs=ZERO)
    surplus: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs=ZERO)
    # The journey as it was reckoned, one way, and by what.
    minutes: float | None = None
    mode: str | None = Field(default=None, max_length=30)
    journey_source: str | None = Field(default=None, max_length=100)
    # Why a later run did not keep it: the cause, what is behind it, and which run.
    superseded_because: dict[str, Any] | None = Field(default=None, sa_type=JSON)
    # The code of the person's tier in that run's policy.
    tier: str | None = Field(default=None, max_length=60)


class Price(SQLModel, table=True):
    """The lowest price of one more opening of a placement, in points, in a published plan."""

    __table_args__ = (
        ForeignKeyConstraint(
            ["pool_id", "run_id"],
            ["publication.pool_id", "publication.run_id"],
            ondelete="CASCADE",
        ),
        of_placement_in_any_pool(),
        Index(None, "placement_pool_id", "placement_id"),
        CheckConstraint("price >= 0", name="price"),
        CheckConstraint("potential between 0 and price", name="potential"),
    )

    run_id: uuid.UUID = Field(primary_key=True)
    placement_id: uuid.UUID = Field(primary_key=True)
    pool_id: uuid.UUID
    placement_pool_id: uuid.UUID
    price: int = Field(sa_type=BigInteger)
    # The part of it that is kept for people still to come.
    potential: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs=ZERO)


class Decision(PoolRow, table=True):
    """What a named person said of a proposal, with the reason's code."""

    __table_args__ = (
        UniqueConstraint("pool_id", "id"),
        belongs_to("proposal", ondelete="SET NULL (proposal_id)"),
        Index(None, "pool_id", "proposal_id"),
        filled("actor_id"),
        one_of("role", "candidate", "coach", "employer", "account_manager", "pool_manager"),
        one_of("outcome", "accept", "decline", "hold", "withdraw"),
    )

    proposal_id: uuid.UUID | None = None
    actor_id: str = Field(max_length=200)
    role: str
    outcome: str
    reason_code: str | None = Field(default=None, max_length=60)
    # Another placement was chosen than the plan proposed.
    overrides: bool = Field(default=False, sa_column_kwargs=FALSE)
    # What a decline brought at once; no key: it is a note, and that proposal has its own life.
    next_proposal_id: uuid.UUID | None = None
    seen_at: datetime | None = None
    decided_at: datetime | None = Field(default=None, nullable=False, sa_column_kwargs=NOW)


class IdempotencyKey(SQLModel, table=True):
    """A creating request that took effect, so that its repetition gives the same answer."""

    __tablename__ = "idempotency_key"
    __table_args__ = (
        filled("key"),
        Index(None, "created_at"),
        *between(100, 599, "status"),
    )

    actor_id: str = Field(max_length=200, primary_key=True)
    key: str = Field(max_length=200, primary_key=True)
    route: str = Field(max_length=200)
    # SHA-256 of the body: the same key with another body is a mistake of the caller.
    fingerprint: str = Field(max_length=64)
    status: int | None = None
    # A reference to what was made, never a copy of the answer.
    resource_ref: str | None = Field(default=None, max_length=500)
    created_at: datetime | None = Field(default=None, nullable=False, sa_column_kwargs=NOW)


class ServiceState(SQLModel, table=True):
    """When something that must keep happening last happened, such as the sweep."""

    __tablename__ = "service_state"

    name: str = Field(max_length=60, primary_key=True)
    at: datetime
