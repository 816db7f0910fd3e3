"""What an employer sees of a person, asked anew at every reading; after a withdrawal nothing."""

import uuid
from dataclasses import asdict
from typing import Any

import pytest

from matcher.errors import Conflict, Invalid, NotFound
from matcher.service import consents, disclosure, identity, runs
from matcher.service.choosing import choose
from matcher.store.database import transaction
from tests.integration.imports import execute, select
from tests.integration.lives import decide
from tests.integration.nights import compute_plan, publish_plan
from tests.small_pools import write_pool

NAME = "Canary Kanarie"


@pytest.fixture
def proposal(database: str) -> uuid.UUID:
    with transaction() as db:
        pool = write_pool(db, "noord", people=12, placements=8)
    publish_plan(pool)
    ((found, person),) = select(
        "select id, candidate_id from proposal where state = 'open' order by id limit 1"
    )
    with transaction() as db:
        identity.change(db, person, {"name": NAME, "phone": "088-1234567", "notes": "a canary"})
    execute("update candidate set scheme = 'canary scheme' where id = :id", id=person)
    return uuid.UUID(str(found))


def person_of(proposal: uuid.UUID) -> uuid.UUID:
    ((found,),) = select("select candidate_id from proposal where id = :id", id=proposal)
    return uuid.UUID(str(found))


def employer_of(proposal: uuid.UUID) -> uuid.UUID:
    ((found,),) = select(
        "select employer_id from placement p join proposal q on q.placement_id = p.id"
        " where q.id = :id",
        id=proposal,
    )
    return uuid.UUID(str(found))


def give(proposal: uuid.UUID, *fields: str, **values: Any) -> uuid.UUID:
    with transaction() as db:
        return consents.give(
            db,
            person_of(proposal),
            {"purpose": "matching", "fields": list(fields), **values},
            actor="the coach",
        )


def withdraw(proposal: uuid.UUID, consent: uuid.UUID) -> int:
    with transaction() as db:
        return consents.withdraw(db, person_of(proposal), consent, actor="the coach")


def seen(proposal: uuid.UUID) -> disclosure.Card:
    with transaction() as db:
        return disclosure.card(db, proposal)[0]


def test_nothing_reaches_an_employer_before_the_coach_s_step(proposal: uuid.UUID) -> None:
    give(proposal, "contact", "scheme")
    with pytest.raises(NotFound):
        seen(proposal)
    decide(proposal, "coach")
    assert seen(proposal).stage == 3


def test_each_stage_shows_what_consent_names_and_no_more(proposal: uuid.UUID) -> None:
    decide(proposal, "coach")
    assert (seen(proposal).stage, seen(proposal).bands) == (0, None)
    give(proposal)
    first = seen(proposal)
    assert (first.stage, first.shown) == (1, {})
    assert first.bands is not None
    give(proposal, "name")
    assert (seen(proposal).stage, seen(proposal).shown) == (2, {"name": NAME})
    give(proposal, "scheme", employer_id=employer_of(proposal))
    third = seen(proposal)
    assert third.stage == 3
    assert third.shown["scheme"] == "canary scheme"
    assert "phone" not in third.shown
    for card in (first, third):
        assert str(person_of(proposal)) not in repr(asdict(card))
        assert "a canary" not in repr(asdict(card))


def test_consent_for_another_employer_or_another_time_shows_nothing(proposal: uuid.UUID) -> None:
    decide(proposal, "coach")
    execute("insert into employer (pool_id, key, trade_name) select id, 'other', 'Other' from pool")
    ((other,),) = select("select id from employer where key = 'other'")
    give(proposal, "contact", employer_id=other)
    give(proposal, "contact", until_on="2020-01-01")
    give(proposal, "contact", from_on="2199-01-01")
    give(proposal, "contact", receiver="arbeidsmarktregio")
    assert seen(proposal).stage == 0
    give(proposal, "contact", receiver="werkgevers in de pool")
    assert seen(proposal).stage == 2


def test_two_employers_cannot_join_their_views(proposal: uuid.UUID) -> None:
    person = person_of(proposal)
    with transaction() as db:
        names = [disclosure.pseudonym(db, person, uuid.UUID(int=n)) for n in (1, 2, 1)]
    assert names[0] == names[2] != names[1]
    assert str(person)[:5].upper() not in names[0]


def test_a_withdrawal_works_at_the_next_request(proposal: uuid.UUID) -> None:
    consent = give(proposal, "contact")
    decide(proposal, "coach")
    assert seen(proposal).stage == 2
    ((version, taken),) = select(
        "select c.version, p.taken from proposal q join candidate c on c.id = q.candidate_id"
        " join placement p on p.id = q.placement_id where q.id = :id",
        id=proposal,
    )
    assert withdraw(proposal, consent) == 1
    after = seen(proposal)
    assert (after.stage, after.bands, after.shown) == (0, None, {})
    assert select(
        "select q.state, c.version, p.taken from proposal q join candidate c"
        " on c.id = q.candidate_id join placement p on p.id = q.placement_id where q.id = :id",
        id=proposal,
    ) == [("withdrawn", version + 1, taken - 1)]
    with pytest.raises(Conflict):
        withdraw(proposal, consent)


def test_a_withdrawal_for_one_employer_leaves_the_others(proposal: uuid.UUID) -> None:
    execute("insert into employer (pool_id, key, trade_name) select id, 'other', 'Other' from pool")
    ((other,),) = select("select id from employer where key = 'other'")
    consent = give(proposal, "contact", employer_id=other)
    assert withdraw(proposal, consent) == 0
    assert select("select state from proposal where id = :id", id=proposal) == [("open",)]


def test_a_plan_under_way_drops_who_withdrew(proposal: uuid.UUID) -> None:
    consent = give(proposal, "contact")
    ((pool,),) = select("select pool_id from proposal where id = :id", id=proposal)
    claim, found = compute_plan(pool)
    assert str(person_of(proposal)) in found.proposals["candidate.id"].to_list()
    withdraw(proposal, consent)
    with transaction() as db:
        runs.publish(db, claim, found)
    assert select(
        "select state from proposal where candidate_id = :id", id=person_of(proposal)
    ) == [("withdrawn",)]


def test_a_file_does_not_bring_back_what_was_withdrawn_here(proposal: uuid.UUID) -> None:
    decide(proposal, "coach")
    brought = (
        "insert into candidate_consent (pool_id, candidate_id, purpose, fields, from_on)"
        " select pool_id, id, 'matching', '{name}', '2025-01-01' from candidate where id = :id"
        " returning id"
    )
    execute(brought, id=person_of(proposal))
    ((consent,),) = select("select id from candidate_consent")
    assert seen(proposal).stage == 2
    withdraw(proposal, consent)
    execute("update proposal set state = 'with_employer' where id = :id", id=proposal)
    execute(brought, id=person_of(proposal))
    assert seen(proposal).stage == 0
    give(proposal, "name")
    assert seen(proposal).stage == 2


def test_a_restricted_person_is_seen_by_no_employer(proposal: uuid.UUID) -> None:
    give(proposal, "contact")
    decide(proposal, "coach")
    execute("update candidate set restricted = true")
    assert seen(proposal).stage == 0
    with pytest.raises(Conflict) as refused:
        decide(proposal, "employer")
    assert refused.value.code == "candidate_restricted"


def test_at_work_the_employer_knows_whom_they_employ(proposal: uuid.UUID) -> None:
    decide(proposal, "coach")
    decide(proposal, "employer")
    assert (seen(proposal).stage, seen(proposal).shown["name"]) == (3, NAME)


def test_a_word_that_nobody_knows_is_refused(proposal: uuid.UUID) -> None:
    with pytest.raises(Invalid, match="contact"):
        give(proposal, "diagnosis")


def test_who_objects_is_in_no_plan_and_keeps_the_way_by_hand(proposal: uuid.UUID) -> None:
    person = person_of(proposal)
    execute("update candidate set objects_to_automation = true where id = :id", id=person)
    ((pool, placement),) = select(
        "select pool_id, placement_id from proposal where id = :id", id=proposal
    )
    _, found = publish_plan(pool)
    assert str(person) not in found.proposals["candidate.id"].to_list()
    assert select("select state from proposal where id = :id", id=proposal) == [("superseded",)]
    with transaction() as db:
        made = choose(db, person, placement, actor="the coach")
    assert select("select state from proposal where id = :id", id=made) == [("open",)]
