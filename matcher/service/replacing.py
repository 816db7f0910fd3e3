"""A decline brings the next best at once: the alternative that was stored with the proposal."""

import uuid
from typing import Any

import orjson
import polars as pl
from sqlmodel import Session

from matcher.optimisation.records import record_proposals
from matcher.service import matching
from matcher.service.matching import Answer
from matcher.service.room import has_room_beside_proposals
from matcher.store import decisions as store
from matcher.store.tables import Candidate, Placement, Proposal


def placements_that_may_follow(proposal: Proposal) -> list[uuid.UUID]:
    """Return the placements of the stored alternatives, best first."""
    return [uuid.UUID(each["placement"]) for each in proposal.alternatives]


def propose_next(
    db: Session, declined: Proposal, candidate: Candidate, places: list[Placement]
) -> Proposal | None:
    """
    Make an open proposal of the best stored alternative that is still possible, and return it.

    Possible is one that is open, has an opening that no other proposal counts on, passes every gate
    and rule for this person now, after what the decline itself did, and fits in every hard limit
    beside who is at work and all open proposals. Whom it would have cost
    something when it was stored loses nothing: an opening that somebody has is not used. Tonight's
    run looks at everything again.

    Parameters
    ----------
    declined
        The proposal that was declined, locked and no longer live.
    candidate
        Its person, locked.
    places
        The placements of its alternatives, locked, best first.
    """
    if candidate.state != "active" or candidate.restricted:
        return None
    for place, stored in _in_order(declined, places):
        if place.state != "open" or store.openings_uncounted(db, place.id) <= 0:
            continue
        answer = matching.explain_pair(db, candidate.id, place.id)
        if not answer.eligible or not has_room_beside_proposals(db, candidate, place):
            continue
        found = proposal_of(answer, candidate, place, tier=declined.tier)
        found.first_run_id = found.run_id = declined.run_id
        found.evidence = found.evidence | {"instead_of": str(declined.id), "stored": stored}
        found.alternatives = [
            each for each in declined.alternatives if each["placement"] != str(place.id)
        ]
        db.add(found)
        db.flush()
        return found
    return None


def proposal_of(
    answer: Answer, candidate: Candidate, placement: Placement, tier: str | None
) -> Proposal:
    """Return an open proposal of an explained pair, not yet written; both sides are locked."""
    pair = answer.sheet.pairs.with_columns(
        tier=pl.lit(tier, pl.String),
        alternatives=pl.lit("[]"),
        pinned=pl.lit(False),
        notes=pl.lit("[]"),
        bundle=pl.lit(None, pl.String),
    )
    told = record_proposals(pair, answer.policy).row(0, named=True)
    return Proposal(
        pool_id=candidate.pool_id,
        candidate_id=candidate.id,
        placement_pool_id=placement.pool_id,
        placement_id=placement.id,
        candidate_version=candidate.version,
        placement_version=placement.version,
        points=told["points"],
        points_by_term=orjson.loads(told["points_by_term"]),
        unknowns=orjson.loads(told["unknowns"]),
        evidence=orjson.loads(told["evidence"]),
        price=told["price"],
        surplus=max(told["surplus"], 0),
        minutes=told["minutes"],
        mode=told["mode"],
        journey_source="measured" if told["journey_measured"] else "estimate",
        tier=tier,
    )


def _in_order(
    declined: Proposal, places: list[Placement]
) -> list[tuple[Placement, dict[str, Any]]]:
    by_id = {str(place.id): place for place in places}
    return [
        (by_id[each["placement"]], each)
        for each in declined.alternatives
        if each["placement"] in by_id
    ]
