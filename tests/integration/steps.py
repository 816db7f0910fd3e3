"""The steps of a run's life, each in a transaction of its own, as a worker takes them."""

import uuid
from datetime import UTC, datetime

from sqlalchemy import text

from matcher.domain.snapshot import PoolSnapshot
from matcher.service import runs
from matcher.store.database import transaction
from matcher.store.tables import MatchRun
from tests.integration.plans import plan_for

# In the evening no night is due, so that the hour of the test makes no difference.
EVENING = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)


def sweep() -> runs.Swept:
    return runs.sweep(now=EVENING)


def request(pool_id: uuid.UUID) -> uuid.UUID:
    with transaction() as db:
        return runs.request(db, pool_id, created_by="tester")


def claim(run_id: uuid.UUID, owner: str = "worker-1") -> runs.Claim | None:
    with transaction() as db:
        return runs.claim(db, run_id, owner)


def claimed(pool_id: uuid.UUID) -> runs.Claim:
    got = claim(request(pool_id))
    assert got is not None
    return got


def row(run_id: uuid.UUID) -> MatchRun:
    with transaction() as db:
        return runs.get(db, run_id)


def expire(run_id: uuid.UUID) -> None:
    """Let the lease of a run be over."""
    with transaction() as db:
        db.execute(
            text("update match_run set lease_until = now() - interval '1 s' where id = :id"),
            {"id": run_id},
        )


def due(run_id: uuid.UUID) -> None:
    """Let the pause after a failed attempt be over."""
    with transaction() as db:
        db.execute(text("update match_run set not_before = now() where id = :id"), {"id": run_id})


def snapshot(claim: runs.Claim) -> PoolSnapshot:
    with transaction("REPEATABLE READ") as db:
        return runs.read(db, claim).snapshot


def publish(claim: runs.Claim) -> int:
    plan = plan_for(snapshot(claim), [])
    with transaction() as db:
        return runs.publish(db, claim, plan)


def beat(claim: runs.Claim, progress: dict[str, object] | None = None) -> None:
    with transaction() as db:
        runs.beat(db, claim, progress)
