"""Plans written by hand, published by the steps of a run, and what then stands in the pool."""

import uuid

from sqlmodel import col, select

from matcher.domain.snapshot import PoolSnapshot
from matcher.service import runs
from matcher.store.database import transaction
from matcher.store.tables import (
    Candidate,
    Placement,
    Proposal,
)
from tests.integration.plans import plan_for


def begin(pool_id: uuid.UUID) -> tuple[runs.Claim, PoolSnapshot]:
    with transaction() as db:
        claim = runs.claim(db, runs.request(db, pool_id), "worker")
    assert claim is not None
    with transaction("REPEATABLE READ") as db:
        return claim, runs.read(db, claim).snapshot


def finish(claim: runs.Claim, snapshot: PoolSnapshot, pairs: dict[int, int], **other: int) -> int:
    people = ids(Candidate, claim.pool_id)
    places = ids(Placement, claim.pool_id)
    plan = plan_for(snapshot, [(people[c], places[p]) for c, p in pairs.items()], **other)
    with transaction() as db:
        return runs.publish(db, claim, plan)


def publish(pool_id: uuid.UUID, pairs: dict[int, int], **other: int) -> uuid.UUID:
    """Run and publish a plan: the number of the candidate -> the number of the placement."""
    claim, snapshot = begin(pool_id)
    finish(claim, snapshot, pairs, **other)
    return claim.run_id


def ids(table: type[Candidate] | type[Placement], pool_id: uuid.UUID) -> list[str]:
    with transaction() as db:
        rows = db.exec(
            select(table).where(col(table.pool_id) == pool_id).order_by(col(table.key))
        ).all()
    return [str(row.id) for row in rows]


def state_of(pool_id: uuid.UUID) -> dict[tuple[int, int], str]:
    """Return the states of all proposals, by the numbers of candidate and placement."""
    people, places = ids(Candidate, pool_id), ids(Placement, pool_id)
    with transaction() as db:
        return {
            (people.index(str(one.candidate_id)), places.index(str(one.placement_id))): one.state
            for one in db.exec(select(Proposal).where(Proposal.pool_id == pool_id))
        }


def proposal(pool_id: uuid.UUID, candidate: int, state: str = "open") -> Proposal:
    person = uuid.UUID(ids(Candidate, pool_id)[candidate])
    with transaction() as db:
        return db.exec(
            select(Proposal).where(Proposal.candidate_id == person, Proposal.state == state)
        ).one()
