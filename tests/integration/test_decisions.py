"""From proposal to work: every step, and every step that is refused."""

import uuid
from datetime import date, timedelta

import pytest

from matcher.domain.reasons import Role
from matcher.errors import Conflict, Invalid, NotFound, Stale
from matcher.service.decisions import WHO_MAY, Outcome, Saying, decide, working_days_after
from matcher.service.deployments import change_deployment
from matcher.store.database import transaction
from matcher.store.tables import (
    Deployment,
    Placement,
)
from tests.integration.lives import Life, change, decisions, proposed_pool, today
from tests.integration.publications import ids


@pytest.fixture
def life(database: str) -> Life:
    return Life(proposed_pool())


# --- the way to work ------------------------------------------------------------------------------


def test_the_whole_way(life: Life) -> None:
    version = life.proposal.version
    first = life.say("accept", seen_at=None)
    assert (first.state, first.version) == ("with_employer", version + 1)
    assert first.reserved_until is not None
    last = working_days_after(today(life.pool_id), 10)
    assert first.reserved_until.date() in (last, last + timedelta(days=1))
    assert (life.placement.taken, life.placement.version) == (1, 1)
    second = life.say("accept", "employer")
    assert (second.state, second.reserved_until) == ("accepted", None)
    assert life.placement.taken == 1
    work = life.deployment
    assert (work.state, work.from_on) == ("active", today(life.pool_id))
    assert (work.placement_id, str(work.candidate_id)) == (life.placement.id, life.candidate_id)
    assert decisions() == [
        ("coach", "accept", None, False),
        ("employer", "accept", None, False),
    ]


def test_an_account_manager_answers_for_the_employer(life: Life) -> None:
    life.say("accept")
    starts = today(life.pool_id) + timedelta(days=9)
    life.say("accept", "account_manager", starts_on=starts)
    assert (life.deployment.state, life.deployment.from_on) == ("planned", starts)


def test_who_is_at_work_begins_afterwards(life: Life) -> None:
    day = today(life.pool_id)
    with transaction() as db:
        db.add(
            Deployment(
                pool_id=life.pool_id,
                key="now",
                candidate_id=uuid.UUID(life.candidate_id),
                placement_id=uuid.UUID(ids(Placement, life.pool_id)[2]),
                from_on=day - timedelta(days=30),
                until_on=day + timedelta(days=5),
                state="active",
            )
        )
    life.say("accept")
    life.refused("second_deployment", "accept", "employer", starts_on=day)
    life.say("accept", "employer")
    assert (life.deployment.state, life.deployment.from_on) == ("planned", day + timedelta(days=6))


def test_a_second_planned_deployment_is_refused(life: Life) -> None:
    day = today(life.pool_id)
    with transaction() as db:
        db.add(
            Deployment(
                pool_id=life.pool_id,
                key="next",
                candidate_id=uuid.UUID(life.candidate_id),
                placement_id=uuid.UUID(ids(Placement, life.pool_id)[2]),
                from_on=day + timedelta(days=30),
                state="planned",
            )
        )
    life.say("accept")
    life.refused("second_deployment", "accept", "employer", starts_on=day + timedelta(days=3))
    assert life.placement.taken == 1


def test_work_cannot_begin_after_its_end(life: Life) -> None:
    day = today(life.pool_id)
    life.say("accept")
    change("update placement set ends_on = :day", day=day + timedelta(days=2))
    life.refused("starts_too_late", "accept", "employer", starts_on=day + timedelta(days=3))


# --- what is not possible -------------------------------------------------------------------------

STATES = (
    "open",
    "with_employer",
    "accepted",
    "declined",
    "expired",
    "withdrawn",
    "superseded",
)
OUTCOMES: tuple[Outcome, ...] = ("accept", "decline", "hold", "withdraw")
ROLES: tuple[Role, ...] = ("candidate", "coach", "employer", "account_manager", "pool_manager")


def test_every_step_that_is_not_there_is_refused(life: Life) -> None:
    refused = 0
    for state in STATES:
        change("update proposal set state = :state", state=state)
        for outcome in OUTCOMES:
            for role in ROLES:
                may = WHO_MAY.get((state, outcome), ())
                if role in may:
                    continue
                code = "not_your_step" if may else "already_decided"
                life.refused(code, outcome, role)
                refused += 1
    assert refused == len(STATES) * len(OUTCOMES) * len(ROLES) - sum(map(len, WHO_MAY.values()))
    assert decisions() == []
    assert life.placement.taken == 0


def test_nothing_reaches_an_employer_before_the_coach(life: Life) -> None:
    for role in ("employer", "account_manager"):
        life.refused("not_your_step", "accept", role)
        life.refused("not_your_step", "decline", role, reason_code="missing_skill")


def test_an_old_version_is_stale(life: Life) -> None:
    old = life.proposal.version
    life.say("accept")
    with pytest.raises(Stale), transaction() as db:
        decide(db, life.proposal.id, old, Saying("Invented", "employer", "accept"))
    with pytest.raises(NotFound), transaction() as db:
        decide(db, uuid.uuid4(), 1, Saying("Invented", "coach", "accept"))


def test_values_that_do_not_belong_are_refused(life: Life) -> None:
    day = today(life.pool_id)
    life.refused("reason_not_asked", "accept", reason_code="too_far")
    life.refused("until_not_asked", "accept", until=day)
    life.refused("start_not_asked", "accept", starts_on=day)
    life.refused("reason_required", "decline")
    life.refused("unknown_reason", "decline", reason_code="missing_skill")
    life.refused("unknown_reason", "decline", reason_code="just_because")
    life.refused("unknown_reason", "decline", "candidate", reason_code="no_contact")
    life.refused("until_required", "decline", reason_code="not_now")
    life.refused("until_past", "decline", reason_code="not_now", until=day - timedelta(days=1))
    life.refused("until_not_asked", "decline", reason_code="too_far", until=day)
    life.refused("reason_refused", "decline", reason_code="leeftijd")
    life.say("accept")
    life.refused("reason_refused", "decline", "employer", reason_code="pregnancy")
    life.refused("unknown_reason", "decline", "employer", reason_code="too_far")
    assert life.placement.taken == 1


def test_a_placement_that_closed_takes_nobody(life: Life) -> None:
    for state in ("draft", "paused", "full", "closed"):
        change("update placement set state = :state", state=state)
        life.refused("placement_not_open", "accept")
    change("update placement set state = 'open', taken = openings")
    life.refused("placement_full", "accept")
    change("update placement set taken = 0")
    change("update candidate set state = 'inactive'")
    life.refused("candidate_inactive", "accept")
    change("update candidate set state = 'active'")
    life.say("accept")
    change("update candidate set state = 'inactive'")
    life.refused("candidate_inactive", "accept", "employer")


# --- holding and withdrawing ----------------------------------------------------------------------


def test_a_hold_lasts_ten_working_days_at_most(life: Life) -> None:
    latest = working_days_after(today(life.pool_id), 10)
    life.refused("hold_too_long", "hold", until=latest + timedelta(days=1))
    life.refused("hold_too_long", "hold", until=today(life.pool_id) - timedelta(days=1))
    held = life.say("hold", until=today(life.pool_id) + timedelta(days=1))
    assert held.state == "open"
    assert held.held_until is not None
    # holding again does not begin anew
    change("update decision set decided_at = decided_at - interval '7 days'")
    life.refused("hold_too_long", "hold", until=latest)
    life.say("hold", until=working_days_after(today(life.pool_id) - timedelta(days=7), 10))
    taken = life.say("accept")
    assert (taken.state, taken.held_until) == ("with_employer", None)


def test_a_hold_is_counted_from_the_day_on_the_pools_wall(life: Life) -> None:
    life.say("hold")
    # just after midnight there, on a day after which and before which people work
    day = today(life.pool_id)
    while day.isoweekday() not in (2, 3, 4, 5):
        day -= timedelta(days=1)
    change(
        "update decision set decided_at ="
        f" timestamp '{day} 00:30' at time zone (select timezone from pool limit 1)"
    )
    latest = working_days_after(day, 10)
    life.refused("hold_too_long", "hold", until=latest + timedelta(days=1))
    assert life.say("hold", until=latest).state == "open"


@pytest.mark.parametrize("role", ["coach", "account_manager", "pool_manager"])
def test_a_withdrawal_gives_the_opening_back(life: Life, role: Role) -> None:
    life.say("accept")
    assert life.placement.taken == 1
    gone = life.say("withdraw", role)
    assert (gone.state, gone.reserved_until, life.placement.taken) == ("withdrawn", None, 0)


def test_an_open_proposal_is_withdrawn(life: Life) -> None:
    life.say("hold")
    gone = life.say("withdraw")
    assert (gone.state, gone.held_until, life.placement.taken) == ("withdrawn", None, 0)


@pytest.mark.parametrize(
    ("day", "days", "expected"),
    [
        (date(2026, 11, 16), 1, date(2026, 11, 17)),
        (date(2026, 11, 20), 1, date(2026, 11, 23)),
        (date(2026, 11, 21), 1, date(2026, 11, 23)),
        (date(2026, 11, 16), 10, date(2026, 11, 30)),
    ],
)
def test_working_days(day: date, days: int, expected: date) -> None:
    assert working_days_after(day, days) == expected


# --- deployments ----------------------------------------------------------------------------------


def changed(life: Life, **values: object) -> Deployment:
    now = life.deployment
    with transaction() as db:
        change_deployment(db, now.id, now.version, values)
    return life.deployment


def test_a_deployment_goes_on_and_ends_once(life: Life) -> None:
    life.say("accept")
    life.say("accept", "employer")
    assert changed(life, phase="trial", hours_per_week=20.0).version == 2
    with pytest.raises(Invalid):
        changed(life, state="ended")
    with pytest.raises(Invalid):
        changed(life, end_reason="moved")
    with pytest.raises(Invalid):
        changed(life, until_on=today(life.pool_id) - timedelta(days=400))
    assert life.placement.taken == 1
    ended = changed(life, state="ended", end_reason="contract_over")
    assert (ended.state, ended.until_on) == ("ended", today(life.pool_id))
    assert life.placement.taken == 0
    with pytest.raises(Conflict) as told:
        changed(life, state="ended", end_reason="again")
    assert told.value.code == "deployment_ended"
    assert life.placement.taken == 0


def test_planned_work_begins_when_the_person_is_free(life: Life) -> None:
    life.say("accept")
    life.say("accept", "employer", starts_on=today(life.pool_id) + timedelta(days=3))
    other = Deployment(
        pool_id=life.pool_id,
        key="now",
        candidate_id=uuid.UUID(life.candidate_id),
        placement_id=uuid.UUID(ids(Placement, life.pool_id)[2]),
        from_on=date(2026, 1, 1),
        state="active",
    )
    with transaction() as db:
        db.add(other)
    with pytest.raises(Conflict) as told:
        changed(life, state="active")
    assert told.value.code == "second_deployment"
    change("update deployment set state = 'ended' where key = 'now'")
    assert changed(life, state="active", from_on=today(life.pool_id)).state == "active"
    with pytest.raises(Stale), transaction() as db:
        change_deployment(db, life.deployment.id, 1, {"phase": "regular"})
