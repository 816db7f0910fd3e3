"""The array door against other solvers at sizes that no enumeration reaches."""

import numpy as np
import pytest

from matcher.optimisation.assignment import Outcome, Pairs, assign, pruning, solving
from matcher.optimisation.assignment.prices import certificate
from tests.benchmarks.instances import Instance, invent
from tests.benchmarks.peers import expanded_matching, plain_flow


@pytest.fixture(scope="module")
def town() -> Instance:
    return invent("town", 2_000, 500, 80_000, seed=3)


def solve(pool: Instance, **options: object) -> Outcome:
    return assign(pool.pairs, pool.openings, n_candidates=pool.n_candidates, **options)


def test_as_many_people_and_points_as_plain_flow(town: Instance) -> None:
    outcome = solve(town)
    assert (outcome.placed, outcome.points) == plain_flow(town)


def test_as_many_people_and_points_as_scipy(town: Instance) -> None:
    outcome = solve(town)
    assert (outcome.placed, outcome.points) == expanded_matching(town, placed_worth=100_000)


@pytest.mark.parametrize(
    "options",
    [{}, {"most_first": False}, {"tiers": "two"}, {"tiers": "hundred"}, {"tie": "hash"}],
    ids=["people", "points", "two tiers", "hundred tiers", "ties"],
)
def test_the_auction_changes_nothing(
    town: Instance, options: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(8)
    chosen = dict(options)
    if "tiers" in chosen:
        tiers = {"two": town.tiers, "hundred": random.integers(0, 100, town.n_candidates)}
        chosen["tiers"] = tiers[chosen["tiers"]]
    if "tie" in chosen:
        chosen["tie"] = random.integers(-(2**63), 2**63 - 1, len(town.pairs))
    roads: list[bool] = []

    def watched(*arguments: object) -> object:
        solved = pruning.solve_pruned(*arguments)
        roads.append(solved is not None)
        return solved

    monkeypatch.setattr(solving, "solve_pruned", watched)
    fast = solve(town, **chosen)
    monkeypatch.setattr(solving, "FEW_PAIRS", 10**9)
    whole = solve(town, **chosen)
    # A hundred tiers make a price war: the auction gives up, and the answer is still the same.
    assert roads == ([True] if options.get("tiers") != "hundred" else [])
    for name in ("chosen", "worth", "prices", "surplus"):
        np.testing.assert_array_equal(getattr(fast, name), getattr(whole, name))
    assert (fast.value, fast.bound, fast.status) == (whole.value, whole.bound, "optimal")
    certificate(town.pairs, town.openings, fast)


@pytest.mark.parametrize("highest", [1, 2, 10], ids=["all equal", "two values", "ten values"])
def test_row_order_does_not_matter_where_most_pairs_tie(highest: int) -> None:
    random = np.random.default_rng(4)
    keys = np.unique(random.integers(0, 1_500 * 300, 60_000))
    pairs = Pairs(keys // 300, keys % 300, random.integers(0, highest, keys.size))
    openings = random.poisson(4, 300)
    shuffled = random.permutation(keys.size)
    other = Pairs(*(values[shuffled] for values in vars(pairs).values()))
    outcome = assign(pairs, openings, n_candidates=1_500)
    again = assign(other, openings, n_candidates=1_500)
    np.testing.assert_array_equal(outcome.chosen[shuffled], again.chosen)
    assert assign(pairs, openings, n_candidates=1_500, seed=1).value == outcome.value
    certificate(pairs, openings, outcome)


def test_one_more_person_leaves_other_ties_alone(town: Instance) -> None:
    # Ties come with the pair, so whoever enters with nothing to gain moves nobody.
    tie = np.random.default_rng(2).integers(-(2**63), 2**63 - 1, len(town.pairs))
    before = solve(town, tie=tie)
    more = Pairs(
        np.append(town.pairs.candidate, town.n_candidates),
        np.append(town.pairs.placement, np.argmax(before.prices)),
        np.append(town.pairs.points, 0),
    )
    after = assign(more, town.openings, n_candidates=town.n_candidates + 1, tie=np.append(tie, 0))
    np.testing.assert_array_equal(after.chosen[:-1], before.chosen)
    assert not after.chosen[-1]


def test_the_same_twice(town: Instance) -> None:
    first, second = solve(town, tiers=town.tiers), solve(town, tiers=town.tiers)
    np.testing.assert_array_equal(first.chosen, second.chosen)
