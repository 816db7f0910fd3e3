"""Tiers and "most people first" as small whole numbers beside the points."""

import numpy as np
from numpy.typing import ArrayLike

from matcher.errors import SnapshotError
from matcher.optimisation.assignment.arrays import (
    LARGEST_INT64,
    BoolArray,
    Int32Array,
    IntArray,
    Problem,
    check_length,
    check_range,
    whole_numbers,
)
from matcher.optimisation.assignment.chains import lower_worth
from matcher.optimisation.assignment.labels import find_more_people, graph_of
from matcher.optimisation.assignment.prices import surpluses


def rank_tiers(tiers: ArrayLike | None, most_first: bool, n_candidates: int) -> Int32Array | None:
    """
    Return each candidate's tier numbered 0, 1, 2 ... without gaps; None for points alone.

    Most people first without tiers is one tier of all. With tiers most people follow from them:
    serving tiers in order never lowers the number of people placed.

    Raises
    ------
    SnapshotError
        Tiers have another length than the candidates, or are negative.
    """
    if tiers is None:
        return np.zeros(n_candidates, np.int32) if most_first else None
    numbers = whole_numbers("tiers", tiers, np.int64)
    if numbers.size != n_candidates:
        check_length("tiers", numbers, n_candidates, "n_candidates")
    check_range("tiers", numbers, 0, LARGEST_INT64, "tiers are numbered from 0")
    return np.unique(numbers, return_inverse=True)[1].astype(np.int32)


def sufficient_worth(problem: Problem, tier: Int32Array | None) -> IntArray:
    """
    Return a worth per candidate that keeps the order of goals whatever the plan.

    One more candidate costs at most what the others lose by moving. In one chain of exchanges each
    candidate and each placement moves once, so that is at most the sum of their spans (highest
    less lowest points), plus the points of the pair given up or taken.

    Raises
    ------
    SnapshotError
        Totals could leave 64 bits: the points are too large for this many people.
    """
    points, n_most = problem.points, problem.most_placed
    if problem.n_pairs == 0:
        return np.zeros(problem.n_candidates, np.int64)
    low, high = int(points.min()), int(points.max())
    largest = max(-low, high)
    check_totals(largest, 0, n_most)
    if tier is None or n_most == 0:
        return np.zeros(problem.n_candidates, np.int64)
    has_pairs = np.flatnonzero(np.diff(problem.starts))
    first_pairs = problem.starts[has_pairs]
    lowest = np.minimum.reduceat(points, first_pairs)
    spans = np.maximum.reduceat(points, first_pairs) - lowest
    chain = int(np.sort(spans)[::-1][:n_most].sum(dtype=object))
    step = chain + max(high, 0) + max(-low, 0) + 1
    n_tiers = int(tier.max()) + 1
    check_totals(largest, step * n_tiers, n_most)
    return (n_tiers - tier.astype(np.int64)) * step


def check_totals(largest: int, worth: int, n_most: int) -> None:
    """Refuse points whose totals, worth included, could leave 62 bits."""
    if (largest + worth) * max(n_most, 1) >= 2**62:
        raise SnapshotError(
            f"pairs.points reach {largest}, and to keep the order of goals a placed candidate must "
            f"count up to {worth} more: the total of {n_most} people can overflow 64 bits.\n"
            "Maybe express the points in a coarser unit."
        )


def find_unserved_tier(
    problem: Problem, tier: Int32Array, match: Int32Array, spare: BoolArray
) -> tuple[int, IntArray]:
    """
    Return a tier that a plan serves worse than could be, and the pairs that show it.

    Returns
    -------
    ``NO_TIER`` where no plan serves the tiers better, else the last tier found to miss somebody;
    and the positions of pairs among which the better exchanges are.
    """
    first_first = np.argsort(tier, kind="stable").astype(np.int32)
    unserved, reached_by = find_more_people(
        problem.starts, problem.placement, match, spare, tier, first_first
    )
    return unserved, reached_by[reached_by >= 0].astype(np.int64)


def smallest_worth(
    problem: Problem,
    tier: Int32Array | None,
    match: Int32Array,
    worth: IntArray,
    prices: IntArray,
) -> IntArray:
    """
    Return the least worth per candidate with which only plans that keep the order are best.

    One number per tier, each the least possible, so they depend on the pairs alone and not on
    which of several best plans was found.

    Parameters
    ----------
    tier
        From ``rank_tiers``; None gives zeros.
    match
        Position of each candidate's pair in a plan that keeps the order and is best, or -1.
    worth, prices
        A worth that keeps the order, and prices that prove the plan best with it.
    """
    if tier is None or problem.n_candidates == 0:
        return np.zeros(problem.n_candidates, np.int64)
    surplus = surpluses(problem.starts, problem.placement, problem.points, worth, prices)
    last_first = np.argsort(-tier, kind="stable").astype(np.int32)
    graph = graph_of(problem, match)
    return lower_worth(graph, worth, prices, surplus, tier, last_first)[tier]
