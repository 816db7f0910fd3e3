"""Openings as a min-cost flow: exact, and the referee of every faster way."""

from typing import NoReturn

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow

from matcher.errors import SnapshotError, SolverFailed
from matcher.optimisation.assignment.arrays import BoolArray, Int32Array, IntArray

# The solver adds two nodes, multiplies costs by nodes + 1 and refuses what passes 2**63 / 2.4 then
# (found by bisection on OR-Tools 9.15).
LARGEST_SCALED_COST = 38 * 10**17


def cheapest_flow(
    candidate: Int32Array,
    placement: Int32Array,
    gain: IntArray,
    openings: IntArray,
    n_candidates: int,
    most_people: bool,
) -> BoolArray:
    """
    Choose pairs for the highest total gain within the openings.

    Parameters
    ----------
    candidate, placement
        The pairs, each of shape (n_pairs,).
    gain
        What each pair adds, any sign, shape (n_pairs,).
    openings
        Openings per placement, shape (n_placements,).
    n_candidates
        Number of candidates.
    most_people
        Most people first, then gain; otherwise gain alone.

    Returns
    -------
    which pairs are chosen, shape (n_pairs,).

    Raises
    ------
    SnapshotError
        A gain is so large that the solver's scaled costs would overflow.
    SolverFailed
        The solver ends without an optimum.
    """
    if candidate.size == 0:
        return np.zeros(0, np.bool_)
    people, n_people = renumber(candidate, n_candidates)
    places, n_places = renumber(placement, openings.size)
    source, sink = n_people + n_places, n_people + n_places + 1
    check_cost(gain, sink + 1)
    used = np.flatnonzero(places >= 0)
    solver = min_cost_flow.SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(
        people[candidate],
        n_people + places[placement],
        np.ones(candidate.size, np.int64),
        -gain,
    )
    everybody = np.arange(n_people, dtype=np.int32)
    solver.add_arcs_with_capacity_and_unit_cost(
        np.full(n_people, source, np.int32),
        everybody,
        np.ones(n_people, np.int64),
        np.zeros(n_people, np.int64),
    )
    solver.add_arcs_with_capacity_and_unit_cost(
        n_people + np.arange(n_places, dtype=np.int32),
        np.full(n_places, sink, np.int32),
        np.minimum(openings[used], n_people),
        np.zeros(n_places, np.int64),
    )
    if not most_people:
        solver.add_arc_with_capacity_and_unit_cost(source, sink, n_people, 0)
    solver.set_node_supply(source, n_people)
    solver.set_node_supply(sink, -n_people)
    status = solver.solve_max_flow_with_min_cost()
    if status == solver.BAD_COST_RANGE:
        refuse_cost(gain, sink + 1)
    check_status(solver, status)
    return np.asarray(solver.flows(arcs) > 0, np.bool_)


def renumber(rows: Int32Array, n_rows: int) -> tuple[Int32Array, int]:
    """Return a number without gaps for each row that occurs, -1 for the others, and how many."""
    occurs = np.zeros(n_rows, np.bool_)
    occurs[rows] = True
    numbers = np.full(n_rows, -1, np.int32)
    n_occurring = int(occurs.sum())
    numbers[occurs] = np.arange(n_occurring, dtype=np.int32)
    return numbers, n_occurring


def check_cost(cost: IntArray, n_nodes: int) -> None:
    """Refuse a cost that the solver cannot scale, by its position."""
    largest = max(int(cost.max()), -int(cost.min()))
    if largest * (n_nodes + 3) >= LARGEST_SCALED_COST:
        refuse_cost(cost, n_nodes)


def refuse_cost(cost: IntArray, n_nodes: int) -> NoReturn:
    """Name the largest cost as the one that the solver cannot take."""
    row = int(np.argmax(np.maximum(cost, -cost)))
    raise SnapshotError(
        f"The pair at position {row} weighs {int(cost[row])}, worth included; with {n_nodes} "
        "people and placements the solver can take at most "
        f"{LARGEST_SCALED_COST // (n_nodes + 3)}.\n"
        "Maybe express the points in a coarser unit."
    )


def check_status(solver: min_cost_flow.SimpleMinCostFlow, status: NDArray[np.int_]) -> None:
    """Refuse every answer but a proved optimum."""
    if status != solver.OPTIMAL:
        raise SolverFailed(f"The min-cost flow ended as {status}, expected an optimum.")
