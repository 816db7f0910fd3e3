"""
What every exchange would lose: the residual network of a best plan, shortest paths through it.

Its nodes are the placements and the hub, which stands for being without a placement and for
openings that stay empty. An arc from one placement to another is a person who could move there; an
arc to the hub a person who goes without, or an opening that is left; an arc from the hub a person
who comes in, or an opening that falls empty. Prices and surplus make the length of every arc what
that exchange loses against them, hence never negative.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from matcher.errors import SnapshotError
from matcher.optimisation.assignment.arrays import (
    Int32Array,
    IntArray,
    Outcome,
    Pairs,
    Problem,
    arrange,
    canonical_order,
    check_length,
    whole_numbers,
)
from matcher.optimisation.assignment.chains import FAR
from matcher.optimisation.assignment.paths import Arcs, Tree, by_tail, shortest_paths
from matcher.optimisation.assignment.prices import certificate, shadow_prices, surpluses
from matcher.optimisation.assignment.worth import rank_tiers, sufficient_worth

NOBODY = -1


@dataclass(frozen=True)
class Residual:
    """
    A best plan and all exchanges from it, made once and asked many times; see ``Residual.of``.

    Parameters
    ----------
    problem
        The checked pairs.
    tier
        Group of each candidate in which people are counted, from 0, shape (n_candidates,).
    shown_worth
        Worth in which losses are told: that of the outcome, shape (n_candidates,).
    worth, prices, surplus
        What the lengths of the arcs are made of.
    match
        Position of each candidate's pair, or -1, shape (n_candidates,).
    home
        Placement of each candidate, or the hub, shape (n_candidates,).
    """

    problem: Problem
    tier: Int32Array
    shown_worth: IntArray
    worth: IntArray
    prices: IntArray
    surplus: IntArray
    match: Int32Array
    home: Int32Array

    @classmethod
    def of(
        cls,
        pairs: Pairs,
        openings: ArrayLike,
        outcome: Outcome,
        *,
        tiers: ArrayLike | None = None,
        most_first: bool = True,
        in_order: bool = False,
    ) -> "Residual":
        """
        Return the exchanges around an outcome of ``assign`` without limits.

        Parameters
        ----------
        pairs, openings, tiers, most_first
            What was given to ``assign``.
        outcome
            Its answer, proved optimal.
        in_order
            Which other plan is the best one. False: the one of the highest value, points and the
            worth of the outcome together, so that losses go with its prices. True: the one that
            keeps the order of goals, as solving again would. The worth of the outcome is only just
            enough for its own plan; elsewhere it may give up a person for points.

        Raises
        ------
        SnapshotError
            The arrays break their promise or do not belong together.
        SolverFailed
            The outcome is not proved optimal.
        """
        n_candidates = int(outcome.worth.size)
        problem = arrange(pairs, openings, n_candidates)
        check_length("outcome.chosen", outcome.chosen, len(pairs), "pairs.candidate")
        check_length("outcome.prices", outcome.prices, problem.n_placements, "openings")
        certificate(pairs, whole_numbers("openings", openings, np.int64), outcome)
        tier = rank_tiers(tiers, most_first, n_candidates)
        positions = np.flatnonzero(problem.sorted(outcome.chosen)).astype(np.int32)
        match = np.full(n_candidates, -1, np.int32)
        match[problem.candidate[positions]] = positions
        home = np.full(n_candidates, problem.n_placements, np.int32)
        home[problem.candidate[positions]] = problem.placement[positions]
        worth, prices, surplus = outcome.worth, outcome.prices, outcome.surplus
        if in_order and problem.n_pairs > 0:
            worth = sufficient_worth(with_one_more_opening(problem), tier)
            taken = np.bincount(problem.placement[positions], minlength=problem.n_placements)
            prices = shadow_prices(problem, worth, match, taken < problem.openings)
            surplus = surpluses(problem.starts, problem.placement, problem.points, worth, prices)
        return cls(
            problem=problem,
            tier=np.zeros(n_candidates, np.int32) if tier is None else tier,
            shown_worth=outcome.worth,
            worth=worth,
            prices=prices,
            surplus=surplus,
            match=match,
            home=home,
        )

    @property
    def hub(self) -> int:
        """Return the node for being without a placement."""
        return self.problem.n_placements

    @property
    def n_tiers(self) -> int:
        """Return the number of groups in which people are counted."""
        return int(self.tier.max()) + 1 if self.tier.size else 1

    @cached_property
    def slack(self) -> IntArray:
        """Return what each pair is below surplus and price together, shape (n_pairs,)."""
        problem, who = self.problem, self.problem.candidate
        paid = self.surplus[who] + self.prices[problem.placement]
        return np.asarray(paid - problem.points - self.worth[who])

    @cached_property
    def forward(self) -> Arcs:
        """Return the arcs by the node they leave."""
        return by_tail(*self._arcs(), self.hub + 1)

    @cached_property
    def backward(self) -> Arcs:
        """Return the arcs by the node they reach, and so turned round."""
        tails, heads, length, by = self._arcs()
        return by_tail(heads, tails, length, by, self.hub + 1)

    @cached_property
    def from_hub(self) -> Tree:
        """Return the shortest paths from the hub, along the arcs."""
        return shortest_paths(self.forward, self.hub)

    @cached_property
    def to_hub(self) -> Tree:
        """Return the shortest paths to the hub, against the arcs."""
        return shortest_paths(self.backward, self.hub)

    @cached_property
    def by_placement(self) -> tuple[IntArray, Int32Array]:
        """Return where the pairs of each placement start, and their positions."""
        problem = self.problem
        order = canonical_order(
            problem.placement, problem.candidate, problem.n_placements, problem.n_candidates
        )
        starts = np.zeros(problem.n_placements + 1, np.int64)
        np.cumsum(np.bincount(problem.placement, minlength=problem.n_placements), out=starts[1:])
        return starts, order

    def _arcs(self) -> tuple[Int32Array, Int32Array, IntArray, Int32Array]:
        """Return tail, head, length and who moves, of every arc that can be on a shortest path."""
        problem, hub = self.problem, self.hub
        home = self.home[problem.candidate]
        moves = np.flatnonzero((home != hub) & (home != problem.placement))
        places = np.arange(hub, dtype=np.int32)
        taken = np.bincount(self.home, minlength=hub + 1)[:hub]
        placed, waiting = np.flatnonzero(self.home != hub), np.flatnonzero(home == hub)
        goes, who_goes = least_of_each(self.home[placed], self.surplus[placed], placed, hub)
        spare = taken < problem.openings
        goes, who_goes = np.where(spare, 0, goes), np.where(spare, NOBODY, who_goes)
        people = problem.candidate[waiting]
        comes, who_comes = least_of_each(
            problem.placement[waiting], self.slack[waiting], people, hub
        )
        empties = np.where(taken > 0, self.prices, FAR)
        who_comes = np.where(empties < comes, NOBODY, who_comes)
        comes = np.minimum(comes, empties)
        can_go, can_come = goes < FAR, comes < FAR
        at_hub = np.full(hub, hub, np.int32)
        return (
            np.concatenate([home[moves], places[can_go], at_hub[can_come]]),
            np.concatenate([problem.placement[moves], at_hub[can_go], places[can_come]]),
            np.concatenate([self.slack[moves], goes[can_go], comes[can_come]]),
            np.concatenate([problem.candidate[moves], who_goes[can_go], who_comes[can_come]]),
        )


def with_one_more_opening(problem: Problem) -> Problem:
    """Return the problem with room for one more person, for a worth that holds then too."""
    openings = problem.openings.copy()
    openings[0] += 1
    return Problem(
        starts=problem.starts,
        candidate=problem.candidate,
        placement=problem.placement,
        points=problem.points,
        openings=openings,
        order=problem.order,
    )


def least_of_each(
    group: NDArray[np.integer],
    length: IntArray,
    people: NDArray[np.integer],
    n_groups: int,
) -> tuple[IntArray, IntArray]:
    """Return the least length per group and the first person with it; ``FAR`` and -1 if empty."""
    least = np.full(n_groups, FAR, np.int64)
    np.minimum.at(least, group, length)
    who = np.full(n_groups, NOBODY, np.int64)
    # The last write stands, so the first person comes last.
    has_least = np.flatnonzero(length == least[group])[::-1]
    who[group[has_least]] = people[has_least]
    return least, who


def check_row(name: str, row: int, count: int) -> int:
    """Return a row number, or refuse it by name."""
    if isinstance(row, bool) or not isinstance(row, int | np.integer) or not 0 <= row < count:
        raise SnapshotError(f"{name} is {row!r}: there are {count}, numbered from 0.")
    return int(row)
