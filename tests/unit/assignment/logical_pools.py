"""Small problems with teams, people apart, people together, and at times limits."""

from dataclasses import dataclass, replace

import numpy as np
from hypothesis import strategies as st

from matcher.optimisation.assignment import Limits, Logic, Outcome, Pairs, assign
from tests.unit.assignment.limited_pools import in_row_order
from tests.unit.assignment.pools import Small, every_plan, smalls


@dataclass(frozen=True)
class Logical:
    """A small problem with its conditions, and what each pair uses of each resource."""

    small: Small
    logic: Logic
    use: np.ndarray
    capacity: np.ndarray

    def solve(self, order: np.ndarray | None = None, **options: object) -> Outcome:
        """Solve it, with the pairs in another order if one is given."""
        small = self.small
        order = np.arange(small.points.size) if order is None else order
        resource, pair = np.nonzero(self.use[:, order])
        limits = Limits(pair, resource, self.use[:, order][resource, pair], self.capacity)
        return assign(
            Pairs(small.candidate[order], small.placement[order], small.points[order]),
            small.openings,
            n_candidates=small.n_candidates,
            tiers=small.tiers,
            most_first=small.most_first,
            limits=limits if self.capacity.size else None,
            logic=self.logic,
            tie=None if small.tie is None else small.tie[order],
            **options,
        )

    def reordered(self, order: np.ndarray) -> "Logical":
        """Return the same problem with its pairs in another order."""
        small = self.small
        sides = {name: getattr(small, name)[order] for name in ("candidate", "placement", "points")}
        tie = None if small.tie is None else small.tie[order]
        return replace(self, small=replace(small, **sides, tie=tie), use=self.use[:, order])

    def kept_by(self, plan: tuple[int, ...]) -> bool:
        """Say whether a plan keeps to limits and conditions, in plain words."""
        small, logic, chosen = self.small, self.logic, list(plan)
        home = dict(
            zip(small.candidate[chosen].tolist(), small.placement[chosen].tolist(), strict=True)
        )
        here = [list(home.values()).count(place) for place in range(small.openings.size)]
        site = np.arange(small.openings.size) if logic.site is None else logic.site
        return (
            bool((self.use[:, chosen].sum(axis=1) <= self.capacity).all())
            and all(here[place] in (0, small.openings[place]) for place in logic.team)
            and all(here[place] == small.openings[place] for place in logic.filled)
            and all(person in home for person in logic.placed)
            and all(home.get(one) == home.get(other) for one, other in logic.together.tolist())
            and not any(
                one in home and other in home and site[home[one]] == site[home[other]]
                for one, other in logic.apart.tolist()
            )
        )

    def every_plan(self) -> list[tuple[int, ...]]:
        """Return every plan that keeps to all of it."""
        return [plan for plan in map(in_row_order, every_plan(self.small)) if self.kept_by(plan)]


@st.composite
def logical(
    draw: st.DrawFn,
    most_people: int = 5,
    most_placements: int = 4,
    demanding: bool | None = None,
) -> Logical:
    """Draw up to 5 × 4 with some of every condition, and limits now and then."""
    small = draw(smalls(most_people=most_people, most_placements=most_placements))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n, m = small.n_candidates, small.openings.size

    def two_each(most: int) -> np.ndarray:
        if n < 2:
            return np.zeros((0, 2), np.int32)
        return np.array(
            [random.choice(n, 2, replace=False) for _ in range(random.integers(0, most))], np.int32
        ).reshape(-1, 2)

    def some(count: int, share: float) -> np.ndarray:
        return np.flatnonzero(random.random(count) < share).astype(np.int32)

    if demanding is None:
        demanding = draw(st.integers(0, 4)) == 0
    count = small.points.size
    n_rows = draw(st.sampled_from((0, 0, 1, 2)))
    return Logical(
        small,
        Logic(
            team=some(m, 0.5),
            apart=two_each(3),
            together=two_each(3),
            site=random.integers(0, max(m - 1, 1), m),
            placed=some(n, 0.2) if demanding else some(0, 0),
            filled=some(m, 0.2) if demanding else some(0, 0),
        ),
        (random.random((n_rows, count)) < 0.7) * random.integers(1, 5, (n_rows, count)),
        random.integers(0, 10, n_rows),
    )
