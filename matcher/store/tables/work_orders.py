"""
What match runs and imports share: a row that a worker claims under a lease.

The row is the truth and a message only a hint. A worker that claims the row raises its fence and
holds it until ``lease_until``, which it moves on while it works; whoever finds the lease over may
give the row to another, and the fence tells the first that it has lost.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint
from sqlmodel import Field

from matcher.store.tables.base import EMPTY_OBJECT, FALSE, JSON, NOW, ZERO, PoolRow, one_of

FINAL_STATES = ("succeeded", "failed", "cancelled")
FINAL = "state in ('succeeded', 'failed', 'cancelled')"
OPEN = "state in ('queued', 'running')"


def work_order() -> tuple[CheckConstraint, ...]:
    """Constraints of a `WorkOrder`: what each state implies of the other columns."""
    return (
        one_of("state", "queued", "running", *FINAL_STATES),
        CheckConstraint("(state = 'running') = (lease_until is not null)", name="lease"),
        CheckConstraint("state <> 'running' or owner is not null", name="owner"),
        CheckConstraint(f"({FINAL}) = (finished_at is not null)", name="finished"),
        CheckConstraint("attempt between 0 and max_attempts", name="attempt"),
    )


class WorkOrder(PoolRow):
    """Work that is asked of the workers, and where it stands."""

    state: str = Field(default="queued", sa_column_kwargs={"server_default": "queued"})
    not_before: datetime | None = Field(default=None, nullable=False, sa_column_kwargs=NOW)
    hinted_at: datetime | None = None
    # A worker that is lost uses up an attempt.
    attempt: int = Field(default=0, sa_column_kwargs=ZERO)
    max_attempts: int = Field(default=3, sa_column_kwargs={"server_default": "3"})
    fence: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs=ZERO)
    # The worker that has it, or had it last.
    owner: str | None = Field(default=None, max_length=200)
    lease_until: datetime | None = None
    heartbeat_at: datetime | None = None
    cancel_requested: bool = Field(default=False, sa_column_kwargs=FALSE)
    error_code: str | None = Field(default=None, max_length=60)
    # {phase, done, total}
    progress: dict[str, Any] = Field(
        default_factory=dict, sa_type=JSON, sa_column_kwargs=EMPTY_OBJECT
    )
    created_by: str | None = Field(default=None, max_length=200)
    created_at: datetime | None = Field(default=None, nullable=False, sa_column_kwargs=NOW)
    started_at: datetime | None = None
    finished_at: datetime | None = None
