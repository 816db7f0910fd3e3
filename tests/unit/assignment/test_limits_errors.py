"""Bad limits are refused by name; odd but honest ones are answered."""

from typing import Any

import numpy as np
import pytest

from matcher.errors import SnapshotError
from matcher.optimisation.assignment import Limits, Outcome, Pairs, assign

PAIRS = Pairs([0, 0, 1], [0, 1, 1], [5, 3, 4])
GOOD: dict[str, Any] = {"pair": [0, 1], "resource": [0, 0], "amount": [2, 3], "capacity": [4]}


def solve(limits: Limits, **options: Any) -> Outcome:
    return assign(PAIRS, [1, 1], n_candidates=2, limits=limits, **options)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"resource": [0]}, "limits.resource has length 1, expected 2 as limits.pair"),
        ({"amount": [2, 3, 4]}, "limits.amount has length 3, expected 2 as limits.pair"),
        ({"resource": [0, 1]}, "limits.resource holds 1 at position 1: there are 1 capacities"),
        ({"capacity": []}, "limits.resource holds 0 at position 0: there are 0 capacities"),
        ({"resource": [-1, 0]}, "limits.resource holds -1 at position 0"),
        ({"pair": [0, -1]}, "limits.pair holds -1 at position 1"),
        ({"pair": [0, 3]}, "limits.pair holds 3 at position 1: there are 3 pairs"),
        ({"amount": [2, np.nan]}, "limits.amount holds nan at position 1"),
        ({"amount": [2, 0.5]}, "limits.amount holds float64, expected whole"),
        ({"capacity": [np.inf]}, "limits.capacity holds inf at position 0"),
        ({"capacity": [[4]]}, r"limits.capacity has shape \(1, 1\)"),
        ({"amount": [2, -3]}, "amount holds -3 at position 1: resource 0 has a capacity of 4"),
        ({"amount": [2, 2**51]}, "limits.amount holds 2251799813685248 at position 1: too large"),
        ({"amount": [2**50, 2**50]}, "limits.amount of resource 0 adds up to more than"),
        ({"capacity": [2**63]}, "capacity holds 9223372036854775808 at position 0, which does not"),
        ({"pair": [1, 1]}, "pair 1 with resource 0 twice, at positions 0 and 1"),
    ],
)
def test_a_fault_is_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SnapshotError, match=message):
        solve(Limits(**(GOOD | changes)))


def test_too_many_tiers_for_exact_sums_are_refused() -> None:
    n = 40
    pairs = Pairs(np.arange(n), np.arange(n), np.full(n, 10**9))
    limits = Limits(np.arange(n), np.zeros(n, int), np.arange(1, n + 1), [n])
    with pytest.raises(SnapshotError, match="use fewer tiers"):
        assign(pairs, np.ones(n, int), n_candidates=n, tiers=np.arange(n), limits=limits)


def test_limits_that_change_nothing_leave_the_answer_as_it_is() -> None:
    free = assign(PAIRS, [1, 1], n_candidates=2)
    outcome = solve(Limits([0, 1], [0, 0], [2, 3], [5]))
    assert outcome.status == "optimal"
    np.testing.assert_array_equal(outcome.chosen, free.chosen)
    np.testing.assert_array_equal(outcome.prices, free.prices)
    np.testing.assert_array_equal(outcome.rates, [0])


def test_no_limits_at_all() -> None:
    outcome = solve(Limits([], [], [], []))
    assert (outcome.placed, outcome.status, outcome.rates.size) == (2, "optimal", 0)


@pytest.mark.parametrize("time_limit", [None, 0.0])
def test_no_pairs_and_a_floor(time_limit: float | None) -> None:
    outcome = assign(
        Pairs([], [], []),
        [1],
        n_candidates=2,
        limits=Limits([], [], [], [3, -1]),
        time_limit_seconds=time_limit,
    )
    assert (outcome.status, outcome.conflict, outcome.proved) == ("infeasible", (1,), False)


def test_a_floor_and_a_ceiling_that_meet_nowhere() -> None:
    # At least two people, and at most three hours of which each takes two; row 1 is no part of it.
    limits = Limits(
        [0, 1, 2, 0, 0, 1, 2], [0, 0, 0, 1, 2, 2, 2], [-1, -1, -1, 1, 2, 2, 2], [-2, 1, 3]
    )
    outcome = solve(limits)
    assert (outcome.status, outcome.conflict) == ("infeasible", (0, 2))


@pytest.mark.parametrize("openings", [[9, 9], [1, 0]])
def test_a_floor_out_of_everybodys_reach_needs_no_time(openings: list[int]) -> None:
    # Two people are there, row 0 keeps one flow from being the answer, and row 1 asks for three.
    limits = Limits([0, 1, 2, 0, 1, 2], [0, 0, 0, 1, 1, 1], [1, 2, 3, -1, -1, -1], [3, -3])
    outcome = assign(PAIRS, openings, n_candidates=2, limits=limits, time_limit_seconds=0.0)
    assert (outcome.status, outcome.conflict) == ("infeasible", (1,))


def test_a_floor_within_reach_is_met_without_time() -> None:
    # Best pair first takes 0 at 0 for two of three hours; the floor asks for both people.
    limits = Limits([0, 1, 2, 0, 1, 2], [0, 0, 0, 1, 1, 1], [2, 1, 2, -1, -1, -1], [3, -2])
    outcome = assign(PAIRS, [1, 2], n_candidates=2, limits=limits, time_limit_seconds=0.0)
    assert (outcome.placed, outcome.bound >= outcome.value) == (2, True)


def test_who_starts_together_starts_together() -> None:
    # Candidate 0 at placement 0 only with candidate 1 at placement 1: +1 and -1, capacity 0.
    together = Limits([0, 2, 0, 2], [0, 0, 1, 1], [1, -1, -1, 1], [0, 0])
    assert solve(together).chosen.tolist() == [True, False, True]
    closed = assign(PAIRS, [1, 0], n_candidates=2, limits=together)
    assert (closed.placed, closed.status) == (0, "optimal")


def test_a_rate_is_what_a_unit_is_worth() -> None:
    # One of the two people may be placed at all; one more would add the other one's points.
    outcome = solve(Limits([0, 1, 2], [0, 0, 0], [1, 1, 1], [1]), most_first=False)
    assert (outcome.method, outcome.points) == ("flow", 5)
    np.testing.assert_array_equal(outcome.rates, [4000])
