"""The limits of an employer whose work is shared count who comes from any pool, as a number."""

import uuid
from collections.abc import Callable
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import text

from matcher import plan
from matcher.domain.actors import NOBODY, Actor
from matcher.errors import Conflict
from matcher.service import policies, runs
from matcher.service.choosing import choose
from matcher.service.decisions import Outcome, Saying, decide
from matcher.store.acting import acting
from matcher.store.database import transaction
from matcher.store.tables import Candidate, MatchRun, Placement, Proposal
from tests.integration.imports import execute, select
from tests.integration.lives import today
from tests.integration.test_decisions_races import patiently
from tests.integration.test_declines import EASY
from tests.integration.test_runs_publish import begin, ids
from tests.integration.test_runs_races import at_once
from tests.small_pools import write_pool

ONE_WEEK = "[not_deployed_then]\nhorizon_days = 7"
ENDED = (
    "update deployment set state = 'ended', end_reason = 'contract_over', until_on = current_date"
)
Pools = dict[str, uuid.UUID]


@pytest.fixture
def pools(database: str) -> Pools:
    """B shares its work with A and C; two may begin at its employer in the week ahead."""
    with transaction() as db:
        made = {key: write_pool(db, key, people=6, placements=4) for key in "abc"}
        for statement in EASY.split(";")[:-1]:
            db.execute(text(statement))
    for pool_id in made.values():
        day = today(pool_id)
        with transaction() as db:
            policies.publish(db, pool_id, ONE_WEEK, day)
    execute("update placement set openings = 3; update employer set starts_per_week = 2")
    execute(
        "insert into sharing_agreement (pool_id, other_pool_id) select b.id, x.id"
        " from pool b, pool x where b.key = 'b' and x.key <> 'b'"
    )
    return made


@contextmanager
def of(pool_id: uuid.UUID | None):
    """Act within a pool as the API does, where row-level security holds."""
    token = acting.set(Actor(NOBODY.account_id, "pool_manager", pool_id))
    try:
        yield
    finally:
        acting.reset(token)


def chosen(pools: Pools, pool: str, person: int, place: int = 0) -> Proposal:
    """A coach of a pool chooses work of B for one of the pool's people."""
    who, where = ids(Candidate, pools[pool])[person], ids(Placement, pools["b"])[place]
    with of(pools[pool]), transaction() as db:
        made = choose(db, uuid.UUID(who), uuid.UUID(where), actor="Invented")
        return db.get_one(Proposal, made)


def said(one: Proposal, outcome: Outcome = "accept") -> str:
    with of(one.pool_id), transaction() as db:
        now = db.get_one(Proposal, one.id)
        decide(db, one.id, now.version, Saying("Invented", "coach", outcome))
    return "accepted"


def refused(task: Callable[[], object]) -> None:
    with pytest.raises(Conflict) as told:
        task()
    assert told.value.code == "limit_full"


@pytest.mark.parametrize("others", ["bb", "cc", "bc"])
def test_who_comes_from_another_pool_is_counted(pools: Pools, others: str) -> None:
    mine = chosen(pools, "a", 0)
    theirs = [chosen(pools, pool, at, place=at + 1) for at, pool in enumerate(others)]
    for one in theirs:
        said(one)
    refused(partial(said, mine))
    refused(partial(chosen, pools, "a", 1))
    # At work they count as on their way there; when one does not come, there is room again.
    ((work,),) = select(
        "insert into deployment (pool_id, key, candidate_id, placement_id, proposal_id, state,"
        " from_on) select pool_id, 'w', candidate_id, placement_id, id, 'active', current_date"
        " from proposal where id = :id returning id",
        id=theirs[0].id,
    )  # fmt: skip
    execute(
        "update proposal set state = 'accepted', reserved_until = null where id = :id",
        id=theirs[0].id,
    )
    refused(partial(said, mine))
    execute(f"{ENDED} where id = :id", id=work)
    assert said(mine) == "accepted"


def test_openings_that_others_hold_are_not_counted_when_somebody_is_taken_on(pools: Pools) -> None:
    execute("update site set max_guided_site = 2")
    for at in range(2):
        said(chosen(pools, "c", at, place=at), "hold")
    mine = [chosen(pools, "a", at, place=at) for at in range(2)]
    assert [said(one) for one in mine] == ["accepted"] * 2
    held = select("select id from proposal where pool_id = :c", c=pools["c"])
    assert len(held) == 2
    with transaction() as db:
        again = db.get_one(Proposal, held[0][0])
    refused(partial(said, again))


def test_two_pools_accept_at_once(pools: Pools) -> None:
    execute("update employer set starts_per_week = 1")
    for turn in range(4):
        both = [chosen(pools, pool, turn, place=at) for at, pool in enumerate("ab")]
        got = at_once([partial(patiently, partial(said, one)) for one in both])
        assert sorted(got) == ["accepted", "limit_full"]
        execute("update proposal set state = 'expired', held_until = null, reserved_until = null")
        execute("update placement set taken = 0")


def test_a_plan_that_is_published_looks_at_every_pool_again(pools: Pools) -> None:
    execute("update placement set state = 'paused' where pool_id = :a", a=pools["a"])
    one = chosen(pools, "c", 0)
    claim, snapshot = begin(pools["a"])
    with transaction() as db:
        made = plan(snapshot, policies.in_force(db, pools["a"], claim.today))
    assert made.proposals.height == 2
    said(one)
    with transaction() as db:
        assert runs.publish(db, claim, made) == 1
    with transaction() as db:
        totals = db.get_one(MatchRun, claim.run_id).totals
    assert totals["left_out_by_limit"] == {"employer_starts": 1}


def starts(pool_id: uuid.UUID | None) -> dict[uuid.UUID, int]:
    week = date.today() - timedelta(days=7)
    with of(pool_id), transaction() as db:
        rows = db.execute(text("select * from employer_starts_since(:week)"), {"week": week})
        return {row.employer_id: row.people for row in rows}


def test_counts_alone_cross_and_only_to_who_shares(pools: Pools) -> None:
    said(chosen(pools, "c", 0))
    ((employer,),) = select("select id from employer where pool_id = :b", b=pools["b"])
    for pool in "abc":
        assert starts(pools[pool]) == {employer: 1}
    assert starts(None) == {}
    execute("delete from sharing_agreement where other_pool_id = :a", a=pools["a"])
    assert starts(pools["a"]) == {}
    with of(pools["a"]), transaction() as db:
        assert db.execute(text("select count(*) from proposal")).scalar() == 0
