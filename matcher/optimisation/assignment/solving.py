"""The array door: from pairs to a proved outcome."""

import numpy as np
from numpy.typing import ArrayLike

from matcher.errors import SolverFailed
from matcher.optimisation.assignment.arrays import (
    Int32Array,
    IntArray,
    Outcome,
    Pairs,
    Problem,
    arrange,
    check_length,
    whole_numbers,
)
from matcher.optimisation.assignment.flow import cheapest_flow
from matcher.optimisation.assignment.prices import bound_of, shadow_prices, surpluses
from matcher.optimisation.assignment.ties import settle_ties
from matcher.optimisation.assignment.worth import rank_tiers, smallest_worth, sufficient_worth


def assign(
    pairs: Pairs,
    openings: ArrayLike,
    *,
    n_candidates: int,
    tiers: ArrayLike | None = None,
    most_first: bool = True,
    tie: ArrayLike | None = None,
    time_limit_seconds: float | None = None,
    relative_gap: float = 0.0,
    seed: int = 0,
) -> Outcome:
    problem = arrange(pairs, openings, n_candidates)
    tier = rank_tiers(tiers, most_first, n_candidates)
    if tie is not None:
        tie = whole_numbers("tie", tie, np.int64)
        check_length("tie", tie, len(pairs), "pairs.candidate")
        tie = problem.sorted(tie)
    worth = sufficient_worth(problem, tier)
    usable = np.flatnonzero(problem.points >= 0) if tier is None else np.arange(problem.n_pairs)
    chosen = cheapest_flow(
        problem.candidate[usable],
        problem.placement[usable],
        problem.points[usable] + worth[problem.candidate[usable]],
        problem.openings,
        n_candidates,
        most_people=tier is not None,
    )
    match = np.full(n_candidates, -1, np.int32)
    match[problem.candidate[usable[chosen]]] = usable[chosen]
    spare = openings_left(problem, match)
    worth = smallest_worth(problem, tier, match, spare)
    prices = shadow_prices(problem, worth, match, spare)
    surplus = surpluses(problem.starts, problem.placement, problem.points, worth, prices)
    match = settle_ties(problem, worth, prices, surplus, match, tie, seed)
    return outcome_of(problem, match, worth, prices, surplus)


def openings_left(problem: Problem, match: Int32Array) -> np.ndarray:
    taken = np.bincount(problem.placement[match[match >= 0]], minlength=problem.n_placements)
    return taken < problem.openings


def outcome_of(
    problem: Problem, match: Int32Array, worth: IntArray, prices: IntArray, surplus: IntArray
) -> Outcome:
    positions = match[match >= 0]
    chosen = np.zeros(problem.n_pairs, np.bool_)
    chosen[positions] = True
    points = int(problem.points[positions].sum())
    value = points + int(worth[match >= 0].sum())
    bound = bound_of(surplus, problem.openings, prices)
    if bound != value:
        raise SolverFailed(f"The certificate does not close: {value} of at most {bound}.")
    return Outcome(
        chosen=problem.as_given(chosen),
        placed=int(positions.size),
        points=points,
        worth=worth,
        value=value,
        bound=bound,
        gap=0.0,
        proved=True,
        status="optimal",
        prices=prices,
        surplus=surplus,
    )
