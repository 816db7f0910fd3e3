"""
The plans around a plan: what one person elsewhere, or one more opening, would change.

Exact where it can be: without limits that bind, or where these nest, by shortest paths against
prices and rates. Limits that were searched leave room between what is found and what is proved;
then the loss is of a plan that was found, and so is marked.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from matcher.errors import SolverFailed
from matcher.optimisation.assignment import Limits, Outcome, Pairs
from matcher.optimisation.assignment import alternatives as paths
from matcher.optimisation.assignment.alternatives import Alternative, Change
from matcher.optimisation.assignment.residual import Residual
from matcher.optimisation.exchanges import Exchanges

THOUSANDTHS = 1000

Ints = NDArray[np.int64]
C = TypeVar("C", bound=Change)


class Surroundings:
    """
    A plan and all exchanges from it, made once and asked many times.

    Parameters
    ----------
    pairs, openings, tier, limits
        What was solved; tiers from 0, shape (n_candidates,); limits without rows if none can bind.
    outcome
        Its plan.
    """

    def __init__(
        self, pairs: Pairs, openings: Ints, outcome: Outcome, tier: Ints, limits: Limits
    ) -> None:
        self._small = Exchanges(pairs, openings, outcome, tier, limits)
        self._limited = len(limits) > 0
        # How many units of length are one point; 0 where lengths keep the order of goals.
        self._scale = THOUSANDTHS if outcome.rates.any() else 0
        self._residual = _residual(pairs, openings, outcome, tier, limits)

    def of_candidate(self, person: int, top: int | None = None) -> list[Alternative]:
        """Return the best plan with a person at each other eligible placement, least loss first."""
        if self._residual is None:
            return self._small.of_candidate(person, top)
        return self._kept(paths.alternatives_of_candidate(self._residual, person, top=top))

    def of_placement(self, place: int, top: int | None = None) -> list[Alternative]:
        """Return the best plan with each other eligible person at a placement, likewise."""
        if self._residual is None:
            return self._small.of_placement(place, top)
        return self._kept(paths.alternatives_of_placement(self._residual, place, top=top))

    def one_more_opening(self, place: int) -> Change:
        """Return what one more opening would change: a loss below 0 is a gain."""
        if self._residual is None:
            return self._small.one_more_opening(place)
        found = paths.one_more_opening(self._residual, place)
        if not self._limited:
            return found
        self._small.spare[place] += 1
        fits = self._small.kept_by(found.moves)
        self._small.spare[place] -= 1
        return self._told(found) if fits else self._small.one_more_opening(place)

    def _kept(self, found: Sequence[Alternative]) -> list[Alternative]:
        """Return those that keep to the limits; where one does not, a smaller exchange."""
        if not self._limited:
            return list(found)
        kept = []
        for each in found:
            if self._small.kept_by(each.moves):
                kept.append(self._told(each))
            elif (other := self._small.force(each.candidate, each.placement)) is not None:
                kept.append(other)
        return sorted(kept, key=lambda each: each.loss)

    def _told(self, found: C) -> C:
        """
        Return a change in people and points of the plan itself.

        A path is the least loss against prices and rates: a plan that keeps to the limits and loses
        no more than that is the best one.
        """
        real = self._small.change(found.moves)
        exact = self._scale == 0 or found.loss == self._scale * real.loss
        return replace(
            found,
            loss=real.loss,
            fewer_people=real.fewer_people,
            fewer_points=real.fewer_points,
            exact=exact,
        )


def _residual(
    pairs: Pairs, openings: Ints, outcome: Outcome, tier: Ints, limits: Limits
) -> Residual | None:
    """Return the exchanges against prices and rates; None where no prices prove the plan."""
    if outcome.method != "flow" or outcome.status != "optimal":
        return None
    if not outcome.rates.any():
        return Residual.of(pairs, openings, outcome, tiers=tier, in_order=True)
    profit = THOUSANDTHS * (pairs.points + outcome.worth[pairs.candidate])
    np.subtract.at(profit, limits.pair, limits.amount * outcome.rates[limits.resource])
    total = int(profit[outcome.chosen].sum())
    as_points = replace(
        outcome,
        worth=np.zeros_like(outcome.worth),
        points=total,
        value=total,
        bound=total,
        prices=THOUSANDTHS * outcome.prices,
        surplus=THOUSANDTHS * outcome.surplus,
    )
    adjusted = Pairs(pairs.candidate, pairs.placement, profit)
    try:
        return Residual.of(adjusted, openings, as_points, most_first=False)
    except SolverFailed:
        # rates of amounts above one are rounded, and rounded rates may not close the certificate
        return None
