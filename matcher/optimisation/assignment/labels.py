"""
Longest paths over exchanges: who would move where if a placement took somebody else.

One label per placement. A candidate with a placement hands its label on: it would ask
``label - points`` to leave, so every other placement in its pairs is worth at least that plus the
points there. Prices and worth are both the least labels that no pair can raise any more.
"""

import numpy as np
from numba import types

from matcher.optimisation.assignment.arrays import BoolArray, Int32Array, IntArray
from matcher.optimisation.assignment.compiled import (
    BOOL,
    INT32,
    INT64,
    READ_BOOL,
    READ_INT32,
    READ_INT64,
    compiled,
)

NOBODY = -1


@compiled(types.UniTuple(INT32, 2), READ_INT32, READ_INT32, types.int64)
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


@compiled(
    types.boolean,
    READ_INT64,
    READ_INT32,
    READ_INT64,
    READ_INT32,
    READ_INT32,
    READ_INT32,
    READ_BOOL,
    INT64,
    INT32,
    BOOL,
    INT32,
    types.int64,
)
def settle(
    starts: IntArray,
    placement: Int32Array,
    points: IntArray,
    match: Int32Array,
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
    n_placements = labels.size
    seen = np.empty(n_placements, np.int32)
    head = 0
    tail = n_queued % n_placements if n_placements > 0 else 0
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


@compiled(
    types.boolean,
    READ_INT64,
    READ_INT32,
    READ_INT64,
    READ_INT32,
    READ_BOOL,
    READ_INT64,
    INT64,
)
def raise_labels(
    starts: IntArray,
    placement: Int32Array,
    points: IntArray,
    match: Int32Array,
    spare: BoolArray,
    waiting: IntArray,
    labels: IntArray,
) -> bool:
    """
    Raise labels to the least fixed point above them, with all who wait asking ``waiting``.

    Parameters
    ----------
    starts, placement, points
        The pairs, as in ``Problem``.
    match
        Position of each candidate's chosen pair, or -1, shape (n_candidates,).
    spare
        Which placements have openings left; their labels must not rise, shape (n_placements,).
    waiting
        What each candidate without a placement asks, shape (n_candidates,).
    labels
        Where to start, changed in place, shape (n_placements,).

    Returns
    -------
    false if there is no fixed point: the plan is not the best one for these pairs.
    """
    n_placements = labels.size
    first, seated = seat(placement, match, n_placements)
    queue = np.empty(n_placements, np.int32)
    queued = np.zeros(n_placements, np.bool_)
    raised_by = np.full(n_placements, NOBODY, np.int32)
    for i in range(match.size):
        if match[i] < 0:
            for k in range(starts[i], starts[i + 1]):
                j = placement[k]
                if waiting[i] + points[k] > labels[j]:
                    if spare[j]:
                        return False
                    labels[j] = waiting[i] + points[k]
    n_queued = 0
    for j in range(n_placements):
        if first[j + 1] > first[j]:
            queue[n_queued] = j
            queued[j] = True
            n_queued += 1
    return settle(
        starts,
        placement,
        points,
        match,
        first,
        seated,
        spare,
        labels,
        queue,
        queued,
        raised_by,
        n_queued,
    )


@compiled(
    types.boolean,
    READ_INT64,
    READ_INT32,
    READ_INT64,
    READ_INT32,
    READ_BOOL,
    READ_INT32,
    READ_INT32,
    INT64,
    INT64,
)
def raise_worth(
    starts: IntArray,
    placement: Int32Array,
    points: IntArray,
    match: Int32Array,
    spare: BoolArray,
    tier: Int32Array,
    last_first: Int32Array,
    labels: IntArray,
    worth: IntArray,
) -> bool:
    """
    Find, from the last tier to the first, the least worth at which nobody of it is given up.

    A tier's worth must exceed what the plan gains in points when one of its people is left out:
    for nobody (an opening stays empty) or for somebody of a later tier, who brings the worth of
    that tier. Both are longest paths of exchanges, and labels only rise from tier to tier.

    Parameters
    ----------
    starts, placement, points, match, spare
        As in ``raise_labels``.
    tier
        Tier of each candidate, from 0, shape (n_candidates,).
    last_first
        Candidates in order of tier, the last tier first.
    labels
        Where to start, at least 1, changed in place, shape (n_placements,).
    worth
        Filled: the worth of each tier, shape (n_tiers,).

    Returns
    -------
    false if there is no such worth: the plan does not keep the order, or is not the best.
    """
    n_placements = labels.size
    first, seated = seat(placement, match, n_placements)
    queue = np.empty(n_placements, np.int32)
    queued = np.zeros(n_placements, np.bool_)
    raised_by = np.full(n_placements, NOBODY, np.int32)
    n_queued = 0
    for j in range(n_placements):
        if first[j + 1] > first[j]:
            queue[n_queued] = j
            queued[j] = True
            n_queued += 1
    begin = 0
    while begin < last_first.size:
        if not settle(
            starts,
            placement,
            points,
            match,
            first,
            seated,
            spare,
            labels,
            queue,
            queued,
            raised_by,
            n_queued,
        ):
            return False
        this_tier = tier[last_first[begin]]
        end = begin
        least = np.int64(0)
        while end < last_first.size and tier[last_first[end]] == this_tier:
            i = last_first[end]
            if match[i] >= 0:
                least = max(least, labels[placement[match[i]]] - points[match[i]])
            end += 1
        worth[this_tier] = least
        # Whoever waits in this tier may take the place of an earlier one only at a loss of 1.
        n_queued = 0
        for position in range(begin, end):
            i = last_first[position]
            if match[i] < 0:
                for k in range(starts[i], starts[i + 1]):
                    j = placement[k]
                    if least + 1 + points[k] > labels[j]:
                        if spare[j]:
                            return False
                        labels[j] = least + 1 + points[k]
                        raised_by[j] = NOBODY
                        if not queued[j]:
                            queue[n_queued] = j
                            queued[j] = True
                            n_queued += 1
        begin = end
    return True


@compiled(
    types.Tuple((types.boolean, INT32)),
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
) -> tuple[bool, Int32Array]:
    """
    Look for exchanges that place one more candidate, or one of an earlier tier for a later one.

    The sets of people that can be placed together form a matroid, so where no single exchange
    serves the order of tiers better, no plan does.

    Parameters
    ----------
    starts, placement, match, spare, tier
        As in ``raise_worth``.
    first_first
        Candidates in order of tier, the first tier first.

    Returns
    -------
    whether there is such an exchange, and the pair by which each placement was reached, or -1.
    """
    n_placements = spare.size
    first, seated = seat(placement, match, n_placements)
    reached_by = np.full(n_placements, -1, np.int32)
    stack = np.empty(seated.size + 1, np.int32)
    found = False
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
                    found = True
                for seat_number in range(first[j], first[j + 1]):
                    other = seated[seat_number]
                    if tier[other] > tier[root]:
                        found = True
                    stack[height] = other
                    height += 1
    return found, reached_by
