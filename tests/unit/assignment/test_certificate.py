"""The certificate refuses every plan, price and total that is spoiled."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from matcher.errors import SolverFailed
from matcher.optimisation.assignment import Outcome, Pairs, assign
from matcher.optimisation.assignment.arrays import arrange
from matcher.optimisation.assignment.prices import certificate, shadow_prices
from matcher.optimisation.assignment.pruning import openings_left
from tests.unit.assignment.pools import Small, every_plan, smalls

PAIRS = Pairs(np.array([0, 0, 1, 2]), np.array([0, 1, 0, 1]), np.array([9, 4, 8, 6]))
OPENINGS = np.array([1, 2])


@pytest.fixture
def outcome() -> Outcome:
    return assign(PAIRS, OPENINGS, n_candidates=3)


def changed(values: np.ndarray, position: int, change: int) -> np.ndarray:
    values = values.copy()
    values[position] += change
    return values


def test_it_takes_a_proved_plan(outcome: Outcome) -> None:
    certificate(PAIRS, OPENINGS, outcome)


@pytest.mark.parametrize(
    ("spoil", "fault"),
    [
        (lambda o: {"placed": o.placed + 1}, "number of people"),
        (lambda o: {"points": o.points + 1}, "points are wrong"),
        (lambda o: {"value": o.value + 1}, "value is wrong"),
        (lambda o: {"prices": changed(o.prices, 0, -o.prices[0] - 1)}, "price is negative"),
        (lambda o: {"surplus": changed(o.surplus, 1, -o.surplus[1] - 1)}, "surplus is negative"),
        (lambda o: {"prices": changed(o.prices, 0, -1)}, "a pair is worth more"),
        (lambda o: {"surplus": changed(o.surplus, 2, -1)}, "a pair is worth more"),
        (lambda o: {"surplus": changed(o.surplus, 2, 1)}, "prices"),
        (lambda o: {"worth": o.worth + 1}, "value is wrong"),
    ],
)
def test_a_spoiled_total_is_refused(outcome: Outcome, spoil, fault: str) -> None:
    with pytest.raises(SolverFailed, match=fault):
        certificate(PAIRS, OPENINGS, replace(outcome, **spoil(outcome)))


def test_a_price_where_openings_are_left_is_refused() -> None:
    pairs = Pairs(np.array([0]), np.array([0]), np.array([5]))
    outcome = assign(pairs, np.array([2]), n_candidates=1)
    spoiled = replace(outcome, prices=np.array([1]), surplus=np.array([4]))
    with pytest.raises(SolverFailed, match="openings left has a price"):
        certificate(pairs, np.array([2]), spoiled)


def test_too_many_people_are_refused(outcome: Outcome) -> None:
    for chosen, fault in (
        ([True, True, False, True], "two placements"),
        ([True, False, True, True], "more people than openings"),
    ):
        with pytest.raises(SolverFailed, match=fault):
            certificate(PAIRS, OPENINGS, replace(outcome, chosen=np.array(chosen)))


@given(small=smalls(), pick=st.integers(0, 2**32 - 1))
def test_no_worse_plan_has_prices_or_a_certificate(small: Small, pick: int) -> None:
    outcome = small.solve()
    worse = [plan for plan in every_plan(small) if small.value(plan, outcome.worth) < outcome.value]
    assume(worse)
    plan = list(worse[pick % len(worse)])
    problem = arrange(small.pairs, small.openings, small.n_candidates)
    match = np.full(small.n_candidates, -1, np.int32)
    match[small.candidate[plan]] = plan
    with pytest.raises(SolverFailed, match="not optimal"):
        shadow_prices(problem, outcome.worth, match, openings_left(problem, match))
    chosen = np.zeros(len(small.pairs), np.bool_)
    chosen[plan] = True
    points = int(small.points[plan].sum())
    value = small.value(tuple(plan), outcome.worth)
    spoiled = replace(outcome, chosen=chosen, placed=len(plan), points=points, value=value)
    with pytest.raises(SolverFailed, match="certificate does not close"):
        certificate(small.pairs, small.openings, spoiled)
