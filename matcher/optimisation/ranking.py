"""One person's best placements, and one placement's best people: the pool's rules on a few rows."""

import numpy as np
import polars as pl

from matcher.domain.policy import Policy
from matcher.domain.snapshot import PoolSnapshot
from matcher.errors import NotFound, SnapshotError
from matcher.optimisation.evaluation import evaluate
from matcher.optimisation.explanation import explanation_columns
from matcher.optimisation.pairing import pair_up
from matcher.optimisation.prepared import Prepared, Rows, prepare
from matcher.optimisation.prospects import with_potential
from matcher.optimisation.tie import tie_of


def rank(
    snapshot: PoolSnapshot | Prepared,
    prices: pl.DataFrame,
    policy: Policy,
    *,
    candidate: str | None = None,
    placement: str | None = None,
) -> pl.DataFrame:
    """
    Return all pairs of one candidate, or of one placement, the best first.

    Eligible pairs come first, by ``surplus`` = points less price, so that the order agrees with
    the plan that the prices come from; equal ones in the order of the plan's own ties. A placement
    that fails a gate is not eligible for anybody; ``gate.<code>`` tells which.

    Parameters
    ----------
    snapshot
        The pool, or what `prepare` made of it; it may hold a single candidate.
    prices
        ``placement.id`` and ``price``, and where it is known ``potential``, the part of the price
        that is kept for people still to come; what is not in it has no price and counts 0.
    policy
        Rules, points and tiers.
    candidate, placement
        The id of one of them.

    Returns
    -------
    a frame with `explanation_columns`, ``gate.*``, ``rule.*``, ``share.*``, ``points.*``,
    ``eligible``, ``points``, ``price``, ``surplus``, ``potential`` and ``held_until``.

    Raises
    ------
    NotFound
        The id is not in the snapshot.
    """
    prepared = snapshot if isinstance(snapshot, Prepared) else prepare(snapshot, policy)
    people, places = _rows(prepared, candidate, placement)
    pairs = evaluate(pair_up(prepared, people, places, explanation_columns(policy)), policy)
    gates = prepared.places.gates[places]
    known = prepared.placements.select("placement.id").join(
        prices.select("placement.id", "price", *({"potential"} & set(prices.columns))),
        on="placement.id",
        how="left",
        maintain_order="left",
    )
    price = known["price"].fill_null(0)[places]
    passes = gates.select(pl.all_horizontal(pl.all().fill_null(False))).to_series()
    pairs = pl.concat([pairs, gates], how="horizontal").with_columns(
        pl.col("eligible") & passes, price, (pl.col("points") - price).alias("surplus")
    )
    potential = np.zeros(places.size, np.int64)
    if "potential" in known.columns:
        potential = known["potential"].fill_null(0).to_numpy()[places]
    pairs = with_potential(pairs, prepared, people, potential, policy)
    ties = tie_of(prepared.people.hashes[people], prepared.places.hashes[places], policy)
    return pairs[np.lexsort((ties, -pairs["surplus"].to_numpy(), ~pairs["eligible"].to_numpy()))]


def _rows(prepared: Prepared, candidate: str | None, placement: str | None) -> tuple[Rows, Rows]:
    if (candidate is None) == (placement is None):
        raise SnapshotError("ask about one candidate or one placement")
    if candidate is not None:
        row = _row_of(prepared.candidates["candidate.id"], candidate)
        n = prepared.places.size
        return np.full(n, row, np.int32), np.arange(n, dtype=np.int32)
    row = _row_of(prepared.placements["placement.id"], str(placement))
    n = prepared.people.size
    return np.arange(n, dtype=np.int32), np.full(n, row, np.int32)


def _row_of(ids: pl.Series, wanted: str) -> int:
    row = ids.index_of(wanted)
    if row is None:
        raise NotFound(f"{wanted} is not in the snapshot")
    return row
