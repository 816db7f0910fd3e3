"""A coach's own choice beside the plan: proposed with its reasons, refused, kept or replaced."""

import uuid

import pytest

from matcher.errors import Conflict, NotFound
from matcher.service.choosing import choose
from matcher.service.decisions import Saying, decide
from matcher.store.database import transaction
from matcher.store.tables import (
    Candidate,
    Placement,
    Proposal,
)
from tests.integration.lives import Life, change, decisions, proposed_pool
from tests.integration.publications import ids, publish


@pytest.fixture
def life(database: str) -> Life:
    return Life(proposed_pool())


def chosen(pool_id: uuid.UUID, person: int, placement: int, **more: str) -> Proposal:
    with transaction() as db:
        made = choose(
            db,
            uuid.UUID(ids(Candidate, pool_id)[person]),
            uuid.UUID(ids(Placement, pool_id)[placement]),
            actor="Invented",
            **more,  # type: ignore[arg-type]
        )
    with transaction() as db:
        return db.get_one(Proposal, made)


def test_a_choice_is_an_open_proposal_with_its_reasons(life: Life) -> None:
    change("update candidate set hours_max = 10 where id = :id", id=life.candidate_id)
    change("update placement set hours_min = 30, hours_max = 36")
    proposed = life.proposal
    made = chosen(life.pool_id, 0, 1, reason="knows the team")
    assert (made.state, made.run_id, made.first_run_id) == ("open", None, None)
    assert made.evidence["choice"]["decided_by"] == "Invented"
    assert made.evidence["choice"]["reason"] == "knows the team"
    assert "hours_overlap" in made.evidence["choice"]["refused_by"]
    assert made.evidence["candidate.hours_max"] == 10
    assert made.points == sum(part["points"] for part in made.points_by_term.values())
    with transaction() as db:
        assert db.get_one(Proposal, proposed.id).state == "declined"
        decide(db, made.id, made.version, Saying("Invented", "coach", "accept"))
    assert decisions() == [
        ("coach", "decline", "chose_other", True),
        ("coach", "accept", None, True),
    ]


def test_choices_that_cannot_be(life: Life) -> None:
    def refused(code: str, placement: int = 1) -> None:
        with pytest.raises(Conflict) as told:
            chosen(life.pool_id, 0, placement)
        assert told.value.code == code
        assert life.proposal.state in ("open", "with_employer")

    refused("already_proposed", placement=0)
    change("update placement set taken = openings")
    refused("placement_full")
    change("update placement set taken = 0, state = 'paused'")
    refused("placement_not_open")
    change("update placement set state = 'open'")
    change("update candidate set state = 'inactive'")
    refused("candidate_inactive")
    change("update candidate set state = 'active'")
    life.say("accept")
    refused("already_decided")
    with pytest.raises(NotFound), transaction() as db:
        choose(db, uuid.UUID(life.candidate_id), uuid.uuid4(), actor="Invented")


def test_a_run_keeps_or_replaces_an_undecided_choice(life: Life) -> None:
    made = chosen(life.pool_id, 0, 1)
    run_id = publish(life.pool_id, {0: 1})
    with transaction() as db:
        kept = db.get_one(Proposal, made.id)
    assert (kept.state, kept.run_id, kept.first_run_id) == ("open", run_id, run_id)
    other = chosen(life.pool_id, 1, 2)
    publish(life.pool_id, {0: 1})
    with transaction() as db:
        assert db.get_one(Proposal, other.id).state == "superseded"


def test_accepting_pins_a_choice(life: Life) -> None:
    made = chosen(life.pool_id, 0, 1)
    life_of = Life(life.pool_id)
    assert life_of.proposal.id == made.id
    life_of.say("accept")
    publish(life.pool_id, {1: 2})
    assert life_of.proposal.state == "with_employer"
