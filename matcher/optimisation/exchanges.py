"""Small exchanges around a plan within limits, each looked at with all that it uses and frees."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.optimisation.assignment import Limits, Outcome, Pairs
from matcher.optimisation.assignment.alternatives import Move

Ints = NDArray[np.int64]

LOOKED_AT = 8
"""Of each person the placements that go best with the prices; the others seldom are near."""
DISPLACED = 3
"""Of a full placement those who lose least by leaving it."""


class Exchanges:
    """
    A plan, and what a few moves would change of it.

    Parameters
    ----------
    pairs, openings, outcome, limits
        What was solved, and its plan.
    tier
        Tier of each candidate, from 0, shape (n_candidates,).
    """

    def __init__(
        self, pairs: Pairs, openings: Ints, outcome: Outcome, tier: Ints, limits: Limits
    ) -> None:
        self.pairs, self.tier, self.worth = pairs, tier, outcome.worth
        order = np.lexsort([pairs.placement, pairs.candidate])
        self._pair = order
        self._starts = np.searchsorted(pairs.candidate[order], np.arange(tier.size + 1))
        self._placement = pairs.placement[order].astype(np.int64)
        self._gain = (pairs.points + outcome.worth[pairs.candidate])[order]
        self._slack = self._gain - outcome.prices[self._placement]
        by_pair = np.argsort(limits.pair, kind="stable")
        self._use_starts = np.searchsorted(limits.pair[by_pair], np.arange(len(pairs) + 1))
        self._resource = limits.resource[by_pair]
        self._amount = limits.amount[by_pair]
        chosen = outcome.chosen[limits.pair]
        used = np.bincount(
            limits.resource[chosen], limits.amount[chosen].astype(float), minlength=len(limits)
        )
        self.left = limits.capacity - used.astype(np.int64)
        self.home: dict[int, int] = {
            int(person): int(place)
            for person, place in zip(
                pairs.candidate[outcome.chosen], pairs.placement[outcome.chosen], strict=True
            )
        }
        self.at: dict[int, list[int]] = {}
        for person, place in self.home.items():
            self.at.setdefault(place, []).append(person)
        taken = np.bincount(pairs.placement[outcome.chosen], minlength=openings.size)
        self.spare = openings - taken

    def _row(self, person: int, place: int) -> int:
        rows = slice(self._starts[person], self._starts[person + 1])
        return int(self._starts[person] + np.searchsorted(self._placement[rows], place))

    def _eligible(self, person: int, place: int) -> bool:
        row = self._row(person, place)
        return row < self._starts[person + 1] and int(self._placement[row]) == place

    def points_lost(self, moves: Sequence[Move]) -> int:
        """Return the points that a plan has less after these moves."""
        points = self.pairs.points
        return sum(
            sign * int(points[self._pair[self._row(move.candidate, place)]])
            for move in moves
            for sign, place in ((1, move.leaves), (-1, move.takes))
            if place is not None
        )

    def value_lost(self, moves: Sequence[Move]) -> int:
        """Return the value, worth of people included, that a plan has less after these moves."""
        people = sum(
            int(self.worth[move.candidate])
            * (int(move.leaves is not None) - int(move.takes is not None))
            for move in moves
        )
        return self.points_lost(moves) + people

    def people_lost(self, moves: Sequence[Move]) -> list[int]:
        """Return by tier how many people fewer have a placement after these moves."""
        fewer = [0] * (int(self.tier.max(initial=0)) + 1)
        for move in moves:
            change = int(move.leaves is not None) - int(move.takes is not None)
            fewer[int(self.tier[move.candidate])] += change
        return fewer

    def kept_by(self, moves: Sequence[Move]) -> bool:
        """Say whether the plan keeps to openings and limits after these moves."""
        change: dict[int, int] = {}
        room: dict[int, int] = {}
        for move in moves:
            for sign, place in ((-1, move.leaves), (1, move.takes)):
                if place is None:
                    continue
                room[place] = room.get(place, 0) + sign
                pair = self._pair[self._row(move.candidate, place)]
                for at in range(self._use_starts[pair], self._use_starts[pair + 1]):
                    resource = int(self._resource[at])
                    change[resource] = change.get(resource, 0) + sign * int(self._amount[at])
        return all(more <= self.spare[place] for place, more in room.items()) and all(
            more <= self.left[resource] or more <= 0 for resource, more in change.items()
        )

    def around(self, person: int, top: int) -> list[list[Move]]:
        """
        Return the exchanges that bring a placed person elsewhere at least loss, one a placement.

        Looked at are the placements that go best with the prices: an opening that is left, or
        somebody there who takes the place that falls free, one that is left, or none.
        """
        home = self.home[person]
        rows = np.arange(self._starts[person], self._starts[person + 1])
        rows = rows[self._placement[rows] != home]
        rows = rows[np.argsort(-self._slack[rows], kind="stable")][:LOOKED_AT]
        found = []
        for row in rows:
            place = int(self._placement[row])
            ways = [
                (self.value_lost(moves), number, moves)
                for number, moves in enumerate(self._ways(person, home, place))
                if self.kept_by(moves)
            ]
            if ways:
                loss, _, moves = min(ways)
                found.append((loss, place, moves))
        return [moves for _, _, moves in sorted(found, key=lambda each: each[:2])[:top]]

    def _ways(self, person: int, home: int, place: int) -> Iterator[list[Move]]:
        first = Move(person, home, place)
        if self.spare[place] > 0:
            yield [first]
            return
        there = self.at.get(place, [])
        surplus = [int(self._gain[self._row(other, place)]) for other in there]
        for at in np.argsort(surplus, kind="stable")[:DISPLACED]:
            other = there[at]
            yield [first, Move(other, place, None)]
            if self._eligible(other, home):
                yield [first, Move(other, place, home)]
            rows = np.arange(self._starts[other], self._starts[other + 1])
            free = rows[self.spare[self._placement[rows]] > 0]
            for row in free[np.argsort(-self._gain[free], kind="stable")][:2]:
                yield [first, Move(other, place, int(self._placement[row]))]
