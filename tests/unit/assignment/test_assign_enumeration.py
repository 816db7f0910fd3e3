"""The array door against the list of all plans, up to 6 × 6."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.errors import SnapshotError
from matcher.optimisation.assignment import solving
from matcher.optimisation.assignment.prices import certificate
from tests.unit.assignment.pools import Small, every_plan, smalls

MANY = settings(max_examples=300)


@pytest.fixture(params=["one flow", "auction"], autouse=True, scope="module")
def method(request: pytest.FixtureRequest) -> Iterator[str]:
    """Take both ways to the answer, which the number of pairs alone would never do here."""
    with pytest.MonkeyPatch.context() as patch:
        if request.param == "auction":
            patch.setattr(solving, "FEW_PAIRS", 0)
        yield request.param


@MANY
@given(small=smalls())
def test_nothing_serves_the_goals_better(small: Small) -> None:
    outcome = small.solve()
    plan = tuple(np.flatnonzero(outcome.chosen).tolist())
    plans = every_plan(small)
    assert plan in plans
    assert small.goals(plan) == max(map(small.goals, plans))
    assert outcome.placed == len(plan)
    assert outcome.points == small.points[outcome.chosen].sum()
    assert (outcome.status, outcome.proved, outcome.gap) == ("optimal", True, 0)
    assert outcome.bound == outcome.value == small.value(plan, outcome.worth)


@MANY
@given(small=smalls())
def test_the_certificate_closes(small: Small) -> None:
    outcome = small.solve()
    certificate(small.pairs, small.openings, outcome)
    assert outcome.value == outcome.surplus.sum() + (small.openings * outcome.prices).sum()


@MANY
@given(small=smalls(most_people=5, most_placements=4))
def test_a_price_is_the_gain_of_one_more_opening(small: Small) -> None:
    outcome = small.solve()
    for j in range(small.openings.size):
        more = small.openings.copy()
        more[j] += 1
        best = max(small.value(plan, outcome.worth) for plan in every_plan(small, more))
        assert outcome.prices[j] == best - outcome.value


@MANY
@given(small=smalls(most_people=5))
def test_worth_keeps_the_order_and_no_less_would(small: Small) -> None:
    worth = small.solve().worth
    tiers = small.tiers
    if tiers is None and not small.most_first:
        assert not worth.any()
        return
    if tiers is None:
        tiers = np.zeros(small.n_candidates, np.int64)
    plans = every_plan(small)
    people_served = max(map(small.goals, plans))[:-1]

    def keeps_order(worth: np.ndarray) -> bool:
        best = max(small.value(plan, worth) for plan in plans)
        return all(
            small.goals(plan)[:-1] == people_served
            for plan in plans
            if small.value(plan, worth) == best
        )

    assert keeps_order(worth)
    for tier in set(tiers.tolist()):
        less = np.where(tiers == tier, worth - 1, worth)
        assert less.min() < 0 or not keeps_order(less)


@MANY
@given(small=smalls())
def test_among_equals_the_lowest_total_of_ties(small: Small) -> None:
    if small.tie is None:
        return
    plans = every_plan(small)
    best = max(map(small.goals, plans))
    equals = [plan for plan in plans if small.goals(plan) == best]
    if small.tiers is None and not small.most_first:
        most = max(map(len, equals))
        equals = [plan for plan in equals if len(plan) == most]
    chosen = np.flatnonzero(small.solve().chosen)

    def total(plan: tuple[int, ...]) -> int:
        return sum(int(small.tie[k]) for k in plan)

    assert total(tuple(chosen)) == min(map(total, equals))


@MANY
@given(small=smalls(), seed=st.integers(0, 1000))
def test_row_order_does_not_matter(small: Small, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(small.points.size)
    given_order, other_order = small.solve(), small.solve(order)
    np.testing.assert_array_equal(given_order.chosen[order], other_order.chosen)
    for name in ("worth", "prices", "surplus"):
        np.testing.assert_array_equal(getattr(given_order, name), getattr(other_order, name))


@MANY
@given(small=smalls())
def test_tiers_never_place_fewer_people(small: Small) -> None:
    # The sets of people that can be placed together form a matroid.
    tiers = np.arange(small.n_candidates) % 3
    assert replace(small, tiers=tiers).solve().placed == max(map(len, every_plan(small)))


@MANY
@given(small=smalls(most_people=4, most_placements=4), digits=st.integers(8, 17))
def test_points_may_be_large(small: Small, digits: int) -> None:
    large = replace(small, points=small.points * 10**digits, tie=None)
    refusal = ""
    try:
        outcome = large.solve()
    except SnapshotError as error:
        refusal = error.message
    if refusal:
        assert "coarser unit" in refusal
        return
    plan = tuple(np.flatnonzero(outcome.chosen).tolist())
    assert large.goals(plan) == max(map(large.goals, every_plan(large)))
    certificate(large.pairs, large.openings, outcome)
