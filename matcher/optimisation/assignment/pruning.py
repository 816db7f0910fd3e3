"""Exact at any size: flow on the few pairs that an auction leaves, proved over all pairs."""

import numpy as np
from numba import types

from matcher.errors import SolverFailed
from matcher.optimisation.assignment.arrays import (
    BoolArray,
    Int32Array,
    IntArray,
    Problem,
)
from matcher.optimisation.assignment.auction import Guide
from matcher.optimisation.assignment.compiled import (
    BOOL,
    READ_INT32,
    READ_INT64,
    compiled,
)
from matcher.optimisation.assignment.flow import cheapest_flow
from matcher.optimisation.assignment.labels import NO_TIER, Graph, graph_of
from matcher.optimisation.assignment.prices import shadow_prices, surpluses
from matcher.optimisation.assignment.worth import (
    find_unserved_tier,
    smallest_worth,
    sufficient_worth,
)

# Pairs this many auction steps below a candidate's best are kept at first.
KEPT_STEPS = 16
MOST_ROUNDS = 6


def best_plan(
    problem: Problem, tier: Int32Array | None, worth: IntArray, kept: BoolArray
) -> Int32Array:
    """
    Return the best plan that uses only the pairs kept: position of each candidate's pair, or -1.

    With one tier flow places most people by itself, and is faster without any worth.
    """
    if tier is None:
        kept = kept & (problem.points >= 0)
    rows = np.flatnonzero(kept)
    people = problem.candidate[rows]
    gain = problem.points[rows]
    chosen = cheapest_flow(
        people,
        problem.placement[rows],
        gain + worth[people] if has_order(tier) else gain,
        problem.openings,
        problem.n_candidates,
        most_people=tier is not None,
    )
    match = np.full(problem.n_candidates, -1, np.int32)
    match[people[chosen]] = rows[chosen]
    return match


def has_order(tier: Int32Array | None) -> bool:
    """Say whether there is more than one tier."""
    return tier is not None and int(tier.max(initial=0)) > 0


def openings_left(problem: Problem, match: Int32Array) -> BoolArray:
    """Say which placements have openings left."""
    taken = np.bincount(problem.placement[match[match >= 0]], minlength=problem.n_placements)
    return np.asarray(taken < problem.openings)


def solve_whole(problem: Problem, tier: Int32Array | None) -> tuple[Int32Array, IntArray, IntArray]:
    """Return the best plan, its least worth and lowest prices, by one flow over all pairs."""
    worth = sufficient_worth(problem, tier)
    match = best_plan(problem, tier, worth, np.ones(problem.n_pairs, np.bool_))
    spare = openings_left(problem, match)
    worth, prices = least_worth_and_prices(problem, tier, match, worth, spare)
    return match, worth, prices


def least_worth_and_prices(
    problem: Problem,
    tier: Int32Array | None,
    match: Int32Array,
    worth: IntArray,
    spare: BoolArray,
    few: Graph | None = None,
) -> tuple[IntArray, IntArray]:
    """
    Return the least worth and the lowest prices of a plan, from any worth that keeps the order.

    Raises
    ------
    SolverFailed
        The plan is not the best one.
    """
    prices = shadow_prices(problem, worth, match, spare, few)
    if tier is None:
        return worth, prices
    worth = smallest_worth(problem, tier, match, worth, prices)
    return worth, shadow_prices(problem, worth, match, spare, few)


def solve_pruned(
    problem: Problem, tier: Int32Array | None, guide: Guide
) -> tuple[Int32Array, IntArray, IntArray] | None:
    """
    Return the same as ``solve_whole``, from a guide; None where the guide does not lead there.

    Flow over the kept pairs gives a plan; the labels over all pairs prove it, or end in a circle.
    Then the pairs worth more than the plan's surplus and price are added, and flow runs again.
    """
    kept = near_best(
        problem.starts,
        problem.placement,
        problem.points,
        guide.worth,
        guide.prices,
        guide.scale,
        KEPT_STEPS * guide.step,
    )
    sufficient = sufficient_worth(problem, tier)
    flow_worth = guide.worth if has_order(tier) else sufficient
    for _ in range(MOST_ROUNDS):
        match = best_plan(problem, tier, flow_worth, kept)
        spare = openings_left(problem, match)
        few, rows = restricted(problem, kept)
        few_match = np.full_like(match, -1)
        placed = match >= 0
        few_match[placed] = np.searchsorted(rows, match[placed])
        served = True
        if tier is not None:
            unserved, better = find_unserved_tier(problem, tier, match, spare)
            served = unserved == NO_TIER
            if not served:
                kept[better] = True
            if not served and flow_worth is not sufficient:
                # The worth of the auction was not enough here; what is enough makes flow slower.
                flow_worth = sufficient
                continue
        if served:
            first = graph_of(few, few_match)
            try:
                return match, *least_worth_and_prices(
                    problem, tier, match, sufficient, spare, first
                )
            except SolverFailed:
                pass
        worth, prices = least_worth_and_prices(few, tier, few_match, sufficient, spare)
        surplus = surpluses(few.starts, few.placement, few.points, worth, prices)
        kept |= above(problem, worth, prices, surplus)
    return None


def above(problem: Problem, worth: IntArray, prices: IntArray, surplus: IntArray) -> BoolArray:
    """Say which pairs are worth more than surplus and price."""
    who = problem.candidate
    return np.asarray(problem.points + worth[who] > surplus[who] + prices[problem.placement])


def restricted(problem: Problem, kept: BoolArray) -> tuple[Problem, IntArray]:
    """Return the problem with only some of its pairs, and their positions among all."""
    rows = np.flatnonzero(kept)
    candidate = problem.candidate[rows]
    starts = np.zeros(problem.n_candidates + 1, np.int64)
    np.cumsum(np.bincount(candidate, minlength=problem.n_candidates), out=starts[1:])
    few = Problem(
        starts=starts,
        candidate=candidate,
        placement=problem.placement[rows],
        points=problem.points[rows],
        openings=problem.openings,
        order=None,
    )
    return few, rows


@compiled(
    BOOL,
    READ_INT64,
    READ_INT32,
    READ_INT64,
    READ_INT64,
    READ_INT64,
    types.int64,
    types.int64,
)
def near_best(
    starts: IntArray,
    placement: Int32Array,
    points: IntArray,
    worth: IntArray,
    prices: IntArray,
    scale: int,
    margin: int,
) -> BoolArray:
    """Say which pairs are at most ``margin`` below the best a candidate can have."""
    kept = np.empty(placement.size, np.bool_)
    for i in range(worth.size):
        best = -worth[i] * scale
        for k in range(starts[i], starts[i + 1]):
            best = max(best, points[k] * scale - prices[placement[k]])
        for k in range(starts[i], starts[i + 1]):
            kept[k] = points[k] * scale - prices[placement[k]] >= best - margin
    return kept
