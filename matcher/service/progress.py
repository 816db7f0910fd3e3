"""Match runs, imports and proposals as records: what of them people read."""

from dataclasses import replace

from matcher.service.records import Kind
from matcher.store.tables import ImportJob, MatchRun, Proposal

_WORK = (
    "id",
    "pool_id",
    "kind",
    "state",
    "progress",
    "attempt",
    "max_attempts",
    "cancel_requested",
    "error_code",
    "created_at",
    "started_at",
    "finished_at",
)

RUNS = Kind(
    "match run",
    MatchRun,
    (
        *_WORK,
        "business_date",
        "policy_version",
        "policy_digest",
        "snapshot_hash",
        "code_version",
        "seed",
        "solver",
        "solver_status",
        "gap",
        "proof",
        "totals",
        "timings",
        "refusals",
    ),
    order=("created_at", "id"),
)

RUNS_IN_FULL = replace(RUNS, columns=(*RUNS.columns, "question", "answer"))
"""With what a what-if asks and answers, which names people and is long: not for lists."""

IMPORTS = Kind(
    "import",
    ImportJob,
    (*_WORK, "dry_run", "skip_bad_rows", "digest", "report"),
    order=("created_at", "id"),
)

PROPOSALS = Kind(
    "proposal",
    Proposal,
    (
        "id",
        "pool_id",
        "candidate_id",
        "placement_id",
        "state",
        "version",
        "first_run_id",
        "run_id",
        "first_proposed_at",
        "held_until",
        "reserved_until",
        "points",
        "points_by_term",
        "unknowns",
        "evidence",
        "alternatives",
        "pinned",
        "notes",
        "superseded_because",
        "price",
        "surplus",
        "minutes",
        "mode",
        "journey_source",
        "tier",
    ),
    order=("first_proposed_at", "id"),
    about="candidate_id",
)
