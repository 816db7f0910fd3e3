"""Teams, people apart and together against the list of all plans, up to 5 × 4."""

import numpy as np
import pytest
from hypothesis import given, settings

from matcher.optimisation.assignment import Outcome
from matcher.optimisation.assignment import logic as ways
from tests.unit.assignment.logical_pools import Logical, logical

MANY = settings(max_examples=700, deadline=None)


def chosen(outcome: Outcome) -> tuple[int, ...]:
    return tuple(np.flatnonzero(outcome.chosen).tolist())


def check_totals(case: Logical, outcome: Outcome) -> None:
    small, plan = case.small, chosen(outcome)
    assert outcome.placed == len(plan)
    assert outcome.points == sum(small.points[list(plan)])
    assert outcome.value == small.value(plan, outcome.worth)
    assert min(outcome.prices.min(initial=0), outcome.surplus.min(initial=0)) >= 0


@MANY
@given(case=logical())
def test_nothing_that_keeps_to_the_conditions_serves_the_goals_better(case: Logical) -> None:
    outcome, plans = case.solve(), case.every_plan()
    if not plans:
        assert (outcome.status, outcome.proved, chosen(outcome)) == ("infeasible", False, ())
        return
    small, plan = case.small, chosen(outcome)
    assert (outcome.status, outcome.proved, outcome.gap) == ("optimal", True, 0)
    assert plan in plans
    check_totals(case, outcome)
    assert small.goals(plan) == max(map(small.goals, plans))
    best = max(small.value(other, outcome.worth) for other in plans)
    assert outcome.value == outcome.bound == best


@MANY
@given(case=logical())
def test_the_search_for_many_pairs_finds_the_highest_value(case: Logical) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ways, "FEW_PAIRS", 0)
        patch.setattr(ways, "FIRST_KEPT", 3)
        outcome = case.solve()
    plans = case.every_plan()
    if not plans:
        assert outcome.status == "infeasible"
        return
    plan = chosen(outcome)
    assert plan in plans
    check_totals(case, outcome)
    best = max(case.small.value(other, outcome.worth) for other in plans)
    assert outcome.value == outcome.bound == best
    if outcome.status == "optimal":
        assert case.small.goals(plan) == max(map(case.small.goals, plans))


@MANY
@given(case=logical())
def test_a_bound_never_lies_below_the_best_plan(case: Logical) -> None:
    if case.logic.placed.size or case.logic.filled.size:
        return
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ways, "FEW_PAIRS", 0)
        patch.setattr(ways, "FIRST_KEPT", 2)
        patch.setattr(ways, "MOST_KEPT", 4)
        patch.setattr(ways, "EFFORT", 1e-6)
        outcome = case.solve()
    plans = case.every_plan()
    assert chosen(outcome) in plans
    check_totals(case, outcome)
    assert outcome.bound >= max(case.small.value(other, outcome.worth) for other in plans)


@settings(max_examples=150, deadline=None)
@given(case=logical())
def test_row_order_does_not_matter(case: Logical) -> None:
    order = np.random.default_rng(case.small.points.size).permutation(case.small.points.size)
    first, second = case.solve(), case.solve(order)
    assert first.status == second.status
    np.testing.assert_array_equal(first.chosen[order], second.chosen)
