"""Limits exactly, for few pairs: one goal after the other, by branch and bound (HiGHS)."""

from dataclasses import dataclass
from math import ceil, floor, inf
from time import monotonic

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, vstack

from matcher.errors import OutOfTime, SolverFailed
from matcher.optimisation.assignment.arrays import Int32Array, IntArray, Problem
from matcher.optimisation.assignment.filling import fill
from matcher.optimisation.assignment.limits import Rows

OPTIMAL, STOPPED, INFEASIBLE = 0, 1, 2
# A bound in floating-point numbers may lie this much below a whole number that it means.
ROUNDING = 1e-4


@dataclass(frozen=True)
class Answer:
    """
    What branch and bound found.

    Parameters
    ----------
    match
        Position of each candidate's pair, or -1; None where no plan was found.
    proved
        Is this the best plan for every goal, in their order?
    infeasible
        Was it proved that there is no plan?
    """

    match: Int32Array | None
    proved: bool
    infeasible: bool = False


@dataclass(frozen=True)
class Model:
    """Rows over some of the pairs: each candidate once, openings, and the limits."""

    problem: Problem
    pairs: IntArray
    matrix: csr_array
    highest: IntArray

    @classmethod
    def of(
        cls, problem: Problem, rows: Rows, pairs: IntArray, fixed: Int32Array | None = None
    ) -> "Model":
        """
        Return the model over these pairs, beside those of a plan that stay as they are.

        Parameters
        ----------
        pairs
            Positions of the pairs that may be chosen, rising.
        fixed
            A plan whose pairs are chosen whatever comes, or None.
        """
        count, ones = pairs.size, np.ones(pairs.size, np.int64)
        columns = np.arange(count)
        people, who = np.unique(problem.candidate[pairs], return_inverse=True)
        places, where = np.unique(problem.placement[pairs], return_inverse=True)
        openings, capacity = problem.openings[places], rows.capacity
        if fixed is not None:
            taken = np.bincount(
                problem.placement[fixed[fixed >= 0]], minlength=problem.n_placements
            )
            openings, capacity = openings - taken[places], capacity - rows.used(fixed)
        matrix = vstack(
            [
                csr_array((ones, (who, columns)), shape=(people.size, count)),
                csr_array((ones, (where, columns)), shape=(places.size, count)),
                rows.use[:, pairs],
            ],
            format="csr",
        )
        highest = np.concatenate([np.ones(people.size, np.int64), openings, capacity])
        return cls(problem, pairs, matrix, highest)

    def at_least(self, gain: IntArray, total: int) -> "Model":
        """Return the model with one more row: at least this total of that gain."""
        row = csr_array(-gain[None, :])
        matrix = vstack([self.matrix, row], format="csr")
        return Model(self.problem, self.pairs, matrix, np.append(self.highest, -total))

    def maximise(
        self, gain: IntArray, seconds: float
    ) -> tuple[int, NDArray[np.intp] | None, int | None]:
        """
        Return status, the chosen ones among the model's pairs, and the best total that is possible.

        Parameters
        ----------
        gain
            What each of the model's pairs adds.
        seconds
            When to stop; the status then is ``STOPPED``, with a plan or without.
        """
        if self.pairs.size == 0:
            feasible = bool((self.highest >= 0).all())
            return (OPTIMAL, np.zeros(0, np.intp), 0) if feasible else (INFEASIBLE, None, None)
        # HiGHS lets a tolerance of 1e-6 pass; a plan is checked in whole numbers below.
        result = milp(
            -gain.astype(np.float64),
            integrality=np.ones(gain.size),
            bounds=Bounds(0, 1),
            constraints=LinearConstraint(self.matrix.astype(np.float64), -inf, self.highest),
            options={"time_limit": max(seconds, 0.01), "mip_rel_gap": 0.0},
        )
        if result.status == INFEASIBLE:
            return INFEASIBLE, None, None
        if result.status not in (OPTIMAL, STOPPED):
            raise SolverFailed(f"Branch and bound ended as {result.status}: {result.message}")
        dual = result.mip_dual_bound
        best = None if dual is None or not np.isfinite(dual) else floor(-dual + ROUNDING)
        if result.x is None:
            return STOPPED, None, best
        chosen = np.flatnonzero(result.x > 0.5)
        x = np.zeros(gain.size, np.int64)
        x[chosen] = 1
        if (self.matrix @ x > self.highest).any():
            raise SolverFailed("Branch and bound gave a plan that breaks a limit when rounded.")
        if result.status == OPTIMAL:
            best = int(gain[chosen].sum())
        return int(result.status), chosen, best


def best_in_order(
    problem: Problem, rows: Rows, goals: list[IntArray], deadline: float | None
) -> Answer:
    """
    Return the best plan for the first goal, among those for the second, and so on.

    One goal after the other keeps the numbers small: no weight stands between people and points.

    Parameters
    ----------
    goals
        What each pair adds to each goal, each of shape (n_pairs,).
    deadline
        When to stop; the best plan so far is returned then.
    """
    model = Model.of(problem, rows, np.arange(problem.n_pairs))
    match: Int32Array | None = None
    for gain in goals:
        seconds = inf if deadline is None else deadline - monotonic()
        status, chosen, _ = model.maximise(gain, seconds)
        if status == INFEASIBLE and match is None:
            return Answer(None, proved=False, infeasible=True)
        if status == INFEASIBLE:
            raise SolverFailed("Branch and bound lost a plan that it had found before.")
        if chosen is not None:
            match = np.full(problem.n_candidates, -1, np.int32)
            match[problem.candidate[chosen]] = chosen
        if status == STOPPED or chosen is None:
            return Answer(match, proved=False)
        model = model.at_least(gain, int(gain[chosen].sum()))
    return Answer(match, proved=True)


def meet_floors(
    problem: Problem, rows: Rows, gain: IntArray, tie: IntArray, deadline: float | None
) -> Answer:
    """
    Return a plan that meets every floor, to search from, or that there is none.

    Best pair first does it, those who count for a floor before the others, or the same with what
    uses least of the limits first, or else branch and bound; where half of the time does not settle
    it, the answer has no plan.

    Parameters
    ----------
    gain, tie
        What each pair is worth, and which of two equally good ones goes first (the lower).
    """
    floors = rows.capacity < 0
    if not floors.any():
        return Answer(None, proved=False)
    counts = rows.only(floors).use.sum(axis=0) < 0
    share = rows.only(~floors).use.T @ (1 / np.maximum(rows.capacity[~floors], 1))
    for order in ([tie, -gain, ~counts], [tie, -gain, share, ~counts]):
        match = fill(problem, rows, np.lexsort(order))
        if match is not None:
            return Answer(match, proved=False)
    now = monotonic()
    try:
        match = some_plan(problem, rows, None if deadline is None else now + (deadline - now) / 2)
    except OutOfTime:
        return Answer(None, proved=False)
    return Answer(match, proved=False, infeasible=match is None)


def conflict_of(problem: Problem, rows: Rows, deadline: float | None) -> tuple[int, ...]:
    """
    Return resources that cannot be met together, and nothing can be left out of them.

    Rows are left out in ever smaller groups as long as no plan meets the others (a deletion
    filter, Chinneck 2008, "Feasibility and Infeasibility in Optimization"). Given are rows that no
    plan meets; floors, limits, openings and one placement per person are all reckoned with.

    Raises
    ------
    OutOfTime
        It was not settled in time.
    """
    kept = list(range(rows.n_rows))
    size = max(ceil(len(kept) / 2), 1)
    while True:
        at = 0
        while at < len(kept):
            fewer = kept[:at] + kept[at + size :]
            if some_plan(problem, rows.only(np.array(fewer, np.int64)), deadline) is None:
                kept = fewer
            else:
                at += size
        if size == 1:
            return tuple(kept)
        size = ceil(size / 2)


def some_plan(problem: Problem, rows: Rows, deadline: float | None) -> Int32Array | None:
    """
    Return any plan that meets these rows, position of each candidate's pair or -1; None if none.

    Raises
    ------
    OutOfTime
        It was not settled in time.
    """
    match = np.full(problem.n_candidates, -1, np.int32)
    if (rows.capacity >= 0).all():
        return match
    model = Model.of(problem, rows, np.arange(problem.n_pairs))
    seconds = inf if deadline is None else deadline - monotonic()
    status, chosen, _ = model.maximise(np.zeros(problem.n_pairs, np.int64), seconds)
    if status == INFEASIBLE:
        return None
    if chosen is None:
        raise OutOfTime(
            "Time ran out before it was settled which limits cannot be met together.\n"
            "Maybe give more time, or leave out floors."
        )
    match[problem.candidate[chosen]] = chosen
    return match
