"""
Longest paths over exchanges: who would move where if a placement took somebody else.

One label per placement. A candidate with a placement hands its label on: it would ask
``label - points`` to leave, so every other placement in its pairs is worth at least that plus the
points there. Prices are the least labels that no pair can raise any more.
"""

import numpy as np
from numba import types

from matcher.optimisation.assignment.arrays import BoolArray, Int32Array, IntArray, Problem
from matcher.optimisation.assignment.compiled import (
    BOOL,
    GRAPH,
    INT32,
    INT64,
    NUMBER_AND_INT32,
    READ_BOOL,
    READ_INT32,
    READ_INT64,
    TWO_INT32,
    compiled,
)

NOBODY = -1
NO_TIER = -1


@compiled(TWO_INT32, READ_INT32, READ_INT32, types.int64)
def seat(
    placement: Int32Array, match: Int32Array, n_placements: int
) -> tuple[Int32Array, Int32Array]:
    """Return who sits where: people ``seated[first[j]:first[j + 1]]`` at placement ``j``."""
    first = np.zeros(n_placements + 1, np.int32)
    for i in range(match.size):
        if match[i] >= 0:
            first[placement[match[i]] + 1] += 1
    for j in range(n_placements):
        first[j + 1] += first[j]
    seated = np.empty(first[n_placements], np.int32)
    end = first.copy()
    for i in range(match.size):
        if match[i] >= 0:
            j = placement[match[i]]
            seated[end[j]] = i
            end[j] += 1
    return first, seated


@compiled(types.boolean, READ_INT32, READ_INT32, INT32, INT32)
def runs_in_circle(
    placement: Int32Array, match: Int32Array, raised_by: Int32Array, seen: Int32Array
) -> bool:
    """Say whether a label was raised by way of itself: the plan then gains by that exchange."""
    seen[:] = -1
    for start in range(raised_by.size):
        j = start
        while seen[j] < 0 and raised_by[j] >= 0:
            seen[j] = start
            j = placement[match[raised_by[j]]]
        if seen[j] == start and raised_by[j] >= 0:
            return True
        seen[j] = start
    return False


Graph = tuple[IntArray, Int32Array, IntArray, Int32Array]


def graph_of(problem: Problem, match: Int32Array) -> Graph:
    """Return the pairs of a problem and the plan among them as the loops below take them."""
    return problem.starts, problem.placement, problem.points, match


@compiled(types.boolean, GRAPH, INT32, INT32, READ_BOOL, INT64, INT32, BOOL, INT32, types.int64)
def settle(
    graph: Graph,
    first: Int32Array,
    seated: Int32Array,
    spare: BoolArray,
    labels: IntArray,
    queue: Int32Array,
    queued: BoolArray,
    raised_by: Int32Array,
    n_queued: int,
) -> bool:
    """
    Raise labels, from those in the queue, until no exchange raises one; false if that never ends.

    It never ends where the plan is not the best one: an exchange in a circle gains, or one that
    ends at an opening that is left.
    """
    starts, placement, points, match = graph
    n_placements = labels.size
    seen = np.empty(n_placements, np.int32)
    head = 0
    tail = n_queued if n_queued < n_placements else 0
    until_check = n_placements
    while n_queued > 0:
        j = queue[head]
        head = head + 1 if head + 1 < n_placements else 0
        n_queued -= 1
        queued[j] = False
        for seat_number in range(first[j], first[j + 1]):
            i = seated[seat_number]
            asks = labels[j] - points[match[i]]
            for k in range(starts[i], starts[i + 1]):
                other = placement[k]
                if asks + points[k] > labels[other]:
                    if spare[other]:
                        return False
                    labels[other] = asks + points[k]
                    raised_by[other] = i
                    if not queued[other]:
                        queued[other] = True
                        queue[tail] = other
                        tail = tail + 1 if tail + 1 < n_placements else 0
                        n_queued += 1
        until_check -= 1
        if until_check == 0:
            if runs_in_circle(placement, match, raised_by, seen):
                return False
            until_check = n_placements
    return True


@compiled(types.boolean, GRAPH, GRAPH, READ_BOOL, READ_INT64, INT64)
def raise_labels(
    few: Graph, full: Graph, spare: BoolArray, asking: IntArray, labels: IntArray
) -> bool:
    """
    Raise labels to the least fixed point above them; nobody may ask more than ``asking``.

    Parameters
    ----------
    few, full
        The pairs that are looked at first, and all pairs: ``starts``, ``placement`` and ``points``
        as in ``Problem``, and the position of each candidate's chosen pair, or -1.
    spare
        Which placements have openings left; their labels must not rise, shape (n_placements,).
    asking
        What each candidate asks without a placement, shape (n_candidates,).
    labels
        Where to start, changed in place, shape (n_placements,).

    Returns
    -------
    false if there is no fixed point: the plan is not the best one for these pairs.
    """
    n_placements = labels.size
    first, seated = seat(full[1], full[3], n_placements)
    queue = np.empty(n_placements, np.int32)
    queued = np.zeros(n_placements, np.bool_)
    raised_by = np.full(n_placements, NOBODY, np.int32)
    for graph in (few, full):
        starts, placement, points, match = graph
        for i in range(match.size):
            if match[i] < 0:
                for k in range(starts[i], starts[i + 1]):
                    j = placement[k]
                    if asking[i] + points[k] > labels[j]:
                        if spare[j]:
                            return False
                        labels[j] = asking[i] + points[k]
                        raised_by[j] = NOBODY
        n_queued = 0
        for j in range(n_placements):
            if first[j + 1] > first[j]:
                queue[n_queued] = j
                queued[j] = True
                n_queued += 1
        if not settle(graph, first, seated, spare, labels, queue, queued, raised_by, n_queued):
            return False
        for i in range(match.size):
            if match[i] >= 0 and labels[placement[match[i]]] - points[match[i]] > asking[i]:
                return False
    return True


@compiled(
    NUMBER_AND_INT32,
    READ_INT64,
    READ_INT32,
    READ_INT32,
    READ_BOOL,
    READ_INT32,
    READ_INT32,
)
def find_more_people(
    starts: IntArray,
    placement: Int32Array,
    match: Int32Array,
    spare: BoolArray,
    tier: Int32Array,
    first_first: Int32Array,
) -> tuple[int, Int32Array]:
    """
    Look for exchanges that place one more candidate, or one of an earlier tier for a later one.

    The sets of people that can be placed together form a matroid, so where no single exchange
    serves the order of tiers better, no plan does.

    Parameters
    ----------
    starts, placement, match, spare
        The pairs and the plan, as in ``raise_labels``.
    tier
        Tier of each candidate, from 0, shape (n_candidates,).
    first_first
        Candidates in order of tier, the first tier first.

    Returns
    -------
    the last tier found to miss somebody, or ``NO_TIER``, and the pair by which each placement was
    reached, or -1.
    """
    n_placements = spare.size
    first, seated = seat(placement, match, n_placements)
    reached_by = np.full(n_placements, -1, np.int32)
    stack = np.empty(seated.size + 1, np.int32)
    unserved = NO_TIER
    for root in first_first:
        if match[root] >= 0:
            continue
        stack[0] = root
        height = 1
        while height > 0:
            height -= 1
            i = stack[height]
            for k in range(starts[i], starts[i + 1]):
                j = placement[k]
                if reached_by[j] >= 0:
                    continue
                reached_by[j] = k
                if spare[j]:
                    unserved = max(unserved, tier[root])
                for seat_number in range(first[j], first[j + 1]):
                    other = seated[seat_number]
                    if tier[other] > tier[root]:
                        unserved = max(unserved, tier[root])
                    stack[height] = other
                    height += 1
    return unserved, reached_by
