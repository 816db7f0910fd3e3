"""Task lists found by query, and whether people decide or only confirm."""

import uuid
from datetime import date, timedelta
from typing import Any

import pytest

from matcher.domain.reasons import Role
from matcher.service import attention
from matcher.store.database import transaction
from tests.integration.imports import execute, select
from tests.integration.lives import decide
from tests.integration.nights import publish_plan
from tests.small_pools import write_pool


@pytest.fixture
def pool(database: str) -> uuid.UUID:
    with transaction() as db:
        made = write_pool(db, "noord", people=12, placements=8)
    publish_plan(made)
    execute(
        "insert into coach (pool_id, key, name) select id, 'k1', 'Invented coach' from pool;"
        "update candidate set coach_id = (select id from coach), available_from = '2026-01-01',"
        " dayparts = repeat('1', 21), limit_lifting = 3, guidance_need = 'none',"
        " mediation_postcode = '9712AB'"
    )
    return made


def listed(pool: uuid.UUID, role: Role = "coach", **options: Any) -> list[tuple[str, Any]]:
    if role == "coach" and not options:
        options = {"coach_id": select("select id from coach")[0][0]}
    with transaction() as db:
        return [(task.kind, task.due_on) for task in attention.tasks(db, pool, role, **options)]


def proposal() -> Any:
    return select("select id from proposal where state = 'open' order by id limit 1")[0][0]


def test_a_proposal_waits_for_its_coach_for_ten_working_days(pool: uuid.UUID) -> None:
    execute("update proposal set first_proposed_at = '2026-01-05T12:00:00Z'")
    mine = listed(pool)
    assert ("proposal_waits", date(2026, 1, 19)) in mine
    assert {kind for kind, _ in mine} <= {"proposal_waits", "facts_to_settle"}
    assert listed(pool, coach_id=uuid.uuid4()) == []
    assert listed(pool, "candidate") == []


def test_what_is_with_the_employer_is_a_task_of_both(pool: uuid.UUID) -> None:
    decide(proposal(), "coach")
    employer = select("select id from employer")[0][0]
    ((kind, due),) = listed(pool, "employer", employer_ids=[employer])
    assert kind == "reservation_ends"
    assert due > date.today() + timedelta(days=11)
    assert ("reservation_ends", due) in listed(pool)
    assert ("card_without_consent", due) in listed(pool)
    assert listed(pool, "employer", employer_ids=[uuid.uuid4()]) == []


def test_a_trial_that_ends_and_work_that_ends(pool: uuid.UUID) -> None:
    one = proposal()
    decide(one, "coach")
    decide(one, "employer")
    today = date.today()
    execute(
        "update deployment set phase = 'trial', from_on = :begun, until_on = :until",
        begun=today - timedelta(days=20), until=today + timedelta(days=30),
    )  # fmt: skip
    execute("update placement set trial_weeks = 4")
    mine = listed(pool)
    assert ("trial_ends", today + timedelta(days=8)) in mine
    assert ("work_ends", today + timedelta(days=30)) in mine
    execute("update deployment set until_on = :until", until=today + timedelta(days=80))
    execute("update placement set trial_weeks = 20")
    assert not {"trial_ends", "work_ends"} & {kind for kind, _ in listed(pool)}


def test_a_missing_fact_of_who_has_no_proposal(pool: uuid.UUID) -> None:
    ((who,),) = select("select candidate_id from proposal where id = :id", id=proposal())
    execute("update candidate set work_level = null, hours_max = null where id = :id", id=who)
    assert "facts_missing" not in {kind for kind, _ in listed(pool)}
    execute("update proposal set state = 'expired' where candidate_id = :id", id=who)
    with transaction() as db:
        coach = select("select id from coach")[0][0]
        (task,) = [
            each
            for each in attention.tasks(db, pool, "coach", coach_id=coach)
            if each.kind == "facts_missing"
        ]
    assert (task.resource, task.resource_id) == ("candidate", who)
    assert task.facts == ["hours_max", "work_level"]


def test_what_nobody_owns_is_the_manager_s(pool: uuid.UUID) -> None:
    execute("update placement set state = 'paused' where key = 'placement-0'")
    assert ("placement_paused", None) in listed(pool, "pool_manager")
    assert "proposal_waits" not in {kind for kind, _ in listed(pool, "pool_manager")}
    execute("update candidate set coach_id = null")
    assert "proposal_waits" in {kind for kind, _ in listed(pool, "pool_manager")}


def said(pool: uuid.UUID, times: int, outcome: str, seconds: int | None, overrides: bool) -> None:
    execute(
        "insert into decision (pool_id, actor_id, role, outcome, overrides, seen_at)"
        " select :pool, 'k', 'coach', :outcome, :overrides,"
        " now() - make_interval(secs => cast(:seconds as double precision))"
        " from generate_series(1, :times)",
        pool=pool, times=times, outcome=outcome, seconds=seconds, overrides=overrides,
    )  # fmt: skip


def test_rubber_stamping_is_an_alarm(pool: uuid.UUID) -> None:
    def told() -> attention.Oversight:
        with transaction() as db:
            return attention.oversight(db, pool)

    nothing = told()
    assert (nothing.decisions, nothing.override_rate, nothing.alarm) == (0, None, False)
    said(pool, 20, "accept", None, overrides=False)
    assert (told().accepted_unopened, told().alarm, told().median_seconds) == (1.0, True, None)
    said(pool, 5, "accept", 40, overrides=True)
    found = told()
    assert (found.decisions, found.override_rate) == (25, 0.2)
    assert (found.accepted_unopened, found.alarm) == (0.8, False)
    assert found.median_seconds == pytest.approx(40, abs=1)
