"""Decisions at the same instant: an opening goes to one person, a proposal is decided once."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from sqlalchemy import text
from sqlmodel import select

from matcher.errors import Stale
from matcher.service.decisions import Saying, decide
from matcher.store.database import transaction
from matcher.store.decisions import lock
from matcher.store.tables import (
    Candidate,
    Placement,
    Proposal,
)
from tests.integration.lives import Life, change, proposed_pool
from tests.integration.publications import begin, finish, ids, publish
from tests.integration.races import at_once, patiently
from tests.integration.traces import waiting_for_locks
from tests.small_pools import write_pool


@pytest.fixture
def life(database: str) -> Life:
    return Life(proposed_pool())


@pytest.mark.parametrize("openings", [1, 3])
def test_fifty_for_the_last_openings(database: str, openings: int) -> None:
    with transaction() as db:
        pool_id = write_pool(db, "pool", people=50, placements=1)
        db.execute(text("update placement set openings = 50"))
    publish(pool_id, dict.fromkeys(range(50), 0))
    change("update placement set openings = :n", n=openings)
    with transaction() as db:
        proposals = list(db.exec(select(Proposal.id)))
    assert len(proposals) == 50

    def accept(proposal_id: uuid.UUID) -> str:
        with transaction() as db:
            decide(db, proposal_id, 1, Saying("Invented", "coach", "accept"))
        return "accepted"

    got = at_once([partial(patiently, partial(accept, each)) for each in proposals])
    assert got.count("accepted") == openings
    assert got.count("placement_full") == 50 - openings
    with transaction() as db:
        taken = db.execute(text("select taken from placement")).scalar_one()
        reserved = db.execute(
            text("select count(*) from proposal where state = 'with_employer'")
        ).scalar_one()
        told = db.execute(text("select count(*) from decision")).scalar_one()
    assert taken == reserved == told == openings


def test_ten_at_once_about_one_proposal(life: Life) -> None:
    proposal = life.proposal

    def accept() -> str:
        with transaction() as db:
            decide(db, proposal.id, proposal.version, Saying("Invented", "coach", "accept"))
        return "accepted"

    got = at_once([partial(patiently, accept)] * 10)
    assert got.count("accepted") == 1
    assert sum(isinstance(one, Stale) for one in got) == 9
    assert life.placement.taken == 1


def test_a_decision_and_a_publication_do_not_wait_for_one_another(
    life: Life, database: str
) -> None:
    """Somebody accepts at one placement while the run moves that person to another."""
    people, places = ids(Candidate, life.pool_id), ids(Placement, life.pool_id)
    lower, higher = sorted(range(3), key=places.__getitem__)[:2]
    claim, snapshot = begin(life.pool_id)
    with ThreadPoolExecutor(1) as threads:
        with transaction() as db:
            assert lock(db, Placement, uuid.UUID(places[higher]))
            publishing = threads.submit(finish, claim, snapshot, {0: lower, 1: higher})
            until = time.monotonic() + 20
            while not waiting_for_locks(database):
                assert time.monotonic() < until
                time.sleep(0.02)
            assert lock(db, Candidate, uuid.UUID(people[0]))
        assert publishing.result(20) == 2
