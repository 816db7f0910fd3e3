"""Ties: among all plans that are equally good, the one with the lowest total of ``tie``."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from matcher.errors import SolverFailed
from matcher.optimisation.assignment.arrays import (
    BoolArray,
    Int32Array,
    IntArray,
    Problem,
)
from matcher.optimisation.assignment.compiled import INT32, READ_INT32, READ_INT64, compiled
from matcher.optimisation.assignment.flow import check_status, renumber

# What the solver can take: flow.LARGEST_SCALED_COST is a little above this many bits.
COST_BITS = 61
HASH_BITS = 24
# Room for the solver's own sums along paths; it says when they pass 64 bits, then there is more.
SPARE_BITS = (8, 16, 24)


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
    fixed = np.bincount(places[kept & ~movable], minlength=problem.n_placements)
    pairs, people, places, kept = (each[movable] for each in (pairs, people, places, kept))
    if kept.all():
        return match
    free_people = (group[: problem.n_candidates] == hub) & (surplus == 0)
    free_places = (group[problem.n_candidates : -1] == hub) & (prices == 0)
    exchanges = Exchanges(
        people=people,
        places=places,
        kept=kept,
        free_people=free_people,
        free_places=free_places,
        room=problem.openings - fixed,
    )
    hashes = hash_pairs(people, places, seed)
    may_vary = bool(free_people[people].any() and free_places[places].any())
    for spare_bits in SPARE_BITS:
        costs = tie_costs(
            np.zeros(pairs.size, np.int64) if tie is None else tie[pairs],
            hashes,
            people_bits=match.size.bit_length(),
            room=COST_BITS - spare_bits - (match.size + problem.n_placements).bit_length(),
            more_people=may_vary and not worth.any(),
        )
        taken = cheapest_exchanges(exchanges, costs)
        if taken is not None:
            settled = match.copy()
            settled[people] = -1
            settled[people[taken]] = pairs[taken]
            return settled
    raise SolverFailed("The ties cannot be settled within the numbers that the flow can add up.")


@dataclass(frozen=True)
class Exchanges:
    """
    The pairs that can change without any loss, and what limits them.

    Parameters
    ----------
    people, places, kept
        Candidate and placement of each such pair, and whether the plan holds it.
    free_people, free_places
        Which candidates may also stay without, shape (n_candidates,), and which placements may
        also have openings left, shape (n_placements,).
    room
        Openings that the pairs that cannot change leave, shape (n_placements,).
    """

    people: Int32Array
    places: Int32Array
    kept: BoolArray
    free_people: BoolArray
    free_places: BoolArray
    room: IntArray


def cheapest_exchanges(exchanges: Exchanges, costs: IntArray) -> BoolArray | None:
    """Return which pairs to take for the lowest total cost; None if the costs are too large."""
    people, places = exchanges.people, exchanges.places
    person, n_people = renumber(people, exchanges.free_people.size)
    place, n_places = renumber(places, exchanges.free_places.size)
    hub = n_people + n_places
    bound_people = people[exchanges.kept & ~exchanges.free_people[people]]
    bound_places = places[exchanges.kept & ~exchanges.free_places[places]]
    supply = np.zeros(hub + 1, np.int64)
    supply[person[bound_people]] = 1
    supply[n_people:hub] -= np.bincount(place[bound_places], minlength=n_places)
    supply[hub] = -supply.sum()
    solver = min_cost_flow.SimpleMinCostFlow()
    arcs = add_arcs(solver, person[people], n_people + place[places], 1, costs)
    free = np.flatnonzero(exchanges.free_people & (person >= 0))
    add_arcs(solver, np.full(free.size, hub), person[free], 1, 0)
    free = np.flatnonzero(exchanges.free_places & (place >= 0))
    add_arcs(solver, n_people + place[free], np.full(free.size, hub), exchanges.room[free], 0)
    solver.set_nodes_supplies(np.arange(hub + 1), supply)
    status = solver.solve()
    if status == solver.BAD_COST_RANGE:
        return None
    check_status(solver, status)
    return np.asarray(solver.flows(arcs) > 0)


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
    tie: IntArray,
    hashes: NDArray[np.uint64],
    people_bits: int,
    room: int,
    more_people: bool,
) -> IntArray:
    """
    Return costs whose lowest total is the lowest total of ties, then of hashes.

    The upper digits hold the tie, the lower ones the hash, with ``people_bits`` between them for
    the sum over all people. Ties that need more than ``room`` bits keep their upper ones.
    """
    if more_people:
        room = max(room - people_bits - 1, 1)
    lowest = np.uint64(int(tie.min()) % 2**64)
    above = tie.astype(np.uint64) - lowest
    tie_bits = int(above.max()).bit_length()
    hash_bits = min(HASH_BITS, room - tie_bits - people_bits)
    if hash_bits > 0:
        shifted = above << np.uint64(hash_bits + people_bits)
        costs = (shifted + (hashes >> np.uint64(64 - hash_bits))).astype(np.int64)
    else:
        costs = (above >> np.uint64(max(tie_bits - room, 0))).astype(np.int64)
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
