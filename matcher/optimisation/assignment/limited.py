"""Limits: which way to take is a fact of the data, found here."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from time import monotonic

import numpy as np

from matcher.errors import OutOfTime, SolverFailed
from matcher.optimisation.assignment.arrays import Int32Array, IntArray, Outcome, Problem
from matcher.optimisation.assignment.exact import best_in_order, conflict_of, meet_floors
from matcher.optimisation.assignment.layers import (
    Layered,
    solve_layers,
    solve_layers_by_value,
)
from matcher.optimisation.assignment.limits import Rows, out_of_reach
from matcher.optimisation.assignment.nesting import Tree, nest, nest_most
from matcher.optimisation.assignment.ordering import goals_of
from matcher.optimisation.assignment.rates import THOUSANDTHS, Rated, rated, solve_program
from matcher.optimisation.assignment.search import Search

# Up to this many pairs branch and bound settles one goal after the other, over all of them.
FEW_PAIRS = 3_000


@dataclass(frozen=True)
class Task:
    """
    What to solve, and how far.

    Parameters
    ----------
    problem, tier, tie, rows
        Pairs, tiers from 0 or None, ties and limits, all in the canonical order.
    free
        The outcome without limits.
    deadline, relative_gap, seed
        As for ``assign``; the deadline by the monotonic clock.
    progress
        As for ``assign``.
    """

    problem: Problem
    tier: Int32Array | None
    tie: IntArray
    rows: Rows
    free: Outcome
    deadline: float | None
    relative_gap: float
    seed: int
    progress: Callable[[str, int, int], None] | None = None

    @property
    def free_match(self) -> Int32Array:
        """Return the plan without limits: position of each candidate's pair, or -1."""
        positions = np.flatnonzero(self.problem.sorted(self.free.chosen)).astype(np.int32)
        match = np.full(self.problem.n_candidates, -1, np.int32)
        match[self.problem.candidate[positions]] = positions
        return match


@dataclass(frozen=True)
class Within:
    """A plan within limits and what is proved of it; ``in_order`` if it serves the goals best."""

    match: Int32Array
    worth: IntArray
    bound: int
    proof: Rated
    in_order: bool


def solve_within_limits(task: Task) -> Outcome:
    """
    Return the best plan within the limits, or the best found in time with its proved gap.

    The plan without limits is the best one if it keeps to them. Limits that nest are layers of a
    flow, whose plan is the best one too if it keeps to the rest. Other limits over few pairs are
    settled by branch and bound, over many by a search.

    Raises
    ------
    SnapshotError
        Points and tiers are too large for exact sums.
    OutOfTime
        No plan that meets every floor was found in time, nor proved impossible.
    """
    problem, rows = task.problem, task.rows
    if task.free.status == "optimal" and rows.kept_by(task.free_match):
        return replace(task.free, rates=np.zeros(rows.n_rows, np.int64))
    if problem.n_pairs == 0:
        # Without pairs only floors are broken, and each by itself.
        return infeasible(task, (int(np.argmax(rows.capacity < 0)),))
    missed = out_of_reach(problem, rows)
    if missed is not None:
        return infeasible(task, (missed,))
    trees = nest(problem, rows)
    layered = None if trees is None else solve_layers(problem, task.tier, *trees)
    if trees is not None and layered is not None:
        return outcome_of_layers(task, trees, layered)
    eased = flow_that_keeps_all(task)
    if eased is not None:
        return eased
    found = settle_few(task) if problem.n_pairs <= FEW_PAIRS else search_many(task)
    if found is None:
        return infeasible(task, conflict_of(problem, rows, task.deadline))
    return outcome_within(task, found)


def flow_that_keeps_all(task: Task) -> Outcome | None:
    """
    Return the best plan within the limits that nest, if it happens to keep to the others too.

    Nothing is better then: to leave limits out can only raise what is possible.
    """
    problem, rows = task.problem, task.rows
    places, people, left = nest_most(problem, rows)
    if left.size == rows.n_rows:
        return None
    layered = solve_layers(problem, task.tier, places, people)
    if layered is None or not rows.kept_by(layered.match):
        return None
    return outcome_of_layers(task, (places, people), layered)


def settle_few(task: Task) -> Within | None:
    """
    Return the best plan, one goal after the other; None where there is none.

    Where half of the time does not prove it, the rest is for the search.
    """
    problem, rows = task.problem, task.rows
    goals = goals_of(problem, task.tier)
    now, deadline = monotonic(), task.deadline
    halfway = None if deadline is None else now + (deadline - now) / 2
    answer = best_in_order(problem, rows, goals.adds, halfway)
    if answer.infeasible:
        return None
    if answer.match is None or not answer.proved:
        return search_many(task, answer.match)
    gain = problem.points + goals.worth[problem.candidate]
    program = solve_program(problem, gain, rows)
    proof = rated(problem, gain, rows, program.rates, program.prices)
    value = int(gain[answer.match[answer.match >= 0]].sum())
    return Within(answer.match, goals.worth, value, proof, in_order=True)


def search_many(task: Task, known: Int32Array | None = None) -> Within | None:
    """Return the best plan found by value, with its bound; None where there is no plan."""
    problem, rows = task.problem, task.rows
    worth = worth_by_value(problem, task.tier, task.free.worth)
    gain = problem.points + worth[problem.candidate]
    search = Search(problem, rows, gain, task.deadline, task.relative_gap, task.progress)
    if known is None:
        start = meet_floors(problem, rows, gain, task.tie, task.deadline)
        if start.infeasible:
            return None
        known = start.match
    search.offer(known)
    proof = search.run(task.tie, task.seed, what_nests(task, worth))
    if search.match is None:
        raise OutOfTime(OUT_OF_TIME)
    in_order = task.tier is None or serves_as_well(task, task.tier, search.match)
    return Within(search.match, worth, search.bound, proof, in_order)


def what_nests(task: Task, worth: IntArray) -> Callable[[IntArray], Rated | None] | None:
    """
    Return what the limits that nest prove once the others cost something; None if none nests.

    The function takes rates, of which it reads those of the limits that do not nest, and finds the
    best prices and rates of everything else by one flow.
    """
    problem, rows = task.problem, task.rows
    places, people, left = nest_most(problem, rows)
    if left.size == rows.n_rows:
        return None
    gain = problem.points + worth[problem.candidate]
    nothing = np.zeros(problem.n_candidates, np.int64)

    def prove(rates: IntArray) -> Rated | None:
        own = np.zeros(rows.n_rows, np.int64)
        own[left] = rates[left]
        costly = replace(problem, points=THOUSANDTHS * gain - rows.use.T @ own)
        layered = solve_layers_by_value(costly, nothing, places, people)
        if layered is None:
            return None
        resource = np.concatenate([places.resource, people.resource])
        # A group's pairs all use the same amount; rounded up, the rates still prove a bound.
        own[resource] = -(-layered.price_of_group // rows.use.data[rows.use.indptr[resource]])
        found = rated(problem, gain, rows, own, layered.prices)
        return replace(found, match=layered.match)

    return prove


OUT_OF_TIME = "No plan that meets every floor was found in time.\nMaybe give more time."


def serves_as_well(task: Task, tier: Int32Array, match: Int32Array) -> bool:
    """Say whether as many people of each tier are placed as without limits: no plan has more."""
    if task.free.status != "optimal":
        return False
    served, best = (np.bincount(tier[plan >= 0]) for plan in (match, task.free_match))
    return bool(np.array_equal(served, best))


def worth_by_value(problem: Problem, tier: Int32Array | None, worth: IntArray) -> IntArray:
    """
    Return a worth that seldom gives up a person for points, small enough for a telling gap.

    Over many pairs a worth that keeps the order whatever the limits would be so large that the gap
    said nothing: one person who cannot be proved to be left out would outweigh all points. So a
    person of one tier counts twice the span of points more than one of the next.
    """
    if tier is None:
        return worth
    span = int(problem.points.max()) - min(int(problem.points.min()), 0)
    before = int(tier.max()) + 1 - tier.astype(np.int64)
    return np.maximum(worth, before * (2 * span + 1))


def outcome_of_layers(task: Task, trees: tuple[Tree, Tree], layered: Layered) -> Outcome:
    """Return the outcome of a flow, with what one unit of each resource is worth."""
    proof = proof_of_layers(task, trees, layered)
    found = Within(layered.match, layered.worth, proof.bound, proof, in_order=True)
    return replace(outcome_within(task, found), method="flow")


def proof_of_layers(task: Task, trees: tuple[Tree, Tree], layered: Layered) -> Rated:
    """Return prices and rates of a flow."""
    problem, rows = task.problem, task.rows
    resource = np.concatenate([tree.resource for tree in trees])
    # A group's pairs all use the same amount; rounded up, the rates still prove the plan.
    amount = rows.use.data[rows.use.indptr[resource]]
    rates = np.zeros(rows.n_rows, np.int64)
    rates[resource] = -(-THOUSANDTHS * layered.price_of_group // amount)
    placed = layered.match >= 0
    positions = layered.match[placed]
    value = int(problem.points[positions].sum()) + int(layered.worth[placed].sum())
    gain = problem.points + layered.worth[problem.candidate]
    return Rated(
        prices=THOUSANDTHS * layered.prices,
        surplus=THOUSANDTHS * layered.surplus,
        rates=rates,
        profit=THOUSANDTHS * gain - rows.use.T @ rates,
        total=THOUSANDTHS * value,
        match=layered.match,
    )


def outcome_within(task: Task, found: Within) -> Outcome:
    """Return a plan with its totals, bound and gap, in the order in which the pairs were given."""
    problem = task.problem
    positions = found.match[found.match >= 0]
    chosen = np.zeros(problem.n_pairs, np.bool_)
    chosen[positions] = True
    points = int(problem.points[positions].sum())
    value = points + int(found.worth[found.match >= 0].sum())
    if found.bound < value:
        raise SolverFailed(f"The plan is worth {value}, more than its bound of {found.bound}.")
    if not task.rows.kept_by(found.match):
        raise SolverFailed("The plan found breaks a limit.")
    gap = (found.bound - value) / max(points, 1)
    status = "within_gap" if gap <= task.relative_gap else "time_limit"
    if found.bound == value and found.in_order:
        status = "optimal"
    return Outcome(
        chosen=problem.as_given(chosen),
        placed=int(positions.size),
        points=points,
        worth=found.worth,
        value=value,
        bound=found.bound,
        gap=gap,
        proved=gap <= task.relative_gap,
        status=status,
        prices=-(-found.proof.prices // THOUSANDTHS),
        surplus=-(-found.proof.surplus // THOUSANDTHS),
        rates=found.proof.rates,
        method="search",
    )


def infeasible(task: Task, conflict: tuple[int, ...]) -> Outcome:
    """Return that no plan meets these resources together."""
    return Outcome(
        chosen=np.zeros(task.problem.n_pairs, np.bool_),
        placed=0,
        points=0,
        worth=task.free.worth,
        value=0,
        bound=0,
        gap=0.0,
        proved=False,
        status="infeasible",
        prices=np.zeros(task.problem.n_placements, np.int64),
        surplus=np.zeros(task.problem.n_candidates, np.int64),
        rates=np.zeros(task.rows.n_rows, np.int64),
        conflict=conflict,
        method="search",
    )
