"""
Limits over many pairs: rates, the pairs that can still matter, and better and better plans.

Rates turn limits into prices, so that an auction over all pairs gives a bound and a plan to repair.
Pairs far below that bound are left out; on the others branch and bound looks for better plans,
first as a whole, then around a few resources at a time (large neighbourhood search, Shaw 1998).
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import inf
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from matcher.optimisation.assignment.around import Around
from matcher.optimisation.assignment.arrays import Int32Array, IntArray, Problem
from matcher.optimisation.assignment.exact import STOPPED, Model
from matcher.optimisation.assignment.filling import fill
from matcher.optimisation.assignment.limits import Rows
from matcher.optimisation.assignment.pruning import restricted
from matcher.optimisation.assignment.rates import (
    THOUSANDTHS,
    Rated,
    RateSearch,
    rated,
    solve_program,
)

# Branch and bound takes this many pairs as a whole.
MOST_KEPT = 8_000
# A plan for given rates is repaired with this many of the nearest pairs per candidate.
NEAR_PER_CANDIDATE = 8
MOST_STEPS = 30
# The linear program then takes so many pairs per candidate, and at least so many.
PROGRAM_PER_CANDIDATE = 4
PROGRAM_PAIRS = 16_000
PROGRAM_ROUNDS = 2
# A share this near 1 stands; what is left over goes to branch and bound.
WHOLE = 1 - 1e-6
# Shares of the time that is left: for rates, and for branch and bound as a whole after that.
RATES_SHARE = 0.3
WHOLE_SHARE = 0.3
NEIGHBOURHOOD_SECONDS = 3.0
# Without a time limit, so many neighbourhoods are tried before the last word of branch and bound.
UNTIMED_NEIGHBOURHOODS = 30
UNTIMED_SECONDS = 20.0


@dataclass
class Search:
    """One search: the best plan so far, the bound so far, and how long to go on."""

    problem: Problem
    rows: Rows
    gain: IntArray
    deadline: float | None
    relative_gap: float
    progress: Callable[[str, int, int], None] | None = None

    def __post_init__(self) -> None:
        """Begin without a plan."""
        self.match: Int32Array | None = None
        self.nested: Callable[[IntArray], Rated | None] | None = None
        self.value = 0
        self.bound = 2**62
        self.started = monotonic()

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return inf if self.deadline is None else self.deadline - monotonic()

    @property
    def done(self) -> bool:
        """Say whether time is out, or the plan is as near the bound as was asked; tell how far."""
        self.tell()
        if self.left <= 0:
            return True
        if self.match is None:
            return False
        points = int(self.problem.points[self.match[self.match >= 0]].sum())
        return self.bound - self.value <= self.relative_gap * max(points, 1)

    def tell(self) -> None:
        """Tell how much of the time has gone by."""
        if self.progress is not None:
            gone = monotonic() - self.started
            total = 0.0 if self.deadline is None else max(self.deadline - self.started, 0.0)
            shown = gone if self.deadline is None else min(gone, total)
            self.progress("limits", int(1000 * shown), int(1000 * total))

    def offer(self, match: Int32Array | None) -> None:
        """Keep a plan within the limits if it is the best so far."""
        if match is None:
            return
        value = int(self.gain[match[match >= 0]].sum())
        if self.match is None or value > self.value:
            self.match, self.value = match, value

    def run(
        self, tie: IntArray, seed: int, nested: Callable[[IntArray], Rated | None] | None = None
    ) -> Rated:
        """
        Search; the best plan and bound are kept here, what proves the bound is returned.

        Parameters
        ----------
        nested
            What the limits that nest prove at given rates of the others; None if none nests.
        """
        self.nested = nested
        start = None if nested is None else nested(np.zeros(self.rows.n_rows, np.int64))
        self.offer(fill(self.problem, self.rows, np.lexsort([tie, -self.gain])))
        if start is None:
            best = self.find_rates()
        else:
            best, self.bound = start, start.bound
            self.offer(start.match if self.rows.kept_by(start.match) else self.repaired(start))
        # The first round nearly always comes much nearer, for a second or two: near enough is
        # asked after it.
        for turn in range(PROGRAM_ROUNDS):
            if not self.done or (turn == 0 and self.left > 0 and self.bound > self.value):
                best = self.follow_program(best)
        if self.match is not None and self.left > 0 and self.bound > self.value:
            # Near enough is not the best yet; where few pairs can still matter, it takes a moment.
            reduced = best.reduced(self.problem)
            if int((reduced >= self.least_of(best)).sum()) <= MOST_KEPT:
                self.settle_whole(best, reduced, self.left * WHOLE_SHARE)
        if not self.done:
            self.look_around(best, np.random.default_rng(seed % 2**63))
        return best

    def find_rates(self) -> Rated:
        """Return the best rates found, and repair the plans met on the way."""
        rates = RateSearch(self.problem, self.gain, self.rows)
        until = self.left * (1 - RATES_SHARE)
        for _ in range(MOST_STEPS):
            here = rates.step(self.value)
            self.offer(self.repaired(here))
            best = rates.best or here
            self.bound = best.bound
            if self.done or rates.exhausted or self.left < until:
                break
        return best

    def follow_program(self, best: Rated) -> Rated:
        """
        Solve the linear program over the nearest pairs, for better rates and a better plan.

        Few of its shares are broken: at most about one per limit and what hangs on those. People
        with a whole share keep it, for the others branch and bound finds the best that is left.
        """
        most = max(PROGRAM_PAIRS, PROGRAM_PER_CANDIDATE * self.problem.n_candidates)
        band = self.band_of(best.reduced(self.problem), most)
        few, positions = restricted(self.problem, band)
        few_rows = Rows(self.rows.use[:, positions], self.rows.capacity)
        program = solve_program(few, self.gain[positions], few_rows, self.left)
        nested = self.nested(program.rates) if self.nested is not None else None
        others = (program.prices, None) if nested is None else (program.prices,)
        proofs = [
            rated(self.problem, self.gain, self.rows, program.rates, prices) for prices in others
        ]
        for here in [*proofs, *([] if nested is None else [nested])]:
            if here.total < best.total:
                best = here
                self.bound = min(self.bound, best.bound)
        fixed = np.full(self.problem.n_candidates, -1, np.int32)
        whole = np.flatnonzero(program.share > WHOLE)
        fixed[few.candidate[whole]] = positions[whole]
        taken = np.bincount(few.placement[whole], minlength=few.n_placements)
        open_pairs = (fixed[few.candidate] < 0) & (taken < few.openings)[few.placement]
        self.complete(fixed, positions[open_pairs], self.left * WHOLE_SHARE)
        return best

    def complete(self, fixed: Int32Array, pairs: IntArray, seconds: float) -> None:
        """Offer the best plan that keeps what is fixed and takes the rest from these pairs."""
        model = Model.of(self.problem, self.rows, pairs, fixed)
        if self.deadline is None:
            seconds = UNTIMED_SECONDS
        _, chosen, _ = model.maximise(self.gain[pairs], seconds)
        if chosen is not None:
            match = fixed.copy()
            match[self.problem.candidate[pairs[chosen]]] = pairs[chosen]
            self.offer(match)

    def repaired(self, here: Rated) -> Int32Array | None:
        """Return a plan within the limits near one that may break them."""
        reduced = here.reduced(self.problem)
        chosen = here.match[here.match >= 0]
        count = min(NEAR_PER_CANDIDATE * self.problem.n_candidates, reduced.size)
        near = np.sort(np.argpartition(-reduced, count - 1)[:count])
        near = near[np.argsort(-reduced[near], kind="stable")]
        first = chosen[np.argsort(-here.profit[chosen], kind="stable")]
        return fill(self.problem, self.rows, np.concatenate([first, near]))

    def look_around(self, best: Rated, random: np.random.Generator) -> None:
        """Look for better plans among the pairs that are near the bound."""
        reduced = best.reduced(self.problem)
        self.settle_whole(best, reduced, self.left * WHOLE_SHARE)
        tries = 0
        band = self.band_of(reduced, 4 * MOST_KEPT)
        few, few_rows = restricted(self.problem, band)[0], self.rows.use[:, np.flatnonzero(band)]
        around = Around(few, Rows(few_rows, self.rows.capacity), np.flatnonzero(band), random)
        while not self.done and self.match is not None:
            if self.deadline is None and tries >= UNTIMED_NEIGHBOURHOODS:
                self.settle_whole(best, reduced, inf)
                return
            seconds = min(self.left, NEIGHBOURHOOD_SECONDS)
            self.offer(around.better(self.match, self.gain, best.rates, seconds))
            tries += 1
            if tries % UNTIMED_NEIGHBOURHOODS == 0:
                self.settle_whole(best, reduced, self.left * WHOLE_SHARE)

    def band_of(self, reduced: IntArray, most: int) -> NDArray[np.bool_]:
        """Return the nearest pairs to the bound, those of the plan included."""
        band = np.zeros(reduced.size, np.bool_)
        band[np.argpartition(-reduced, min(most, reduced.size) - 1)[:most]] = True
        if self.match is not None:
            band[self.match[self.match >= 0]] = True
        return band

    def least_of(self, best: Rated) -> int:
        """Return how far a pair may stay below the bound and still be in a better plan."""
        # A plan with a pair is worth at most the bound less what that pair stays below it.
        return THOUSANDTHS * (self.value + 1) - best.total

    def settle_whole(self, best: Rated, reduced: IntArray, seconds: float) -> None:
        """Look at all pairs that can be in a better plan, or at the nearest of them."""
        least = self.least_of(best)
        can_matter = reduced >= least if self.match is not None else np.ones_like(reduced, np.bool_)
        complete = seconds == inf or int(can_matter.sum()) <= MOST_KEPT
        kept = np.flatnonzero(can_matter if complete else self.band_of(reduced, MOST_KEPT))
        if self.deadline is None and not complete:
            seconds = UNTIMED_SECONDS
        model = Model.of(self.problem, self.rows, kept)
        status, chosen, highest = model.maximise(self.gain[kept], seconds)
        if chosen is not None:
            match = np.full(self.problem.n_candidates, -1, np.int32)
            match[self.problem.candidate[kept[chosen]]] = kept[chosen]
            self.offer(match)
        if complete and self.match is not None:
            if status != STOPPED:
                self.bound = self.value
            elif highest is not None:
                self.bound = min(self.bound, max(highest, self.value))
