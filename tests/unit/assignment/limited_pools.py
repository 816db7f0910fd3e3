"""Small problems with limits of every kind: budgets, floors, equal shares, groups within groups."""

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from matcher.optimisation.assignment import Limits, Outcome, assign
from tests.unit.assignment.pools import Small, every_plan, smalls


@dataclass(frozen=True)
class Limited:
    """A small problem, what each pair uses of each resource, and the capacities."""

    small: Small
    use: np.ndarray
    capacity: np.ndarray

    @property
    def limits(self) -> Limits:
        resource, pair = np.nonzero(self.use)
        return Limits(pair, resource, self.use[resource, pair], self.capacity)

    def solve(self, **options: object) -> Outcome:
        small = self.small
        return assign(
            small.pairs,
            small.openings,
            n_candidates=small.n_candidates,
            tiers=small.tiers,
            most_first=small.most_first,
            limits=self.limits,
            **options,
        )

    def kept_by(self, plan: tuple[int, ...], rows: object = slice(None)) -> bool:
        """Say whether a plan keeps to these rows."""
        used = self.use[:, list(plan)].sum(axis=1)
        return bool((used[rows] <= self.capacity[rows]).all())

    def every_plan(self) -> list[tuple[int, ...]]:
        """Return every plan within openings and limits."""
        return [plan for plan in map(in_row_order, every_plan(self.small)) if self.kept_by(plan)]


def in_row_order(plan: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(plan))


@st.composite
def limited(draw: st.DrawFn, nested: bool = False) -> Limited:
    """Draw up to 5 × 4 with one to three limits."""
    small = draw(smalls(most_people=5, most_placements=4))
    random = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = small.points.size
    n_rows = int(random.integers(1, 4))
    use = np.zeros((n_rows, count), np.int64)
    capacity = np.zeros(n_rows, np.int64)
    if nested:
        for sides in (small.placement, small.candidate):
            groups = [np.unique(sides)]
            for row in np.flatnonzero(random.random(n_rows) < 0.6):
                if use[row].any():
                    continue
                base = groups[random.integers(len(groups))]
                members = base[random.random(base.size) < 0.7]
                groups = [members] if random.random() < 0.5 else [*groups[:1], members]
                use[row] = random.integers(1, 3) * np.isin(sides, members)
                capacity[row] = random.integers(0, 5)
        return Limited(small, use, capacity)
    for row in range(n_rows):
        uses = random.random(count) < 0.7
        match random.integers(4):
            case 0:
                use[row] = uses * random.integers(1, 6, count)
                capacity[row] = random.integers(0, 12)
            case 1:
                use[row] = -uses.astype(np.int64)
                capacity[row] = -random.integers(0, 3)
            case 2:
                use[row] = uses * random.choice([-1, 1], count)
            case 3:
                use[row] = uses
                capacity[row] = random.integers(0, 4)
    return Limited(small, use, capacity)
