"""Limits against the list of all plans, up to 5 × 4."""

import numpy as np
import pytest
from hypothesis import assume, given, settings

from matcher.optimisation.assignment import Outcome
from matcher.optimisation.assignment import limited as ways
from tests.unit.assignment.limited_pools import Limited, in_row_order, limited
from tests.unit.assignment.pools import every_plan

MANY = settings(max_examples=300, deadline=None)


def chosen(outcome: Outcome) -> tuple[int, ...]:
    return tuple(np.flatnonzero(outcome.chosen).tolist())


def check_proof(case: Limited, outcome: Outcome) -> None:
    """Check the bound by prices and rates: no pair is worth more, and it is not below the plan."""
    small = case.small
    thousandths = 1000 * (small.points + outcome.worth[small.candidate])
    thousandths = thousandths - case.use.T @ outcome.rates
    paid = 1000 * (outcome.surplus[small.candidate] + outcome.prices[small.placement])
    assert (thousandths <= paid)[small.openings[small.placement] > 0].all()
    assert min(outcome.prices.min(initial=0), outcome.surplus.min(initial=0)) >= 0
    assert outcome.rates.min(initial=0) >= 0
    total = 1000 * int(outcome.surplus.sum() + (small.openings * outcome.prices).sum())
    assert total + int((case.capacity * outcome.rates).sum()) >= 1000 * outcome.bound


def check_best(case: Limited, outcome: Outcome) -> None:
    small, plans, plan = case.small, case.every_plan(), chosen(outcome)
    assert (outcome.status, outcome.proved, outcome.gap) == ("optimal", True, 0)
    assert plan in plans
    assert small.goals(plan) == max(map(small.goals, plans))
    assert outcome.placed == len(plan)
    assert outcome.points == sum(small.points[list(plan)])
    best = max(small.value(other, outcome.worth) for other in plans)
    assert outcome.value == outcome.bound == small.value(plan, outcome.worth) == best
    check_proof(case, outcome)


def check_conflict(case: Limited, outcome: Outcome) -> None:
    """Check that the rows named cannot be met, and can as soon as any one is left out."""
    plans = list(map(in_row_order, every_plan(case.small)))
    conflict = list(outcome.conflict)
    assert not outcome.chosen.any()
    assert not outcome.proved
    assert conflict
    assert not any(case.kept_by(plan, conflict) for plan in plans)
    for row in conflict:
        fewer = [other for other in conflict if other != row]
        assert any(case.kept_by(plan, fewer) for plan in plans)


@MANY
@given(case=limited())
def test_nothing_within_the_limits_serves_the_goals_better(case: Limited) -> None:
    outcome = case.solve()
    if case.every_plan():
        check_best(case, outcome)
    else:
        assert outcome.status == "infeasible"
        check_conflict(case, outcome)


@MANY
@given(case=limited(nested=True))
def test_what_nests_is_a_flow_and_the_best(case: Limited) -> None:
    outcome = case.solve()
    assert outcome.method == "flow"
    check_best(case, outcome)


@MANY
@given(case=limited(nested=True))
def test_a_flow_and_a_search_agree(case: Limited) -> None:
    flow = case.solve()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ways, "nest", lambda problem, rows: None)
        assert case.small.goals(chosen(case.solve())) == case.small.goals(chosen(flow))


@MANY
@given(case=limited())
def test_the_search_for_many_pairs_finds_the_highest_value(case: Limited) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ways, "FEW_PAIRS", 0)
        outcome = case.solve()
    plans = case.every_plan()
    if not plans:
        assert outcome.status == "infeasible"
        check_conflict(case, outcome)
        return
    small, plan = case.small, chosen(outcome)
    best = max(small.value(other, outcome.worth) for other in plans)
    assert plan in plans
    assert outcome.value == outcome.bound == small.value(plan, outcome.worth) == best
    assert outcome.status in ("optimal", "within_gap")
    if outcome.status == "optimal":
        assert small.goals(plan) == max(map(small.goals, plans))
    check_proof(case, outcome)


@MANY
@given(case=limited())
def test_without_time_a_plan_within_the_limits_and_a_bound_that_holds(case: Limited) -> None:
    assume((case.capacity >= 0).all())
    outcome = case.solve(time_limit_seconds=0)
    small, plans, plan = case.small, case.every_plan(), chosen(outcome)
    assert plan in plans
    assert outcome.value == small.value(plan, outcome.worth)
    assert outcome.bound >= max(small.value(other, outcome.worth) for other in plans)


@settings(max_examples=100, deadline=None)
@given(case=limited())
def test_row_order_does_not_matter(case: Limited) -> None:
    order = np.random.default_rng(case.small.points.size).permutation(case.small.points.size)
    small = case.small
    other = Limited(
        small=type(small)(
            **vars(small)
            | {
                "candidate": small.candidate[order],
                "placement": small.placement[order],
                "points": small.points[order],
                "tie": None,
            }
        ),
        use=case.use[:, order],
        capacity=case.capacity,
    )
    np.testing.assert_array_equal(case.solve().chosen[order], other.solve().chosen)
