"""What departures from a flow lose, as a model of whole numbers for CP-SAT."""

from collections import defaultdict
from dataclasses import dataclass
from math import ceil
from time import monotonic

import numpy as np
from numpy.typing import NDArray
from ortools.sat.python import cp_model

from matcher.errors import SolverFailed
from matcher.optimisation.assignment.arrays import LARGEST_INT64, Int32Array, IntArray, Problem
from matcher.optimisation.assignment.conditions import Conditions
from matcher.optimisation.assignment.limits import Rows
from matcher.optimisation.assignment.rates import THOUSANDTHS, Rated

LARGEST_SEED = 2**31 - 1
# A bound in floating-point numbers may lie this much above a whole number that it means.
ROUNDING = 1e-4


@dataclass(frozen=True)
class Departures:
    """
    A flow without conditions, and what is to be kept when departing from it.

    Parameters
    ----------
    problem, conditions, rows
        Pairs, and what binds them.
    flow
        Prices and surplus of the flow, in thousandths of a point.
    loss
        What a plan with each pair loses at least, in points, shape (n_pairs,).
    known
        A plan that keeps to all of it, as a hint; None if there is none yet.
    seed, deadline
        As for ``assign``; the deadline by the monotonic clock.
    """

    problem: Problem
    conditions: Conditions
    rows: Rows
    flow: Rated
    loss: IntArray
    known: Int32Array | None
    seed: int
    deadline: float | None


class Model:
    """
    What every departure from the flow loses, as a model for CP-SAT, over some of the pairs.

    Losing are pairs below the best of their person and opening, people with a surplus who go
    without, and openings with a price that stay empty.
    """

    def __init__(self, start: "Departures", pairs: NDArray[np.intp]) -> None:
        self.start, self.pairs, self.model = start, pairs, cp_model.CpModel()
        problem = start.problem
        self.x = [self.model.new_bool_var("") for _ in range(pairs.size)]
        self.of_person, self.of_place = defaultdict(list), defaultdict(list)
        for var, person, place in zip(
            self.x,
            problem.candidate[pairs].tolist(),
            problem.placement[pairs].tolist(),
            strict=True,
        ):
            self.of_person[person].append((place, var))
            self.of_place[place].append(var)
        self.losses: list[cp_model.LinearExprT] = [
            loss * var for loss, var in zip(start.loss[pairs].tolist(), self.x, strict=True) if loss
        ]
        self.add_people()
        self.add_placements()
        self.add_companions()
        self.add_limits()
        self.model.minimize(cp_model.LinearExpr.sum(self.losses))
        if start.known is not None:
            held = np.isin(pairs, start.known)
            for var, value in zip(self.x, held.tolist(), strict=True):
                self.model.add_hint(var, value)

    def add_people(self) -> None:
        """Each person at most one placement; who has a surplus loses it without."""
        surplus = self.start.flow.surplus // THOUSANDTHS
        must = set(self.start.conditions.placed.tolist())
        for person in {*self.of_person, *np.flatnonzero(surplus).tolist(), *must}:
            mine = [var for _, var in self.of_person[person]]
            if person in must:
                self.model.add_exactly_one(mine)
            elif surplus[person] > 0:
                without = self.model.new_bool_var("")
                self.model.add_exactly_one([*mine, without])
                self.losses.append(int(surplus[person]) * without)
            else:
                self.model.add_at_most_one(mine)

    def add_placements(self) -> None:
        """Fill at most the openings, all of a team or none; an empty one loses its price."""
        problem, conditions = self.start.problem, self.start.conditions
        prices = self.start.flow.prices // THOUSANDTHS
        must = set(conditions.filled.tolist())
        for place in range(problem.n_placements):
            here = self.of_place[place]
            openings, size = int(problem.openings[place]), int(conditions.size[place])
            people = cp_model.LinearExpr.sum(here)
            if place in must:
                self.model.add(people == int(conditions.full[place]))
            elif size > 0 and here:
                whole = self.model.new_bool_var("")
                self.model.add(people == size * whole)
                self.losses.append(int(prices[place]) * openings * whole.negated())
            elif prices[place] > 0 and openings > 0:
                empty = self.model.new_int_var(0, openings, "")
                self.model.add(people + empty == openings)
                self.losses.append(int(prices[place]) * empty)
            elif len(here) > openings:
                self.model.add(people <= openings)

    def add_companions(self) -> None:
        """Two people apart, and two together."""
        conditions = self.start.conditions
        for one, other in conditions.together.tolist():
            mine, theirs = dict(self.of_person[one]), dict(self.of_person[other])
            for place in mine.keys() | theirs.keys():
                self.model.add(mine.get(place, 0) == theirs.get(place, 0))
        for two in conditions.apart.tolist():
            by_site = defaultdict(list)
            for person in two:
                for place, var in self.of_person[person]:
                    by_site[int(conditions.site[place])].append(var)
            for near in by_site.values():
                self.model.add_at_most_one(near)

    def add_limits(self) -> None:
        """Keep what the pairs use of each resource within its capacity."""
        use = self.start.rows.use[:, self.pairs]
        for row, capacity in enumerate(self.start.rows.capacity.tolist()):
            part = slice(use.indptr[row], use.indptr[row + 1])
            vars_ = [self.x[at] for at in use.indices[part].tolist()]
            used = cp_model.LinearExpr.weighted_sum(vars_, use.data[part].tolist())
            self.model.add(used <= capacity)

    def solve(self, effort: float) -> tuple[bool, Int32Array | None, int]:
        """Return whether there is no plan, the best one, and the highest value not ruled out."""
        start = self.start
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = 1
        solver.parameters.random_seed = start.seed % LARGEST_SEED
        solver.parameters.max_deterministic_time = effort
        if start.deadline is not None:
            left = start.deadline - monotonic()
            solver.parameters.max_time_in_seconds = max(left, 0.01)
        status = solver.solve(self.model)
        if status == cp_model.MODEL_INVALID:
            raise SolverFailed(f"CP-SAT refuses the model: {self.model.validate()}")
        if status == cp_model.INFEASIBLE:
            return True, None, -LARGEST_INT64
        total = start.flow.total // THOUSANDTHS
        highest = total - ceil(solver.best_objective_bound - ROUNDING)
        if status == cp_model.UNKNOWN:
            return False, None, highest
        chosen = self.pairs[[at for at, var in enumerate(self.x) if solver.boolean_value(var)]]
        match = np.full(start.problem.n_candidates, -1, np.int32)
        match[start.problem.candidate[chosen]] = chosen
        return False, match, highest
