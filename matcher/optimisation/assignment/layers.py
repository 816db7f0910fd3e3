"""Limits that nest: further layers of arcs in the flow, and the prices and rates that prove it."""

from dataclasses import dataclass

import numpy as np
from numba import types
from ortools.graph.python import min_cost_flow

from matcher.errors import SolverFailed
from matcher.optimisation.assignment.arrays import BoolArray, Int32Array, IntArray, Problem
from matcher.optimisation.assignment.compiled import INT64, READ_INT32, READ_INT64, compiled
from matcher.optimisation.assignment.flow import LARGEST_SCALED_COST, check_cost, check_status
from matcher.optimisation.assignment.nesting import ROOT, Tree
from matcher.optimisation.assignment.ordering import goals_of
from matcher.optimisation.assignment.worth import sufficient_worth

UNREACHED = -(2**61)


@dataclass(frozen=True)
class Layered:
    """
    The best plan, what placing a candidate counts, and its proof per person and per group.

    ``price_of_group`` holds what one more person in each group is worth, first the groups of
    placements, then those of candidates.
    """

    match: Int32Array
    worth: IntArray
    prices: IntArray
    surplus: IntArray
    price_of_group: IntArray


@dataclass(frozen=True)
class Layers:
    """Arcs from the source by way of groups, candidates, placements and groups to the sink."""

    tails: Int32Array
    heads: Int32Array
    most: IntArray
    first_group_arc: int
    n_nodes: int

    @property
    def hub(self) -> int:
        """The source; as what comes out must go in, it is the sink too."""
        return self.n_nodes - 1


def layers_of(problem: Problem, places: Tree, people: Tree) -> Layers:
    """Return all arcs: pairs, one placement each, openings, groups of either side."""
    n, m = problem.n_candidates, problem.n_placements
    first_place, first_people = n + m, n + m + places.most.size
    hub = first_people + people.most.size

    def above(group: Int32Array, first: int) -> Int32Array:
        return np.where(group == ROOT, hub, first + group).astype(np.int32)

    everybody, everywhere = np.arange(n, dtype=np.int32), n + np.arange(m, dtype=np.int32)
    place_groups = first_place + np.arange(places.most.size, dtype=np.int32)
    people_groups = first_people + np.arange(people.most.size, dtype=np.int32)
    tails = [
        problem.candidate,
        above(people.group, first_people),
        everywhere,
        place_groups,
        above(people.parent, first_people),
    ]
    heads = [
        (n + problem.placement).astype(np.int32),
        everybody,
        above(places.group, first_place),
        above(places.parent, first_place),
        people_groups,
    ]
    most = [
        np.ones(problem.n_pairs, np.int64),
        np.ones(n, np.int64),
        problem.openings,
        np.minimum(places.most, n),
        np.minimum(people.most, n),
    ]
    return Layers(
        tails=np.concatenate(tails),
        heads=np.concatenate(heads),
        most=np.concatenate(most),
        first_group_arc=problem.n_pairs + n + m,
        n_nodes=hub + 1,
    )


def solve_layers(
    problem: Problem, tier: Int32Array | None, places: Tree, people: Tree
) -> Layered | None:
    """
    Return the best plan within groups by one flow; None where its numbers would be too large.

    With groups of placements alone the sets of people that can be placed together still form a
    matroid, so the worth without limits is enough and most people come of themselves. Groups of
    people break that; then each tier outweighs all later ones.

    Raises
    ------
    SolverFailed
        The flow ends without an optimum, or its prices do not prove it.
    """
    layers = layers_of(problem, places, people)
    most_people = tier is not None
    if tier is None or people.most.size == 0:
        worth = sufficient_worth(problem, tier)
        flow_gain = problem.points + worth[problem.candidate]
    else:
        worth = goals_of(problem, tier).worth
        most_people = bool((tier == tier[0]).all())
        flow_gain = problem.points if most_people else problem.points + worth[problem.candidate]
        if int(np.abs(flow_gain).max()) * (layers.n_nodes + 5) >= LARGEST_SCALED_COST:
            return None
    chosen = flow_through(layers, flow_gain, problem.n_pairs, problem.n_candidates, most_people)
    return prove(problem, layers, worth, match_of(problem, chosen), places, people)


def solve_layers_by_value(
    problem: Problem, worth: IntArray, places: Tree, people: Tree
) -> Layered | None:
    """Return the plan of the highest value within groups; None where numbers are too large."""
    layers = layers_of(problem, places, people)
    gain = problem.points + worth[problem.candidate]
    if int(np.abs(gain).max()) * (layers.n_nodes + 5) >= LARGEST_SCALED_COST:
        return None
    chosen = flow_through(layers, gain, problem.n_pairs, problem.n_candidates, False)
    return prove(problem, layers, worth, match_of(problem, chosen), places, people)


def match_of(problem: Problem, chosen: BoolArray) -> Int32Array:
    """Return the position of each candidate's pair, or -1."""
    match = np.full(problem.n_candidates, -1, np.int32)
    match[problem.candidate[chosen]] = np.flatnonzero(chosen)
    return match


def flow_through(
    layers: Layers, gain: IntArray, n_pairs: int, n_candidates: int, most_people: bool
) -> BoolArray:
    """Return which pairs the best flow chooses."""
    source, sink = layers.hub, layers.hub + 1
    check_cost(gain, sink + 1)
    into_sink = layers.heads == layers.hub
    cost = np.zeros(layers.tails.size, np.int64)
    cost[:n_pairs] = -gain
    solver = min_cost_flow.SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(
        layers.tails, np.where(into_sink, sink, layers.heads).astype(np.int32), layers.most, cost
    )
    if not most_people:
        solver.add_arc_with_capacity_and_unit_cost(source, sink, n_candidates, 0)
    solver.set_node_supply(source, n_candidates)
    solver.set_node_supply(sink, -n_candidates)
    check_status(solver, solver.solve_max_flow_with_min_cost())
    return np.asarray(solver.flows(arcs[:n_pairs]) > 0, np.bool_)


def prove(
    problem: Problem,
    layers: Layers,
    worth: IntArray,
    match: Int32Array,
    places: Tree,
    people: Tree,
) -> Layered:
    """
    Return the lowest prices of openings and groups, which prove that nothing better exists.

    Raises
    ------
    SolverFailed
        There are none: the plan is not the best one.
    """
    n, m = problem.n_candidates, problem.n_placements
    placed = match >= 0
    gain = np.zeros(layers.tails.size, np.int64)
    gain[: problem.n_pairs] = problem.points + worth[problem.candidate]
    flow = np.zeros(layers.tails.size, np.int64)
    flow[match[placed]] = 1
    first = problem.n_pairs
    flow[first : first + n] = placed
    taken = np.bincount(problem.placement[match[placed]], minlength=m)
    flow[first + n : first + n + m] = taken
    flow[layers.first_group_arc :] = np.concatenate(
        [in_groups(places, taken), in_groups(people, placed.astype(np.int64))]
    )
    # One placement per person holds already, so a pair needs no limit of its own.
    most = layers.most.copy()
    most[:first] = 2
    level = np.full(layers.n_nodes, UNREACHED, np.int64)
    level[n : n + m + places.most.size] = 0
    level[layers.hub] = 0
    best = bool(raise_levels(layers.tails, layers.heads, gain, most, flow, level))
    each = np.maximum(level[layers.tails] + gain - level[layers.heads], 0)
    each[:first] = 0
    value = int(gain[match[placed]].sum())
    if not best or int((layers.most * each).sum()) != value:
        raise SolverFailed("The plan within nested limits is not proved by its prices.")
    return Layered(
        match=match,
        worth=worth,
        prices=each[first + n : first + n + m],
        surplus=each[first : first + n],
        price_of_group=each[layers.first_group_arc :],
    )


def in_groups(tree: Tree, people: IntArray) -> IntArray:
    """Return how many people are in each group, those of the groups within it included."""
    count = np.zeros(tree.most.size, np.int64)
    some = tree.group != ROOT
    np.add.at(count, tree.group[some], people[some])
    # A group stands after those it lies in.
    for group in range(count.size - 1, -1, -1):
        if tree.parent[group] != ROOT:
            count[tree.parent[group]] += count[group]
    return count


@compiled(types.boolean, READ_INT32, READ_INT32, READ_INT64, READ_INT64, READ_INT64, INT64)
def raise_levels(
    tails: Int32Array,
    heads: Int32Array,
    gain: IntArray,
    most: IntArray,
    flow: IntArray,
    level: IntArray,
) -> bool:
    """
    Raise levels to the longest paths from the hub, the last node; false if that never ends.

    Along an arc with room its head is at least as high as its tail and gain, along one with flow
    also the other way round (Bellman-Ford).
    """
    n_nodes = level.size
    fixed = level > UNREACHED
    changed = True
    rounds = 0
    while changed:
        changed = False
        for k in range(tails.size):
            a, b = tails[k], heads[k]
            if flow[k] < most[k] and level[a] > UNREACHED and level[a] + gain[k] > level[b]:
                level[b] = level[a] + gain[k]
                changed = True
            if flow[k] > 0 and level[b] > UNREACHED and level[b] - gain[k] > level[a]:
                level[a] = level[b] - gain[k]
                changed = True
        rounds += 1
        if level[n_nodes - 1] > 0 or rounds > n_nodes + 1:
            return False
    # Who can never be placed is low enough for every pair to be worth nothing more.
    for v in range(n_nodes):
        fixed[v] = level[v] > UNREACHED
        if not fixed[v]:
            level[v] = 0
    changed = True
    while changed:
        changed = False
        for k in range(tails.size):
            if not fixed[tails[k]] and level[heads[k]] - gain[k] < level[tails[k]]:
                level[tails[k]] = level[heads[k]] - gain[k]
                changed = True
    return True
