"""Small problems of every kind, and all of their plans by enumeration."""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from matcher.optimisation.assignment import Outcome, Pairs, assign


@dataclass(frozen=True)
class Small:
    """A problem small enough to list every plan."""

    candidate: np.ndarray
    placement: np.ndarray
    points: np.ndarray
    openings: np.ndarray
    n_candidates: int
    tiers: np.ndarray | None
    most_first: bool
    tie: np.ndarray | None

    @property
    def pairs(self) -> Pairs:
        return Pairs(self.candidate, self.placement, self.points)

    def solve(self, order: np.ndarray | None = None) -> Outcome:
        """Solve it, with the pairs in another order if one is given."""
        order = np.arange(self.points.size) if order is None else order
        return assign(
            Pairs(self.candidate[order], self.placement[order], self.points[order]),
            self.openings,
            n_candidates=self.n_candidates,
            tiers=self.tiers,
            most_first=self.most_first,
            tie=None if self.tie is None else self.tie[order],
        )

    def goals(self, plan: tuple[int, ...]) -> tuple[int, ...]:
        """Return what counts, in order: people by tier, or people, then points."""
        points = sum(int(self.points[k]) for k in plan)
        if self.tiers is not None:
            tiers = sorted(set(self.tiers.tolist()))
            who = [self.tiers[self.candidate[k]] for k in plan]
            return (*(who.count(tier) for tier in tiers), points)
        return (len(plan), points) if self.most_first else (points,)

    def value(self, plan: tuple[int, ...], worth: np.ndarray) -> int:
        """Return the points of a plan and the worth of its people."""
        return sum(int(self.points[k] + worth[self.candidate[k]]) for k in plan)


def every_plan(small: Small, openings: np.ndarray | None = None) -> list[tuple[int, ...]]:
    """Return every plan that keeps to the openings, as positions of pairs."""
    left = (small.openings if openings is None else openings).tolist()
    pairs_of = [np.flatnonzero(small.candidate == i).tolist() for i in range(small.n_candidates)]
    plans: list[tuple[int, ...]] = []

    def extend(i: int, plan: tuple[int, ...]) -> None:
        if i == small.n_candidates:
            plans.append(plan)
            return
        extend(i + 1, plan)
        for k in pairs_of[i]:
            j = small.placement[k]
            if left[j] > 0:
                left[j] -= 1
                extend(i + 1, (*plan, k))
                left[j] += 1

    extend(0, ())
    return plans


@st.composite
def smalls(draw: st.DrawFn, most_people: int = 6, most_placements: int = 6) -> Small:
    """Draw a problem of at most 6 × 6, with few and many ties, tiers, and points of any sign."""
    n = draw(st.integers(0, most_people))
    m = draw(st.integers(0, most_placements))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    density = draw(st.sampled_from([0.2, 0.4, 0.6, 0.9] if n * m < 20 else [0.2, 0.4, 0.5]))
    candidate, placement = np.nonzero(random.random((n, m)) < density)
    low, high = draw(st.sampled_from([(0, 1), (0, 3), (-2, 3), (-9, 10), (0, 1000), (-9, 0)]))
    count = candidate.size
    tie = draw(st.sampled_from([None, (0, 2), (-50, 50), (-(2**62), 2**62)]))
    return Small(
        candidate=candidate,
        placement=placement,
        points=random.integers(low, high, count),
        openings=random.integers(0, draw(st.integers(1, 4)), m),
        n_candidates=n,
        tiers=random.integers(0, 4, n) if draw(st.booleans()) else None,
        most_first=draw(st.booleans()),
        tie=None if tie is None else random.integers(*tie, count),
    )
