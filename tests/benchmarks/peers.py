"""Other solvers of the same problem: referees in the tests, peers in the benchmarks."""

import numpy as np
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow
from scipy.sparse import coo_matrix, hstack, identity
from scipy.sparse.csgraph import min_weight_full_bipartite_matching

from tests.benchmarks.instances import Instance


def plain_flow(pool: Instance) -> tuple[int, int]:
    """Return people and points of OR-Tools' maximum flow of least cost, most people first."""
    solver, n, m = SimpleMinCostFlow(), pool.n_candidates, pool.openings.size
    pairs, source, sink = pool.pairs, n + m, n + m + 1
    for tails, heads, capacities, costs in (
        (pairs.candidate, n + pairs.placement, np.ones_like(pairs.points), -pairs.points),
        (np.full(n, source), np.arange(n), np.ones(n, np.int64), np.zeros(n, np.int64)),
        (n + np.arange(m), np.full(m, sink), pool.openings, np.zeros(m, np.int64)),
    ):
        solver.add_arcs_with_capacity_and_unit_cost(
            tails.astype(np.int32), heads.astype(np.int32), capacities, costs
        )
    solver.set_node_supply(source, n)
    solver.set_node_supply(sink, -n)
    if solver.solve_max_flow_with_min_cost() != solver.OPTIMAL:
        raise RuntimeError("The flow ended without an optimum.")
    return solver.maximum_flow(), -solver.optimal_cost()


def expanded_matching(pool: Instance, placed_worth: int) -> tuple[int, int]:
    """
    Return people and points of SciPy's matching, most people first if the worth is enough.

    Each opening becomes a column, and one more for each person who stays without; the matching
    takes no cost of 0, so staying without costs one more than the greatest gain.
    """
    pairs, n = pool.pairs, pool.n_candidates
    first = np.concatenate([[0], np.cumsum(pool.openings)])
    copies = pool.openings[pairs.placement]
    nth_copy = np.arange(copies.sum()) - np.repeat(np.cumsum(copies) - copies, copies)
    columns = np.repeat(first[pairs.placement], copies) + nth_copy
    gain = np.repeat(pairs.points, copies) + placed_worth
    idle = int(gain.max()) + 1
    shape = (n, int(first[-1]))
    costs = coo_matrix((idle - gain, (np.repeat(pairs.candidate, copies), columns)), shape).tocsr()
    with_idle = hstack([costs, idle * identity(n, np.int64)]).tocsr()
    who, where = min_weight_full_bipartite_matching(with_idle)
    placed = where < shape[1]
    total = int(costs[who[placed], where[placed]].sum())
    return int(placed.sum()), (idle - placed_worth) * int(placed.sum()) - total
