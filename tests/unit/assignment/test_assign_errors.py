"""Bad arrays are refused, and the message names the array, the value and its position."""

from typing import Any

import numpy as np
import pytest

from matcher.errors import SnapshotError
from matcher.optimisation.assignment import Pairs, assign

GOOD: dict[str, Any] = {
    "candidate": np.array([0, 0, 1], np.int32),
    "placement": np.array([0, 1, 1], np.int32),
    "points": np.array([5, 3, 4]),
    "openings": np.array([1, 1]),
    "n_candidates": 2,
}


def solve(**changes: Any) -> Any:
    arguments = GOOD | changes
    pairs = Pairs(*(arguments.pop(name) for name in ("candidate", "placement", "points")))
    return assign(pairs, arguments.pop("openings"), **arguments)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"points": np.array([5, 3])}, "pairs.points has length 2, expected 3"),
        ({"placement": np.array([0])}, "pairs.placement has length 1, expected 3"),
        ({"points": np.array([[5, 3, 4]])}, r"pairs.points has shape \(1, 3\)"),
        ({"points": np.array([5, np.nan, 4])}, "pairs.points holds nan at position 1"),
        ({"points": np.array([5, 3, -np.inf])}, "pairs.points holds -inf at position 2"),
        ({"points": np.array([5.5, 3, 4])}, "pairs.points holds float64, expected whole"),
        ({"points": np.array(["5", "3", "4"])}, "pairs.points holds <U1"),
        ({"points": np.array([True, False, True])}, "pairs.points holds bool"),
        ({"points": np.array([5, 3, 2**63], np.uint64)}, "holds 9223372036854775808 at position 2"),
        ({"candidate": np.array([0, 2**31, 1])}, "candidate holds 2147483648 at position 1"),
        ({"candidate": np.array([0, 0, 2])}, "pairs.candidate holds 2 at position 2"),
        ({"candidate": np.array([-1, 0, 1])}, "pairs.candidate holds -1 at position 0"),
        ({"placement": np.array([0, 2, 1])}, "pairs.placement holds 2 at position 1"),
        ({"placement": np.array([0, 0, 1])}, "candidate 0 with placement 0 twice, at positions 0"),
        ({"openings": np.array([1, -1])}, "openings holds -1 at position 1"),
        ({"openings": np.array([1.0, 1.5])}, "openings holds float64"),
        ({"openings": np.array([1])}, "pairs.placement holds 1 at position 1: there are 1"),
        ({"n_candidates": -1}, "n_candidates is -1"),
        ({"n_candidates": 2.0}, "n_candidates is 2.0"),
        ({"n_candidates": True}, "n_candidates is True"),
        ({"n_candidates": 1}, "pairs.candidate holds 1 at position 2"),
        ({"tiers": np.array([0])}, "tiers has length 1, expected 2"),
        ({"tiers": np.array([0, -1])}, "tiers holds -1 at position 1"),
        ({"tiers": np.array([0, np.nan])}, "tiers holds nan at position 1"),
        ({"tie": np.array([0, 1])}, "tie has length 2, expected 3"),
        ({"tie": np.array([0.0, 1.0, 2.0])}, "tie holds float64"),
        ({"time_limit_seconds": -1.0}, "time_limit_seconds is -1.0"),
        ({"time_limit_seconds": float("nan")}, "time_limit_seconds is nan"),
        ({"relative_gap": -0.1}, "relative_gap is -0.1"),
        ({"relative_gap": float("inf")}, "relative_gap is inf"),
        ({"points": np.array([2**62, 3, 4])}, "overflow 64 bits"),
        ({"points": np.array([-(2**63), 3, 4])}, "overflow 64 bits"),
        ({"points": np.array([2**62, 3, 4]), "openings": np.array([0, 0])}, "overflow 64 bits"),
        ({"points": np.array([2**59, -(2**59), 4]), "tiers": np.array([0, 1])}, "overflow 64 bits"),
        ({"points": np.array([2**60, 3, 4]), "most_first": False}, "the solver can take at most"),
    ],
)
def test_a_fault_is_named(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(SnapshotError, match=message):
        solve(**changes)


def test_a_pair_given_twice_is_named_wherever_it_stands() -> None:
    with pytest.raises(SnapshotError, match="candidate 1 with placement 1 twice, at positions 0"):
        solve(
            candidate=np.array([1, 0, 0, 1]),
            placement=np.array([1, 0, 1, 1]),
            points=np.array([4, 5, 3, 4]),
        )


@pytest.mark.parametrize(
    "changes",
    [
        {"candidate": [0, 0, 1], "placement": [0, 1, 1], "points": [5, 3, 4], "openings": [1, 1]},
        {"openings": np.array([2**62, 2**63 - 1])},
        {"tiers": np.array([2**62, 0])},
        {"points": np.array([5, 3, 4], np.int8)},
        {"n_candidates": np.int64(2)},
    ],
    ids=["lists", "endless openings", "far tiers", "small integers", "numpy count"],
)
def test_whole_numbers_of_any_kind_will_do(changes: dict[str, Any]) -> None:
    assert solve(**changes).placed == 2


def test_arrays_that_cannot_be_written_to_will_do() -> None:
    frozen = {name: GOOD[name].copy() for name in ("candidate", "placement", "points", "openings")}
    for array in frozen.values():
        array.setflags(write=False)
    assert solve(**frozen).placed == 2


@pytest.mark.parametrize("n_candidates", [0, 3])
@pytest.mark.parametrize("n_placements", [0, 2])
@pytest.mark.parametrize("tiers", [None, 0])
def test_no_pairs_at_all(n_candidates: int, n_placements: int, tiers: int | None) -> None:
    outcome = solve(
        candidate=[],
        placement=[],
        points=[],
        openings=np.ones(n_placements, np.int64),
        n_candidates=n_candidates,
        tiers=None if tiers is None else np.full(n_candidates, tiers),
    )
    assert (outcome.placed, outcome.value, outcome.bound, outcome.status) == (0, 0, 0, "optimal")
    assert outcome.surplus.shape == (n_candidates,)
    assert outcome.prices.shape == (n_placements,)


def test_no_openings_at_all() -> None:
    outcome = solve(openings=np.array([0, 0]))
    assert (outcome.placed, outcome.status) == (0, "optimal")
    np.testing.assert_array_equal(outcome.prices, [5, 4] + outcome.worth[0])
