"""The compiled loops equal their plain twins."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.optimisation.assignment import auction, compiled, greedy, labels, pruning
from matcher.optimisation.assignment.arrays import (
    Pairs,
    Problem,
    arrange,
    canonical_order,
    first_disorder,
)
from matcher.optimisation.assignment.prices import shadow_prices, surpluses
from matcher.optimisation.assignment.pruning import openings_left
from matcher.optimisation.assignment.ties import tight_pairs
from matcher.optimisation.assignment.worth import (
    find_unserved_tier,
    rank_tiers,
    smallest_worth,
    sufficient_worth,
)
from tests.unit.assignment import loops

SEEDS = st.integers(0, 2**32 - 1)


def invented(seed: int) -> Problem:
    random = np.random.default_rng(seed)
    n, m = random.integers(1, 30), random.integers(1, 12)
    candidate, placement = np.nonzero(random.random((n, m)) < random.uniform(0.05, 0.6))
    points = random.integers(-5, random.integers(1, 200), candidate.size)
    return arrange(Pairs(candidate, placement, points), random.integers(0, 5, m), int(n))


def some_plan(problem: Problem, seed: int) -> np.ndarray:
    """Return a plan that need not be good: pairs taken in any order."""
    order = np.random.default_rng(seed).permutation(problem.n_pairs)
    order = order[: order.size * 2 // 3]
    return greedy.take_in_order(
        problem.candidate, problem.placement, order, problem.openings, problem.n_candidates
    )


@given(seed=SEEDS)
def test_canonical_order(seed: int) -> None:
    random = np.random.default_rng(seed)
    candidate, placement = random.integers(0, 6, (2, random.integers(0, 40))).astype(np.int32)
    order = canonical_order(candidate, placement, 6, 6)
    np.testing.assert_array_equal(order, np.lexsort([placement, candidate]))
    keys = candidate * 6 + placement
    late = np.flatnonzero(np.diff(keys) <= 0) + 1
    assert first_disorder(candidate, placement) == (late[0] if late.size else -1)


@given(seed=SEEDS)
def test_seats(seed: int) -> None:
    problem = invented(seed)
    match = some_plan(problem, seed)
    first, seated = labels.seat(problem.placement, match, problem.n_placements)
    for j in range(problem.n_placements):
        there = [i for i, k in enumerate(match.tolist()) if k >= 0 and problem.placement[k] == j]
        assert seated[first[j] : first[j + 1]].tolist() == there


@given(seed=SEEDS)
def test_surplus_and_what_is_tight_or_near(seed: int) -> None:
    problem = invented(seed)
    random = np.random.default_rng(seed)
    worth = random.integers(0, 50, problem.n_candidates)
    prices = random.integers(0, 100, problem.n_placements)
    arrays = (problem.starts, problem.placement, problem.points)
    surplus = surpluses(*arrays, worth, prices)
    np.testing.assert_array_equal(surplus, loops.surpluses(problem, worth, prices))
    slack = surplus[problem.candidate] + prices[problem.placement]
    slack -= problem.points + worth[problem.candidate]
    tight = tight_pairs(*arrays, worth, prices, surplus)
    np.testing.assert_array_equal(tight, np.flatnonzero(slack == 0))
    kept = pruning.near_best(*arrays, worth, prices, 3, 20)
    np.testing.assert_array_equal(kept, loops.near_best(problem, worth, prices, 3, 20))


@given(seed=SEEDS, tiers=st.sampled_from([None, 1, 3]))
def test_prices_and_worth(seed: int, tiers: int | None) -> None:
    problem = invented(seed)
    numbers = None
    if tiers is not None:
        numbers = np.random.default_rng(seed).integers(0, tiers, problem.n_candidates)
    tier = rank_tiers(numbers, False, problem.n_candidates)
    match, worth, prices = pruning.solve_whole(problem, tier)
    if tier is not None:
        np.testing.assert_array_equal(worth, loops.least_worth(problem, tier, match)[tier])
    zero = np.zeros(problem.n_placements, np.int64)
    np.testing.assert_array_equal(prices, loops.raised_labels(problem, match, worth, zero))
    # Any worth that keeps the order leads to the same least one.
    if tier is not None:
        more = 3 * sufficient_worth(problem, tier) + 7
        spare = openings_left(problem, match)
        high = shadow_prices(problem, more, match, spare)
        again = smallest_worth(problem, tier, match, more, high)
        np.testing.assert_array_equal(again, worth)


@given(seed=SEEDS)
def test_goals_that_a_plan_misses(seed: int) -> None:
    problem = invented(seed)
    tier = rank_tiers(
        np.random.default_rng(seed).integers(0, 3, problem.n_candidates),
        True,
        problem.n_candidates,
    )
    match = some_plan(problem, seed)
    unserved, better = find_unserved_tier(problem, tier, match, openings_left(problem, match))
    missed = loops.tiers_missed(problem, match, tier)
    assert (unserved in missed) if missed else unserved == labels.NO_TIER
    assert better.size > 0 or not missed


@given(seed=SEEDS)
def test_best_pair_first(seed: int) -> None:
    problem = invented(seed)
    random = np.random.default_rng(seed)
    tie = random.permutation(problem.n_pairs)
    for tier in (None, random.integers(0, 3, problem.n_candidates).astype(np.int32)):
        match = greedy.best_pair_first(problem, tier, tie)
        np.testing.assert_array_equal(match, loops.best_pair_first(problem, tier, tie))


@given(seed=SEEDS)
def test_after_an_auction_everybody_is_content_up_to_a_step(seed: int) -> None:
    problem = invented(seed)
    if problem.n_pairs == 0:
        return
    tier = rank_tiers(None, seed % 2 == 0, problem.n_candidates)
    guide = auction.hold_auction(problem, tier, None)
    if not guide.finished:
        return
    gain = (problem.points + guide.worth[problem.candidate]) * guide.scale
    gain -= guide.prices[problem.placement]
    best = np.zeros(problem.n_candidates, np.int64)
    np.maximum.at(best, problem.candidate, gain)
    has = np.where(guide.match >= 0, gain[guide.match], 0)
    assert (has >= best - guide.step).all()
    taken = np.bincount(
        problem.placement[guide.match[guide.match >= 0]], minlength=problem.n_placements
    )
    assert (taken <= problem.openings).all()


@given(seed=SEEDS)
def test_bids_are_the_same_compiled_or_not(seed: int) -> None:
    problem = invented(seed)
    if problem.n_pairs == 0:
        return
    guides = []
    for bid in (auction.bid, auction.bid.py_func):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(auction, "bid", bid)
            guides.append(auction.hold_auction(problem, None, None))
    for name in ("prices", "match"):
        np.testing.assert_array_equal(*(getattr(guide, name) for guide in guides))


def test_a_folder_that_cannot_be_written_to_stops_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(*_: object, cache: bool = False, **options: object):
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return real(*_, **options)

    real = compiled.numba.njit
    monkeypatch.setattr(compiled.numba, "njit", refuse)
    double = compiled.compiled(compiled.INT64, compiled.READ_INT64)(lambda values: values * 2)
    np.testing.assert_array_equal(double(np.arange(3)), [0, 2, 4])
