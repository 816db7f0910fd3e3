"""The least worth: what the cheapest chain of exchanges that gives somebody up would save."""

import numpy as np
from numba import types

from matcher.optimisation.assignment.arrays import Int32Array, IntArray
from matcher.optimisation.assignment.compiled import (
    GRAPH,
    INT32,
    INT64,
    READ_INT32,
    READ_INT64,
    compiled,
)
from matcher.optimisation.assignment.labels import Graph, seat

FAR = 2**62


@compiled(types.none, INT32, INT32, READ_INT64, types.int64)
def move_up(heap: Int32Array, place: Int32Array, distance: IntArray, x: int) -> None:
    """Move an entry of the heap up to where no parent is farther."""
    j = heap[x]
    while x > 0 and distance[heap[(x - 1) // 2]] > distance[j]:
        heap[x] = heap[(x - 1) // 2]
        place[heap[x]] = x
        x = (x - 1) // 2
    heap[x] = j
    place[j] = x


@compiled(types.none, INT32, INT32, READ_INT64, types.int64, types.int64)
def move_down(heap: Int32Array, place: Int32Array, distance: IntArray, x: int, size: int) -> None:
    """Move an entry of the heap down to where no child is nearer."""
    j = heap[x]
    while 2 * x + 1 < size:
        child = 2 * x + 1
        if child + 1 < size and distance[heap[child + 1]] < distance[heap[child]]:
            child += 1
        if distance[heap[child]] >= distance[j]:
            break
        heap[x] = heap[child]
        place[heap[x]] = x
        x = child
    heap[x] = j
    place[j] = x


@compiled(INT64, GRAPH, READ_INT64, READ_INT64, READ_INT64, READ_INT32, READ_INT32)
def lower_worth(
    graph: Graph,
    worth: IntArray,
    prices: IntArray,
    surplus: IntArray,
    tier: Int32Array,
    last_first: Int32Array,
) -> IntArray:
    """
    Return the least worth of each tier at which only plans that keep the order are best.

    Giving up one person of a tier must cost at least 1, whether an opening stays empty or somebody
    of a later tier comes in, who brings the worth of that tier. So from the last tier to the first,
    each worth falls by the length of the shortest chain from such a cause to one of its people.
    Lengths are what the exchanges on the chain lose against prices that prove the plan, hence never
    negative, and shortest paths are found as by Dijkstra (1959), only as far as they matter.

    Parameters
    ----------
    graph
        All pairs and the plan, as in ``raise_labels``.
    worth, prices, surplus
        A worth per candidate that keeps the order, and prices and surplus that prove the plan best
        with it.
    tier
        Tier of each candidate, from 0.
    last_first
        Candidates in order of tier, the last tier first.
    """
    starts, placement, points, match = graph
    n_placements = prices.size
    least = np.zeros(tier[last_first[0]] + 1, np.int64)
    first, seated = seat(placement, match, n_placements)
    distance = np.full(n_placements, FAR, np.int64)
    heap = np.empty(n_placements, np.int32)
    place = np.full(n_placements, -1, np.int32)
    size = 0
    # An opening may stay empty wherever somebody sits.
    for j in range(n_placements):
        if first[j + 1] > first[j]:
            distance[j] = prices[j] - 1
            heap[size] = j
            size += 1
            move_up(heap, place, distance, size - 1)
    begin = 0
    while begin < last_first.size:
        this_tier = tier[last_first[begin]]
        tier_worth = worth[last_first[begin]]
        end = begin
        shortest = tier_worth
        while end < last_first.size and tier[last_first[end]] == this_tier:
            i = last_first[end]
            if match[i] >= 0:
                shortest = min(shortest, distance[placement[match[i]]] + surplus[i])
            end += 1
        while size > 0 and distance[heap[0]] < shortest:
            j = heap[0]
            place[j] = -1
            size -= 1
            if size > 0:
                heap[0] = heap[size]
                move_down(heap, place, distance, 0, size)
            for seat_number in range(first[j], first[j + 1]):
                i = seated[seat_number]
                if tier[i] == this_tier:
                    shortest = min(shortest, distance[j] + surplus[i])
                so_far = distance[j] + surplus[i] - worth[i]
                for k in range(starts[i], starts[i + 1]):
                    other = placement[k]
                    length = so_far + prices[other] - points[k]
                    if length < distance[other] and first[other + 1] > first[other]:
                        distance[other] = length
                        if place[other] < 0:
                            heap[size] = other
                            place[other] = size
                            size += 1
                        move_up(heap, place, distance, place[other])
        least[this_tier] = tier_worth - shortest
        for position in range(begin, end):
            i = last_first[position]
            if match[i] < 0:
                so_far = shortest - 1 - worth[i]
                for k in range(starts[i], starts[i + 1]):
                    other = placement[k]
                    length = so_far + prices[other] - points[k]
                    if length < distance[other] and first[other + 1] > first[other]:
                        distance[other] = length
                        if place[other] < 0:
                            heap[size] = other
                            place[other] = size
                            size += 1
                        move_up(heap, place, distance, place[other])
        begin = end
    return least
