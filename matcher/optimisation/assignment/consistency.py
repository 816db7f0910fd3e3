"""Which fixed pairs fit together, and which do not: irreducible sets of them, by what is short."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from matcher.optimisation.assignment.arrays import BoolArray, IntArray, Pairs
from matcher.optimisation.assignment.conditions import Logic
from matcher.optimisation.assignment.door import assign
from matcher.optimisation.assignment.fixing import take_out
from matcher.optimisation.assignment.limits import Limits

Within = Callable[[Pairs], Limits | None]


@dataclass(frozen=True)
class Breach:
    """
    What a set of pairs asks too much of.

    Parameters
    ----------
    what
        ``candidate``, ``openings``, ``limit``, ``apart``, ``together`` or ``team``.
    row
        Of the candidate, the placement, or the resource among the limits of these pairs; of apart
        and together the first of the two.
    """

    what: str
    row: int


@dataclass(frozen=True)
class Clash:
    """Positions of pairs that no plan holds together, though it holds all but any one of them."""

    breach: Breach
    pairs: tuple[int, ...]


@dataclass(frozen=True)
class Fixing:
    """
    A problem in which pairs are to be fixed.

    Parameters
    ----------
    pairs, openings, n_candidates, logic
        The problem; all pairs that may be fixed are among the pairs.
    within
        Gives the limits of some pairs; rows that ask for something (floors) do not count here.
    """

    pairs: Pairs
    openings: IntArray
    n_candidates: int
    logic: Logic
    within: Within = lambda pairs: None

    def keep_first(self, positions: Sequence[int]) -> tuple[list[int], list[Clash]]:
        """
        Return the pairs that fit together, each next one if it fits the ones before, and clashes.

        Some plan holds all of the first. Each pair that is left out has one clash, with pairs that
        are kept: no plan holds these together, but any of them can be left out (a deletion filter).
        """
        if self.breach(positions) is None:
            return list(positions), []
        kept: list[int] = []
        clashes: list[Clash] = []
        for position in positions:
            breach = self.breach([*kept, position])
            if breach is None:
                kept.append(position)
                continue
            least = [*kept, position]
            for other in reversed(kept):
                fewer = [each for each in least if each != other]
                smaller = self.breach(fewer)
                if smaller is not None:
                    least, breach = fewer, smaller
            clashes.append(Clash(breach, tuple(least)))
        return kept, clashes

    def breach(self, positions: Sequence[int]) -> Breach | None:
        """Return what no plan can give these pairs together; None if some plan holds them all."""
        at = list(positions)
        people, places = self.pairs.candidate[at].tolist(), self.pairs.placement[at].tolist()
        home = dict(zip(people, places, strict=True))
        for person, count in Counter(people).items():
            if count > 1:
                return Breach("candidate", person)
        for place, count in Counter(places).items():
            if count > self.openings[place]:
                return Breach("openings", place)
        return (
            self._over_a_limit(at)
            or self._companions(home)
            or self._begun(at, home, Counter(places))
        )

    def _over_a_limit(self, at: list[int]) -> Breach | None:
        limits = _without_floors(self.within(_some(self.pairs, at)))
        if limits is None:
            return None
        used = np.zeros(len(limits), np.int64)
        np.add.at(used, limits.resource, limits.amount)
        over = np.flatnonzero(used > limits.capacity)
        return Breach("limit", int(over[0])) if over.size else None

    def _companions(self, home: dict[int, int]) -> Breach | None:
        site = np.arange(self.openings.size) if self.logic.site is None else self.logic.site
        for one, other in self.logic.apart.tolist():
            if one in home and other in home and site[home[one]] == site[home[other]]:
                return Breach("apart", one)
        for one, other in self.logic.together.tolist():
            if one in home and other in home and home[one] != home[other]:
                return Breach("together", one)
        return None

    def _begun(self, at: list[int], home: dict[int, int], taken: Counter[int]) -> Breach | None:
        """Return a team or a companion that nobody can complete."""
        teams = [
            place for place in self.logic.team.tolist() if 0 < taken[place] < self.openings[place]
        ]
        halves = [
            one if one in home else other
            for one, other in self.logic.together.tolist()
            if (one in home) != (other in home)
        ]
        if not teams and not halves:
            return None
        # Nobody else has to be placed anywhere, so only these placements count.
        asked = np.isin(self.pairs.placement, [*teams, *(home[person] for person in halves)])
        asked[at] = True
        positions = np.flatnonzero(asked)
        fixed = np.isin(positions, at)
        pairs = _some(self.pairs, positions)
        if self._can_be_completed(pairs, fixed):
            return None
        return Breach("team", teams[0]) if teams else Breach("together", halves[0])

    def _can_be_completed(self, pairs: Pairs, fixed: BoolArray) -> bool:
        limits = _without_floors(self.within(pairs))
        rest = take_out(pairs, self.openings, fixed, self.n_candidates, limits, self.logic)
        outcome = assign(
            Pairs(rest.pairs.candidate, rest.pairs.placement, np.zeros(len(rest.pairs), np.int64)),
            rest.openings,
            n_candidates=self.n_candidates,
            most_first=False,
            limits=rest.limits,
            logic=rest.logic,
        )
        return outcome.status != "infeasible"


def _some(pairs: Pairs, at: Sequence[int] | IntArray) -> Pairs:
    rows = np.asarray(at, np.int64)
    return Pairs(pairs.candidate[rows], pairs.placement[rows], pairs.points[rows])


def _without_floors(limits: Limits | None) -> Limits | None:
    if limits is None or (limits.capacity >= 0).all():
        return limits
    capacity = np.where(limits.capacity < 0, 0, limits.capacity)
    use = limits.amount > 0
    return Limits(limits.pair[use], limits.resource[use], limits.amount[use], capacity)
