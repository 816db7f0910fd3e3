"""What follows from a decision: what a decline leaves out, what runs and the sweep then do."""

import uuid
from datetime import timedelta

import polars as pl
import pytest
from sqlalchemy import text
from sqlmodel import select

from matcher.domain.reasons import REASONS, Role
from matcher.service import matching, runs
from matcher.service.choosing import choose
from matcher.service.deployments import change_deployment
from matcher.store import reading
from matcher.store.database import transaction
from matcher.store.tables import (
    Candidate,
    CandidateExclusion,
    CandidateParking,
    Placement,
)
from tests.integration.lives import Life, change, decisions, proposed_pool, today, verdicts
from tests.integration.publications import begin, finish, ids, publish, state_of
from tests.small_pools import write_pool


@pytest.fixture
def life(database: str) -> Life:
    return Life(proposed_pool())


# --- what a decline does --------------------------------------------------------------------------

PAIR = [r.code for r in REASONS if r.effect.what == "park_pair"]
EMPLOYERS = [r.code for r in REASONS if r.effect.what == "exclude_employer"]
OF_THE_PLACEMENT = {
    "already_filled": "full",
    "unstated_requirement": "draft",
    "no_supervisor_now": "paused",
    "withdrawn": "closed",
}


def role_of(code: str) -> Role:
    return next(reason.used_by[0] for reason in REASONS if reason.code == code)


def declined(life: Life, code: str, **more: object) -> None:
    """Decline as somebody who may: the employer after the coach's step."""
    if role_of(code) == "employer":
        life.say("accept")
    assert life.say("decline", role_of(code), reason_code=code, **more).state == "declined"
    assert life.placement.taken == 0


@pytest.mark.parametrize("code", PAIR)
def test_a_parked_pair_is_refused_in_the_next_snapshot(life: Life, code: str) -> None:
    before = life.candidate.version
    assert verdicts(life.pool_id, 0, 0)["not_parked"] is True
    declined(life, code)
    assert verdicts(life.pool_id, 0, 0)["not_parked"] is False
    assert verdicts(life.pool_id, 0, 1)["not_parked"] is True
    assert verdicts(life.pool_id, 1, 0)["not_parked"] is True
    assert life.candidate.version == before + 1
    days = next(reason.effect.days for reason in REASONS if reason.code == code)
    with transaction() as db:
        row = db.exec(select(CandidateParking)).one()
    ends = None if days is None else today(life.pool_id) + timedelta(days=days)
    assert (row.target_kind, row.reason_code, row.until) == ("pair", code, ends)


@pytest.mark.parametrize("code", EMPLOYERS)
def test_an_excluded_employer_is_refused_in_the_next_snapshot(life: Life, code: str) -> None:
    declined(life, code)
    for placement in range(3):
        assert verdicts(life.pool_id, 0, placement)["not_excluded"] is False
        assert verdicts(life.pool_id, 1, placement)["not_excluded"] is True
    with transaction() as db:
        row = db.exec(select(CandidateExclusion)).one()
    ends = today(life.pool_id) + timedelta(days=365) if code == "known_conflict" else None
    assert (row.target, row.until) == ("employer", ends)


def test_not_now_leaves_the_person_out_until_the_day(life: Life) -> None:
    day = today(life.pool_id) + timedelta(days=40)
    since = life.candidate.waiting_since
    declined(life, "not_now", until=day)
    assert verdicts(life.pool_id, 0, 1)["not_parked"] is False
    assert life.candidate.waiting_since == since
    change("update candidate_parking set until = :day", day=today(life.pool_id) - timedelta(days=1))
    assert verdicts(life.pool_id, 0, 1)["not_parked"] is True


def test_not_reached_twice_in_thirty_days(life: Life) -> None:
    declined(life, "no_contact")
    assert verdicts(life.pool_id, 0, 0)["not_parked"] is True
    publish(life.pool_id, {0: 1})
    change("update decision set decided_at = now() - interval '31 days'")
    declined(life, "no_contact")
    assert verdicts(life.pool_id, 0, 0)["not_parked"] is True
    publish(life.pool_id, {0: 2})
    declined(life, "no_contact")
    assert verdicts(life.pool_id, 0, 0)["not_parked"] is False
    with transaction() as db:
        row = db.exec(select(CandidateParking)).one()
    assert (row.target_kind, row.target) == ("person", None)
    assert row.until == today(life.pool_id) + timedelta(days=60)


def test_other_work_is_an_outflow(life: Life) -> None:
    declined(life, "found_other_work")
    assert life.candidate.state == "inactive"
    with transaction("REPEATABLE READ") as db:
        people = reading.read_snapshot(db, life.pool_id, today(life.pool_id)).candidates
    assert life.candidate_id not in people["candidate.id"].to_list()


@pytest.mark.parametrize(("code", "state"), OF_THE_PLACEMENT.items())
def test_what_the_employer_says_of_the_placement(life: Life, code: str, state: str) -> None:
    version = life.placement.version
    declined(life, code)
    assert (life.placement.state, life.placement.version) == (state, version + 1)
    assert verdicts(life.pool_id, 0, 0)["not_parked"] is True


def test_a_closed_placement_withdraws_what_nobody_decided(life: Life) -> None:
    change("update placement set openings = 2")
    publish(life.pool_id, {0: 0, 1: 0})
    declined(life, "withdrawn")
    assert state_of(life.pool_id) == {(0, 0): "declined", (1, 0): "withdrawn"}


def test_another_choice_parks_nothing(life: Life) -> None:
    declined(life, "chose_other")
    assert all(verdicts(life.pool_id, 0, 0)[code] for code in ("not_parked", "not_excluded"))
    assert decisions() == [("coach", "decline", "chose_other", True)]


def placement_of_another_pool(pool_id: uuid.UUID) -> uuid.UUID:
    """Write a pool that shares its one placement with this one; return the placement."""
    with transaction() as db:
        other = write_pool(db, "other", people=1, placements=1)
        db.execute(
            text("insert into sharing_agreement (pool_id, other_pool_id) values (:other, :mine)"),
            {"other": other, "mine": pool_id},
        )
    return uuid.UUID(ids(Placement, other)[0])


def proposed(pool_id: uuid.UUID, person: int, placement: uuid.UUID) -> Life:
    """Propose a placement to a person by hand."""
    with transaction() as db:
        choose(db, uuid.UUID(ids(Candidate, pool_id)[person]), placement, actor="Invented")
    return Life(pool_id, person)


def test_a_pair_of_another_pool_is_named_by_its_id(life: Life) -> None:
    """A key says nothing outside its pool, and another pool may use the same."""
    shared = placement_of_another_pool(life.pool_id)
    mine = proposed(life.pool_id, 1, shared)
    mine.say("decline", reason_code="not_for_me")
    with transaction() as db:
        assert db.exec(select(CandidateParking)).one().target == str(shared)
        refusals = matching.explain_pair(db, uuid.UUID(mine.candidate_id), shared).matches[0]
    assert "not_parked" in {refusal.code for refusal in refusals.explanation.refusals}
    assert verdicts(life.pool_id, 1, 0)["not_parked"] is True


def test_work_at_a_placement_of_another_pool(life: Life) -> None:
    shared = placement_of_another_pool(life.pool_id)
    mine = proposed(life.pool_id, 1, shared)
    mine.say("accept")
    mine.say("accept", "employer")
    assert (mine.deployment.placement_id, mine.placement.taken) == (shared, 1)


# --- runs and the sweep ---------------------------------------------------------------------------


def test_pinned_people_are_left_out_and_their_opening_is_kept(life: Life) -> None:
    def seen() -> tuple[bool, int]:
        with transaction("REPEATABLE READ") as db:
            snapshot = reading.read_snapshot(db, life.pool_id, today(life.pool_id))
        row = snapshot.placements.row(
            by_predicate=pl.col("placement.id") == str(life.placement.id), named=True
        )
        planned = life.candidate_id in snapshot.candidates["candidate.id"].to_list()
        return planned, row["placement.openings"] - row["placement.taken"]

    assert seen() == (True, 1)
    life.say("hold")
    assert seen() == (False, 0)
    life.say("accept")
    assert seen() == (False, 0)
    life.say("accept", "employer", starts_on=today(life.pool_id) + timedelta(days=5))
    assert seen() == (False, 0)
    with transaction() as db:
        change_deployment(
            db, life.deployment.id, 1, {"state": "ended", "end_reason": "did_not_begin"}
        )
    assert seen() == (True, 1)


def test_a_run_does_not_undo_a_decline_made_meanwhile(life: Life) -> None:
    claim, snapshot = begin(life.pool_id)
    life.say("decline", reason_code="not_for_me")
    assert finish(claim, snapshot, {0: 0}) == 0
    assert state_of(life.pool_id) == {(0, 0): "declined"}


def test_the_sweep_gives_back_what_nobody_answered(life: Life) -> None:
    life.say("accept")
    assert runs.sweep().expired == 0
    change("update proposal set reserved_until = now() - interval '1 second'")
    assert runs.sweep().expired == 1
    assert (life.proposal.state, life.proposal.reserved_until) == ("expired", None)
    assert life.placement.taken == 0
    life.refused("already_decided", "accept", "employer")
