"""A coach's own choice: a proposal made by hand, for any placement with an opening."""

import uuid

from sqlmodel import Session

from matcher.domain.reasons import Role
from matcher.errors import Conflict
from matcher.service import matching
from matcher.service.decisions import tell
from matcher.service.replacing import proposal_of
from matcher.service.room import require_room
from matcher.store import audit
from matcher.store import decisions as store
from matcher.store.decisions import lock
from matcher.store.tables import Candidate, Decision, Placement, Proposal


def choose(
    db: Session,
    candidate_id: uuid.UUID,
    placement_id: uuid.UUID,
    *,
    actor: str,
    role: Role = "coach",
    reason: str | None = None,
) -> uuid.UUID:
    """
    Make an open proposal of a pair that a coach chose, whatever the rules say, and return it.

    Openings and hard limits are no rules: what people at work use up is not there to be given.

    Which rules refuse the pair stands in its evidence under ``choice``, with who chose and why.
    An undecided proposal of the same person is declined for it, as an override. Like any open
    proposal it may be replaced by the next run until the coach accepts or holds it.

    Raises
    ------
    NotFound
        No such candidate, or no such placement for this person's pool.
    Conflict
        ``candidate_inactive``, ``placement_not_open``, ``placement_full``, ``limit_full``,
        ``already_proposed``, ``already_decided``.
    """
    answer = matching.explain_pair(db, candidate_id, placement_id)
    placement = lock(db, Placement, placement_id)
    candidate = lock(db, Candidate, candidate_id)
    assert placement is not None
    assert candidate is not None
    if candidate.state != "active":
        raise Conflict("The person is not in the pool (any more).", code="candidate_inactive")
    if placement.state != "open":
        raise Conflict(f"The placement is {placement.state}.", code="placement_not_open")
    if placement.taken >= placement.openings:
        raise Conflict("The last opening of the placement is taken.", code="placement_full")
    _make_room(db, candidate_id, placement_id, actor, role)
    require_room(db, candidate, placement)
    refused_by = [refusal.code for refusal in answer.sheet.explanation(0).refusals]
    choice = {"decided_by": actor, "role": role, "reason": reason, "refused_by": refused_by}
    proposal = proposal_of(answer, candidate, placement, tier=None)
    proposal.evidence = proposal.evidence | {"choice": choice}
    db.add(proposal)
    db.flush()
    audit.append(
        db,
        proposal.pool_id,
        actor,
        "proposal.choose",
        {
            "id": proposal.id,
            "placement": placement_id,
            "role": role,
            "refused_by": refused_by,
        },
        candidate_id,
    )
    return proposal.id


def _make_room(
    db: Session, candidate_id: uuid.UUID, placement_id: uuid.UUID, actor: str, role: Role
) -> None:
    """Decline the undecided proposal of a person who is locked: another placement was chosen."""
    live_id = store.live_proposal(db, candidate_id)
    live = None if live_id is None else lock(db, Proposal, live_id)
    if live is None or live.state not in ("open", "with_employer"):
        return
    if live.state == "with_employer":
        raise Conflict(
            "A proposal of this person is with an employer. Maybe: withdraw it first.",
            code="already_decided",
        )
    if live.placement_id == placement_id:
        raise Conflict("This pair is proposed already.", code="already_proposed")
    live.state, live.held_until, live.version = "declined", None, live.version + 1
    decision = Decision(
        pool_id=live.pool_id,
        proposal_id=live.id,
        actor_id=actor,
        role=role,
        outcome="decline",
        reason_code="chose_other",
        overrides=True,
    )
    db.add(decision)
    db.flush()
    tell(db, live, decision)
