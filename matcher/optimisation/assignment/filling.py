"""Best pair first within limits: a plan from any order of the pairs."""

import numpy as np
from numba import types

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
from matcher.optimisation.assignment.limits import Limits, Rows


def fill(problem: Problem, rows: Rows, order: IntArray) -> Int32Array | None:
    """
    Return the plan that takes pairs in this order wherever everything still fits.

    Returns
    -------
    position of each candidate's pair, or -1; None where it does not reach a floor.
    """
    use = rows.use.T.tocsr()
    match = take_within(
        problem.candidate,
        problem.placement,
        np.ascontiguousarray(order, np.int64),
        problem.openings,
        problem.n_candidates,
        use.indptr.astype(np.int64),
        use.indices.astype(np.int32),
        use.data.astype(np.int64),
        rows.capacity,
    )
    return match if rows.kept_by(match) else None


def choose_within(
    pairs: Pairs, openings: IntArray, n_candidates: int, order: IntArray, limits: Limits
) -> BoolArray:
    """
    Go through the pairs in an order and take what openings and limits still allow.

    A simple way of working: it serves no floor.

    Parameters
    ----------
    order
        Positions of the pairs, the first to be taken first, shape (n_pairs,).

    Returns
    -------
    which pairs are taken, shape (n_pairs,).
    """
    by_pair = np.argsort(limits.pair, kind="stable")
    match = take_within(
        pairs.candidate,
        pairs.placement,
        np.ascontiguousarray(order, np.int64),
        openings,
        n_candidates,
        np.searchsorted(limits.pair[by_pair], np.arange(len(pairs) + 1)).astype(np.int64),
        limits.resource[by_pair],
        limits.amount[by_pair],
        limits.capacity,
    )
    chosen = np.zeros(len(pairs), np.bool_)
    chosen[match[match >= 0]] = True
    return chosen


@compiled(
    INT32,
    READ_INT32,
    READ_INT32,
    READ_INT64,
    READ_INT64,
    types.int64,
    READ_INT64,
    READ_INT32,
    READ_INT64,
    READ_INT64,
)
def take_within(
    candidate: Int32Array,
    placement: Int32Array,
    order: IntArray,
    openings: IntArray,
    n_candidates: int,
    use_starts: IntArray,
    resource: Int32Array,
    amount: IntArray,
    capacity: IntArray,
) -> Int32Array:
    """Take pairs in the order given wherever candidate, opening and every resource allow it."""
    match = np.full(n_candidates, -1, np.int32)
    left = openings.copy()
    unused = capacity.copy()
    for k in order:
        if match[candidate[k]] >= 0 or left[placement[k]] <= 0:
            continue
        fits = True
        for x in range(use_starts[k], use_starts[k + 1]):
            if amount[x] > 0 and unused[resource[x]] < amount[x]:
                fits = False
        if not fits:
            continue
        match[candidate[k]] = k
        left[placement[k]] -= 1
        for x in range(use_starts[k], use_starts[k + 1]):
            unused[resource[x]] -= amount[x]
    return match
