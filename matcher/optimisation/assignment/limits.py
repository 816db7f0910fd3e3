"""What pairs use up: guidance and coach hours, money, quotas, as one sparse matrix over pairs."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from matcher.errors import SnapshotError
from matcher.optimisation.assignment.arrays import (
    LARGEST_INT32,
    BoolArray,
    Int32Array,
    IntArray,
    Problem,
    check_length,
    check_range,
    whole_numbers,
)

# Totals of a row must be exact in the solver's floating-point numbers too.
LARGEST_TOTAL = 2**50


@dataclass(frozen=True)
class Limits:
    """
    Sparse use of resources: a pair uses an amount of a resource, and each has a capacity.

    A floor is a row of negative amounts with a negative capacity: at least three of a group is
    -1 for each of its pairs and -3. Rows with a capacity of 0 may mix signs: two groups of the
    same size, a share of at most a third.

    Parameters
    ----------
    pair
        Position among the pairs, shape (n_uses,), int32.
    resource
        Row number of the resource, from 0, shape (n_uses,), int32.
    amount
        What the pair uses of it, shape (n_uses,), int64; below 0 only where the capacity is not
        above 0.
    capacity
        The most that the chosen pairs may use together, shape (n_resources,), int64.

    Raises
    ------
    SnapshotError
        Another length, no whole numbers, a resource without a capacity, a negative use of a
        capacity, the same pair and resource twice, or totals that are too large.
    """

    pair: Int32Array
    resource: Int32Array
    amount: IntArray
    capacity: IntArray

    def __post_init__(self) -> None:
        """Check everything but the positions of pairs, which need the pairs."""
        for name, dtype in (
            ("pair", np.int32),
            ("resource", np.int32),
            ("amount", np.int64),
            ("capacity", np.int64),
        ):
            whole = whole_numbers(f"limits.{name}", getattr(self, name), dtype)
            object.__setattr__(self, name, whole)
        for name in ("resource", "amount"):
            check_length(f"limits.{name}", getattr(self, name), self.pair.size, "limits.pair")
        meaning = f"there are {len(self)} capacities, numbered from 0"
        check_range("limits.resource", self.resource, 0, len(self) - 1, meaning)
        check_range("limits.pair", self.pair, 0, LARGEST_INT32, "positions start at 0")
        largest = LARGEST_TOTAL
        check_range("limits.amount", self.amount, -largest, largest, "too large to add up")
        check_range("limits.capacity", self.capacity, -largest, largest, "too large to add up")
        self._check_signs()
        self._check_totals()
        self._check_twice()

    def __len__(self) -> int:
        """Return the number of resources."""
        return int(self.capacity.size)

    def _check_signs(self) -> None:
        negative = np.flatnonzero((self.amount < 0) & (self.capacity[self.resource] > 0))
        if negative.size:
            row = int(negative[0])
            resource = int(self.resource[row])
            raise SnapshotError(
                f"limits.amount holds {self.amount[row]} at position {row}: resource {resource} "
                f"has a capacity of {self.capacity[resource]}, and nobody gives it back.\n"
                "Maybe a floor is meant: negative amounts and a negative capacity."
            )

    def _check_totals(self) -> None:
        totals = np.bincount(
            self.resource, np.abs(self.amount).astype(np.float64), minlength=len(self)
        )
        if totals.size and totals.max() > LARGEST_TOTAL:
            raise SnapshotError(
                f"limits.amount of resource {int(totals.argmax())} adds up to more than "
                f"{LARGEST_TOTAL}.\nMaybe express the amounts in a coarser unit."
            )

    def _check_twice(self) -> None:
        order = np.lexsort((self.resource, self.pair))
        pair, resource = self.pair[order], self.resource[order]
        same = np.flatnonzero((pair[1:] == pair[:-1]) & (resource[1:] == resource[:-1]))
        if same.size:
            at = int(same[0])
            raise SnapshotError(
                f"limits hold pair {pair[at]} with resource {resource[at]} twice, at positions "
                f"{order[at]} and {order[at + 1]}."
            )


@dataclass(frozen=True)
class Rows:
    """
    The limits in the canonical order of the pairs.

    Parameters
    ----------
    use
        Amount of each resource that each pair uses, shape (n_resources, n_pairs).
    capacity
        Shape (n_resources,).
    """

    use: csr_array
    capacity: IntArray

    @property
    def n_rows(self) -> int:
        """Number of resources."""
        return int(self.capacity.size)

    def used(self, match: Int32Array) -> IntArray:
        """Return how much of each resource a plan uses."""
        x = np.zeros(self.use.shape[1], np.int64)
        x[match[match >= 0]] = 1
        return np.asarray(self.use @ x)

    def kept_by(self, match: Int32Array) -> bool:
        """Say whether a plan keeps to every capacity."""
        return bool((self.used(match) <= self.capacity).all())

    def only(self, rows: NDArray[np.integer] | BoolArray) -> "Rows":
        """Return only some of the resources."""
        return Rows(self.use[rows], self.capacity[rows])


def out_of_reach(problem: Problem, rows: Rows) -> int | None:
    """
    Return a floor that even all people, or all openings, that count for it could not reach.

    Such a row conflicts by itself, which is seen here in a moment; None where none is that far off.
    """
    for row in np.flatnonzero(rows.capacity < 0).tolist():
        counted = slice(rows.use.indptr[row], rows.use.indptr[row + 1])
        pairs = rows.use.indices[counted]
        given = np.maximum(-rows.use.data[counted], 0)
        by_person = np.zeros(problem.n_candidates, np.int64)
        by_place = np.zeros(problem.n_placements, np.int64)
        np.maximum.at(by_person, problem.candidate[pairs], given)
        np.maximum.at(by_place, problem.placement[pairs], given)
        if min(by_person.sum(), (by_place * problem.openings).sum()) < -rows.capacity[row]:
            return row
    return None


def arrange_limits(limits: Limits, problem: Problem) -> Rows:
    """
    Return the limits in the order of the problem's pairs.

    Raises
    ------
    SnapshotError
        A limit names a pair that is not there.
    """
    meaning = f"there are {problem.n_pairs} pairs, numbered from 0"
    check_range("limits.pair", limits.pair, 0, problem.n_pairs - 1, meaning)
    position = np.arange(problem.n_pairs)
    if problem.order is not None:
        position[problem.order] = np.arange(problem.n_pairs)
    real = limits.amount != 0
    use = csr_array(
        (limits.amount[real], (limits.resource[real], position[limits.pair[real]])),
        shape=(len(limits), problem.n_pairs),
        dtype=np.int64,
    )
    use.sort_indices()
    return Rows(use, limits.capacity)
