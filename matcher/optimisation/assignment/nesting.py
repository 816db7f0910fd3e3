"""Which limits nest with the openings, or with one placement per person, as simple counts."""

from dataclasses import dataclass

import numpy as np

from matcher.optimisation.assignment.arrays import Int32Array, IntArray, Problem
from matcher.optimisation.assignment.limits import Rows

ROOT = -1


@dataclass(frozen=True)
class Tree:
    """
    Groups within groups, all of placements or all of candidates.

    Parameters
    ----------
    resource
        The row of each group, shape (n_groups,); a group stands after those it lies in.
    parent
        The group in which each group lies, or -1, shape (n_groups,).
    most
        How many people each group takes, shape (n_groups,).
    group
        The smallest group of each placement or candidate, or -1.
    """

    resource: Int32Array
    parent: Int32Array
    most: IntArray
    group: Int32Array


def nest(problem: Problem, rows: Rows) -> tuple[Tree, Tree] | None:
    """Return the limits as groups of placements and of candidates; None if not all of them nest."""
    places, people, left = nest_most(problem, rows)
    return None if left.size else (places, people)


def nest_most(problem: Problem, rows: Rows) -> tuple[Tree, Tree, IntArray]:
    """
    Return groups of placements and groups of candidates, and the rows that are none of these.

    A limit is such a group where every pair of each of its members uses the same amount of it, and
    no other pair does; two groups must not overlap unless one lies in the other. The widest groups
    come first, so each next one has to lie in one group as a whole, or is left over.
    """
    sides = (
        _Side(problem.placement, problem.n_placements),
        _Side(problem.candidate, problem.n_candidates),
    )
    left: list[int] = []
    sizes = np.diff(rows.use.indptr)
    for row in np.argsort(-sizes, kind="stable"):
        uses = slice(rows.use.indptr[row], rows.use.indptr[row + 1])
        amounts, capacity = rows.use.data[uses], int(rows.capacity[row])
        if amounts.size == 0 and capacity >= 0:
            continue
        counts = capacity >= 0 and amounts[0] > 0 and bool((amounts == amounts[0]).all())
        pairs = rows.use.indices[uses]
        if not counts or not any(
            side.take(int(row), pairs, capacity // int(amounts[0])) for side in sides
        ):
            left.append(int(row))
    places, people = (side.tree() for side in sides)
    return places, people, np.array(left, np.int64)


class _Side:
    """One side of the pairs, and the groups found on it so far."""

    def __init__(self, member: Int32Array, n_members: int) -> None:
        self.member = member
        self.pairs_of = np.bincount(member, minlength=n_members)
        self.group = np.full(n_members, ROOT, np.int32)
        self.resource: list[int] = []
        self.parent: list[int] = []
        self.most: list[int] = []

    def take(self, row: int, pairs: Int32Array, most: int) -> bool:
        """Add a group if these pairs are all pairs of its members, and it nests."""
        members = np.unique(self.member[pairs])
        if int(self.pairs_of[members].sum()) != pairs.size:
            return False
        within = self.group[members]
        if (within != within[0]).any():
            return False
        self.resource.append(row)
        self.parent.append(int(within[0]))
        self.most.append(most)
        self.group[members] = len(self.most) - 1
        return True

    def tree(self) -> Tree:
        """Return the groups as arrays."""
        return Tree(
            resource=np.array(self.resource, np.int32),
            parent=np.array(self.parent, np.int32),
            most=np.array(self.most, np.int64),
            group=self.group,
        )
