"""What a publication writes, keeps, leaves out and replaces."""

import uuid
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest
from sqlalchemy import text
from sqlmodel import select

from matcher.domain.plan import CHANGE_SCHEMA
from matcher.service import runs
from matcher.store import reading
from matcher.store.database import transaction
from matcher.store.tables import (
    Candidate,
    Deployment,
    MatchRun,
    Placement,
    Pool,
    Price,
    Proposal,
    Publication,
    SharingAgreement,
)
from tests.integration.plans import plan_for
from tests.integration.publications import begin, finish, ids, proposal, publish, state_of
from tests.small_pools import write_pool


@pytest.fixture
def pool_id(database: str) -> uuid.UUID:
    with transaction() as db:
        made = write_pool(db, "pool", people=5, placements=3)
        db.execute(text("update placement set openings = 2"))
    return made


def change(statement: str, **values: object) -> None:
    with transaction() as db:
        db.execute(text(statement), values)


def test_what_is_written(pool_id: uuid.UUID) -> None:
    run_id = publish(pool_id, {0: 0, 1: 0, 2: 1}, points=640)
    found = proposal(pool_id, 0)
    assert (found.state, found.run_id, found.first_run_id) == ("open", run_id, run_id)
    assert (found.points, found.price, found.surplus) == (640, 100, 540)
    assert found.points_by_term == {"preference": {"share": 0.5, "points": 640}}
    assert found.unknowns == ["level_met"]
    assert found.evidence == {"candidate.hours_min": 8, "placement.title": 'a "b", c'}
    assert (found.tier, found.minutes, found.mode) == ("everybody", 20, "bicycle")
    assert found.journey_source == "estimate"
    assert (found.candidate_version, found.placement_version) == (1, 1)
    with transaction() as db:
        published = db.get_one(Publication, run_id)
        assert (published.proposals, published.pool_id) == (3, pool_id)
        assert db.get_one(Pool, pool_id).published_run_id == run_id
        assert reading.read_published(db, pool_id) == run_id
        assert reading.read_prices(db, pool_id)["price"].to_list() == [100] * 3
        totals = db.get_one(MatchRun, run_id).totals
    assert (totals["placed"], totals["published"], totals["left_out"]) == (3, 3, 0)


def test_a_measured_journey_names_its_source(pool_id: uuid.UUID) -> None:
    change("update candidate set mediation_postcode = '3511AB'")
    change("update site set postcode = '3512AB'")
    change("insert into travel_time values ('3511', '3512', 'bicycle', 7, 'osrm', '2026-11')")
    claim, snapshot = begin(pool_id)
    plan = plan_for(snapshot, [(ids(Candidate, pool_id)[0], ids(Placement, pool_id)[0])])
    plan = type(plan)(
        **plan.__dict__
        | {"proposals": plan.proposals.with_columns(journey_measured=True).select(
            plan.proposals.columns)}
    )  # fmt: skip
    with transaction() as db:
        runs.publish(db, claim, plan)
    assert proposal(pool_id, 0).journey_source == "osrm"


def test_a_kept_pair_keeps_its_row(pool_id: uuid.UUID) -> None:
    first_run = publish(pool_id, {0: 0, 1: 1, 2: 2})
    before = proposal(pool_id, 0)
    second_run = publish(pool_id, {0: 0, 1: 2, 3: 1}, points=700)
    after = proposal(pool_id, 0)
    assert (after.id, after.first_proposed_at) == (before.id, before.first_proposed_at)
    assert (after.first_run_id, after.run_id) == (first_run, second_run)
    assert (after.points, after.version) == (700, before.version + 1)
    assert state_of(pool_id) == {
        (0, 0): "open",
        (1, 1): "superseded",
        (1, 2): "open",
        (2, 2): "superseded",
        (3, 1): "open",
    }
    # plans written by hand carry no causes: what is dropped without one was dropped at the end
    ended = proposal(pool_id, 1, state="superseded")
    assert ended.superseded_because == {"cause": "dropped_late", "run": str(second_run)}


def test_a_superseded_proposal_keeps_the_cause(pool_id: uuid.UUID) -> None:
    publish(pool_id, {0: 0})
    claim, snapshot = begin(pool_id)
    person, place = ids(Candidate, pool_id)[0], ids(Placement, pool_id)[0]
    change = {
        "candidate.id": person,
        "placement.id": place,
        "cause": "others_first",
        "rules": [],
        "gates": [],
        "points": None,
        "instead": None,
        "others": ["longest_waiting"],
    }
    made = plan_for(snapshot, [(ids(Candidate, pool_id)[1], place)])
    with transaction() as db:
        runs.publish(db, claim, replace(made, changes=pl.DataFrame([change], schema=CHANGE_SCHEMA)))
    assert proposal(pool_id, 0, state="superseded").superseded_because == {
        **{name: value for name, value in change.items() if "." not in name},
        "run": str(claim.run_id),
    }


def test_readers_see_the_last_plan_until_the_next_is_whole(pool_id: uuid.UUID) -> None:
    run_id = publish(pool_id, {0: 0})
    claim, snapshot = begin(pool_id)
    plan = plan_for(snapshot, [(ids(Candidate, pool_id)[1], ids(Placement, pool_id)[1])])
    with transaction() as db:
        runs.publish(db, claim, plan)
        with transaction() as reader:
            assert reading.read_published(reader, pool_id) == run_id
            assert reader.exec(select(Proposal.run_id)).all() == [run_id]
    with transaction() as db:
        assert reading.read_published(db, pool_id) == claim.run_id


def test_an_error_while_publishing_publishes_nothing(pool_id: uuid.UUID) -> None:
    claim, snapshot = begin(pool_id)
    plan = plan_for(snapshot, [(ids(Candidate, pool_id)[1], ids(Placement, pool_id)[1])])

    def publish_and_die() -> None:
        with transaction() as db:
            runs.publish(db, claim, plan)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        publish_and_die()
    with transaction() as db:
        assert reading.read_published(db, pool_id) is None
        assert db.exec(select(Proposal)).all() == []
        assert runs.get(db, claim.run_id).state == "running"


def test_what_changed_meanwhile_is_left_out(pool_id: uuid.UUID) -> None:
    claim, snapshot = begin(pool_id)
    people = ids(Candidate, pool_id)
    change("update candidate set version = version + 1 where id = :id", id=people[0])
    change("update candidate set restricted = true where id = :id", id=people[1])
    change("delete from candidate where id = :id", id=people[4])
    change(
        "update placement set version = version + 1 where id = :id", id=ids(Placement, pool_id)[2]
    )
    with transaction() as db:
        plan = plan_for(
            snapshot,
            zip(people, [ids(Placement, pool_id)[n] for n in (0, 0, 1, 2, 1)], strict=True),
        )
        assert runs.publish(db, claim, plan) == 1
    assert state_of(pool_id) == {(2, 1): "open"}


def test_no_more_proposals_than_openings_left(pool_id: uuid.UUID) -> None:
    claim, snapshot = begin(pool_id)
    change("update placement set taken = 1 where id = :id", id=ids(Placement, pool_id)[0])
    assert finish(claim, snapshot, {0: 0, 1: 0, 2: 1, 3: 1}) == 3
    states = state_of(pool_id)
    assert sum(placement == 0 for _, placement in states) == 1
    with transaction() as db:
        assert runs.get(db, claim.run_id).totals["left_out"] == 1


def pinned(pool_id: uuid.UUID, how: str) -> Proposal:
    """Publish a proposal for the first candidate and let somebody answer it."""
    publish(pool_id, {0: 0})
    one = proposal(pool_id, 0)
    soon = datetime.now(UTC) + timedelta(days=3)
    if how == "held":
        change("update proposal set held_until = :until where id = :id", until=soon, id=one.id)
    elif how == "with_employer":
        change(
            "update proposal set state = 'with_employer', reserved_until = :until where id = :id",
            until=soon,
            id=one.id,
        )
        change("update placement set taken = 1 where id = :id", id=one.placement_id)
    else:
        change("update proposal set state = 'accepted' where id = :id", id=one.id)
        change("update placement set taken = 1 where id = :id", id=one.placement_id)
    return one


@pytest.mark.parametrize("how", ["held", "with_employer", "accepted"])
def test_an_answer_pins(pool_id: uuid.UUID, how: str) -> None:
    one = pinned(pool_id, how)
    claim, snapshot = begin(pool_id)
    assert str(one.candidate_id) not in snapshot.candidates["candidate.id"]
    taken = dict(snapshot.placements.select("placement.id", "placement.taken").iter_rows())
    assert taken[str(one.placement_id)] == 1
    # A plan made before the answer: the person is left out, and the opening is not given twice.
    assert finish(claim, snapshot, {1: 0, 2: 0}) == 1
    with transaction() as db:
        after = db.get_one(Proposal, one.id)
    assert (after.state, after.version) == ({"held": "open"}.get(how, how), one.version)


@pytest.mark.parametrize("how", ["held", "with_employer", "accepted"])
def test_an_answer_given_while_the_plan_was_made(pool_id: uuid.UUID, how: str) -> None:
    publish(pool_id, {0: 0})
    claim, snapshot = begin(pool_id)
    one = proposal(pool_id, 0)
    soon = datetime.now(UTC) + timedelta(days=3)
    held = {"held": "held_until = :until", "with_employer": "reserved_until = :until"}
    change(
        f"update proposal set state = :state, {held.get(how, 'held_until = null')} where id = :id",
        state="open" if how == "held" else how,
        id=one.id,
        **({"until": soon} if how in held else {}),
    )
    assert finish(claim, snapshot, {0: 1, 1: 1}) == 1
    assert state_of(pool_id)[0, 0] == ("open" if how == "held" else how)
    assert (0, 1) not in state_of(pool_id)


def test_who_is_at_work_can_be_proposed_again(pool_id: uuid.UUID) -> None:
    one = pinned(pool_id, "accepted")
    deployment = Deployment(
        pool_id=pool_id,
        key="d",
        candidate_id=one.candidate_id,
        placement_id=one.placement_id,
        proposal_id=one.id,
        from_on=datetime.now(UTC).date(),
        state="planned",
    )
    with transaction() as db:
        db.add(deployment)
    claim, snapshot = begin(pool_id)
    assert str(one.candidate_id) not in snapshot.candidates["candidate.id"]
    finish(claim, snapshot, {})
    change("update deployment set state = 'active'")
    claim, snapshot = begin(pool_id)
    assert str(one.candidate_id) in snapshot.candidates["candidate.id"]
    finish(claim, snapshot, {0: 1})
    assert state_of(pool_id) == {(0, 0): "accepted", (0, 1): "open"}


def test_a_shared_placement_is_proposed_and_keeps_its_pool(pool_id: uuid.UUID) -> None:
    with transaction() as db:
        other = write_pool(db, "other", people=1, placements=2)
        db.add(SharingAgreement(pool_id=other, other_pool_id=pool_id, kinds=["voluntary"]))
    claim, snapshot = begin(pool_id)
    shared = ids(Placement, other)
    assert set(shared) <= set(snapshot.placements["placement.id"])
    assert snapshot.placements["placement.shared"].sum() == 2
    plan = plan_for(snapshot, [(ids(Candidate, pool_id)[0], shared[0])])
    with transaction() as db:
        assert runs.publish(db, claim, plan) == 1
    one = proposal(pool_id, 0)
    assert (one.pool_id, one.placement_pool_id) == (pool_id, other)


def test_prices_of_two_plans_are_kept(pool_id: uuid.UUID) -> None:
    published = [publish(pool_id, {0: 0}) for _ in range(3)]
    with transaction() as db:
        assert set(db.exec(select(Price.run_id))) == set(published[1:])


def test_the_same_plan_has_the_same_digest(pool_id: uuid.UUID) -> None:
    published = [publish(pool_id, pairs) for pairs in ({0: 0, 1: 1}, {1: 1, 0: 0}, {0: 1, 1: 0})]
    with transaction() as db:
        digests = [db.get_one(Publication, run_id).digest for run_id in published]
    assert digests[0] == digests[1] != digests[2]


def test_undecided_pairs_are_told_to_the_next_run(pool_id: uuid.UUID) -> None:
    publish(pool_id, {0: 0, 1: 1})
    change(
        "update proposal set state = 'declined' where candidate_id = :id",
        id=ids(Candidate, pool_id)[1],
    )
    _, snapshot = begin(pool_id)
    assert snapshot.previous.rows() == [(ids(Candidate, pool_id)[0], ids(Placement, pool_id)[0])]


def test_what_nobody_answers_expires(pool_id: uuid.UUID) -> None:
    publish(pool_id, {0: 0, 1: 1, 2: 2})
    people = ids(Candidate, pool_id)
    age = "update proposal set first_proposed_at = now() - :age where candidate_id = :id"
    change(age, age=timedelta(days=17), id=people[0])
    change(age, age=timedelta(days=13), id=people[1])
    change(age, age=timedelta(days=17), id=people[2])
    change(
        "update proposal set held_until = now() + interval '1 day' where candidate_id = :id",
        id=people[2],
    )
    assert runs.sweep().expired == 1
    assert state_of(pool_id) == {(0, 0): "expired", (1, 1): "open", (2, 2): "open"}


def test_a_reservation_that_runs_out_gives_the_opening_back(pool_id: uuid.UUID) -> None:
    one = pinned(pool_id, "with_employer")
    assert runs.sweep().expired == 0
    change("update proposal set reserved_until = now() - interval '1 s'")
    assert runs.sweep().expired == 1
    with transaction() as db:
        assert db.get_one(Proposal, one.id).state == "expired"
        placement = db.get_one(Placement, one.placement_id)
    assert (placement.taken, placement.version) == (0, 1)
