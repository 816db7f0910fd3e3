"""Pairs in and an outcome out: checked arrays, in one canonical order."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numba import types
from numpy.typing import ArrayLike, NDArray

from matcher.errors import SnapshotError
from matcher.optimisation.assignment.compiled import INT32, READ_INT32, compiled

IntArray = NDArray[np.int64]
Int32Array = NDArray[np.int32]
BoolArray = NDArray[np.bool_]

LARGEST_INT32 = np.iinfo(np.int32).max
LARGEST_INT64 = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Pairs:
    """
    The eligible pairs: each one candidate with one placement, by row number, and its points.

    Parameters
    ----------
    candidate
        Row number of the candidate, from 0, shape (n_pairs,), int32.
    placement
        Row number of the placement, from 0, shape (n_pairs,), int32.
    points
        What the pair is worth, any sign, shape (n_pairs,), int64.

    Raises
    ------
    SnapshotError
        An array has another length, more than one dimension, or holds no whole numbers.
    """

    candidate: Int32Array
    placement: Int32Array
    points: IntArray

    def __post_init__(self) -> None:
        """Check lengths and types; row numbers can only be checked with the whole problem."""
        for name, dtype in (
            ("candidate", np.int32),
            ("placement", np.int32),
            ("points", np.int64),
        ):
            whole = whole_numbers(f"pairs.{name}", getattr(self, name), dtype)
            object.__setattr__(self, name, whole)
        for name in ("placement", "points"):
            check_length(f"pairs.{name}", getattr(self, name), len(self), "pairs.candidate")

    def __len__(self) -> int:
        """Return the number of pairs."""
        return int(self.candidate.size)


@dataclass(frozen=True)
class Outcome:
    """
    What was chosen, and the proof that nothing better exists.

    Parameters
    ----------
    chosen
        Which pairs the plan took, in the order they were given, shape (n_pairs,).
    placed
        How many candidates have a placement.
    points
        Total points of the chosen pairs.
    worth
        What placing a candidate counts beyond points, shape (n_candidates,), never negative.
    value
        Points of the chosen pairs and the worth of their candidates.
    bound
        No plan has a higher value than this.
    gap
        (bound - value) / max(points, 1).
    proved
        Is the gap at most what was asked for?
    status
        ``optimal``, ``within_gap`` or ``time_limit``; ``infeasible`` where no plan meets the
        limits: then nothing is chosen, nothing proved, and ``conflict`` says why.
    prices
        The lowest price of one more opening, shape (n_placements,), never negative. With limits
        just some price that goes with the rates.
    surplus
        What each candidate's best pair is above its price, shape (n_candidates,), never negative.
    rates
        What one more unit of each resource is worth at most, in thousandths of a point, shape
        (n_resources,), never negative; nothing without limits.
    conflict
        Row numbers of resources that cannot be met together, of which none can be left out.
    method
        ``flow`` where the answer is exact by its form, ``search`` where limits had to be searched.
    """

    chosen: BoolArray
    placed: int
    points: int
    worth: IntArray
    value: int
    bound: int
    gap: float
    proved: bool
    status: str
    prices: IntArray
    surplus: IntArray
    rates: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    conflict: tuple[int, ...] = ()
    method: str = "flow"


@dataclass(frozen=True)
class Problem:
    """
    Checked pairs sorted by candidate, then placement; the rows of one candidate stand together.

    Parameters
    ----------
    starts
        The pairs of candidate ``i`` are ``starts[i]:starts[i + 1]``, shape (n_candidates + 1,).
    candidate, placement, points
        As in ``Pairs``, sorted.
    openings
        Openings per placement, cut to the number of candidates, shape (n_placements,).
    order
        Position of each sorted pair among the given ones; None where they came sorted.
    """

    starts: IntArray
    candidate: Int32Array
    placement: Int32Array
    points: IntArray
    openings: IntArray
    order: Int32Array | None

    @property
    def n_candidates(self) -> int:
        """Number of candidates, with and without pairs."""
        return int(self.starts.size) - 1

    @property
    def n_placements(self) -> int:
        """Number of placements, with and without pairs."""
        return int(self.openings.size)

    @property
    def n_pairs(self) -> int:
        """Number of pairs."""
        return int(self.placement.size)

    @property
    def most_placed(self) -> int:
        """An upper limit of how many people can be placed."""
        return min(self.n_candidates, int(self.openings.sum()))

    def sorted(self, per_pair: NDArray[Any]) -> NDArray[Any]:
        """Return values given per pair in the order of this problem."""
        return per_pair if self.order is None else per_pair[self.order]

    def as_given(self, per_pair: BoolArray) -> BoolArray:
        """Return values per pair in the order in which the pairs were given."""
        if self.order is None:
            return per_pair
        given = np.empty_like(per_pair)
        given[self.order] = per_pair
        return given


def whole_numbers(name: str, values: ArrayLike, dtype: type[np.signedinteger[Any]]) -> NDArray[Any]:
    """
    Return values as a contiguous array of whole numbers, or refuse them by name.

    Raises
    ------
    SnapshotError
        More or fewer dimensions than one, no whole numbers, or a number too large for ``dtype``.
    """
    array = np.asarray(values)
    if array.ndim != 1:
        raise SnapshotError(f"{name} has shape {array.shape}, expected one dimension.")
    if array.size == 0:
        return np.zeros(0, dtype)
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        row = int(np.argmin(np.isfinite(array)))
        raise SnapshotError(f"{name} holds {array[row]} at position {row}, not a number.")
    if array.dtype.kind not in "iu":
        raise SnapshotError(
            f"{name} holds {array.dtype}, expected whole numbers ({np.dtype(dtype).name})."
        )
    if not np.can_cast(array.dtype, dtype):
        limits = np.iinfo(dtype)
        outside = (array > limits.max) | (array < limits.min)
        if outside.any():
            row = int(np.argmax(outside))
            raise SnapshotError(
                f"{name} holds {array[row]} at position {row}, which does not fit {limits.dtype}."
            )
    return np.ascontiguousarray(array, dtype)


def check_length(name: str, array: NDArray[Any], length: int, other: str) -> None:
    """Refuse an array whose length differs from what it goes with."""
    if array.size != length:
        raise SnapshotError(f"{name} has length {array.size}, expected {length} as {other}.")


def check_range(name: str, array: NDArray[Any], low: int, high: int, meaning: str) -> None:
    """Refuse the first value outside ``low`` to ``high``, both included."""
    if array.size == 0 or (array.min() >= low and array.max() <= high):
        return
    row = int(np.argmax((array < low) | (array > high)))
    raise SnapshotError(f"{name} holds {array[row]} at position {row}: {meaning}.")


def arrange(pairs: Pairs, openings: ArrayLike, n_candidates: int) -> Problem:
    """
    Return the pairs checked and in canonical order, whatever order they came in.

    Raises
    ------
    SnapshotError
        An index out of range, negative openings, or the same pair twice.
    """
    if isinstance(n_candidates, bool) or not isinstance(n_candidates, int | np.integer):
        raise SnapshotError(f"n_candidates is {n_candidates!r}, expected a whole number.")
    if not 0 <= n_candidates <= LARGEST_INT32:
        raise SnapshotError(f"n_candidates is {n_candidates}, expected 0 to {LARGEST_INT32}.")
    openings = whole_numbers("openings", openings, np.int64)
    check_range("openings", openings, 0, LARGEST_INT64, "openings are never negative")
    if len(pairs) > LARGEST_INT32:
        raise SnapshotError(f"{len(pairs)} pairs are given, at most {LARGEST_INT32} can be held.")
    for name, array, count in (
        ("candidate", pairs.candidate, n_candidates),
        ("placement", pairs.placement, openings.size),
    ):
        meaning = f"there are {count} {name}s, numbered from 0"
        check_range(f"pairs.{name}", array, 0, count - 1, meaning)
    candidate, placement, order = pairs.candidate, pairs.placement, None
    if first_disorder(candidate, placement) >= 0:
        order = canonical_order(candidate, placement, n_candidates, openings.size)
        candidate, placement = candidate[order], placement[order]
        twice = first_disorder(candidate, placement)
        if twice >= 0:
            raise SnapshotError(
                f"pairs hold candidate {candidate[twice]} with placement {placement[twice]} twice, "
                f"at positions {order[twice - 1]} and {order[twice]}."
            )
    starts = np.zeros(n_candidates + 1, np.int64)
    np.cumsum(np.bincount(candidate, minlength=n_candidates), out=starts[1:])
    return Problem(
        starts=starts,
        candidate=candidate,
        placement=placement,
        points=pairs.points if order is None else pairs.points[order],
        openings=np.minimum(openings, n_candidates),
        order=order,
    )


@compiled(types.int64, READ_INT32, READ_INT32)
def first_disorder(candidate: Int32Array, placement: Int32Array) -> int:
    """Return the first position that does not come after the one before it, or -1."""
    for k in range(1, candidate.size):
        if candidate[k] < candidate[k - 1] or (
            candidate[k] == candidate[k - 1] and placement[k] <= placement[k - 1]
        ):
            return k
    return -1


@compiled(INT32, READ_INT32, READ_INT32, types.int64, types.int64)
def canonical_order(
    candidate: Int32Array, placement: Int32Array, n_candidates: int, n_placements: int
) -> Int32Array:
    """Return the positions of the pairs by candidate, then placement; equal ones as they came."""
    n_pairs = candidate.size
    order = np.arange(n_pairs).astype(np.int32)
    sorted_order = np.empty(n_pairs, np.int32)
    # Counting sort by the lesser key first; it keeps the order of equals, so the greater key wins.
    for by_candidate in (False, True):
        key = candidate if by_candidate else placement
        n_keys = n_candidates if by_candidate else n_placements
        ends = np.zeros(n_keys + 1, np.int64)
        for k in range(n_pairs):
            ends[key[k] + 1] += 1
        for value in range(n_keys):
            ends[value + 1] += ends[value]
        for k in range(n_pairs):
            pair = order[k]
            sorted_order[ends[key[pair]]] = pair
            ends[key[pair]] += 1
        order, sorted_order = sorted_order, order
    return order
