"""Shortest paths over arcs whose lengths are never negative, as far as they are asked for."""

from dataclasses import dataclass

import numpy as np
from numba import types
from numpy.typing import NDArray

from matcher.optimisation.assignment.arrays import Int32Array, IntArray, canonical_order
from matcher.optimisation.assignment.chains import FAR, move_down, move_up
from matcher.optimisation.assignment.compiled import (
    INT32,
    INT64,
    READ_INT32,
    READ_INT64,
    compiled,
)


@dataclass(frozen=True)
class Arcs:
    """
    Arcs that stand together by the node they leave.

    Parameters
    ----------
    starts
        The arcs of node ``v`` are ``starts[v]:starts[v + 1]``, shape (n_nodes + 1,).
    ends
        The node at the other end, shape (n_arcs,).
    length
        What the exchange loses, never negative, shape (n_arcs,).
    by
        The candidate who moves, or -1 for an opening, shape (n_arcs,).
    """

    starts: IntArray
    ends: Int32Array
    length: IntArray
    by: Int32Array


def by_tail(
    tails: Int32Array, heads: Int32Array, length: IntArray, by: NDArray[np.integer], n_nodes: int
) -> Arcs:
    """Return arcs sorted by tail, then head; equal ones as they came."""
    order = canonical_order(tails.astype(np.int32), heads.astype(np.int32), n_nodes, n_nodes)
    starts = np.zeros(n_nodes + 1, np.int64)
    np.cumsum(np.bincount(tails, minlength=n_nodes), out=starts[1:])
    return Arcs(
        starts=starts,
        ends=heads[order].astype(np.int32),
        length=length[order],
        by=by[order].astype(np.int32),
    )


@dataclass(frozen=True)
class Tree:
    """
    Shortest paths from one root.

    Parameters
    ----------
    distance
        To each node, ``FAR`` where none is told, shape (n_nodes,).
    reached_by
        The arc that ends there, -1 at the root and where none is told, shape (n_nodes,).
    """

    distance: IntArray
    reached_by: Int32Array


def shortest_paths(arcs: Arcs, root: int) -> Tree:
    """Return the shortest paths from the root to every node."""
    unknown = np.full(arcs.starts.size - 1, FAR, np.int64)
    everywhere = np.arange(unknown.size, dtype=np.int32)
    return shorter_paths(
        arcs, root, unknown, everywhere, np.zeros(unknown.size, np.int64), unknown.size
    )


def shorter_paths(
    arcs: Arcs,
    root: int,
    known: IntArray,
    wanted_at: Int32Array,
    wanted_length: IntArray,
    most: int,
) -> Tree:
    """
    Return the shortest paths from the root that are shorter than those known already.

    Only as far as the ``most`` nearest of those wanted need, by whichever way is shorter, those
    equal to the last included.

    Parameters
    ----------
    known
        Length of a path that is known to each node, ``FAR`` for none, shape (n_nodes,). Never
        more than the known length of a node before it and the arc between: no shorter path leads
        through a node whose known one is the shortest.
    wanted_at, wanted_length
        Nodes asked for, and what is added to the distance there, each of shape (n_wanted,).
    """
    n_nodes = arcs.starts.size - 1
    distance = np.full(n_nodes, FAR, np.int64)
    reached_by = np.full(n_nodes, -1, np.int32)
    totals = np.minimum(known[wanted_at], FAR - wanted_length) + wanted_length
    walk(
        arcs.starts,
        arcs.ends,
        arcs.length,
        root,
        known,
        int(np.partition(totals, most - 1)[most - 1]),
        wanted_at,
        wanted_length,
        most,
        distance,
        reached_by,
    )
    return Tree(distance, reached_by)


@compiled(
    types.none,
    READ_INT64,
    READ_INT32,
    READ_INT64,
    types.int64,
    READ_INT64,
    types.int64,
    READ_INT32,
    READ_INT64,
    types.int64,
    INT64,
    INT32,
)
def walk(
    starts: IntArray,
    ends: Int32Array,
    length: IntArray,
    root: int,
    known: IntArray,
    last: int,
    wanted_at: Int32Array,
    wanted_length: IntArray,
    most: int,
    distance: IntArray,
    reached_by: Int32Array,
) -> None:
    """
    Find the paths shorter than those known (Dijkstra 1959), into ``distance`` and ``reached_by``.

    ``last`` is how far the last of the nearest wanted is at most.
    """
    n_nodes = distance.size
    first_wanted = np.full(n_nodes, -1, np.int32)
    next_wanted = np.empty(wanted_at.size, np.int32)
    for x in range(wanted_at.size):
        next_wanted[x] = first_wanted[wanted_at[x]]
        first_wanted[wanted_at[x]] = x
    nearest = np.full(most, FAR, np.int64)
    heap = np.empty(n_nodes, np.int32)
    place = np.full(n_nodes, -1, np.int32)
    distance[root] = 0
    heap[0] = root
    place[root] = 0
    size = 1
    left = wanted_at.size
    while size > 0 and left > 0 and min(last, nearest[most - 1]) >= distance[heap[0]]:
        v = heap[0]
        place[v] = -1
        size -= 1
        if size > 0:
            heap[0] = heap[size]
            move_down(heap, place, distance, 0, size)
        w = first_wanted[v]
        while w >= 0:
            total = distance[v] + wanted_length[w]
            if total < nearest[most - 1]:
                x = most - 1
                while x > 0 and nearest[x - 1] > total:
                    nearest[x] = nearest[x - 1]
                    x -= 1
                nearest[x] = total
            left -= 1
            w = next_wanted[w]
        for k in range(starts[v], starts[v + 1]):
            u = ends[k]
            far = distance[v] + length[k]
            if far < distance[u] and far < known[u]:
                distance[u] = far
                reached_by[u] = k
                if place[u] < 0:
                    heap[size] = u
                    place[u] = size
                    size += 1
                move_up(heap, place, distance, place[u])
    for x in range(size):
        distance[heap[x]] = FAR
