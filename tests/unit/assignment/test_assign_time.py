"""When time is short: the best plan so far, its proved gap, and an honest status."""

import numpy as np
import pytest

from matcher.optimisation.assignment import Outcome, assign, auction
from tests.benchmarks.instances import Instance, invent


@pytest.fixture(scope="module")
def town() -> Instance:
    return invent("town", 2_000, 500, 80_000, seed=3)


def solve(pool: Instance, **options: object) -> Outcome:
    return assign(pool.pairs, pool.openings, n_candidates=pool.n_candidates, **options)


def check_plan(pool: Instance, outcome: Outcome) -> None:
    """Assert that a plan keeps to the openings and that its bound holds for its prices."""
    pairs, chosen = pool.pairs, outcome.chosen
    who, where = pairs.candidate[chosen], pairs.placement[chosen]
    assert np.bincount(who).max() == 1
    assert (np.bincount(where, minlength=pool.openings.size) <= pool.openings).all()
    assert outcome.value == outcome.points + outcome.worth[who].sum() <= outcome.bound
    reach = outcome.surplus[pairs.candidate] + outcome.prices[pairs.placement]
    assert (pairs.points + outcome.worth[pairs.candidate] <= reach).all()
    assert outcome.bound == outcome.surplus.sum() + (pool.openings * outcome.prices).sum()
    assert outcome.gap == (outcome.bound - outcome.value) / outcome.points


@pytest.mark.parametrize("options", [{}, {"most_first": False}], ids=["people", "points"])
def test_no_time_gives_best_pair_first_with_its_gap(town: Instance, options: dict) -> None:
    outcome = solve(town, time_limit_seconds=0, **options)
    best = solve(town, **options)
    check_plan(town, outcome)
    assert (outcome.status, outcome.proved) == ("time_limit", False)
    assert outcome.gap > 0
    assert outcome.placed <= best.placed
    assert 0.8 * best.placed < outcome.placed


@pytest.mark.parametrize("options", [{}, {"most_first": False}], ids=["people", "points"])
def test_time_that_runs_out_in_the_auction(
    town: Instance, options: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auction, "LOOKS_AT_ONCE", 300_000)
    clock = iter(range(1000))
    monkeypatch.setattr(auction, "monotonic", lambda: next(clock) * 1e9)
    monkeypatch.setattr("matcher.optimisation.assignment.solving.monotonic", lambda: next(clock))
    outcome = solve(town, time_limit_seconds=1.5, **options)
    check_plan(town, outcome)
    assert (outcome.status, outcome.proved) == ("time_limit", False)


def test_time_enough_is_no_limit(town: Instance) -> None:
    outcome = solve(town, time_limit_seconds=600)
    assert (outcome.status, outcome.proved, outcome.gap) == ("optimal", True, 0)


@pytest.mark.parametrize("tiers", [False, True], ids=["people", "tiers"])
def test_near_enough_is_said_as_such(town: Instance, tiers: bool) -> None:
    options = {"tiers": town.tiers} if tiers else {}
    outcome = solve(town, relative_gap=0.01, **options)
    best = solve(town, **options)
    check_plan(town, outcome)
    assert (outcome.status, outcome.proved) == ("within_gap", True)
    assert outcome.gap <= 0.01
    assert outcome.placed == best.placed
    assert 0.99 * best.points <= outcome.points <= best.points


def test_a_war_of_prices_falls_back_to_one_flow(
    town: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    best = solve(town)
    monkeypatch.setattr(auction, "MOST_TIMES", 1)
    monkeypatch.setattr(auction, "LOOKS_AT_ONCE", 10_000)
    np.testing.assert_array_equal(solve(town).chosen, best.chosen)
