"""What a decline brings at once, what it does as a pool's policy says, and when that is lifted."""

import json
import uuid
from dataclasses import replace

import polars as pl
import pytest
from sqlalchemy import text
from sqlmodel import col, select

from matcher.errors import Invalid
from matcher.service import policies, runs
from matcher.service.decisions import Saying, decide
from matcher.service.sweeping import sweep
from matcher.store.database import transaction
from matcher.store.tables import Candidate, CandidateParking, Decision, Placement, Proposal
from tests.integration.lives import Life, change, today, verdicts
from tests.integration.plans import plan_for
from tests.integration.publications import begin, ids
from tests.small_pools import write_pool

EASY = (
    "update placement set openings = 1, state = 'open', level_min = 1, hours_min = 8;"
    "update candidate set hours_max = 36, work_level = 4, place = 'Utrecht',"
    " max_travel_minutes = 90; update site set place = 'Utrecht';"
)


@pytest.fixture
def pool_id(database: str) -> uuid.UUID:
    """A pool in which everybody can do everything; the first person has two alternatives."""
    with transaction() as db:
        made = write_pool(db, "pool", people=4, placements=3)
        for statement in EASY.split(";")[:-1]:
            db.execute(text(statement))
    publish(made, {0: 0}, {0: [1, 2]})
    return made


def publish(pool_id: uuid.UUID, pairs: dict[int, int], others: dict[int, list[int]]) -> None:
    """Publish pairs, with the numbers of the alternatives of each person."""
    claim, snapshot = begin(pool_id)
    people, places = ids(Candidate, pool_id), ids(Placement, pool_id)
    stored = {
        people[person]: json.dumps(
            [{"placement": places[p], "people": {}, "points": 9, "others": 0} for p in found]
        )
        for person, found in others.items()
    }
    made = plan_for(snapshot, [(people[c], places[p]) for c, p in pairs.items()])
    told = pl.col("candidate.id").replace_strict(stored, default="[]", return_dtype=pl.String)
    with transaction() as db:
        runs.publish(
            db, claim, replace(made, proposals=made.proposals.with_columns(alternatives=told))
        )


@pytest.fixture
def life(pool_id: uuid.UUID) -> Life:
    return Life(pool_id)


def open_proposal(pool_id: uuid.UUID, person: int = 0) -> Proposal | None:
    with transaction() as db:
        return db.exec(
            select(Proposal).where(
                Proposal.candidate_id == uuid.UUID(ids(Candidate, pool_id)[person]),
                Proposal.state == "open",
            )
        ).one_or_none()


def decline(life: Life, code: str = "not_for_me", **more: object) -> Decision:
    now = life.proposal
    with transaction() as db:
        made = decide(db, now.id, now.version, Saying("Invented", "coach", "decline", code, **more))  # type: ignore[arg-type]
        return db.get_one(Decision, made)


# --- the stored alternative ----------------------------------------------------------------------


def test_a_decline_brings_the_best_stored_alternative(life: Life) -> None:
    declined = life.proposal
    told = decline(life)
    following = open_proposal(life.pool_id)
    assert following is not None
    assert told.next_proposal_id == following.id
    assert str(following.placement_id) == ids(Placement, life.pool_id)[1]
    assert following.run_id == declined.run_id
    assert following.evidence["instead_of"] == str(declined.id)
    assert sum(part["points"] for part in following.points_by_term.values()) == following.points
    assert [each["placement"] for each in following.alternatives] == [
        ids(Placement, life.pool_id)[2]
    ]


def test_it_goes_on_to_the_next_until_none_is_left(life: Life) -> None:
    for expected in (1, 2):
        decline(life)
        following = open_proposal(life.pool_id)
        assert following is not None
        assert str(following.placement_id) == ids(Placement, life.pool_id)[expected]
        change("update proposal set first_proposed_at = now() where state = 'open'")
    assert decline(life).next_proposal_id is None
    assert open_proposal(life.pool_id) is None


@pytest.mark.parametrize(
    "statement",
    [
        "update placement set state = 'paused' where key = 'placement-1'",
        "update placement set taken = 1 where key = 'placement-1'",
        "update placement set level_min = 6 where key = 'placement-1';"
        "insert into placement_requirement (pool_id, placement_id, field, essential, reason)"
        " select pool_id, id, 'level', true, 'x' from placement where key = 'placement-1'",
    ],
)
def test_what_is_not_possible_any_more_is_passed_over(life: Life, statement: str) -> None:
    for part in statement.split(";"):
        change(part)
    decline(life)
    following = open_proposal(life.pool_id)
    assert following is not None
    assert str(following.placement_id) == ids(Placement, life.pool_id)[2]


def test_an_opening_that_another_proposal_counts_on_is_not_used(life: Life) -> None:
    publish(life.pool_id, {0: 0, 1: 1}, {0: [1]})
    assert decline(life).next_proposal_id is None


def test_who_asks_for_time_gets_no_next_proposal(life: Life) -> None:
    assert decline(life, "not_now", until=today(life.pool_id)).next_proposal_id is None
    assert open_proposal(life.pool_id) is None


# --- the pool's own table ------------------------------------------------------------------------

OWN = """
[reasons.not_for_me]
days = 7

[[reasons.own]]
code = "no_childcare"
dutch = "geen opvang"
english = "no childcare"
used_by = ["coach"]
effect = "park_person"
days = 60
"""


def test_the_policy_in_force_says_what_a_decline_does(life: Life) -> None:
    with pytest.raises(Invalid, match="can give these reasons"):
        decline(life, "no_childcare")
    with transaction() as db:
        policies.publish(db, life.pool_id, OWN, today(life.pool_id))
    decline(life)
    with transaction() as db:
        row = db.exec(select(CandidateParking)).one()
    assert row.until is not None
    assert (row.until - today(life.pool_id)).days == 7
    change("update proposal set first_proposed_at = now() where state = 'open'")
    decline(life, "no_childcare")
    assert verdicts(life.pool_id, 0, 2)["not_parked"] is False


# --- lifted by itself ----------------------------------------------------------------------------

CHANGES = {
    "too_far": [
        "update candidate set max_travel_minutes = 45",
        "update candidate set mediation_postcode = '9711AA'",
        "update site set postcode = '9711AA'",
        "delete from candidate_transport",
    ],
    "hours_do_not_fit": [
        "update candidate set hours_max = 30",
        "update placement set hours_min = 9",
        "update candidate set dayparts = repeat('1', 21)",
    ],
    "guidance_lacking": ["update placement set guidance_offered = 'intensive'"],
    "profile_wrong": [
        "update candidate set work_level = 2",
        "insert into candidate_licence (candidate_id, pool_id, licence)"
        " select id, pool_id, 'B' from candidate",
    ],
}
UNRELATED = "update candidate set ladder_date = '2020-01-01', version = version + 1"


@pytest.mark.parametrize(
    ("code", "statement"), [(code, each) for code, found in CHANGES.items() for each in found]
)
def test_a_pair_comes_back_when_its_facts_change(life: Life, code: str, statement: str) -> None:
    decline(life, code)
    if code != "profile_wrong":
        change(UNRELATED)
    assert sweep().lifted == 0
    assert verdicts(life.pool_id, 0, 0)["not_parked"] is False
    before = life.candidate.version
    change(statement)
    assert sweep().lifted == 1
    assert verdicts(life.pool_id, 0, 0)["not_parked"] is True
    assert life.candidate.version == before + 1
    assert sweep().lifted == 0


def test_a_pair_parked_for_days_is_not_lifted_by_facts(life: Life) -> None:
    decline(life, "not_for_me")
    change("update candidate set max_travel_minutes = 45, hours_max = 30")
    assert sweep().lifted == 0
    with transaction() as db:
        assert db.exec(select(CandidateParking.facts).order_by(col(CandidateParking.id))).one() is (
            None
        )
