"""From proposal to work: every step, every refused step, and what follows from a decline."""

import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial

import polars as pl
import pytest
from sqlalchemy import text
from sqlmodel import col, select

from matcher.domain.policy import Policy
from matcher.domain.reasons import REASONS, Role
from matcher.errors import Conflict, Invalid, MatcherError, NotFound, Stale, Unavailable
from matcher.optimisation.prepared import prepare
from matcher.optimisation.ranking import rank
from matcher.service import matching, runs
from matcher.service.choosing import choose
from matcher.service.decisions import WHO_MAY, Outcome, Saying, decide, working_days_after
from matcher.service.deployments import change_deployment
from matcher.store import reading
from matcher.store.database import transaction
from matcher.store.decisions import lock
from matcher.store.tables import (
    Candidate,
    CandidateExclusion,
    CandidateParking,
    Decision,
    Deployment,
    Placement,
    Proposal,
)
from tests.integration.test_runs_publish import begin, finish, ids, publish, state_of
from tests.integration.test_runs_races import at_once
from tests.small_pools import write_pool


@pytest.fixture
def pool_id(database: str) -> uuid.UUID:
    """A pool whose first person is proposed the first placement, which has one opening."""
    with transaction() as db:
        made = write_pool(db, "pool", people=4, placements=3)
        db.execute(text("update placement set openings = 1, state = 'open'"))
    publish(made, {0: 0})
    return made


@dataclass
class Life:
    """The proposal of one person, and what people say of it."""

    pool_id: uuid.UUID
    person: int = 0

    @property
    def proposal(self) -> Proposal:
        with transaction() as db:
            return db.exec(
                select(Proposal)
                .where(col(Proposal.candidate_id) == uuid.UUID(self.candidate_id))
                .order_by(col(Proposal.first_proposed_at).desc(), col(Proposal.id))
            ).first()  # type: ignore[return-value]

    @property
    def candidate_id(self) -> str:
        return ids(Candidate, self.pool_id)[self.person]

    @property
    def placement(self) -> Placement:
        with transaction() as db:
            return db.get_one(Placement, self.proposal.placement_id)

    @property
    def candidate(self) -> Candidate:
        with transaction() as db:
            return db.get_one(Candidate, uuid.UUID(self.candidate_id))

    @property
    def deployment(self) -> Deployment:
        with transaction() as db:
            return db.exec(
                select(Deployment).where(Deployment.proposal_id == self.proposal.id)
            ).one()

    def say(self, outcome: Outcome, role: Role = "coach", **more: object) -> Proposal:
        now = self.proposal
        with transaction() as db:
            decide(db, now.id, now.version, Saying("Invented", role, outcome, **more))  # type: ignore[arg-type]
        return self.proposal

    def refused(self, code: str, outcome: Outcome, role: Role = "coach", **more: object) -> None:
        before = self.proposal
        with pytest.raises(MatcherError) as told:
            self.say(outcome, role, **more)
        assert told.value.code == code
        assert self.proposal == before
        assert "Invented" not in told.value.message


@pytest.fixture
def life(pool_id: uuid.UUID) -> Life:
    return Life(pool_id)


def change(statement: str, **values: object) -> None:
    with transaction() as db:
        db.execute(text(statement), values)


def today(pool_id: uuid.UUID) -> date:
    with transaction() as db:
        return db.execute(
            text("select (now() at time zone timezone)::date from pool where id = :id"),
            {"id": pool_id},
        ).scalar_one()


def decisions() -> list[tuple[str, str, str | None, bool]]:
    with transaction() as db:
        rows = db.exec(select(Decision).order_by(col(Decision.decided_at)))
        return [(row.role, row.outcome, row.reason_code, row.overrides) for row in rows]


def verdicts(pool_id: uuid.UUID, person: int, placement: int) -> dict[str, bool | None]:
    """Return what the rules say of a pair in the next snapshot."""
    with transaction("REPEATABLE READ") as db:
        snapshot = reading.read_snapshot(db, pool_id, today(pool_id))
        prices = reading.read_prices(db, pool_id)
    policy = Policy.default()
    ranked = rank(
        prepare(snapshot, policy), prices, policy, candidate=ids(Candidate, pool_id)[person]
    )
    wanted = pl.col("placement.id") == ids(Placement, pool_id)[placement]
    row = ranked.row(by_predicate=wanted, named=True)
    return {code: row[f"rule.{code}"] for code in ("not_parked", "not_excluded")}


# --- the way to work ---------------------------------------------------------------------------


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


# --- what is not possible ----------------------------------------------------------------------

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


# --- holding and withdrawing -------------------------------------------------------------------


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


# --- what a decline does -----------------------------------------------------------------------

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


def test_a_pair_of_another_pool_is_named_by_its_id(life: Life) -> None:
    """A key says nothing outside its pool, and another pool may use the same."""
    with transaction() as db:
        other = write_pool(db, "other", people=1, placements=1)
        db.execute(
            text("insert into sharing_agreement (pool_id, other_pool_id) values (:other, :mine)"),
            {"other": other, "mine": life.pool_id},
        )
        shared = uuid.UUID(
            str(db.execute(text("select id from placement where pool_id = :p"), {"p": other})
                .scalar_one())
        )  # fmt: skip
    with transaction() as db:
        choose(db, uuid.UUID(ids(Candidate, life.pool_id)[1]), shared, actor="Invented")
    mine = Life(life.pool_id, 1)
    mine.say("decline", reason_code="not_for_me")
    with transaction() as db:
        assert db.exec(select(CandidateParking)).one().target == str(shared)
        refusals = matching.explain_pair(db, uuid.UUID(mine.candidate_id), shared).matches[0]
    assert "not_parked" in {refusal.code for refusal in refusals.explanation.refusals}
    assert verdicts(life.pool_id, 1, 0)["not_parked"] is True


def test_work_at_a_placement_of_another_pool(life: Life) -> None:
    with transaction() as db:
        other = write_pool(db, "other", people=1, placements=1)
        db.execute(
            text("insert into sharing_agreement (pool_id, other_pool_id) values (:other, :mine)"),
            {"other": other, "mine": life.pool_id},
        )
        shared = db.execute(
            text("select id from placement where pool_id = :p"), {"p": other}
        ).scalar_one()
        choose(db, uuid.UUID(ids(Candidate, life.pool_id)[1]), shared, actor="Invented")
    mine = Life(life.pool_id, 1)
    mine.say("accept")
    mine.say("accept", "employer")
    assert (mine.deployment.placement_id, mine.placement.taken) == (shared, 1)


# --- a coach's own choice ----------------------------------------------------------------------


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


# --- runs and the sweep ------------------------------------------------------------------------


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


# --- deployments -------------------------------------------------------------------------------


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


# --- at the same instant -----------------------------------------------------------------------


def patiently(task: Callable[[], str]) -> str:
    """Ask again when the database is busy, as a client does."""
    while True:
        try:
            return task()
        except Unavailable:
            continue
        except Conflict as error:
            if error.code != "busy":
                return error.code


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


def test_a_decision_and_a_publication_do_not_wait_for_one_another(pool_id: uuid.UUID) -> None:
    """Somebody accepts at one placement while the run moves that person to another."""
    people, places = ids(Candidate, pool_id), ids(Placement, pool_id)
    lower, higher = sorted(range(3), key=places.__getitem__)[:2]
    claim, snapshot = begin(pool_id)
    with ThreadPoolExecutor(1) as threads:
        with transaction() as db:
            assert lock(db, Placement, uuid.UUID(places[higher]))
            publishing = threads.submit(finish, claim, snapshot, {0: lower, 1: higher})
            until = time.monotonic() + 20
            while not waiting():
                assert time.monotonic() < until
                time.sleep(0.02)
            assert lock(db, Candidate, uuid.UUID(people[0]))
        assert publishing.result(20) == 2


def waiting() -> bool:
    """Return whether somebody waits for a lock."""
    with transaction() as db:
        return bool(
            db.execute(text("select count(*) from pg_locks where not granted")).scalar_one()
        )
