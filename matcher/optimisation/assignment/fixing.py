"""Pairs that are fixed: taken out of the problem with all they use, and put back into the plan."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from matcher.optimisation.assignment.arrays import BoolArray, Int32Array, IntArray, Outcome, Pairs
from matcher.optimisation.assignment.conditions import Logic
from matcher.optimisation.assignment.door import assign
from matcher.optimisation.assignment.limits import Limits


@dataclass(frozen=True)
class Rest:
    """
    What is left of a problem beside its fixed pairs.

    Parameters
    ----------
    positions
        Where the pairs that are left stand among all, shape (n_left,).
    pairs, openings, limits, logic
        The problem that is left: people and placements keep their row numbers.
    """

    positions: IntArray
    pairs: Pairs
    openings: IntArray
    limits: Limits | None
    logic: Logic

    def put_back(self, outcome: Outcome, pairs: Pairs, fixed: BoolArray) -> Outcome:
        """
        Return the outcome of the whole problem, from that of the rest.

        Values and bounds rise by what the fixed pairs are worth; who is in one has as surplus what
        it is above the price of its opening, at least 0.
        """
        chosen = fixed.copy()
        chosen[self.positions[outcome.chosen]] = True
        who, where = pairs.candidate[fixed], pairs.placement[fixed]
        points = int(pairs.points[fixed].sum())
        worth = points + int(outcome.worth[who].sum())
        surplus = outcome.surplus.copy()
        surplus[who] = np.maximum(
            pairs.points[fixed] + outcome.worth[who] - outcome.prices[where], 0
        )
        return replace(
            outcome,
            chosen=chosen,
            placed=outcome.placed + who.size,
            points=outcome.points + points,
            value=outcome.value + worth,
            bound=outcome.bound + worth,
            gap=(outcome.bound - outcome.value) / max(outcome.points + points, 1),
            surplus=surplus,
        )

    def taken_from(self, outcome: Outcome, pairs: Pairs, fixed: BoolArray) -> Outcome:
        """Return the outcome of the rest again, from that of the whole problem."""
        who = pairs.candidate[fixed]
        points = int(pairs.points[fixed].sum())
        worth = points + int(outcome.worth[who].sum())
        surplus = outcome.surplus.copy()
        surplus[who] = 0
        return replace(
            outcome,
            chosen=outcome.chosen[self.positions],
            placed=outcome.placed - who.size,
            points=outcome.points - points,
            value=outcome.value - worth,
            bound=outcome.bound - worth,
            gap=(outcome.bound - outcome.value) / max(outcome.points - points, 1),
            surplus=surplus,
        )

    def among(self, stays: BoolArray) -> "Rest":
        """Return the rest with only some of its pairs; ``stays`` is over all pairs."""
        kept = stays[self.positions]
        if kept.all():
            return self
        number = np.cumsum(kept, dtype=np.int32) - 1
        limits = self.limits
        if limits is not None:
            use = kept[limits.pair]
            limits = Limits(
                number[limits.pair[use]], limits.resource[use], limits.amount[use], limits.capacity
            )
        pairs = Pairs(
            self.pairs.candidate[kept], self.pairs.placement[kept], self.pairs.points[kept]
        )
        return replace(self, positions=self.positions[kept], pairs=pairs, limits=limits)


def assign_around(
    pairs: Pairs,
    openings: IntArray,
    fixed: BoolArray,
    *,
    n_candidates: int,
    limits: Limits | None = None,
    logic: Logic | None = None,
    tie: IntArray | None = None,
    **options: Any,
) -> Outcome:
    """
    Return the best plan that holds all fixed pairs, as `assign` does without any.

    Parameters
    ----------
    fixed
        Which pairs the plan has to hold, shape (n_pairs,); they must fit together
        (`matcher.optimisation.assignment.consistency`).
    n_candidates, limits, logic, tie, options
        As for `assign`.
    """
    if not fixed.any():
        return assign(
            pairs,
            openings,
            n_candidates=n_candidates,
            limits=limits,
            logic=logic,
            tie=tie,
            **options,
        )
    rest = take_out(pairs, openings, fixed, n_candidates, limits, logic)
    outcome = assign(
        rest.pairs,
        rest.openings,
        n_candidates=n_candidates,
        limits=rest.limits,
        logic=rest.logic,
        tie=None if tie is None else tie[rest.positions],
        **options,
    )
    return outcome if outcome.status == "infeasible" else rest.put_back(outcome, pairs, fixed)


def take_out(
    pairs: Pairs,
    openings: IntArray,
    fixed: BoolArray,
    n_candidates: int,
    limits: Limits | None = None,
    logic: Logic | None = None,
) -> Rest:
    """
    Return the problem beside its fixed pairs: without their people, openings and amounts.

    Who is apart from a fixed person has no pair at that site any more, who goes together with one
    only those at that placement, and must be placed; a team that somebody is fixed in has to be
    filled.
    """
    logic = logic or Logic()
    home = np.full(n_candidates, -1, np.int32)
    home[pairs.candidate[fixed]] = pairs.placement[fixed]
    taken = np.bincount(pairs.placement[fixed], minlength=openings.size)
    left = openings - taken
    stays = home[pairs.candidate] < 0
    site = np.arange(openings.size) if logic.site is None else logic.site
    for one, other in _one_fixed(logic.apart, home):
        near = site[pairs.placement] == site[home[one]]
        stays &= (pairs.candidate != other) | ~near
    joined = _one_fixed(logic.together, home)
    for one, other in joined:
        stays &= (pairs.candidate != other) | (pairs.placement == home[one])
    begun = (taken[logic.team] > 0) & (left[logic.team] > 0)
    positions = np.flatnonzero(stays)
    return Rest(
        positions=positions,
        pairs=Pairs(
            pairs.candidate[positions], pairs.placement[positions], pairs.points[positions]
        ),
        openings=left,
        limits=None if limits is None else _limits_left(limits, fixed, positions),
        logic=replace(
            logic,
            team=logic.team[taken[logic.team] == 0],
            apart=_none_fixed(logic.apart, home),
            together=_none_fixed(logic.together, home),
            placed=np.concatenate(
                [logic.placed[home[logic.placed] < 0], [other for _, other in joined]]
            ).astype(np.int32),
            filled=np.union1d(logic.filled, logic.team[begun]).astype(np.int32),
        ),
    )


def _one_fixed(two: Int32Array, home: Int32Array) -> list[tuple[int, int]]:
    """Return the twos of whom one is fixed, that one first."""
    return [
        (int(one), int(other))
        for one, other in np.concatenate([two, two[:, ::-1]])
        if home[one] >= 0 and home[other] < 0
    ]


def _none_fixed(two: Int32Array, home: Int32Array) -> Int32Array:
    return two[(home[two] < 0).all(axis=1)]


def _limits_left(limits: Limits, fixed: BoolArray, positions: IntArray) -> Limits:
    used = np.zeros(len(limits), np.int64)
    mine = fixed[limits.pair]
    np.add.at(used, limits.resource[mine], limits.amount[mine])
    number = np.full(fixed.size, -1, np.int32)
    number[positions] = np.arange(positions.size)
    kept = number[limits.pair] >= 0
    # Fixed pairs may give a floor more than it asks for: then it asks for nothing any more.
    floor = (limits.capacity < 0) & (used < limits.capacity)
    return Limits(
        number[limits.pair[kept]],
        limits.resource[kept],
        limits.amount[kept],
        np.where(floor, 0, limits.capacity - used),
    )
