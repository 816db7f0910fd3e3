"""Small exchanges around a plan within limits, each looked at with all that it uses and frees."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.optimisation.assignment import Limits, Outcome, Pairs
from matcher.optimisation.assignment.alternatives import Alternative, Change, Move

Ints = NDArray[np.int64]

NOWHERE = -1
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
        Tier of each candidate, from 0, shape (n_candidates,); people are counted by the tiers that
        somebody is in.
    """

    def __init__(
        self, pairs: Pairs, openings: Ints, outcome: Outcome, tier: Ints, limits: Limits
    ) -> None:
        self.pairs, self.worth = pairs, outcome.worth
        self.tier = np.unique(tier, return_inverse=True)[1]
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

    def change(self, moves: Sequence[Move]) -> Change:
        """Return what a plan loses by these moves, found and not proved."""
        points = loss = 0
        fewer = [0] * (int(self.tier.max(initial=0)) + 1)
        for move in moves:
            for sign, place in ((1, move.leaves), (-1, move.takes)):
                if place is None:
                    continue
                pair = self._pair[self._row(move.candidate, place)]
                points += sign * int(self.pairs.points[pair])
                loss += sign * int(self.pairs.points[pair] + self.worth[move.candidate])
                fewer[int(self.tier[move.candidate])] += sign
        return Change(loss, tuple(fewer), points, tuple(moves), exact=False)

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

    def force(self, person: int, place: int) -> Alternative | None:
        """
        Return the exchange of least loss that brings a person to a placement, None if none fits.

        Into an opening that is left, or instead of somebody there, who takes the place that falls
        free, one that is left, or none.
        """
        if self.spare[place] <= 0 and place not in self.at:
            return None
        found = [
            self.change(moves)
            for moves in self._ways(person, self.home.get(person), place)
            if self.kept_by(moves)
        ]
        if not found:
            return None
        best = min(found, key=lambda each: each.loss)
        return Alternative(
            best.loss, best.fewer_people, best.fewer_points, best.moves, person, place, exact=False
        )

    def of_candidate(self, person: int, top: int | None) -> list[Alternative]:
        """Return those for a person, least loss first: all, or the best of a few that look best."""
        rows = np.arange(self._starts[person], self._starts[person + 1])
        rows = rows[self._placement[rows] != self.home.get(person, NOWHERE)]
        rows = rows[np.argsort(-self._slack[rows], kind="stable")]
        some = rows if top is None else rows[: max(LOOKED_AT, top)]
        return _least_first((self.force(person, int(self._placement[row])) for row in some), top)

    def of_placement(self, place: int, top: int | None) -> list[Alternative]:
        """Return those for a placement, least loss first."""
        people = np.sort(self.pairs.candidate[self.pairs.placement == place])
        others = [int(each) for each in people if self.home.get(int(each)) != place]
        return _least_first((self.force(each, place) for each in others), top)

    def one_more_opening(self, place: int) -> Change:
        """Return the best that one person more at a placement brings; no moves where nothing."""
        self.spare[place] += 1
        try:
            found = [each for each in self.of_placement(place, 1) if each.loss < 0]
        finally:
            self.spare[place] -= 1
        return self.change(found[0].moves if found else ())

    def _ways(self, person: int, home: int | None, place: int) -> Iterator[list[Move]]:
        first = Move(person, home, place)
        if self.spare[place] > 0:
            yield [first]
            return
        there = self.at.get(place, [])
        surplus = [int(self._gain[self._row(other, place)]) for other in there]
        for at in np.argsort(surplus, kind="stable")[:DISPLACED]:
            other = there[at]
            yield [first, Move(other, place, None)]
            if home is not None and self._eligible(other, home):
                yield [first, Move(other, place, home)]
            rows = np.arange(self._starts[other], self._starts[other + 1])
            free = rows[self.spare[self._placement[rows]] > 0]
            for row in free[np.argsort(-self._gain[free], kind="stable")][:2]:
                yield [first, Move(other, place, int(self._placement[row]))]


def _least_first(found: Iterable[Alternative | None], top: int | None) -> list[Alternative]:
    there = [each for each in found if each is not None]
    return sorted(there, key=lambda each: (each.loss, each.placement, each.candidate))[:top]
