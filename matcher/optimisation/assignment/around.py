"""
A plan within limits made better around a few resources: large neighbourhood search (Shaw 1998).

Everybody keeps their pair but some people whose pairs use those resources; for them branch and
bound finds the best.
"""

from dataclasses import dataclass
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from matcher.optimisation.assignment.arrays import Int32Array, IntArray, Problem
from matcher.optimisation.assignment.exact import STOPPED, Model
from matcher.optimisation.assignment.limits import Rows

# Neighbourhoods start with so many people; those settled at once grow, those out of time shrink.
FIRST_NEIGHBOURS = 100
FEWEST_NEIGHBOURS = 20
GROWTH = 1.3


@dataclass
class Around:
    """The pairs near the bound, to look around a few resources at a time."""

    problem: Problem
    rows: Rows
    positions: NDArray[np.intp]
    random: np.random.Generator
    neighbours: int = FIRST_NEIGHBOURS

    def better(
        self, match: Int32Array, gain: IntArray, rates: IntArray, seconds: float
    ) -> Int32Array | None:
        """Return the best plan in which only some people around a few resources may move."""
        here = np.full_like(match, -1)
        placed = match >= 0
        here[placed] = np.searchsorted(self.positions, match[placed])
        people = self.choose_people(here, rates)
        free = np.zeros(match.size, np.bool_)
        free[people] = True
        fixed = np.where(free, -1, here).astype(np.int32)
        pairs = np.flatnonzero(free[self.problem.candidate])
        model = Model.of(self.problem, self.rows, pairs, fixed)
        started = monotonic()
        status, chosen, _ = model.maximise(gain[self.positions[pairs]], seconds)
        if status == STOPPED:
            self.neighbours = max(int(self.neighbours / GROWTH), FEWEST_NEIGHBOURS)
        elif monotonic() - started < seconds / 4:
            self.neighbours = int(self.neighbours * GROWTH)
        if chosen is None:
            return None
        after = fixed
        after[self.problem.candidate[pairs[chosen]]] = pairs[chosen]
        found = np.full_like(match, -1)
        placed = after >= 0
        found[placed] = self.positions[after[placed]]
        return found

    def choose_people(self, here: Int32Array, rates: IntArray) -> NDArray[np.intp]:
        """Return people whose pairs use a few scarce resources, those who do so now first."""
        scarce = np.flatnonzero(rates > 0)
        scarce = scarce if scarce.size else np.arange(rates.size)
        # As many resources as may hold those people, at least one to three.
        share = self.neighbours * rates.size // max(here.size, 1)
        count = min(max(int(self.random.integers(1, 4)), share), scarce.size)
        resources = self.random.choice(scarce, count, replace=False)
        using = np.unique(self.rows.use[resources].indices)
        people = self.random.permutation(np.unique(self.problem.candidate[using]))
        # Who uses them now can give room; the others only take it.
        uses_now = np.isin(here[people], using)
        people = np.concatenate([people[uses_now], people[~uses_now]])[: self.neighbours]
        return people.astype(np.intp)
