"""One person's best placements, and one placement's best people: the pool's rules on a few rows."""

import numpy as np
import polars as pl

from matcher.domain.policy import Policy
from matcher.domain.snapshot import PoolSnapshot
from matcher.errors import NotFound, SnapshotError
from matcher.optimisation.evaluation import evaluate
from matcher.optimisation.explanation import explanation_columns
from matcher.optimisation.pairing import Prepared, Rows, pair_up, prepare
from matcher.optimisation.tie import hash_ids, tie_of


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
        ``placement.id`` and ``price``; what is not in it has no price and counts 0.
    policy
        Rules, points and tiers.
    candidate, placement
        The id of one of them.

    Returns
    -------
    a frame with `explanation_columns`, ``gate.*``, ``rule.*``, ``share.*``, ``points.*``,
    ``eligible``, ``points``, ``price`` and ``surplus``.

    Raises
    ------
    NotFound
        The id is not in the snapshot.
    """
    prepared = snapshot if isinstance(snapshot, Prepared) else prepare(snapshot, policy)
    people, places = _rows(prepared, candidate, placement)
    pairs = evaluate(pair_up(prepared, people, places, explanation_columns(policy)), policy)
    gates = prepared.places.gates[places]
    ties = tie_of(hash_ids(pairs["candidate.id"], policy), hash_ids(pairs["placement.id"], policy))
    return (
        pl.concat([pairs, gates], how="horizontal")
        .join(prices.select("placement.id", "price"), on="placement.id", how="left")
        .with_columns(
            pl.all_horizontal("eligible", pl.col(gates.columns).fill_null(False)).alias("eligible"),
            pl.col("price").fill_null(0),
            (pl.col("points") - pl.col("price").fill_null(0)).alias("surplus"),
            pl.Series("tie", ties),
        )
        .sort("eligible", "surplus", "tie", descending=[True, True, False])
        .drop("tie")
    )


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
