"""Match runs (matchrondes) and imports."""

import uuid
from datetime import date
from typing import Literal

from pydantic import Field

from api.schemas.common import ApiModel, Instant, JsonObject
from api.schemas.questions import Question

WorkState = Literal["queued", "running", "succeeded", "failed", "cancelled"]


class Progress(ApiModel):
    """How far the work is."""

    phase: str | None = None
    done: int | None = None
    total: int | None = None


class RunCreate(ApiModel):
    """A run to be made."""

    pool_id: uuid.UUID
    kind: Literal["request", "what_if"] = Field(
        default="request",
        description="The nightly runs make themselves. A `what_if` is never published.",
    )
    question: Question | None = Field(default=None, description="What a `what_if` asks.")


class Run(ApiModel):
    """A match run (matchronde): one computation for a whole pool."""

    id: uuid.UUID
    pool_id: uuid.UUID
    kind: Literal["nightly", "request", "what_if"]
    state: WorkState
    business_date: date | None = Field(description="The night it belongs to.")
    progress: Progress
    attempt: int
    max_attempts: int
    cancel_requested: bool
    error_code: str | None
    created_at: Instant
    started_at: Instant | None
    finished_at: Instant | None
    policy_version: int | None
    policy_digest: str | None
    snapshot_hash: str | None = Field(description="SHA-256 of what it was computed from.")
    code_version: str | None
    seed: int | None
    solver: str | None
    solver_status: str | None
    gap: float | None
    proof: JsonObject = Field(description="The certificate: value and bound, equal when proved.")
    totals: JsonObject = Field(description="People placed and waiting, openings left, points.")
    timings: JsonObject = Field(description="Seconds by phase.")
    refusals: JsonObject = Field(description="Which rules keep openings empty.")


class Import(ApiModel):
    """A file that is imported, with what came of it row by row."""

    id: uuid.UUID
    pool_id: uuid.UUID
    kind: Literal["pool", "sonar", "candidates", "employers", "placements"]
    state: WorkState
    dry_run: bool
    skip_bad_rows: bool
    digest: str = Field(description="SHA-256 of the file.")
    progress: Progress
    attempt: int
    max_attempts: int
    cancel_requested: bool
    error_code: str | None
    created_at: Instant
    started_at: Instant | None
    finished_at: Instant | None
    report: JsonObject = Field(
        description="Counts by table, and every faulty row with column, code and what is expected."
    )
