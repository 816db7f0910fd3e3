"""Room within the hard limits for one more pair, when a person decides by day."""

import uuid
from collections.abc import Sequence
from typing import Literal

import numpy as np
import polars as pl
from sqlmodel import Session

from matcher.errors import Conflict
from matcher.optimisation.prepared import prepare, rows_of
from matcher.optimisation.uses import uses_of_pairs
from matcher.service.offers import PoolOffer, offer_for
from matcher.store import decisions as store
from matcher.store import reading
from matcher.store.resources import held_elsewhere, left_of_ceilings, read_resources
from matcher.store.tables import Candidate, Placement

Beside = Literal["work", "proposals"]
GROUP = ["limit", "group"]


def require_room(db: Session, candidate: Candidate, placement: Placement) -> None:
    """
    Make sure that somebody can be taken on at a placement within the hard limits.

    Raises
    ------
    Conflict
        ``limit_full``: people at work or on their way use up what there is.
    """
    kept, codes = _without_room(db, candidate, placement, "work")
    if codes:
        labels = ", ".join(kept.policy.limit_label(code).partition(":")[0] for code in codes)
        raise Conflict(
            f"There is no room left within a hard limit: {labels}. Maybe: another placement, or "
            "a higher number where the limit comes from.",
            code="limit_full",
        )


def has_room_beside_proposals(db: Session, candidate: Candidate, placement: Placement) -> bool:
    """Say whether a pair fits beside everybody at work and every open proposal."""
    return not _without_room(db, candidate, placement, "proposals")[1]


def _without_room(
    db: Session, candidate: Candidate, placement: Placement, beside: Beside
) -> tuple[PoolOffer, list[str]]:
    """
    Return the hard limits that a pair does not fit in; both sides are locked.

    Parameters
    ----------
    beside
        What counts. ``work``: people at work or with an employer, as openings are counted when
        somebody is taken on; holds do not. ``proposals``: these, holds and all open proposals.
    """
    # until the transaction ends nobody else finds the same room
    for pool_id in sorted({candidate.pool_id, placement.pool_id}):
        store.take_turn(db, pool_id)
    pool_id, today = candidate.pool_id, store.clock(db, candidate.pool_id).today
    kept = offer_for(db, pool_id, today, store.seen(db))
    ceilings = any(each.hard and each.in_force(today) for each in kept.policy.ceilings)
    others = [
        pair
        for *pair, held in store.open_beside(db, candidate, placement, everybody=ceilings)
        if held == (beside == "work")
    ]
    asked, used = _uses(db, kept, [[candidate.id, placement.id], *others])
    if beside == "work":
        used = pl.concat([used, held_elsewhere(db, pool_id)]).group_by(GROUP).agg(pl.sum("used"))
    # what is left is without those who are held
    sign = 1 if beside == "work" else -1
    left = (
        pl.concat(
            [
                read_resources(db, pool_id, today, kept.policy),
                left_of_ceilings(db, kept.placements, today, kept.policy),
            ]
        )
        .join(used, on=GROUP, how="left")
        .select(*GROUP, left=pl.col("capacity") + sign * pl.col("used").fill_null(0))
    )
    short = asked.join(left, on=GROUP).filter(pl.col("amount") > pl.col("left"))
    return kept, sorted(short["limit"].unique())


def _uses(
    db: Session, kept: PoolOffer, pairs: Sequence[Sequence[uuid.UUID]]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return what the first pair uses, and ``used`` by group of all others together."""
    people = list(dict.fromkeys(person for person, _ in pairs))
    snapshot = reading.read_people(db, people, kept.pool_id, kept.today, kept.placements)
    prepared = prepare(snapshot, kept.policy, kept.offer.places)
    rows = [
        rows_of(frame[f"{side}.id"], pl.Series([str(pair[at]) for pair in pairs]))
        for at, (side, frame) in enumerate(
            (("candidate", prepared.candidates), ("placement", prepared.placements))
        )
    ]
    there = np.flatnonzero((rows[0] >= 0) & (rows[1] >= 0))
    uses = uses_of_pairs(
        prepared,
        rows[0][there].astype(np.int32),
        rows[1][there].astype(np.int32),
        kept.policy,
        kept.today,
    )
    first = pl.Series(there)[uses["pair"]] == 0
    others = uses.filter(~first).group_by(GROUP).agg(used=pl.col("amount").sum())
    return uses.filter(first), others
