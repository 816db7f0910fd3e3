"""Ties: among all plans that are equally good, the one with the lowest total of ``tie``."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from matcher.optimisation.assignment.arrays import Int32Array, IntArray, Problem
from matcher.optimisation.assignment.compiled import INT32, READ_INT32, READ_INT64, compiled
from matcher.optimisation.assignment.flow import check_status, renumber

# What the solver can take: flow.LARGEST_SCALED_COST is a little above this many bits.
COST_BITS = 61
HASH_BITS = 24


def settle_ties(
    problem: Problem,
    worth: IntArray,
    prices: IntArray,
    surplus: IntArray,
    match: Int32Array,
    tie: IntArray | None,
    seed: int,
) -> Int32Array:
    """
    Return the plan with the lowest total of ``tie`` among all that are as good as this one.

    A plan is as good exactly when it uses only pairs worth surplus and price together, places
    everybody with a surplus and fills every placement with a price, whichever optimal prices these
    are (complementary slackness). Only what lies on a circle of such exchanges can change, so a
    second flow over those few pairs settles it. For points alone, more people go before lower
    ties. Where the totals are equal too, a hash of the two row numbers decides.

    Parameters
    ----------
    match
        Position of each candidate's pair in any best plan, or -1, shape (n_candidates,).
    tie
        Lower first, shape (n_pairs,); None leaves it to the hash.
    seed
        Stirs the hash.

    Returns
    -------
    position of each candidate's pair, or -1, shape (n_candidates,).
    """
    pairs = tight_pairs(problem.starts, problem.placement, problem.points, worth, prices, surplus)
    people, places = problem.candidate[pairs], problem.placement[pairs]
    kept = match[people] == pairs
    group, hub = exchange_groups(problem, people, places, kept, prices, surplus, match)
    movable = group[people] == group[problem.n_candidates + places]
    movable &= np.bincount(group, minlength=hub + 1)[group[people]] > 1
    fixed = np.bincount(places[kept & ~movable], minlength=problem.n_placements)
    pairs, people, places, kept = (each[movable] for each in (pairs, people, places, kept))
    if kept.all():
        return match
    free_people = (group[: problem.n_candidates] == hub) & (surplus == 0)
    free_places = (group[problem.n_candidates : -1] == hub) & (prices == 0)
    may_vary = bool(free_people[people].any() and free_places[places].any())
    person, n_people = renumber(people, problem.n_candidates)
    place, n_places = renumber(places, problem.n_placements)
    n_nodes = n_people + n_places + 1
    costs = tie_costs(
        None if tie is None else tie[pairs],
        hash_pairs(people, places, seed),
        n_people,
        n_nodes,
        more_people=may_vary and not worth.any(),
    )
    supply = np.zeros(n_nodes, np.int64)
    supply[person[np.unique(people[~free_people[people]])]] = 1
    demand = np.bincount(place[places[kept & ~free_places[places]]], minlength=n_places)
    supply[n_people:-1] -= demand
    supply[-1] = -supply.sum()
    solver = min_cost_flow.SimpleMinCostFlow()
    arcs = add_arcs(solver, person[people], n_people + place[places], 1, costs)
    some = np.flatnonzero(free_people & (person >= 0))
    add_arcs(solver, np.full(some.size, n_nodes - 1), person[some], 1, 0)
    some = np.flatnonzero(free_places & (place >= 0))
    room = problem.openings[some] - fixed[some]
    add_arcs(solver, n_people + place[some], np.full(some.size, n_nodes - 1), room, 0)
    solver.set_nodes_supplies(np.arange(n_nodes), supply)
    check_status(solver, solver.solve())
    taken = solver.flows(arcs) > 0
    settled = match.copy()
    settled[people] = -1
    settled[people[taken]] = pairs[taken]
    return settled


def exchange_groups(
    problem: Problem,
    people: Int32Array,
    places: Int32Array,
    kept: NDArray[np.bool_],
    prices: IntArray,
    surplus: IntArray,
    match: Int32Array,
) -> tuple[Int32Array, int]:
    """
    Return the group of each candidate, each placement and the hub, and the group of the hub.

    Within a group everything can be reached by exchanges that cost nothing. An arc says who may
    take what, or whom a placement may let go; the hub stands for staying without a placement and
    for openings that stay empty.
    """
    n, m = problem.n_candidates, problem.n_placements
    hub = n + m
    placed = match >= 0
    taken = np.bincount(problem.placement[match[placed]], minlength=m)
    nothing = surplus == 0
    takes = (people[~kept], n + places[~kept])
    lets_go = (n + places[kept], people[kept])
    ends: list[tuple[NDArray[Any], NDArray[Any]]] = [takes, lets_go]
    for rows, from_hub in (
        (np.flatnonzero(nothing & ~placed), True),
        (np.flatnonzero(nothing & placed), False),
        (n + np.flatnonzero((prices == 0) & (taken > 0)), True),
        (n + np.flatnonzero((prices == 0) & (taken < problem.openings)), False),
    ):
        at_hub = np.full(rows.size, hub)
        ends.append((at_hub, rows) if from_hub else (rows, at_hub))
    tails = np.concatenate([tail for tail, _ in ends])
    heads = np.concatenate([head for _, head in ends])
    arcs = coo_matrix((np.ones(tails.size, np.int8), (tails, heads)), shape=(hub + 1, hub + 1))
    group = connected_components(arcs, directed=True, connection="strong")[1]
    return group, int(group[hub])


def tie_costs(
    tie: IntArray | None,
    hashes: NDArray[np.uint64],
    n_people: int,
    n_nodes: int,
    more_people: bool,
) -> IntArray:
    """
    Return costs whose lowest total is the lowest total of ties, then of hashes.

    The upper digits hold the tie, the lower ones the hash, with room for the sum over all people
    between them. Ties that need more digits than the solver can add up keep their upper ones.
    """
    people_bits = n_people.bit_length()
    room = COST_BITS - (n_nodes + 3).bit_length()
    if more_people:
        room -= people_bits + 1
    if tie is None:
        tie = np.zeros(hashes.size, np.int64)
    above = tie.astype(np.uint64) - np.uint64(int(tie.min()) % 2**64)
    tie_bits = int(above.max()).bit_length()
    hash_bits = min(HASH_BITS, room - tie_bits - people_bits)
    if hash_bits > 0:
        shifted = above << np.uint64(hash_bits + people_bits)
        costs = shifted + (hashes >> np.uint64(64 - hash_bits))
    else:
        costs = above >> np.uint64(max(tie_bits - room, 0))
    costs = costs.astype(np.int64)
    if more_people:
        costs -= (int(costs.max()) + 1) << people_bits
    return costs


def hash_pairs(people: Int32Array, places: Int32Array, seed: int) -> NDArray[np.uint64]:
    """Return 64 well-mixed bits per pair (the finaliser of SplitMix64, Steele et al. 2014)."""
    mixed = people.astype(np.uint64) << np.uint64(32) | places.astype(np.uint64)
    mixed += np.uint64(seed * 0x9E3779B97F4A7C15 % 2**64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB), (31, 1)):
        mixed = (mixed ^ (mixed >> np.uint64(shift))) * np.uint64(factor)
    return mixed


def add_arcs(
    solver: min_cost_flow.SimpleMinCostFlow,
    tails: NDArray[Any],
    heads: NDArray[Any],
    capacity: IntArray | int,
    cost: IntArray | int,
) -> NDArray[Any]:
    """Add arcs from arrays, with one capacity or cost for all where that is enough."""
    count = tails.size
    arcs: NDArray[Any] = solver.add_arcs_with_capacity_and_unit_cost(
        tails.astype(np.int32),
        heads.astype(np.int32),
        np.broadcast_to(capacity, count).astype(np.int64),
        np.broadcast_to(cost, count).astype(np.int64),
    )
    return arcs


@compiled(INT32, READ_INT64, READ_INT32, READ_INT64, READ_INT64, READ_INT64, READ_INT64)
def tight_pairs(
    starts: IntArray,
    placement: Int32Array,
    points: IntArray,
    worth: IntArray,
    prices: IntArray,
    surplus: IntArray,
) -> Int32Array:
    """Return the positions of pairs that are worth exactly surplus and price together."""
    count = 0
    for fill in (False, True):
        if fill:
            positions = np.empty(count, np.int32)
            count = 0
        for i in range(worth.size):
            for k in range(starts[i], starts[i + 1]):
                if points[k] + worth[i] == surplus[i] + prices[placement[k]]:
                    if fill:
                        positions[count] = k
                    count += 1
    return positions
