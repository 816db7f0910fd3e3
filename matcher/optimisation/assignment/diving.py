"""Plans with teams and companions by a few flows: settle what is broken, and flow again."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from matcher.optimisation.assignment import solving
from matcher.optimisation.assignment.arrays import (
    BoolArray,
    Int32Array,
    IntArray,
    Pairs,
    Problem,
)
from matcher.optimisation.assignment.conditions import Conditions, home_of

MOST_ROUNDS = 12
# So many of the pairs that lose least, beside those of bound people and teams.
MOST_PAIRS = 100_000

Start = Literal["fill", "close"]


@dataclass
class Dive:
    """
    One way down: after each flow what is broken is filled, closed or kept apart, until nothing is.

    A flow is exact for what has been settled so far, so what is lost is lost in settling alone. It
    knows no limits.
    """

    problem: Problem
    conditions: Conditions
    gain: IntArray
    loss: IntArray
    seed: int

    def plans(self, first: Int32Array, start: Start) -> list[Int32Array]:
        """
        Return the plans met on the way, the last one nearest to the conditions.

        Parameters
        ----------
        first
            The best plan without the conditions.
        start
            ``fill`` tries to fill every team that has somebody, ``close`` only those half full.
        """
        problem = self.problem
        open_, wanted = self._band(), np.zeros(problem.n_pairs, np.bool_)
        tried = np.zeros(problem.n_placements, np.bool_)
        settled: set[tuple[int, int]] = set()
        match, found = first, []
        for _ in range(MOST_ROUNDS):
            before = (int(open_.sum()), int(wanted.sum()))
            self._settle_teams(match, open_, wanted, tried, start)
            self._settle_apart(match, open_)
            self._settle_together(match, open_, wanted, settled)
            if (int(open_.sum()), int(wanted.sum())) == before:
                break
            match = self._flow(open_, wanted)
            found.append(match)
        return found

    def _band(self) -> BoolArray:
        problem, conditions = self.problem, self.conditions
        band = np.ones(problem.n_pairs, np.bool_)
        if problem.n_pairs > MOST_PAIRS:
            band[:] = False
            band[np.argpartition(self.loss, MOST_PAIRS - 1)[:MOST_PAIRS]] = True
            bound = np.zeros(problem.n_candidates, np.bool_)
            bound[conditions.apart], bound[conditions.together] = True, True
            band |= bound[problem.candidate] | (conditions.size > 0)[problem.placement]
        return band

    def _settle_teams(
        self, match: Int32Array, open_: BoolArray, wanted: BoolArray, tried: BoolArray, start: Start
    ) -> None:
        size, place = self.conditions.size, self.problem.placement
        people = np.bincount(place[match[match >= 0]], minlength=size.size)
        broken = (size > 0) & (people > 0) & (people < size)
        hopeless = broken & tried
        if start == "close":
            hopeless |= broken & (2 * people < size)
        tried |= broken
        open_ &= ~hopeless[place]
        wanted |= (broken & ~hopeless)[place] & open_
        wanted &= open_

    def _settle_apart(self, match: Int32Array, open_: BoolArray) -> None:
        home, site = home_of(self.problem, match), self.conditions.site
        for one, other in self.conditions.apart.tolist():
            if min(home[one], home[other]) < 0 or site[home[one]] != site[home[other]]:
                continue
            # who brings less there goes elsewhere
            less = one if self.gain[match[one]] < self.gain[match[other]] else other
            mine = self._pairs_of(less)
            open_[mine] &= site[self.problem.placement[mine]] != site[home[less]]

    def _settle_together(
        self,
        match: Int32Array,
        open_: BoolArray,
        wanted: BoolArray,
        settled: set[tuple[int, int]],
    ) -> None:
        home, place = home_of(self.problem, match), self.problem.placement
        for one, other in self.conditions.together.tolist():
            if home[one] == home[other]:
                continue
            mine, theirs = self._pairs_of(one), self._pairs_of(other)
            both, at, there = np.intersect1d(
                np.where(open_[mine], place[mine], -1),
                np.where(open_[theirs], place[theirs], -2),
                return_indices=True,
            )
            chosen = None
            if both.size and (one, other) not in settled:
                together = self.loss[mine][at] + self.loss[theirs][there]
                chosen = int(both[int(np.argmin(together))])
            settled.add((one, other))
            for pairs in (mine, theirs):
                open_[pairs] &= place[pairs] == (-1 if chosen is None else chosen)
                wanted[pairs] = open_[pairs]

    def _pairs_of(self, person: int) -> slice:
        return slice(int(self.problem.starts[person]), int(self.problem.starts[person + 1]))

    def _flow(self, open_: BoolArray, wanted: BoolArray) -> Int32Array:
        problem, positions = self.problem, np.flatnonzero(open_)
        most = int(np.abs(self.gain).max(initial=0)) + 1
        outcome = solving.assign(
            Pairs(
                problem.candidate[positions],
                problem.placement[positions],
                self.gain[positions] + most * wanted[positions],
            ),
            problem.openings,
            n_candidates=problem.n_candidates,
            most_first=False,
            seed=self.seed,
        )
        match = np.full(problem.n_candidates, -1, np.int32)
        chosen = positions[outcome.chosen]
        match[problem.candidate[chosen]] = chosen
        return match
