"""The array door: from pairs to a proved outcome."""

from dataclasses import replace
from math import isfinite
from time import monotonic

import numpy as np
from numpy.typing import ArrayLike

from matcher.errors import SnapshotError, SolverFailed
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
from matcher.optimisation.assignment.auction import Guide, can_be_held, hold_auction
from matcher.optimisation.assignment.greedy import best_pair_first
from matcher.optimisation.assignment.labels import NO_TIER
from matcher.optimisation.assignment.prices import bound_of, surpluses
from matcher.optimisation.assignment.pruning import openings_left, solve_pruned, solve_whole
from matcher.optimisation.assignment.ties import settle_ties
from matcher.optimisation.assignment.worth import (
    find_unserved_tier,
    rank_tiers,
    sufficient_worth,
)

# Below this many pairs one flow over all of them takes a few hundredths of a second.
FEW_PAIRS = 50_000


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
    """
    Choose pairs, each candidate at most one and each placement at most its openings, and prove it.

    The order of goals: as many people of the first tier as possible, then of the second, and so
    on; with ``most_first`` as many people as possible; then the highest total of points.

    The answer is exact whatever its size: an auction guides to the few pairs that can matter,
    min-cost flow solves those, and labels over all pairs prove that nothing better exists; where
    that does not close, flow takes all pairs.

    Parameters
    ----------
    pairs
        The eligible pairs, in any order, none twice.
    openings
        Openings per placement, from 0, shape (n_placements,), int64.
    n_candidates
        Number of candidates, those without any pair included.
    tiers
        Tier per candidate, 0 first, shape (n_candidates,); None for no tiers.
    most_first
        Most people before points. Without it and without tiers points alone count, and a pair with
        negative points is never chosen.
    tie
        Decides between equally good plans: the lowest total, shape (n_pairs,), int64. Without it a
        hash of the two row numbers decides.
    time_limit_seconds
        Wall-clock time for the search, not for the flow at its end, which cannot be stopped from
        within; who needs a hard limit stops the process. When time is out before that flow, the
        best plan so far is returned with its proved gap and the status ``time_limit``.
    relative_gap
        With more than 0, a plan proved to be this near the best is good enough.
    seed
        Stirs the hash for ties.

    Raises
    ------
    SnapshotError
        The arrays break their promise; the message names the array, the value and its position.
    SolverFailed
        The solver found no optimum, or its certificate does not close.
    """
    started = monotonic()
    if time_limit_seconds is not None and not time_limit_seconds >= 0:
        raise SnapshotError(f"time_limit_seconds is {time_limit_seconds}, expected 0 or more.")
    if not (isfinite(relative_gap) and relative_gap >= 0):
        raise SnapshotError(f"relative_gap is {relative_gap}, expected 0 or more.")
    problem = arrange(pairs, openings, n_candidates)
    tier = rank_tiers(tiers, most_first, n_candidates)
    if tie is not None:
        tie = whole_numbers("tie", tie, np.int64)
        check_length("tie", tie, len(pairs), "pairs.candidate")
        tie = problem.sorted(tie)
    sufficient = sufficient_worth(problem, tier)

    deadline = None if time_limit_seconds is None else started + time_limit_seconds
    guide = None
    if deadline is not None and monotonic() >= deadline:
        return unfinished(problem, tier, tie, sufficient, None, relative_gap)
    if problem.n_pairs > FEW_PAIRS and can_be_held(problem):
        guide = hold_auction(problem, tier, deadline)
        out_of_time = deadline is not None and monotonic() >= deadline
        if out_of_time or relative_gap > 0:
            outcome = unfinished(problem, tier, tie, sufficient, guide, relative_gap)
            if out_of_time or outcome.proved:
                return outcome
    solved = solve_pruned(problem, tier, guide) if guide and guide.finished else None
    match, worth, prices = solved or solve_whole(problem, tier)
    surplus = surpluses(problem.starts, problem.placement, problem.points, worth, prices)
    match = settle_ties(problem, worth, prices, surplus, match, tie, seed)
    outcome = outcome_of(problem, match, worth, prices, surplus, "optimal", 0.0)
    if outcome.bound != outcome.value:
        raise SolverFailed(
            f"The certificate does not close: the plan is worth {outcome.value}, its prices "
            f"{outcome.bound}."
        )
    return outcome


def unfinished(
    problem: Problem,
    tier: Int32Array | None,
    tie: IntArray | None,
    worth: IntArray,
    guide: Guide | None,
    relative_gap: float,
) -> Outcome:
    """
    Return the better of the auction's plan and best pair first, with the gap that is proved.

    Any prices of at least 0 give a bound; those of the auction are near the best ones. Proved is
    only a plan that also serves the order of goals as well as any.
    """
    if tie is None:
        tie = np.zeros(problem.n_pairs, np.int64)
    match = best_pair_first(problem, tier, tie)
    prices = np.zeros(problem.n_placements, np.int64)
    served = False
    if guide is not None:
        prices = -(-guide.prices // guide.scale)
        served = True
        if tier is not None:
            spare = openings_left(problem, guide.match)
            served = find_unserved_tier(problem, tier, guide.match, spare)[0] == NO_TIER
        # The worth of the auction fits its prices, and is enough where no exchange serves better.
        worth = guide.worth if served else worth
        plans = [guide.match] if served and tier is not None else [guide.match, match]
        match = max(plans, key=lambda plan: total_value(problem, plan, worth))
    if problem.n_pairs > 0:
        # Where there are no openings a price costs nothing, and keeps everybody away.
        highest = max(int(problem.points.max()) + int(worth.max()), 0)
        prices = np.where(problem.openings == 0, highest, prices)
    surplus = surpluses(problem.starts, problem.placement, problem.points, worth, prices)
    outcome = outcome_of(problem, match, worth, prices, surplus, "time_limit", relative_gap)
    if served and outcome.gap <= relative_gap:
        return replace(outcome, status="within_gap")
    return replace(outcome, proved=False)


def total_value(problem: Problem, match: Int32Array, worth: IntArray) -> int:
    """Return the points of a plan and the worth of its people."""
    placed = match >= 0
    return int(problem.points[match[placed]].sum()) + int(worth[placed].sum())


def outcome_of(
    problem: Problem,
    match: Int32Array,
    worth: IntArray,
    prices: IntArray,
    surplus: IntArray,
    status: str,
    relative_gap: float,
) -> Outcome:
    """Return a plan with its totals, bound and gap, in the order in which the pairs were given."""
    positions = match[match >= 0]
    chosen = np.zeros(problem.n_pairs, np.bool_)
    chosen[positions] = True
    points = int(problem.points[positions].sum())
    value = total_value(problem, match, worth)
    bound = bound_of(surplus, problem.openings, prices)
    gap = (bound - value) / max(points, 1)
    return Outcome(
        chosen=problem.as_given(chosen),
        placed=int(positions.size),
        points=points,
        worth=worth,
        value=value,
        bound=bound,
        gap=gap,
        proved=gap <= relative_gap,
        status=status,
        prices=prices,
        surplus=surplus,
    )
