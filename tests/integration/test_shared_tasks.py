"""What an employer has to do about people of another pool, on work that is shared with it."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from matcher.service.accounts import Links
from matcher.store.database import transaction
from matcher.store.tables import Employer
from tests.integration.imports import execute, select
from tests.integration.sharing import Headers, Shared, shared_work
from tests.integration.signing import signed_in

Task = tuple[str, str | None, str]


@pytest.fixture
def shared(api: TestClient) -> Shared:
    return shared_work(api)


def tasks(shared: Shared, who: Headers) -> list[Task]:
    """Return what somebody has to do about proposals and work."""
    answer = shared.get("/tasks", who)
    assert answer.status_code == 200, answer.text
    assert str(shared.person) not in answer.text
    items = answer.json()["items"]
    return [
        (one["kind"], one["dueOn"], one["resourceId"])
        for one in items
        if one["resource"] in ("proposal", "deployment")
    ]


def on_trial(shared: Shared) -> str:
    """Somebody of A is at work in B: the trial ends in 8 days, the work in 30."""
    proposal = shared.passed_on()
    assert shared.decide(proposal, shared.employer).status_code == 201
    execute("update placement set trial_weeks = 4")
    ((work,),) = select(
        "update deployment set phase = 'trial', from_on = current_date - 20,"
        " until_on = current_date + 30 returning id"
    )
    return str(work)


def of_trial(work: str) -> list[Task]:
    (today,) = select("select current_date")[0]
    return [
        ("trial_ends", str(today + timedelta(days=8)), work),
        ("work_ends", str(today + timedelta(days=30)), work),
    ]


def strangers(shared: Shared) -> dict[str, Headers]:
    """Everybody of either pool whose work or person it is not."""
    with transaction() as db:
        second = Employer(pool_id=shared.b, key="second", trade_name="Invented others")
        db.add(second)
    ((own,),) = select("select id from employer where pool_id = :a", a=shared.a)
    others = Links(employer_ids=[second.id])
    return {
        "another employer of B": signed_in("employer", shared.b, others),
        "another manager of B": signed_in("account_manager", shared.b, others),
        "the pool manager of B": signed_in("pool_manager", shared.b),
        "an employer of A": signed_in("employer", shared.a, Links(employer_ids=[own])),
        "an account manager of A": signed_in(
            "account_manager", shared.a, Links(employer_ids=[own])
        ),
    }


def test_a_trial_and_work_that_end_are_tasks_of_the_employer(shared: Shared) -> None:
    work = on_trial(shared)
    for who in (shared.employer, shared.manager, shared.coach):
        assert tasks(shared, who) == of_trial(work)
    # What a task is about can be opened by whoever has it.
    for who in (shared.employer, shared.manager):
        assert shared.get(f"/deployments/{work}", who).status_code == 200
    for name, who in strangers(shared).items():
        assert tasks(shared, who) == [], name


def test_work_of_their_own_pool_ends_for_the_employer_too(shared: Shared) -> None:
    on_trial(shared)
    ((person,),) = select(
        "select id from candidate where pool_id = :b order by key limit 1", b=shared.b
    )
    ((own,),) = select(
        "insert into deployment (pool_id, key, candidate_id, placement_id, state, phase, from_on,"
        " until_on) values (:b, 'own', :person, :place, 'active', 'regular', current_date - 50,"
        " current_date + 5) returning id",
        b=shared.b, person=person, place=shared.place,
    )  # fmt: skip
    due = str(select("select current_date + 5")[0][0])
    for who in (shared.employer, shared.manager):
        assert tasks(shared, who)[0] == ("work_ends", due, str(own))
        assert len(tasks(shared, who)) == 3
    # Nobody's coach guides the person, so it is the manager's to see to as well.
    assert tasks(shared, signed_in("pool_manager", shared.b)) == [("work_ends", due, str(own))]


@pytest.mark.parametrize(
    ("change", "left"),
    [
        ("until_on = current_date + 43", ["trial_ends"]),
        ("phase = 'regular'", ["work_ends"]),
        ("state = 'ended', end_reason = 'contract_over'", []),
        ("state = 'planned'", []),
    ],
)
def test_only_what_ends_soon_of_work_under_way(
    shared: Shared, change: str, left: list[str]
) -> None:
    on_trial(shared)
    execute(f"update deployment set {change}")
    for who in (shared.employer, shared.manager):
        assert [kind for kind, *_ in tasks(shared, who)] == left


def test_an_unanswered_proposal_stands_there_from_the_first_hour_to_the_last(
    shared: Shared,
) -> None:
    proposal = shared.passed_on()
    ((last,),) = select("select reserved_until from proposal where id = :id", id=UUID(proposal))
    due: date = (last - timedelta(seconds=1)).date()
    for who in (shared.employer, shared.manager):
        assert tasks(shared, who) == [("reservation_ends", str(due), proposal)]
    for name, who in strangers(shared).items():
        assert tasks(shared, who) == [], name
    answered = shared.decide(proposal, shared.employer, "decline", reasonCode="missing_skill")
    assert answered.status_code == 201
    assert tasks(shared, shared.employer) == tasks(shared, shared.manager) == []


def test_when_the_agreement_is_over_the_tasks_go_with_what_they_are_about(shared: Shared) -> None:
    work = on_trial(shared)
    ((person,),) = select(
        "update candidate set coach_id = (select id from coach) where id = (select id from"
        " candidate where pool_id = :a and id <> :id order by key limit 1) returning id",
        a=shared.a, id=shared.person,
    )  # fmt: skip
    shared.person = person
    unanswered = shared.passed_on()
    both = (shared.employer, shared.manager)
    for who in both:
        assert {each for *_, each in tasks(shared, who)} == {work, unanswered}
    # Its days are over: nothing new is answered, and what began goes on, and is theirs to end.
    shared.end_agreement()
    for who in both:
        assert tasks(shared, who) == of_trial(work)
        assert shared.get(f"/deployments/{work}", who).status_code == 200
        assert shared.get(f"/proposals/{unanswered}", who).status_code == 404
    # It is taken back: nothing crosses any more.
    execute("delete from sharing_agreement")
    for who in both:
        assert tasks(shared, who) == []
        assert shared.get(f"/deployments/{work}", who).status_code == 404
    # The coach's person is still at work, wherever that is.
    assert ("work_ends", of_trial(work)[1][1], work) in tasks(shared, shared.coach)
