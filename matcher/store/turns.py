"""One bulk writer of a pool at a time, and the locks under which a run may publish."""

import uuid

from sqlalchemy import text
from sqlmodel import Session

from matcher.store.runs import Claim

LOCK_SECONDS = 60
TURN_SECONDS = 300


def hold_pool(db: Session, pool_id: uuid.UUID) -> None:
    """
    Wait for other bulk writers of this pool, and be the only one until the transaction ends.

    Imports and publications both touch thousands of candidates and placements, in different
    orders; one after the other they cannot wait for one another.
    """
    _wait_at_most(db, TURN_SECONDS)
    db.execute(text("select pg_advisory_xact_lock(hashtextextended(:id, 0))"), {"id": str(pool_id)})
    _wait_at_most(db, LOCK_SECONDS)


def lock_run(db: Session, claim: Claim) -> tuple[bool, bool]:
    """
    Wait for other bulk writers of the pool, then lock the run and the pool.

    Returns
    -------
    whether both still carry the claim's fence and the run is running, and whether it is to stop.
    """
    hold_pool(db, claim.pool_id)
    run = db.execute(
        text("select state, fence, cancel_requested from match_run where id = :id for update"),
        {"id": claim.run_id},
    ).one_or_none()
    # NO KEY: an import under way refers to the pool by key, and need not be waited for.
    pool_fence = db.execute(
        text("select fence from pool where id = :id for no key update"), {"id": claim.pool_id}
    ).scalar()
    ours = run is not None and run[0] == "running" and run[1] == pool_fence == claim.fence
    return ours, run is not None and bool(run[2])


def _wait_at_most(db: Session, seconds: int) -> None:
    db.execute(text("select set_config('lock_timeout', :limit, true)"), {"limit": f"{seconds}s"})
