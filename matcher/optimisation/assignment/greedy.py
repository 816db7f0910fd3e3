"""Best pair first: what a careful office does by hand, and the answer when time is short."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from matcher.optimisation.assignment.arrays import (
    BoolArray,
    Int32Array,
    IntArray,
    Pairs,
    Problem,
)
from matcher.optimisation.assignment.compiled import (
    INT32,
    READ_INT32,
    READ_INT64,
    compiled,
)


def best_pair_first(problem: Problem, tier: Int32Array | None, tie: IntArray) -> Int32Array:
    """
    Take the best pair, then the best that is left, and so on.

    Earlier tiers go first, then more points, then the lower tie. For points alone a pair with
    negative points is never taken.

    Returns
    -------
    position of each candidate's pair, or -1, shape (n_candidates,).
    """
    keys: list[NDArray[Any]] = [tie, -problem.points]
    if tier is not None:
        keys.append(tier[problem.candidate])
    order = np.lexsort(keys)
    if tier is None:
        order = order[problem.points[order] >= 0]
    return take_in_order(
        problem.candidate,
        problem.placement,
        order,
        problem.openings,
        problem.n_candidates,
    )


def choose_in_order(
    pairs: Pairs, openings: IntArray, n_candidates: int, keys: Sequence[NDArray[Any]]
) -> BoolArray:
    """
    Go through the pairs in an order and take what is still free: every simple way of working.

    First come, first served is the order of people's turns, then of points; best pair first is
    the order of points alone.

    Parameters
    ----------
    pairs, openings, n_candidates
        As for ``assign``, checked by whoever made them.
    keys
        What the order goes by, the most important first, the lowest values first; each of shape
        (n_pairs,). Pairs that are equal in all of them come as they were given.

    Returns
    -------
    which pairs are taken, shape (n_pairs,).
    """
    order = np.lexsort(list(reversed(keys)))
    match = take_in_order(pairs.candidate, pairs.placement, order, openings, n_candidates)
    chosen = np.zeros(len(pairs), np.bool_)
    chosen[match[match >= 0]] = True
    return chosen


@compiled(INT32, READ_INT32, READ_INT32, READ_INT64, READ_INT64, types.int64)
def take_in_order(
    candidate: Int32Array,
    placement: Int32Array,
    order: IntArray,
    openings: IntArray,
    n_candidates: int,
) -> Int32Array:
    """Take pairs in the order given wherever candidate and opening are still free."""
    match = np.full(n_candidates, -1, np.int32)
    left = openings.copy()
    for k in order:
        if match[candidate[k]] < 0 and left[placement[k]] > 0:
            match[candidate[k]] = k
            left[placement[k]] -= 1
    return match
