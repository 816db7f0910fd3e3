"""Exact alternatives against solving again with the pair forced."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import given, settings

from matcher.errors import SnapshotError, SolverFailed
from matcher.optimisation.assignment import Outcome, Pairs, assign
from matcher.optimisation.assignment.alternatives import (
    Alternative,
    Change,
    alternatives_of_candidate,
    alternatives_of_placement,
    one_more_opening,
)
from matcher.optimisation.assignment.residual import Residual
from tests.benchmarks.instances import invent
from tests.unit.assignment.pools import Small, smalls

MANY = settings(max_examples=250)
BOTH = pytest.mark.parametrize("in_order", [False, True], ids=["by value", "in order"])


@dataclass(frozen=True)
class Solved:
    """A problem, its outcome and the residual network."""

    small: Small
    outcome: Outcome
    residual: Residual
    in_order: bool

    @classmethod
    def of(cls, small: Small, in_order: bool) -> "Solved":
        outcome = small.solve()
        residual = Residual.of(
            small.pairs,
            small.openings,
            outcome,
            tiers=small.tiers,
            most_first=small.most_first,
            in_order=in_order,
        )
        return cls(small, outcome, residual, in_order)

    def plan(self, change: Change | None = None) -> np.ndarray:
        """Return each candidate's placement, or -1, after these moves; they must be possible."""
        chosen = self.outcome.chosen
        plan = np.full(self.small.n_candidates, -1)
        plan[self.small.candidate[chosen]] = self.small.placement[chosen]
        if change is not None:
            movers = [move.candidate for move in change.moves]
            assert len(set(movers)) == len(movers)
            for move in change.moves:
                assert plan[move.candidate] == (-1 if move.leaves is None else move.leaves)
                assert move.leaves != move.takes
            for move in change.moves:
                plan[move.candidate] = -1 if move.takes is None else move.takes
        return plan

    def totals(self, plan: np.ndarray) -> tuple[tuple[int, ...], int, int]:
        """Return people by tier, points and value of a plan, from the pairs alone."""
        points = dict(
            zip(
                zip(self.small.candidate.tolist(), self.small.placement.tolist(), strict=True),
                self.small.points.tolist(),
                strict=True,
            )
        )
        tiers = np.zeros(plan.size, int) if self.small.tiers is None else self.small.tiers
        placed = np.flatnonzero(plan >= 0)
        total = sum(points[i, plan[i]] for i in placed.tolist())
        people = tuple(int((tiers[placed] == tier).sum()) for tier in np.unique(tiers))
        return people or (0,), total, total + int(self.outcome.worth[placed].sum())

    def check(self, change: Change, openings: np.ndarray) -> None:
        """Check that the moves lead to a plan within the openings, and lose what they say."""
        plan = self.plan(change)
        taken = np.bincount(plan[plan >= 0], minlength=openings.size)
        assert (taken <= openings).all()
        people, points, value = self.totals(self.plan())
        other_people, other_points, other_value = self.totals(plan)
        fewer = tuple(a - b for a, b in zip(people, other_people, strict=True))
        assert change.fewer_people == fewer
        assert change.fewer_points == points - other_points
        assert change.loss == value - other_value

    def check_best(self, change: Change, again: Small, forced: int | None) -> None:
        """Compare with solving again, with the pair at this position taken out beforehand."""
        small, worth = self.small, self.outcome.worth
        if self.in_order:
            plan = tuple(np.flatnonzero(again.solve().chosen).tolist())
            here = () if forced is None else (forced,)
            goals = (*((again.candidate[k], again.placement[k]) for k in plan),)
            rows = [
                int(np.flatnonzero((small.candidate == i) & (small.placement == j))[0])
                for i, j in goals
            ]
            present = small.goals(tuple(np.flatnonzero(self.outcome.chosen).tolist()))
            other = small.goals((*rows, *here))
            loss = tuple(a - b for a, b in zip(present, other, strict=True))
            people = change.fewer_people if len(loss) > 1 else ()
            assert (*people, change.fewer_points) == loss
        else:
            valued = replace(
                again,
                points=again.points + worth[again.candidate],
                tiers=None,
                most_first=False,
            )
            best = valued.solve().points
            if forced is not None:
                best += int(small.points[forced] + worth[small.candidate[forced]])
            assert change.loss == self.outcome.value - best


def without(small: Small, k: int) -> Small:
    """Return the problem after pair k: its candidate and one opening taken out."""
    others = small.candidate != small.candidate[k]
    openings = small.openings.copy()
    openings[small.placement[k]] -= 1
    return replace(
        small,
        candidate=small.candidate[others],
        placement=small.placement[others],
        points=small.points[others],
        openings=openings,
        tie=None,
    )


def check_alternative(solved: Solved, alternative: Alternative) -> None:
    small = solved.small
    first = alternative.moves[0]
    assert (first.candidate, first.takes) == (alternative.candidate, alternative.placement)
    pair = (small.candidate == first.candidate) & (small.placement == first.takes)
    forced = int(np.flatnonzero(pair)[0])
    solved.check(alternative, small.openings)
    solved.check_best(alternative, without(small, forced), forced)


def lost(solved: Solved, change: Change) -> tuple[int, ...]:
    """Return what counts as the loss, by value or in the order of goals."""
    if not solved.in_order or (solved.small.tiers is None and not solved.small.most_first):
        return (change.loss,)
    return (*change.fewer_people, change.fewer_points)


@BOTH
@MANY
@given(small=smalls(most_people=8))
def test_every_alternative_of_every_candidate_is_as_good_as_solving_again(
    small: Small, in_order: bool
) -> None:
    solved = Solved.of(small, in_order)
    plan = solved.plan()
    for i in range(small.n_candidates):
        found = alternatives_of_candidate(solved.residual, i)
        eligible = set(small.placement[small.candidate == i].tolist()) - {plan[i]}
        expected = {j for j in eligible if small.openings[j] > 0}
        assert {alternative.placement for alternative in found} == expected
        assert len(found) == len(expected)
        losses = [lost(solved, alternative) for alternative in found]
        assert losses == sorted(losses)
        for alternative in found:
            assert alternative.candidate == i
            check_alternative(solved, alternative)
        for top in (1, 3):
            assert alternatives_of_candidate(solved.residual, i, top=top) == found[:top]


@BOTH
@MANY
@given(small=smalls(most_people=8))
def test_every_alternative_of_every_placement_is_as_good_as_solving_again(
    small: Small, in_order: bool
) -> None:
    solved = Solved.of(small, in_order)
    plan = solved.plan()
    for j in range(small.openings.size):
        found = alternatives_of_placement(solved.residual, j)
        eligible = set(small.candidate[small.placement == j].tolist())
        others = {i for i in eligible if plan[i] != j} if small.openings[j] > 0 else set()
        assert {alternative.candidate for alternative in found} == others
        losses = [lost(solved, alternative) for alternative in found]
        assert losses == sorted(losses)
        for alternative in found:
            assert alternative.placement == j
            check_alternative(solved, alternative)
        for top in (1, 3):
            assert alternatives_of_placement(solved.residual, j, top=top) == found[:top]


@BOTH
@MANY
@given(small=smalls(most_people=8))
def test_one_more_opening_is_as_good_as_solving_again(small: Small, in_order: bool) -> None:
    solved = Solved.of(small, in_order)
    for j in range(small.openings.size):
        openings = small.openings.copy()
        openings[j] += 1
        change = one_more_opening(solved.residual, j)
        solved.check(change, openings)
        solved.check_best(change, replace(small, openings=openings, tie=None), None)
        if not in_order:
            assert -change.loss == solved.outcome.prices[j]
        if change.moves:
            assert change.moves[-1].takes == j


def test_the_order_of_goals_can_ask_for_another_plan_than_value() -> None:
    # With 2 at placement 0, by value it pays to let 0 wait: a point more, and worth is only 2.
    small = Small(
        candidate=np.array([0, 1, 1, 1, 2, 2, 2]),
        placement=np.array([2, 0, 1, 2, 0, 1, 2]),
        points=np.array([1, 9, 1, 6, 7, 2, 2]),
        openings=np.array([1, 1, 1]),
        n_candidates=3,
        tiers=None,
        most_first=True,
        tie=None,
    )
    told = []
    for in_order in (False, True):
        solved = Solved.of(small, in_order)
        first = alternatives_of_placement(solved.residual, 0, top=1)[0]
        check_alternative(solved, first)
        told.append((first.candidate, first.loss, first.fewer_people, first.fewer_points))
    assert told == [(2, 1, (1,), -1), (2, 3, (0,), 3)]


def test_a_middle_pool() -> None:
    pool = invent("middle", 400, 100, 8_000, seed=5)
    outcome = assign(pool.pairs, pool.openings, n_candidates=pool.n_candidates, tiers=pool.tiers)
    small = Small(
        pool.pairs.candidate,
        pool.pairs.placement,
        pool.pairs.points,
        pool.openings,
        pool.n_candidates,
        pool.tiers,
        True,
        None,
    )
    waiting = np.flatnonzero(np.bincount(pool.pairs.candidate[outcome.chosen], minlength=400) == 0)
    for in_order in (False, True):
        residual = Residual.of(
            pool.pairs, pool.openings, outcome, tiers=pool.tiers, in_order=in_order
        )
        solved = Solved(small, outcome, residual, in_order)
        for i in (0, int(waiting[0])):
            for alternative in alternatives_of_candidate(residual, i, top=6):
                check_alternative(solved, alternative)
        for alternative in alternatives_of_placement(residual, 7, top=6):
            check_alternative(solved, alternative)


@pytest.fixture
def residual() -> Residual:
    pairs = Pairs([0, 1], [0, 0], [5, 3])
    return Residual.of(pairs, [1], assign(pairs, [1], n_candidates=2))


@pytest.mark.parametrize("row", [-1, 2, 1.0, True])
def test_a_row_that_does_not_exist_is_named(residual: Residual, row: int) -> None:
    with pytest.raises(SnapshotError, match=f"candidate is {row}: there are 2"):
        alternatives_of_candidate(residual, row)
    with pytest.raises(SnapshotError, match=f"placement is {row}: there are 1"):
        alternatives_of_placement(residual, row)
    with pytest.raises(SnapshotError, match=f"placement is {row}: there are 1"):
        one_more_opening(residual, row)


def test_none_of_them_is_no_question(residual: Residual) -> None:
    with pytest.raises(SnapshotError, match="top is 0, expected 1 or more"):
        alternatives_of_candidate(residual, 0, top=0)


def test_only_a_proved_outcome_has_exact_alternatives() -> None:
    pairs = Pairs([0, 1], [0, 0], [5, 3])
    outcome = assign(pairs, [1], n_candidates=2)
    with pytest.raises(SolverFailed, match="certificate does not close"):
        Residual.of(pairs, [1], replace(outcome, chosen=outcome.chosen[::-1]))
    with pytest.raises(SnapshotError, match=r"outcome.prices has length 1, expected 2"):
        Residual.of(pairs, [1, 1], outcome)
    with pytest.raises(SnapshotError, match=r"outcome.chosen has length 2, expected 1"):
        Residual.of(Pairs([0], [0], [5]), [1], outcome)
