"""Pins against the list of all plans: which fit together, which do not, and the best plan then."""

from dataclasses import dataclass

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.optimisation.assignment import Limits, Outcome, Pairs
from matcher.optimisation.assignment.consistency import Fixing
from matcher.optimisation.assignment.fixing import assign_around
from tests.unit.assignment.logical_pools import Logical, logical

MANY = settings(max_examples=700, deadline=None)


@dataclass(frozen=True)
class Pinned:
    """A small problem and the pairs to be fixed, the oldest first."""

    case: Logical
    pins: list[int]

    def limits_of(self, pairs: Pairs) -> Limits | None:
        """Return the limits over some of the pairs, found again by person and placement."""
        small = self.case.small
        at = {
            pair: number
            for number, pair in enumerate(
                zip(small.candidate.tolist(), small.placement.tolist(), strict=True)
            )
        }
        chosen = [
            at[pair]
            for pair in zip(pairs.candidate.tolist(), pairs.placement.tolist(), strict=True)
        ]
        use = self.case.use[:, chosen]
        resource, pair = np.nonzero(use)
        return Limits(pair, resource, use[resource, pair], self.case.capacity)

    @property
    def fixing(self) -> Fixing:
        small = self.case.small
        return Fixing(
            small.pairs, small.openings, small.n_candidates, self.case.logic, self.limits_of
        )

    def solve(self, kept: list[int]) -> Outcome:
        small = self.case.small
        fixed = np.zeros(small.points.size, np.bool_)
        fixed[kept] = True
        return assign_around(
            small.pairs,
            small.openings,
            fixed,
            n_candidates=small.n_candidates,
            tiers=small.tiers,
            most_first=small.most_first,
            limits=self.limits_of(small.pairs) if self.case.capacity.size else None,
            logic=self.case.logic,
            tie=small.tie,
        )


@st.composite
def pinned(draw: st.DrawFn) -> Pinned:
    case = draw(logical(demanding=False))
    count = case.small.points.size
    if not count:
        return Pinned(case, [])
    return Pinned(case, draw(st.lists(st.integers(0, count - 1), max_size=5, unique=True)))


@MANY
@given(given_=pinned())
def test_the_oldest_pins_that_fit_together_are_kept(given_: Pinned) -> None:
    plans = [set(plan) for plan in given_.case.every_plan()]

    def held(pins: list[int]) -> bool:
        return any(plan.issuperset(pins) for plan in plans)

    oldest: list[int] = []
    for pin in given_.pins:
        if held([*oldest, pin]):
            oldest.append(pin)
    kept, clashes = given_.fixing.keep_first(given_.pins)
    assert kept == oldest
    left_out = [pin for pin in given_.pins if pin not in kept]
    assert [clash.pairs[-1] for clash in clashes] == left_out
    for clash in clashes:
        assert not held(list(clash.pairs))
        for pin in clash.pairs:
            assert held([other for other in clash.pairs if other != pin])


@MANY
@given(given_=pinned())
def test_nothing_better_holds_the_pins(given_: Pinned) -> None:
    kept, _ = given_.fixing.keep_first(given_.pins)
    outcome = given_.solve(kept)
    small = given_.case.small
    plans = [plan for plan in given_.case.every_plan() if set(plan).issuperset(kept)]
    plan = tuple(np.flatnonzero(outcome.chosen).tolist())
    assert (outcome.status, outcome.proved, outcome.gap) == ("optimal", True, 0)
    assert plan in plans
    assert outcome.placed == len(plan)
    assert outcome.points == sum(small.points[list(plan)])
    assert outcome.value == outcome.bound == small.value(plan, outcome.worth)
    assert small.goals(plan) == max(map(small.goals, plans))
    assert outcome.surplus.min(initial=0) >= 0


@settings(max_examples=200, deadline=None)
@given(given_=pinned())
def test_the_order_of_the_pairs_does_not_matter(given_: Pinned) -> None:
    small = given_.case.small
    order = np.random.default_rng(small.points.size).permutation(small.points.size)
    other = Pinned(given_.case.reordered(order), [])
    pins = [int(np.flatnonzero(order == pin)[0]) for pin in given_.pins]
    kept, clashes = given_.fixing.keep_first(given_.pins)
    kept_too, clashes_too = other.fixing.keep_first(pins)
    assert [int(order[pin]) for pin in kept_too] == kept
    assert [tuple(int(order[pin]) for pin in clash.pairs) for clash in clashes_too] == [
        clash.pairs for clash in clashes
    ]
    np.testing.assert_array_equal(given_.solve(kept).chosen[order], other.solve(kept_too).chosen)
