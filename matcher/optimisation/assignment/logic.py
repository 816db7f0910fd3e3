"""
Teams, people apart and people together: CP-SAT on the pairs that can still matter.

Without these conditions the plan is a flow, whose prices say what every pair loses against the
best. A plan found on the way rules out all pairs that lose more than it does; on the rest CP-SAT
finds the least loss, and its own bound with that of the pairs left out proves how good it is.
"""

from dataclasses import replace
from time import monotonic

import numpy as np

from matcher.errors import OutOfTime
from matcher.optimisation.assignment import solving
from matcher.optimisation.assignment.arrays import (
    LARGEST_INT64,
    BoolArray,
    Int32Array,
    IntArray,
    Outcome,
    Pairs,
    Problem,
)
from matcher.optimisation.assignment.conditions import Conditions
from matcher.optimisation.assignment.cpsat import Departures, Model
from matcher.optimisation.assignment.diving import Dive, Start
from matcher.optimisation.assignment.limited import (
    FEW_PAIRS,
    Task,
    Within,
    infeasible,
    outcome_within,
    serves_as_well,
    worth_by_value,
)
from matcher.optimisation.assignment.limits import Rows
from matcher.optimisation.assignment.ordering import goals_of
from matcher.optimisation.assignment.pruning import restricted
from matcher.optimisation.assignment.rates import THOUSANDTHS, Rated, rated, solve_program

# CP-SAT looks at so many pairs at once; the others are left out by what they lose at least.
MOST_KEPT = 40_000
FIRST_KEPT = 6_000
# In the solver's own time, which is the same on every machine, so that the same plan comes out.
EFFORT = 60.0
STARTS: tuple[Start, ...] = ("fill", "close")


def solve_with_logic(task: Task, conditions: Conditions, relaxed: Outcome) -> Outcome:
    """
    Return the best plan that keeps to limits and conditions, or the best found with its gap.

    Parameters
    ----------
    task
        The problem with its limits; without limits its rows are empty.
    relaxed
        The outcome without the conditions; where it keeps to them it is the answer.

    Raises
    ------
    SnapshotError
        Points and tiers are too large for exact sums.
    OutOfTime
        No plan that has to take in pins was found in time.
    """
    if relaxed.status == "infeasible":
        return relaxed
    before = match_of(task.problem, relaxed)
    if relaxed.status in ("optimal", "within_gap") and conditions.kept_by(task.problem, before):
        return relaxed
    few = task.problem.n_pairs <= FEW_PAIRS
    worth = (
        goals_of(task.problem, task.tier).worth
        if few
        else worth_by_value(task.problem, task.tier, task.free.worth)
    )
    search = Search(task, conditions, worth, relaxed)
    search.run(before)
    match = search.found
    if match is None:
        if not search.impossible:
            raise OutOfTime(OUT_OF_TIME)
        conflict = rows_in_conflict(task, conditions, relaxed)
        return replace(infeasible(task, conflict), method="logic")
    in_order = few or task.tier is None or serves_as_well(task, task.tier, match)
    found = Within(match, worth, search.bound, search.proof, in_order)
    return replace(outcome_within(task, found), method="logic")


def rows_in_conflict(task: Task, conditions: Conditions, relaxed: Outcome) -> tuple[int, ...]:
    """
    Return limits that cannot be met beside the conditions, and none of which can be left out.

    None where the conditions have no plan by themselves. A deletion filter, as for limits alone.
    """
    kept = list(range(task.rows.n_rows))
    nothing = np.zeros_like(task.problem.points)
    for row in range(task.rows.n_rows):
        fewer = [each for each in kept if each != row]
        rows = task.rows.only(np.array(fewer, np.int64))
        less = replace(task, problem=replace(task.problem, points=nothing), rows=rows)
        search = Search(
            less,
            conditions,
            np.zeros(task.problem.n_candidates, np.int64),
            replace(relaxed, rates=np.zeros(rows.n_rows, np.int64)),
        )
        search.run(match_of(task.problem, relaxed))
        if search.impossible:
            kept = fewer
    return tuple(kept)


OUT_OF_TIME = "No plan that holds all pins was found in time.\nMaybe give more time."


def match_of(problem: Problem, outcome: Outcome) -> Int32Array:
    """Return the position of each candidate's pair in an outcome, or -1."""
    positions = np.flatnonzero(problem.sorted(outcome.chosen)).astype(np.int32)
    match = np.full(problem.n_candidates, -1, np.int32)
    match[problem.candidate[positions]] = positions
    return match


def renamed(match: Int32Array, names: IntArray) -> Int32Array:
    """Return a plan whose pairs have other names: that of each position, or -1."""
    found = np.full_like(match, -1)
    found[match >= 0] = names[match[match >= 0]]
    return found


class Search:
    """
    One search over the pairs that some plan can hold: the best plan so far, and the bound.

    ``problem`` has those pairs, ``positions`` says where they stand among all, ``gain`` is points
    and worth of each. ``proofs`` are prices that bound every plan: those of the flow without limits
    and conditions, and with limits also prices and rates together.
    """

    def __init__(
        self, task: Task, conditions: Conditions, worth: IntArray, relaxed: Outcome
    ) -> None:
        self.task, self.conditions = task, conditions
        self.problem, self.positions = restricted(task.problem, conditions.usable(task.problem))
        self.rows = Rows(task.rows.use[:, self.positions], task.rows.capacity)
        self.gain = self.problem.points + worth[self.problem.candidate]
        flow = self._flow()
        self.start = match_of(self.problem, flow)
        self.proofs = [self._proof_of(flow)]
        if self.rows.n_rows and self.problem.n_pairs:
            self.proofs.append(self._proof_within(relaxed))
        self.loss = -self.proofs[0].reduced(self.problem) // THOUSANDTHS
        self.bound = min(proof.bound for proof in self.proofs)
        self.match: Int32Array | None = None
        # less than any plan is worth, until there is one
        self.value = -LARGEST_INT64
        self.impossible = False

    def _flow(self) -> Outcome:
        return solving.assign(
            Pairs(self.problem.candidate, self.problem.placement, self.gain),
            self.problem.openings,
            n_candidates=self.problem.n_candidates,
            most_first=False,
            tie=self.task.tie[self.positions],
            seed=self.task.seed,
        )

    def _proof_of(self, flow: Outcome) -> Rated:
        return Rated(
            prices=THOUSANDTHS * flow.prices,
            surplus=THOUSANDTHS * flow.surplus,
            rates=np.zeros(self.rows.n_rows, np.int64),
            profit=THOUSANDTHS * self.gain,
            total=THOUSANDTHS * flow.bound,
            match=self.start,
        )

    def _proof_within(self, relaxed: Outcome) -> Rated:
        if self.problem.n_pairs > FEW_PAIRS:
            return rated(self.problem, self.gain, self.rows, relaxed.rates)
        program = solve_program(self.problem, self.gain, self.rows)
        return rated(self.problem, self.gain, self.rows, program.rates, program.prices)

    @property
    def proof(self) -> Rated:
        """The prices and rates with the lowest bound."""
        return min(self.proofs, key=lambda proof: proof.total)

    @property
    def found(self) -> Int32Array | None:
        """The best plan so far, as positions among all pairs of the task."""
        if self.match is None:
            return None
        return renamed(self.match, self.positions)

    @property
    def done(self) -> bool:
        """Say whether the plan is as near the bound as was asked."""
        if self.match is None:
            return self.impossible
        points = int(self.problem.points[self.match[self.match >= 0]].sum())
        return self.bound - self.value <= self.task.relative_gap * max(points, 1)

    def run(self, before: Int32Array) -> None:
        """Search, from what is left of the plans without the conditions."""
        at = np.full(self.task.problem.n_pairs, -1, np.int64)
        at[self.positions] = np.arange(self.positions.size)
        self.offer(renamed(before, at))
        self.offer(self.start)
        if not self.rows.n_rows:
            dive = Dive(self.problem, self.conditions, self.gain, self.loss, self.task.seed)
            for start in STARTS:
                for plan in () if self.done else dive.plans(self.start, start):
                    self.offer(plan)
        if self.problem.n_pairs > FIRST_KEPT and not self.done:
            self.look_among(self.nearest(FIRST_KEPT), EFFORT / 4)
        while not self.done:
            value, kept = self.value, self.nearest(MOST_KEPT)
            self.look_among(kept, EFFORT)
            # A better plan may leave few enough pairs to look at all of them.
            if self.value == value or kept.all() or self.out_of_time:
                return

    @property
    def out_of_time(self) -> bool:
        """Say whether the deadline has passed."""
        deadline = self.task.deadline
        return deadline is not None and monotonic() >= deadline

    def offer(self, match: Int32Array) -> None:
        """Keep what is left of a plan without breaches, if it is the best so far."""
        match = self.conditions.without_breaches(self.problem, self.gain, match)
        if not (self.conditions.kept_by(self.problem, match) and self.rows.kept_by(match)):
            return
        value = int(self.gain[match[match >= 0]].sum())
        if self.match is None or value > self.value:
            self.match, self.value = match, value

    def can_matter(self) -> BoolArray:
        """Return which pairs can be in a better plan."""
        kept = np.ones(self.problem.n_pairs, np.bool_)
        if self.match is not None:
            for proof in self.proofs:
                least = THOUSANDTHS * (self.value + 1) - proof.total
                kept &= proof.reduced(self.problem) >= least
        return kept

    def nearest(self, most: int) -> BoolArray:
        """Return the pairs that can be in a better plan, or those that lose least."""
        kept = self.can_matter()
        if int(kept.sum()) > most:
            loss = np.where(kept, self.loss, LARGEST_INT64)
            kept[:] = False
            kept[np.argpartition(loss, most - 1)[:most]] = True
        if self.match is not None:
            kept[self.match[self.match >= 0]] = True
        return kept

    def look_among(self, kept: BoolArray, effort: float) -> None:
        """Find the best plan among some pairs, and bound what the others could still give."""
        left_out = self.can_matter() & ~kept
        beyond = self.value
        if left_out.any():
            beyond = min(
                (proof.total + int(proof.reduced(self.problem)[left_out].max())) // THOUSANDTHS
                for proof in self.proofs
            )
        start = Departures(
            self.problem,
            self.conditions,
            self.rows,
            self.proofs[0],
            self.loss,
            self.match,
            self.task.seed,
            self.task.deadline,
        )
        no_plan, match, highest = Model(start, np.flatnonzero(kept)).solve(effort)
        if match is not None:
            self.offer(match)
        if no_plan and not left_out.any():
            self.impossible = self.match is None
        self.bound = max(min(self.bound, max(highest, beyond)), self.value)
