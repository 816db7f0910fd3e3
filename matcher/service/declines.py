"""What a decline does to later runs, as the table in `matcher.domain.reasons` says."""

from collections.abc import Mapping
from datetime import date, timedelta

from sqlmodel import Session

from matcher.domain.reasons import REFUSED_TEXT, Reason, Role, is_refused, reasons_of
from matcher.errors import Invalid
from matcher.service.people import withdraw_open_proposals
from matcher.store.decisions import times_declined
from matcher.store.parkings import facts_behind
from matcher.store.tables import (
    Candidate,
    CandidateExclusion,
    CandidateParking,
    Employer,
    Placement,
)

PLACEMENT_STATES = {
    "fill_placement": "full",
    "redraft_placement": "draft",
    "pause_placement": "paused",
    "close_placement": "closed",
}


def reason_for(code: str | None, role: Role, reasons: Mapping[str, Reason]) -> Reason:
    """
    Return the reason that a decline gives, of those in force in the pool.

    Raises
    ------
    Invalid
        None is given, it is not one that this role may give, or the law forbids it as a reason.
    """
    usable = ", ".join(reasons_of(role, reasons))
    if code is None:
        raise Invalid(f"A decline needs a reason: {usable}.", code="reason_required")
    if is_refused(code):
        raise Invalid(REFUSED_TEXT, code="reason_refused")
    reason = reasons.get(code)
    if reason is None or role not in reason.used_by:
        raise Invalid(f"This role can give these reasons: {usable}.", code="unknown_reason")
    return reason


def last_day(reason: Reason, today: date, until: date | None) -> date | None:
    """
    Return the last day of what a reason does; None has no end of its own.

    Raises
    ------
    Invalid
        The reason asks for a day and none is given, it does not and one is, or the day is past.
    """
    if not reason.effect.asks_until:
        if until is not None:
            raise Invalid(f"The reason {reason.code} takes no until.", code="until_not_asked")
        return None if reason.effect.days is None else today + timedelta(days=reason.effect.days)
    if until is None:
        raise Invalid(f"The reason {reason.code} needs until, a day.", code="until_required")
    if until < today:
        raise Invalid("until must not lie in the past.", code="until_past")
    return until


def apply(
    db: Session, reason: Reason, candidate: Candidate, placement: Placement, until: date | None
) -> None:
    """
    Do what a decline for this reason does; the decision itself is written already.

    A change of the person's or the placement's record raises its version, so that a run which
    began before does not publish the same pair again.

    Parameters
    ----------
    candidate, placement
        Locked.
    until
        From `last_day`.
    """
    effect = reason.effect
    if effect.times > 1:
        assert effect.within_days is not None
        if times_declined(db, candidate.id, reason.code, effect.within_days) < effect.times:
            return
    match effect.what:
        case "park_pair" | "park_person":
            whole = effect.what == "park_person"
            db.add(
                CandidateParking(
                    pool_id=candidate.pool_id,
                    candidate_id=candidate.id,
                    target_kind="person" if whole else "pair",
                    target=None if whole else _named(placement, candidate),
                    reason_code=reason.code,
                    until=until,
                    facts=facts_behind(db, candidate.id, placement.id, effect.until_changed),
                )
            )
            candidate.version += 1
        case "exclude_employer":
            employer = db.get_one(Employer, placement.employer_id)
            db.add(
                CandidateExclusion(
                    pool_id=candidate.pool_id,
                    candidate_id=candidate.id,
                    target_kind="employer",
                    target=_named(employer, candidate),
                    reason_code=reason.code,
                    until=until,
                )
            )
            candidate.version += 1
        case "leave_pool":
            candidate.state = "inactive"
            candidate.version += 1
        case "nothing":
            return
        case changed:
            placement.state = PLACEMENT_STATES[changed]
            placement.version += 1
            db.flush()
            if changed == "close_placement":
                withdraw_open_proposals(db, placement_id=placement.id)


def _named(target: Placement | Employer, candidate: Candidate) -> str:
    """Return how a person's record names it: by key, or by id where a key says nothing."""
    return target.key if target.pool_id == candidate.pool_id else str(target.id)
