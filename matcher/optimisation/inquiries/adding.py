"""
Placements added to a solved pool: what each could bring at most, and what it does bring.

The most comes from the prices of the present plan, for many placements at once: with them every
person has a surplus, and a new opening cannot bring more than what its pairs are above it. What it
does bring comes from solving again; limits are left out here, where placements are only weighed
against each other. More people are better, then more of the first tier, of the
second, and so on, then more points.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.optimisation.assignment import Pairs, assign
from matcher.optimisation.assignment.prices import shadow_prices, surpluses
from matcher.optimisation.assignment.residual import Residual
from matcher.optimisation.facts import gates_of, placement_facts
from matcher.optimisation.inquiries.exchanges import unlimited
from matcher.optimisation.places import encode_placements
from matcher.optimisation.prepared import join_sides
from matcher.optimisation.solving import Progress, Solved, pairs_of
from matcher.optimisation.tie import tie_of

Ints = NDArray[np.int64]

LARGEST_WORTH = 2**55
"""So that the worth of the people at some hundred openings fits 64 bits."""


@dataclass(frozen=True)
class Added:
    """
    Placements beside a solved pool, of which one at a time is added.

    Parameters
    ----------
    solved
        The pool, planned without its limits.
    residual
        Its exchanges.
    worth
        What a person of each tier in use counts, so that people come before tiers before points.
    surplus
        Of each person at prices that prove the plan best with that worth, shape (n_candidates,).
    rows
        The added placements as a snapshot has them.
    pairs
        Who is eligible for them, ``placement`` by row number of ``rows``.
    tie
        As in `Solved`, shape (n_pairs,).
    openings
        Free openings, shape (n_rows,).
    """

    solved: Solved
    residual: Residual
    worth: Ints
    surplus: Ints
    rows: pl.DataFrame
    pairs: Pairs
    tie: Ints
    openings: Ints

    @classmethod
    def to(cls, solved: Solved, rows: pl.DataFrame, tell: Progress) -> "Added":
        """Return these placements beside a solved pool; who a gate keeps out attracts nobody."""
        snapshot, policy, prepared = solved.snapshot, solved.policy, solved.pool.prepared
        frame = placement_facts(rows, snapshot.today, policy)
        gates = gates_of(frame, policy)
        passes = gates.select(pl.all_horizontal(pl.all().fill_null(False))).to_series().to_numpy()
        beside = join_sides(prepared.candidates, encode_placements(frame, gates), snapshot, policy)
        pairs, _ = pairs_of(beside, policy, tell)
        kept = passes[pairs.placement]
        pairs = Pairs(pairs.candidate[kept], pairs.placement[kept], pairs.points[kept])
        hashes = beside.places.hashes[pairs.placement]
        openings = frame["placement.openings_free"].cast(pl.Int64).to_numpy()
        solved = unlimited(solved)
        residual = Residual.of(
            solved.pairs,
            solved.pool.openings,
            solved.outcome,
            tiers=solved.pool.tier,
            in_order=True,
        )
        worth = _worth(residual, pairs, openings)
        return cls(
            solved,
            residual,
            worth,
            _surplus(residual, worth),
            rows,
            pairs,
            tie_of(beside.people.hashes[pairs.candidate], hashes, policy),
            openings,
        )

    def most(self) -> Ints:
        """
        Return the most value that each placement could bring, shape (n_rows,).

        The people who would gain most by it, as many as it has openings, each by what their pair
        is above their surplus: by duality no plan gains more.
        """
        who, where = self.pairs.candidate, self.pairs.placement
        want = self.pairs.points + self.worth[self.residual.tier[who]] - self.surplus[who]
        order = np.lexsort((-want, where))
        starts = np.searchsorted(where[order], np.arange(self.openings.size))
        rank = np.arange(order.size) - starts[where[order]]
        first = order[(rank < self.openings[where[order]]) & (want[order] > 0)]
        found = np.zeros(self.openings.size, np.int64)
        np.add.at(found, where[first], want[first])
        return found

    def brings(self, row: int) -> tuple[int, ...]:
        """Return people by rank of tier, then points, that a placement brings: solved again."""
        solved, here = self.solved, self.pairs.placement == row
        own = solved.pairs
        pairs = Pairs(
            np.concatenate([own.candidate, self.pairs.candidate[here]]),
            np.concatenate([own.placement, np.full(here.sum(), self._next, np.int32)]),
            np.concatenate([own.points, self.pairs.points[here]]),
        )
        outcome = assign(
            pairs,
            np.append(solved.pool.openings, self.openings[row]),
            n_candidates=solved.pool.prepared.people.size,
            tiers=solved.pool.tier,
            tie=np.concatenate([solved.tie, self.tie[here]]),
            seed=solved.policy.seed,
        )
        after = self._goals(pairs.candidate[outcome.chosen], outcome.points)
        return tuple(a - b for a, b in zip(after, self._present, strict=True))

    def value(self, goals: tuple[int, ...]) -> int:
        """Return people by rank of tier, then points, as one number that keeps their order."""
        return sum(int(w) * n for w, n in zip(self.worth, goals[:-1], strict=True)) + goals[-1]

    @property
    def _next(self) -> int:
        return int(self.solved.pool.openings.size)

    @cached_property
    def _present(self) -> tuple[int, ...]:
        chosen = self.solved.outcome.chosen
        return self._goals(self.solved.pairs.candidate[chosen], self.solved.outcome.points)

    def _goals(self, people: NDArray[np.int32], points: int) -> tuple[int, ...]:
        tiers = np.bincount(self.residual.tier[people], minlength=self.residual.n_tiers)
        return (*(int(count) for count in tiers), points)


def _worth(residual: Residual, pairs: Pairs, openings: Ints) -> Ints:
    """
    Return what a person of each tier counts where up to so many more are placed.

    One person more counts more than any tiers, one of an earlier tier more than any of later ones,
    and each more than all points that could be lost by it. An added opening never lowers the
    number of people of a tier (serving tiers in order is greedy in a matroid), so the digits of
    one number, in a base above the openings, keep them apart.
    """
    n_tiers, base = residual.n_tiers, int(openings.max(initial=1)) + 1
    own = residual.problem.points
    most = max(abs(int(each)) for each in (*_ends(own), *_ends(pairs.points)))
    step = 1 + 2 * int(residual.worth.max(initial=0)) + 2 * (base + 1) * most
    tiers = [base**n_tiers + base ** (n_tiers - 1 - tier) for tier in range(n_tiers)]
    if step * tiers[0] >= LARGEST_WORTH:
        # a dozen tiers and more: each counts one step, which still proves the plan
        tiers = list(range(n_tiers, 0, -1))
    return np.array([step * each for each in tiers], np.int64)


def _ends(points: Ints) -> tuple[int, int]:
    return int(points.min(initial=0)), int(points.max(initial=0))


def _surplus(residual: Residual, worth: Ints) -> Ints:
    """Return each person's surplus at the lowest prices that prove the plan with this worth."""
    problem, hub = residual.problem, residual.hub
    each = worth[residual.tier]
    taken = np.bincount(residual.home, minlength=hub + 1)[:hub]
    prices = shadow_prices(problem, each, residual.match, taken < problem.openings)
    return surpluses(problem.starts, problem.placement, problem.points, each, prices)


def best_rows(added: Added, rows: Ints, most: Ints, count: int) -> list[tuple[int, int]]:
    """
    Return the rows that bring most, best first, and the value that each brings.

    Each is solved again; who cannot bring as much as the best so far is not looked at.
    """
    found: list[tuple[int, int]] = []
    for row in rows[np.lexsort((rows, -most[rows]))].tolist():
        if len(found) == count and most[row] <= found[-1][1]:
            break
        value = added.value(added.brings(row))
        if value > 0:
            found = sorted([*found, (row, value)], key=lambda each: (-each[1], each[0]))[:count]
    return found
