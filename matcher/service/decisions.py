"""
From proposal to work: what named people say of a proposal, one step in one transaction each.

``open`` -- the coach, with the person, accepts --> ``with_employer``, and one opening is reserved
-- the employer accepts --> ``accepted``, and somebody has work. Every other way ends it: declined
with a reason, withdrawn, expired (the sweep), superseded (a run).
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from sqlmodel import Session

from matcher.domain.reasons import Role
from matcher.errors import Conflict, Invalid, NotFound, Stale
from matcher.service import declines, policies
from matcher.service.deployments import begin
from matcher.service.records import Kind
from matcher.service.replacing import placements_that_may_follow, propose_next
from matcher.service.room import require_room
from matcher.store import audit
from matcher.store import decisions as store
from matcher.store.agreements import answer_pin
from matcher.store.decisions import Clock, lock
from matcher.store.proposals import WORKING_DAYS
from matcher.store.sharing import is_agreed
from matcher.store.tables import Candidate, Decision, Placement, Proposal

Outcome = Literal["accept", "decline", "hold", "withdraw"]

DECISIONS = Kind(
    "decision",
    Decision,
    (
        "id",
        "pool_id",
        "proposal_id",
        "actor_id",
        "role",
        "outcome",
        "reason_code",
        "overrides",
        "next_proposal_id",
        "seen_at",
        "decided_at",
    ),
    order=("decided_at", "id"),
)

WHO_MAY: Mapping[tuple[str, Outcome], tuple[Role, ...]] = {
    ("open", "accept"): ("coach",),
    ("open", "decline"): ("candidate", "coach"),
    ("open", "hold"): ("coach",),
    ("open", "withdraw"): ("coach", "account_manager", "pool_manager"),
    ("with_employer", "accept"): ("employer", "account_manager"),
    ("with_employer", "decline"): ("candidate", "coach", "employer", "account_manager"),
    ("with_employer", "withdraw"): ("coach", "account_manager", "pool_manager"),
}
"""Which step is whose; what is not here is not possible in that state."""


@dataclass(frozen=True)
class Saying:
    """
    What somebody says of a proposal.

    Parameters
    ----------
    reason_code
        For a decline alone.
    until
        Of a hold the last day, of a decline the last day of the reasons that ask for one.
    starts_on
        Of the employer's accept: the first day of work.
    seen_at
        When what was proposed, and why, was shown to the one who decides.
    """

    actor: str
    role: Role
    outcome: Outcome
    reason_code: str | None = None
    until: date | None = None
    starts_on: date | None = None
    seen_at: datetime | None = None


def decide(db: Session, proposal_id: uuid.UUID, version: int, saying: Saying) -> uuid.UUID:
    """
    Take one step in a proposal's life, with all that follows from it, and return the decision.

    Parameters
    ----------
    version
        Of the proposal, as it was read.

    Raises
    ------
    NotFound, Stale
        There is no such proposal, or it has another version by now.
    Conflict
        ``already_decided``, ``not_your_step``, ``placement_full``, ``limit_full``,
        ``placement_not_open``, ``candidate_inactive``, ``candidate_restricted``, ``not_shared``,
        ``second_deployment``.
    Invalid
        The reason, a day, or who gives it.
    """
    seen = db.get(Proposal, proposal_id)
    if seen is None:
        raise NotFound("There is no such proposal.")
    # All placements before the person, and in one order: nobody then waits in a circle.
    others = placements_that_may_follow(seen) if saying.outcome == "decline" else []
    locked = {each: lock(db, Placement, each) for each in sorted({seen.placement_id, *others})}
    placement = locked[seen.placement_id]
    candidate = lock(db, Candidate, seen.candidate_id)
    proposal = lock(db, Proposal, proposal_id)
    if placement is None or candidate is None or proposal is None:
        raise NotFound("There is no such proposal.")
    if proposal.version != version:
        raise Stale("Somebody changed this proposal since you read it. Maybe: read it again.")
    _check_step(proposal, saying)
    clock = store.clock(db, proposal.pool_id)
    _check_saying(saying, clock)
    decision = Decision(
        pool_id=proposal.pool_id,
        proposal_id=proposal.id,
        actor_id=saying.actor,
        role=saying.role,
        outcome=saying.outcome,
        reason_code=saying.reason_code,
        overrides=saying.reason_code == "chose_other"
        or (saying.outcome == "accept" and proposal.run_id is None),
        seen_at=saying.seen_at,
    )
    step = {"accept": _accept, "decline": _decline, "hold": _hold, "withdraw": _withdraw}
    step[saying.outcome](_Case(db, clock, placement, candidate, proposal, decision), saying)
    proposal.version += 1
    db.flush()
    if saying.outcome == "decline":
        places = [place for each in others if (place := locked[each]) is not None]
        following = propose_next(db, proposal, candidate, places)
        decision.next_proposal_id = None if following is None else following.id
        db.flush()
    tell(db, proposal, decision)
    return decision.id


def tell(db: Session, proposal: Proposal, decision: Decision) -> None:
    """Put a decision into the record; of another pool's work into that one's too, without whom."""
    if proposal.placement_pool_id != proposal.pool_id:
        theirs = decision.role in ("employer", "account_manager")
        audit.append(
            db,
            proposal.placement_pool_id,
            decision.actor_id,
            f"shared_work.{decision.outcome}",
            {
                "proposal": proposal.id,
                "placement": proposal.placement_id,
                "state": proposal.state,
                "role": decision.role,
                "reason": decision.reason_code if theirs else None,
            },
        )
    audit.append(
        db,
        proposal.pool_id,
        decision.actor_id,
        f"proposal.{decision.outcome}",
        {
            "id": decision.id,
            "proposal": proposal.id,
            "run": proposal.run_id,
            "placement": proposal.placement_id,
            "version": proposal.version,
            "state": proposal.state,
            "role": decision.role,
            "reason": decision.reason_code,
            "overrides": decision.overrides,
            "seen_at": decision.seen_at,
            "next": decision.next_proposal_id,
        },
        proposal.candidate_id,
    )


@dataclass(frozen=True)
class _Case:
    """A proposal under decision, with what belongs to it, all locked."""

    db: Session
    clock: Clock
    placement: Placement
    candidate: Candidate
    proposal: Proposal
    decision: Decision

    def write(self) -> None:
        """Write the decision."""
        self.db.add(self.decision)
        self.db.flush()


def _check_step(proposal: Proposal, saying: Saying) -> None:
    roles = WHO_MAY.get((proposal.state, saying.outcome))
    if roles is None:
        raise Conflict(
            f"The proposal is {proposal.state}: {saying.outcome} is not possible (any more).",
            code="already_decided",
        )
    if saying.role not in roles:
        raise Conflict(
            f"The proposal is {proposal.state}: this step is for {' or '.join(roles)}.",
            code="not_your_step",
        )


def _check_saying(saying: Saying, clock: Clock) -> None:
    if saying.reason_code is not None and saying.outcome != "decline":
        raise Invalid("Only a decline takes a reason.", code="reason_not_asked")
    if saying.until is not None and saying.outcome not in ("hold", "decline"):
        raise Invalid("Only a hold or a decline takes until.", code="until_not_asked")
    if saying.starts_on is not None and (saying.outcome, saying.role) not in (
        ("accept", "employer"),
        ("accept", "account_manager"),
    ):
        raise Invalid("Only the employer's accept takes a first day.", code="start_not_asked")
    if saying.seen_at is not None and saying.seen_at > clock.now + timedelta(minutes=5):
        raise Invalid("What was seen cannot lie in the future.", code="seen_later")


def _accept(case: _Case, saying: Saying) -> None:
    if case.candidate.state != "active":
        raise Conflict("The person is not in the pool (any more).", code="candidate_inactive")
    if case.candidate.restricted:
        raise Conflict(
            "The use of this person's data is restricted on their request.",
            code="candidate_restricted",
        )
    if not is_agreed(case.db, case.placement.id, case.proposal.pool_id):
        raise Conflict(
            "No agreement opens this placement to people of the pool (any more).",
            code="not_shared",
        )
    if case.proposal.state == "with_employer":
        begin(case.db, case.clock, case.placement, case.proposal, saying.starts_on, saying.actor)
        case.proposal.state, case.proposal.reserved_until = "accepted", None
        return case.write()
    if case.placement.state != "open":
        raise Conflict(f"The placement is {case.placement.state}.", code="placement_not_open")
    if case.placement.taken < case.placement.openings:
        require_room(case.db, case.candidate, case.placement)
    if not store.take_opening(case.db, case.placement.id):
        raise Conflict("The last opening of the placement is taken.", code="placement_full")
    last = working_days_after(case.clock.today, WORKING_DAYS)
    case.proposal.state, case.proposal.held_until = "with_employer", None
    case.proposal.reserved_until = store.end_of(case.db, case.proposal.pool_id, last)
    return case.write()


def _decline(case: _Case, saying: Saying) -> None:
    policy = policies.in_force(case.db, case.proposal.pool_id, case.clock.today)
    reason = declines.reason_for(saying.reason_code, saying.role, policy.reasons)
    until = declines.last_day(reason, case.clock.today, saying.until)
    _close(case, "declined")
    declines.apply(case.db, reason, case.candidate, case.placement, until)


def _withdraw(case: _Case, saying: Saying) -> None:
    _close(case, "withdrawn")


def _hold(case: _Case, saying: Saying) -> None:
    begun = store.first_held(case.db, case.proposal.id) or case.clock.today
    latest = working_days_after(begun, WORKING_DAYS)
    until = saying.until or latest
    if not case.clock.today <= until <= latest:
        raise Invalid(
            f"A proposal is held for at most {WORKING_DAYS} working days: until {latest} "
            "at the latest.",
            code="hold_too_long",
        )
    case.proposal.held_until = store.end_of(case.db, case.proposal.pool_id, until)
    case.write()


def _close(case: _Case, state: str) -> None:
    """End a proposal, and give back the opening that was reserved for it."""
    if case.proposal.state == "with_employer":
        store.release_opening(case.db, case.placement.id)
    case.proposal.state = state
    case.proposal.held_until = case.proposal.reserved_until = None
    answer_pin(
        case.db, case.proposal.candidate_id, case.proposal.placement_id, case.decision.actor_id
    )
    case.write()


def working_days_after(day: date, days: int) -> date:
    """Return the day that lies so many working days, Monday to Friday, after a day."""
    while days:
        day += timedelta(days=1)
        days -= day.isoweekday() <= 5
    return day
