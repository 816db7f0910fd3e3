"""Lowest prices of openings, and the certificate that they close."""

import numpy as np

from matcher.errors import SolverFailed
from matcher.optimisation.assignment.arrays import (
    BoolArray,
    Int32Array,
    IntArray,
    Outcome,
    Pairs,
    Problem,
)
from matcher.optimisation.assignment.compiled import INT64, READ_INT32, READ_INT64, compiled
from matcher.optimisation.assignment.labels import Graph, graph_of, raise_labels


def shadow_prices(
    problem: Problem,
    worth: IntArray,
    match: Int32Array,
    spare: BoolArray,
    few: Graph | None = None,
) -> IntArray:
    """
    Return the lowest price of one more opening of each placement, in points, worth included.

    A price is the least that makes every candidate content with the plan, and what one more
    opening would add to it; a placement with openings left costs 0. Optimal prices are not
    unique; that lowest ones exist: Gul & Stacchetti (1999), J. Econ. Theory 87, 95-124.

    Parameters
    ----------
    worth
        What placing a candidate counts beyond points, shape (n_candidates,).
    match
        Position of each candidate's pair, or -1, shape (n_candidates,), int32.
    spare
        Which placements have openings left, shape (n_placements,).
    few
        Pairs to look at first, and the plan among them; it only saves time.

    Raises
    ------
    SolverFailed
        The plan is not optimal, so no such prices exist.
    """
    prices = np.zeros(problem.n_placements, np.int64)
    full = graph_of(problem, match)
    if not raise_labels(few or full, full, spare, worth, prices):
        raise SolverFailed("The plan is not optimal: its prices rise without end.")
    return prices


@compiled(INT64, READ_INT64, READ_INT32, READ_INT64, READ_INT64, READ_INT64)
def surpluses(
    starts: IntArray,
    placement: Int32Array,
    points: IntArray,
    worth: IntArray,
    prices: IntArray,
) -> IntArray:
    """Return what each candidate's best pair is above its price, at least 0."""
    surplus = np.zeros(worth.size, np.int64)
    for i in range(worth.size):
        best = -worth[i]
        for k in range(starts[i], starts[i + 1]):
            best = max(best, points[k] - prices[placement[k]])
        surplus[i] = best + worth[i]
    return surplus


def bound_of(surplus: IntArray, openings: IntArray, prices: IntArray) -> int:
    """Return the value that no plan exceeds, whatever prices of at least 0 these are."""
    return int(surplus.sum()) + int((openings * prices).sum())


def certificate(pairs: Pairs, openings: IntArray, outcome: Outcome) -> None:
    """
    Check that nothing better than this outcome exists, from the arrays alone.

    Written apart from the engine in plain NumPy, so that one need not trust the engine.

    Raises
    ------
    SolverFailed
        Names the first condition that does not hold: each candidate at most once and each
        placement within its openings, the totals of the plan, no negative price or surplus, price
        0 where openings are left, no pair worth more than surplus and price, equal totals.
    """
    chosen, worth, prices, surplus = (
        outcome.chosen,
        outcome.worth,
        outcome.prices,
        outcome.surplus,
    )
    who, where = pairs.candidate[chosen], pairs.placement[chosen]
    taken = np.bincount(where, minlength=openings.size)
    points = int(pairs.points[chosen].sum())
    value = points + int(worth[who].sum())
    priced = prices > 0
    total = int(surplus.sum()) + int((openings[priced] * prices[priced]).sum())
    above = False
    for begin in range(0, len(pairs), 1_000_000):
        block = slice(begin, begin + 1_000_000)
        i, j = pairs.candidate[block], pairs.placement[block]
        above = above or bool((pairs.points[block] + worth[i] > surplus[i] + prices[j]).any())
    conditions = {
        "a candidate has two placements": np.unique(who).size < who.size,
        "a placement has more people than openings": (taken > openings).any(),
        "the number of people placed is wrong": outcome.placed != who.size,
        "the points are wrong": outcome.points != points,
        "the value is wrong": outcome.value != value,
        "a price is negative": (prices < 0).any(),
        "a surplus is negative": (surplus < 0).any(),
        "a placement with openings left has a price": (priced & (taken < openings)).any(),
        "a pair is worth more than surplus and price": above,
        f"the plan is worth {value}, its prices {total}": total != value,
    }
    for fault, holds in conditions.items():
        if holds:
            raise SolverFailed(f"The certificate does not close: {fault}.")
