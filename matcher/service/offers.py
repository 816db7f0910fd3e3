"""
The placements of a pool, kept ready in memory while nothing about them changes.

Reading and encoding them takes far longer than one answer. Whether they are still right is asked
of the database each time, cheaply: as long as no transaction has ended since the last look
(`pg_current_snapshot`) but those that only noted who read what, nothing can have changed; when one
has, a stamp over the pool's placements, prices and policy decides.
"""

import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

import polars as pl
from sqlmodel import Session

from matcher.domain.policy import Policy
from matcher.domain.snapshot import CANDIDATE_SCHEMA, PREVIOUS_SCHEMA, TRAVEL_SCHEMA, PoolSnapshot
from matcher.optimisation.answering import Offer, offer_of
from matcher.optimisation.prepared import prepare_placements
from matcher.service import policies
from matcher.store import audit, reading

KEPT_POOLS = 16


@dataclass(frozen=True)
class PoolOffer:
    """What questions about a pool are answered from."""

    pool_id: UUID
    today: date
    policy: Policy
    run_id: UUID | None
    placements: pl.DataFrame
    offer: Offer
    stamp: str
    seen: str


def offer_for(db: Session, pool_id: UUID, today: date, seen: str) -> PoolOffer:
    """
    Return the placements of a pool as they are in this transaction.

    Parameters
    ----------
    seen
        ``pg_current_snapshot()`` of the transaction, as text.
    """
    with _turn(pool_id):
        kept = _kept.get(pool_id)
        if kept is None or kept.today != today or not audit.nothing_ended(kept.seen, seen):
            kept = _renewed(db, pool_id, today, seen, kept)
        elif kept.seen != seen:
            kept = replace(kept, seen=seen)
        with _lock:
            _kept[pool_id] = kept
            _kept.move_to_end(pool_id)
            while len(_kept) > KEPT_POOLS:
                _kept.popitem(last=False)
    return kept


def _renewed(
    db: Session, pool_id: UUID, today: date, seen: str, before: PoolOffer | None
) -> PoolOffer:
    policy = policies.in_force(db, pool_id, today)
    run_id = reading.read_published(db, pool_id)
    stamp = reading.content_stamp(db, pool_id)
    if before and (before.today, before.policy) == (today, policy):
        if (before.stamp, before.run_id) == (stamp, run_id):
            return replace(before, seen=seen)
        if before.stamp == stamp:
            prices = reading.read_prices(db, pool_id)
            offer = offer_of(before.offer.places, prices, policy)
            return replace(before, run_id=run_id, offer=offer, seen=seen)
    placements = reading.read_placements(db, pool_id, today)
    snapshot = PoolSnapshot(
        today,
        pl.DataFrame(schema=CANDIDATE_SCHEMA),
        placements,
        pl.DataFrame(schema=TRAVEL_SCHEMA),
        pl.DataFrame(schema=PREVIOUS_SCHEMA),
    )
    places = prepare_placements(snapshot, policy)
    offer = offer_of(places, reading.read_prices(db, pool_id), policy)
    return PoolOffer(pool_id, today, policy, run_id, placements, offer, stamp, seen)


_kept: "OrderedDict[UUID, PoolOffer]" = OrderedDict()
_lock = threading.Lock()
_turns: dict[UUID, threading.Lock] = {}


@contextmanager
def _turn(pool_id: UUID) -> Iterator[None]:
    """Let one thread at a time renew a pool; the others then find it done."""
    with _lock:
        turn = _turns.setdefault(pool_id, threading.Lock())
    with turn:
        yield
