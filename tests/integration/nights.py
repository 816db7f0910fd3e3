"""A published plan without a worker: the steps of a run, one after another, in this process."""

from uuid import UUID

from matcher import plan
from matcher.domain.plan import Plan
from matcher.service import runs
from matcher.store.database import transaction


def compute_plan(pool_id: UUID) -> tuple[runs.Claim, Plan]:
    """Compute a plan of a pool that is not published yet; return its run's claim and the plan."""
    with transaction() as db:
        run_id = runs.request(db, pool_id)
    with transaction() as db:
        claim = runs.claim(db, run_id, "test")
        assert claim is not None
    with transaction("REPEATABLE READ") as db:
        reading = runs.read(db, claim)
    with transaction() as db:
        runs.record(db, claim, reading)
    return claim, plan(reading.snapshot, reading.policy)


def publish_plan(pool_id: UUID) -> tuple[UUID, Plan]:
    """Compute and publish a plan of a pool; return its run and the plan."""
    claim, found = compute_plan(pool_id)
    with transaction() as db:
        runs.publish(db, claim, found)
    return claim.run_id, found
