"""Best pair first: what a careful office does by hand, and the answer when time is short."""

from typing import Any

import numpy as np
from numba import types
from numpy.typing import NDArray

from matcher.optimisation.assignment.arrays import Int32Array, IntArray, Problem
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
