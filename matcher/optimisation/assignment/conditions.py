"""Conditions that no sum of amounts can say: teams, people apart, people together."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

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


def _nobody() -> NDArray[np.int32]:
    return np.zeros(0, np.int32)


def _no_two() -> NDArray[np.int32]:
    return np.zeros((0, 2), np.int32)


@dataclass(frozen=True)
class Logic:
    """
    What binds people and openings to each other.

    Parameters
    ----------
    team
        Placements that take all of their openings or nobody, by row number, int32.
    apart
        Two candidates who must not be placed at one site, shape (n, 2), int32.
    together
        Two candidates who are placed at one placement, both or neither, shape (n, 2), int32.
    site
        The site of each placement as a number, shape (n_placements,); None: each its own.
    placed
        Candidates who must be placed, int32.
    filled
        Placements whose openings must all be taken, int32.

    Raises
    ------
    SnapshotError
        No whole numbers, another shape, or somebody apart from or together with themselves.
    """

    team: Int32Array = field(default_factory=_nobody)
    apart: Int32Array = field(default_factory=_no_two)
    together: Int32Array = field(default_factory=_no_two)
    site: Int32Array | None = None
    placed: Int32Array = field(default_factory=_nobody)
    filled: Int32Array = field(default_factory=_nobody)

    def __post_init__(self) -> None:
        """Check types and shapes; row numbers can only be checked with the problem."""
        for name in ("team", "site", "placed", "filled"):
            if getattr(self, name) is not None:
                whole = whole_numbers(f"logic.{name}", getattr(self, name), np.int32)
                object.__setattr__(self, name, whole)
        for name in ("apart", "together"):
            object.__setattr__(self, name, _two_each(name, getattr(self, name)))

    def __bool__(self) -> bool:
        """Say whether there is any condition at all."""
        conditions = (self.team, self.apart, self.together, self.placed, self.filled)
        return any(each.size for each in conditions)


def _two_each(name: str, people: ArrayLike) -> Int32Array:
    array = np.asarray(people)
    if array.ndim != 2 or array.shape[1] != 2:
        raise SnapshotError(f"logic.{name} has shape {array.shape}, expected (n, 2).")
    flat = whole_numbers(f"logic.{name}", array.ravel(), np.int32)
    two: Int32Array = flat.reshape(-1, 2)
    alone = np.flatnonzero(two[:, 0] == two[:, 1])
    if alone.size:
        raise SnapshotError(
            f"logic.{name} holds candidate {two[alone[0], 0]} twice at position {alone[0]}: two "
            "different people are meant."
        )
    return two


@dataclass(frozen=True)
class Conditions:
    """
    Logic checked against a problem, in an order that does not depend on how it was given.

    Parameters
    ----------
    full
        Openings as they were given, shape (n_placements,), int64.
    size
        People that a team has, 0 where there is none, shape (n_placements,), int64.
    site
        The site of each placement, shape (n_placements,).
    apart, together, placed, filled
        As in `Logic`, sorted, each once.
    """

    full: IntArray
    size: IntArray
    site: Int32Array
    apart: Int32Array
    together: Int32Array
    placed: Int32Array
    filled: Int32Array

    def kept_by(self, problem: Problem, match: Int32Array) -> bool:
        """Say whether a plan keeps to all of them."""
        taken, home = self._taken(problem, match), home_of(problem, match)
        return bool(
            ((taken == 0) | (taken == self.size) | (self.size == 0)).all()
            and (taken[self.filled] == self.full[self.filled]).all()
            and (match[self.placed] >= 0).all()
            and not self._too_near(home).any()
            and (home[self.together[:, 0]] == home[self.together[:, 1]]).all()
        )

    def usable(self, problem: Problem) -> BoolArray:
        """
        Return the pairs that some plan can hold, at least: a team needs people, two a place.

        What is left out cannot be in any plan, so leaving it out keeps every plan there is.
        """
        kept = np.ones(problem.n_pairs, np.bool_)
        who, where = problem.candidate, problem.placement
        key = who.astype(np.int64) * max(problem.n_placements, 1) + where
        ends = np.concatenate([self.together, self.together[:, ::-1]])
        while True:
            before = int(kept.sum())
            people = np.bincount(where[kept], minlength=problem.n_placements)
            kept &= (people >= self.size)[where]
            for one, other in ends:
                mine = slice(problem.starts[one], problem.starts[one + 1])
                theirs = other * np.int64(max(problem.n_placements, 1)) + where[mine]
                at = np.searchsorted(key, theirs)
                there = (at < key.size) & (key[np.minimum(at, key.size - 1)] == theirs)
                there[there] = kept[at[there]]
                kept[mine] &= there & (problem.openings[where[mine]] >= 2)
            if int(kept.sum()) == before:
                return kept

    def without_breaches(self, problem: Problem, gain: IntArray, match: Int32Array) -> Int32Array:
        """Return what is left of a plan when all who stand in a breach are taken out of it."""
        match = match.copy()
        while True:
            taken, home = self._taken(problem, match), home_of(problem, match)
            broken = (self.size > 0) & (taken > 0) & (taken < self.size)
            # who has no placement reads the last element
            out = np.append(broken, False)[home]
            out[self.together[home[self.together[:, 0]] != home[self.together[:, 1]]]] = True
            near = self.apart[self._too_near(home)]
            if near.size:
                # One at a time: who leaves may be apart from several.
                first, second = near[0]
                less = gain[match[first]] < gain[match[second]]
                out[first if less else second] = True
            out &= match >= 0
            if not out.any():
                return match
            match[out] = -1

    def _taken(self, problem: Problem, match: Int32Array) -> IntArray:
        placed = match[match >= 0]
        return np.bincount(problem.placement[placed], minlength=problem.n_placements)

    def _too_near(self, home: Int32Array) -> BoolArray:
        one, other = home[self.apart[:, 0]], home[self.apart[:, 1]]
        site = np.append(self.site, -1)
        return np.asarray((one >= 0) & (other >= 0) & (site[one] == site[other]))


def home_of(problem: Problem, match: Int32Array) -> Int32Array:
    """Return the placement of each candidate in a plan, or -1."""
    home = np.full(match.size, -1, np.int32)
    placed = match >= 0
    home[placed] = problem.placement[match[placed]]
    return home


def arrange_logic(logic: Logic, problem: Problem, openings: IntArray) -> Conditions:
    """
    Return the conditions of a problem, checked.

    Parameters
    ----------
    openings
        As they were given, shape (n_placements,): a team of more people than there are is none.

    Raises
    ------
    SnapshotError
        A row number out of range, or another number of sites than of placements.
    """
    n, m = problem.n_candidates, problem.n_placements
    for name, array, count, side in (
        ("team", logic.team, m, "placement"),
        ("filled", logic.filled, m, "placement"),
        ("placed", logic.placed, n, "candidate"),
        ("apart", logic.apart.ravel(), n, "candidate"),
        ("together", logic.together.ravel(), n, "candidate"),
    ):
        meaning = f"there are {count} {side}s, numbered from 0"
        check_range(f"logic.{name}", array, 0, count - 1, meaning)
    site = np.arange(m, dtype=np.int32) if logic.site is None else logic.site
    check_length("logic.site", site, m, "openings")
    # More than there can be people; CP-SAT adds up no larger numbers than it can hold.
    full = np.minimum(openings, LARGEST_INT32)
    size = np.zeros(m, np.int64)
    size[logic.team] = full[logic.team]
    return Conditions(
        full=full,
        size=size,
        site=site,
        apart=np.unique(np.sort(logic.apart, axis=1), axis=0),
        together=np.unique(np.sort(logic.together, axis=1), axis=0),
        placed=np.unique(logic.placed),
        filled=np.unique(logic.filled),
    )
