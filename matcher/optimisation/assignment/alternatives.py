"""
"Why not this one?", exactly: what the whole would lose, and who would move.

One shortest-path pass over the residual network answers for every placement of one candidate at
once, or for every candidate of one placement. Where somebody is put elsewhere by force, the best
plan then is the present one after the cheapest chain of exchanges from there to where that person
sat (Ahuja, Magnanti & Orlin 1993, "Network Flows", chapter 9). With limits this does not hold:
solve again.
"""

from dataclasses import dataclass, field

import numpy as np

from matcher.errors import SnapshotError
from matcher.optimisation.assignment.arrays import Int32Array, IntArray
from matcher.optimisation.assignment.chains import FAR
from matcher.optimisation.assignment.paths import Arcs, Tree, shorter_paths
from matcher.optimisation.assignment.residual import NOBODY, Residual, check_row

Step = tuple[int, int, int]
"""Who moves, `NOBODY` for an opening; the node that is left, and the one that is taken."""


@dataclass(frozen=True)
class Move:
    """
    One candidate who would be elsewhere.

    Parameters
    ----------
    candidate
        Row number of the candidate.
    leaves
        The placement in the present plan, None for who has none.
    takes
        The placement in the other plan, None for who goes without.
    """

    candidate: int
    leaves: int | None
    takes: int | None


@dataclass(frozen=True)
class Change:
    """
    What another plan loses against the present one, read from its moves.

    Parameters
    ----------
    loss
        Value lost, points and the worth of the outcome together; below 0 it is a gain.
    fewer_people
        Placed people fewer by tier, the first tier first; below 0 there are more.
    fewer_points
        Points less of all chosen pairs together, any sign.
    moves
        Everybody who would be elsewhere, in the order in which one makes way for the next.
    exact
        Is this what solving again would give? With limits that were searched it may be a plan that
        was found, and a better one may exist.
    """

    loss: int
    fewer_people: tuple[int, ...]
    fewer_points: int
    moves: tuple[Move, ...]
    exact: bool = field(default=True, kw_only=True)


@dataclass(frozen=True)
class Alternative(Change):
    """
    The best plan with this candidate at this placement.

    Parameters
    ----------
    candidate, placement
        Row numbers of the pair that is forced.
    """

    candidate: int
    placement: int


def alternatives_of_candidate(
    residual: Residual, candidate: int, *, top: int | None = None
) -> list[Alternative]:
    """
    Return the best plan with this candidate at each other eligible placement, least loss first.

    Least loss in the sense of the residual, by value or in the order of goals; among equals the
    lower row number first. A placement without openings is left out: nobody can be there.

    Parameters
    ----------
    top
        Only so many, found sooner; None for all.

    Raises
    ------
    SnapshotError
        No such candidate, or ``top`` is below 1.
    """
    problem = residual.problem
    candidate = check_row("candidate", candidate, problem.n_candidates)
    home = int(residual.home[candidate])
    rows = np.arange(problem.starts[candidate], problem.starts[candidate + 1])
    rows = rows[problem.placement[rows] != home]
    places = problem.placement[rows]
    near = int(residual.from_hub.distance[home])
    by_hub = beyond(near, residual.to_hub.distance)
    nearest, tree = nearest_first(
        residual.backward, home, by_hub, places, residual.slack[rows], top
    )
    found = []
    for x in nearest:
        place = int(places[x])
        moves = [Move(candidate, some(home, residual), place)]
        if tree.distance[place] < FAR:
            steps = path(residual.backward, tree, place)
        else:
            steps = steps_by_hub(residual, place, home)
        moves += moves_of(residual, steps)
        found.append(told(residual, candidate, place, moves))
    return found


def alternatives_of_placement(
    residual: Residual, placement: int, *, top: int | None = None
) -> list[Alternative]:
    """
    Return the best plan with each other eligible candidate at this placement, least loss first.

    The mirror of ``alternatives_of_candidate``; empty where the placement has no openings.

    Raises
    ------
    SnapshotError
        No such placement, or ``top`` is below 1.
    """
    problem = residual.problem
    placement = check_row("placement", placement, problem.n_placements)
    starts, positions = residual.by_placement
    rows = positions[starts[placement] : starts[placement + 1]]
    people = problem.candidate[rows]
    others = residual.home[people] != placement
    rows, people = rows[others], people[others]
    homes = residual.home[people]
    near = int(residual.to_hub.distance[placement])
    by_hub = beyond(near, residual.from_hub.distance)
    nearest, tree = nearest_first(
        residual.forward, placement, by_hub, homes, residual.slack[rows], top
    )
    found = []
    for x in nearest:
        candidate, home = int(people[x]), int(homes[x])
        moves = [Move(candidate, some(home, residual), placement)]
        if tree.distance[home] < FAR:
            steps = turned(path(residual.forward, tree, home))
        else:
            steps = steps_by_hub(residual, placement, home)
        moves += moves_of(residual, steps)
        found.append(told(residual, candidate, placement, moves))
    return found


def one_more_opening(residual: Residual, placement: int) -> Change:
    """
    Return what one more opening of this placement changes: who enters, and who follows.

    By value the gain, ``-loss``, is the lowest price. The last move of the chain is the one into
    this placement; no moves, no gain.

    Raises
    ------
    SnapshotError
        No such placement.
    """
    placement = check_row("placement", placement, residual.problem.n_placements)
    if residual.prices[placement] == 0:
        return change_of(residual, [])
    steps = turned(path(residual.forward, residual.from_hub, placement))
    return change_of(residual, moves_of(residual, steps))


def beyond(near: int, far: IntArray) -> IntArray:
    """Return the length of a way to the hub and on from there, ``FAR`` where there is none."""
    return np.asarray(np.where(far < FAR - near, far + near, FAR))


def nearest_first(
    arcs: Arcs,
    root: int,
    by_hub: IntArray,
    nodes: Int32Array,
    length: IntArray,
    top: int | None,
) -> tuple[IntArray, Tree]:
    """Return the positions of the nearest of these nodes in order, and the shorter ways there."""
    if top is not None and top < 1:
        raise SnapshotError(f"top is {top}, expected 1 or more.")
    most = min(nodes.size, nodes.size if top is None else top)
    if most == 0:
        return np.zeros(0, np.int64), Tree(np.zeros(0, np.int64), np.zeros(0, np.int32))
    tree = shorter_paths(arcs, root, by_hub, nodes, length, most)
    distance = np.minimum(tree.distance, by_hub)[nodes]
    known = np.flatnonzero(distance < FAR)
    order = np.argsort(distance[known] + length[known], kind="stable")
    return known[order[:most]], tree


def path(arcs: Arcs, tree: Tree, node: int) -> list[Step]:
    """Return the steps from a node to the root of a tree."""
    steps = []
    while (arc := int(tree.reached_by[node])) >= 0:
        nearer = int(np.searchsorted(arcs.starts, arc, side="right")) - 1
        steps.append((int(arcs.by[arc]), node, nearer))
        node = nearer
    return steps


def turned(steps: list[Step]) -> list[Step]:
    """Return the same way from its other end."""
    return [(by, there, here) for by, here, there in reversed(steps)]


def steps_by_hub(residual: Residual, first: int, last: int) -> list[Step]:
    """
    Return the steps of a shortest way that leads through the hub.

    Both halves are the shortest there are and may share a node: what lies between is a round of
    length 0, which nobody makes.
    """
    steps = path(residual.backward, residual.to_hub, first)
    steps += turned(path(residual.forward, residual.from_hub, last))
    kept: list[Step] = []
    passed: dict[int, int] = {}
    for step in [*steps, (NOBODY, last, last)]:
        here = step[1]
        if here in passed:
            kept = kept[: passed[here]]
            passed = {node: at for node, at in passed.items() if at < len(kept)}
        passed[here] = len(kept)
        kept.append(step)
    return kept[:-1]


def some(node: int, residual: Residual) -> int | None:
    """Return the placement that a node is, None for the hub."""
    return None if node == residual.hub else node


def moves_of(residual: Residual, steps: list[Step]) -> list[Move]:
    """Return the moves that these steps stand for; none where only an opening changes."""
    return [
        Move(by, some(leaves, residual), some(takes, residual))
        for by, leaves, takes in steps
        if by >= 0
    ]


def told(residual: Residual, candidate: int, placement: int, moves: list[Move]) -> Alternative:
    """Return the alternative that these moves make."""
    change = change_of(residual, moves)
    return Alternative(**vars(change), candidate=candidate, placement=placement)


def change_of(residual: Residual, moves: list[Move]) -> Change:
    """Return the people, points and value that these moves lose."""
    fewer = [0] * residual.n_tiers
    points = loss = 0
    for move in moves:
        tier = int(residual.tier[move.candidate])
        worth = int(residual.shown_worth[move.candidate])
        if move.leaves is not None:
            lost = points_of(residual, move.candidate, move.leaves)
            fewer[tier] += 1
            points += lost
            loss += lost + worth
        if move.takes is not None:
            gained = points_of(residual, move.candidate, move.takes)
            fewer[tier] -= 1
            points -= gained
            loss -= gained + worth
    return Change(loss=loss, fewer_people=tuple(fewer), fewer_points=points, moves=tuple(moves))


def points_of(residual: Residual, candidate: int, placement: int) -> int:
    """Return the points of an eligible pair."""
    problem = residual.problem
    row = slice(problem.starts[candidate], problem.starts[candidate + 1])
    within = int(np.searchsorted(problem.placement[row], placement))
    return int(problem.points[row][within])
