"""The array door: the best plan, with limits or without."""

from collections.abc import Callable
from dataclasses import replace
from time import monotonic

import numpy as np
from numpy.typing import ArrayLike

from matcher.optimisation.assignment import solving
from matcher.optimisation.assignment.arrays import Outcome, Pairs, arrange, whole_numbers
from matcher.optimisation.assignment.conditions import Logic, arrange_logic
from matcher.optimisation.assignment.limits import Limits, arrange_limits
from matcher.optimisation.assignment.worth import rank_tiers


def assign(
    pairs: Pairs,
    openings: ArrayLike,
    *,
    n_candidates: int,
    tiers: ArrayLike | None = None,
    most_first: bool = True,
    limits: Limits | None = None,
    logic: Logic | None = None,
    tie: ArrayLike | None = None,
    time_limit_seconds: float | None = None,
    relative_gap: float = 0.0,
    seed: int = 0,
    progress: Callable[[str, int, int], None] | None = None,
) -> Outcome:
    """
    Choose pairs, each candidate at most one and each placement at most its openings, and prove it.

    The order of goals: as many people of the first tier as possible, then of the second, and so
    on; with ``most_first`` as many people as possible; then the highest total of points.

    Without limits the answer is exact whatever its size (``solving.assign``). Limits may change
    nothing, or nest with openings and people as plain counts: then it is exact too, by flow. Other
    limits over few pairs are settled exactly, one goal after the other; over many pairs the value
    is searched for, with a worth large against points but not so large that it keeps the order of
    goals come what may, and the outcome says how far it is proved.

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
        negative points is only chosen where a floor asks for it.
    limits
        What pairs use up beside openings, or None.
    logic
        Teams, people apart and people together, or None. Where the best plan without them does not
        keep to them, CP-SAT looks among the pairs that can still matter; the prices are then just
        some that bound every plan, and ties are left to the search.
    tie
        Decides between equally good plans: the lowest total, shape (n_pairs,), int64; without it a
        hash of the row numbers. Limits that change the plan leave that choice to the search.
    time_limit_seconds
        Wall-clock time for the search; steps that cannot be stopped from within may end later.
    relative_gap
        With more than 0, a plan proved to be this near the best is good enough.
    seed
        Stirs the hash for ties and the search.
    progress
        Called during a search of limits with the phase ``limits``, milliseconds that have gone by
        and those there are (0 without a time limit); what it raises stops the search.

    Raises
    ------
    SnapshotError
        The arrays break their promise; the message names the array, the value and its position.
    SolverFailed
        No usable answer came, or its certificate does not close; with floors also where no plan
        that meets them was found in time.
    """
    started = monotonic()
    outcome = solving.assign(
        pairs,
        openings,
        n_candidates=n_candidates,
        tiers=tiers,
        most_first=most_first,
        tie=tie,
        time_limit_seconds=time_limit_seconds,
        relative_gap=relative_gap if limits is None and not logic else 0.0,
        seed=seed,
    )
    if limits is None and not logic:
        return outcome
    # Only who has limits waits for SciPy's optimisers and the loops that go with them.
    from matcher.optimisation.assignment.limited import Task, solve_within_limits

    problem = arrange(pairs, openings, n_candidates)
    ties = np.zeros(len(pairs), np.int64) if tie is None else whole_numbers("tie", tie, np.int64)
    task = Task(
        problem=problem,
        tier=rank_tiers(tiers, most_first, n_candidates),
        tie=problem.sorted(ties),
        rows=arrange_limits(limits or NO_LIMITS, problem),
        free=outcome,
        deadline=None if time_limit_seconds is None else started + time_limit_seconds,
        relative_gap=relative_gap,
        seed=seed,
        progress=progress,
    )
    if not logic:
        return solve_within_limits(task)
    # Half of the time for limits alone, what is left for limits and logic together.
    half = None if time_limit_seconds is None else started + time_limit_seconds / 2
    within = outcome if limits is None else solve_within_limits(replace(task, deadline=half))
    from matcher.optimisation.assignment.logic import solve_with_logic

    given = whole_numbers("openings", openings, np.int64)
    return solve_with_logic(task, arrange_logic(logic, problem, given), within)


_NONE = np.zeros(0, np.int32)
NO_LIMITS = Limits(_NONE, _NONE, np.zeros(0, np.int64), np.zeros(0, np.int64))
