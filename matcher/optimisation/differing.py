"""What if: the plan with some changes beside the plan without them."""

from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.domain.changes import apply
from matcher.domain.difference import Reached, difference
from matcher.domain.policy import Policy
from matcher.domain.questions import Question
from matcher.domain.snapshot import PoolSnapshot
from matcher.optimisation.solving import Progress, Solved, solve


def plans_differ(
    snapshot: PoolSnapshot, policy: Policy, question: Question, tell: Progress
) -> dict[str, Any]:
    """
    Return the difference that a question's changes make to the whole plan.

    Both plans are made here, of one snapshot: the published one may be of another day.

    Raises
    ------
    SnapshotError, PolicyError
        A change does not suit the pool.
    """
    # first, so that a change that does not suit is told at once
    changed, changed_policy = apply(question.changes, snapshot, policy)
    before = reached(solve(snapshot, policy, tell=_told(tell, "before")))
    after = reached(solve(changed, changed_policy, tell=_told(tell, "after")))
    return difference(before, after, question.top)


def reached(solved: Solved) -> Reached:
    """Return what the plan of a pool reaches, as far as plans are compared."""
    pool, pairs, outcome = solved.pool, solved.pairs, solved.outcome
    prepared = pool.prepared
    people, places = pairs.candidate[outcome.chosen], pairs.placement[outcome.chosen]
    placed = np.zeros(prepared.people.size, np.bool_)
    placed[people] = True
    choices = np.bincount(solved.prospects.every.candidate, minlength=prepared.people.size)
    long = prepared.candidates["candidate.among_longest_waiting"].fill_null(False).to_numpy()
    openings = int(pool.openings.sum())
    return Reached(
        pl.DataFrame(
            {
                "candidate.id": prepared.candidates["candidate.id"][people],
                "placement.id": prepared.placements["placement.id"][places],
            }
        ),
        {
            "seeking": prepared.people.size,
            "placed": outcome.placed,
            "points": solved.points,
            "longest_waiting": int(long.sum()),
            "longest_waiting_placed": int((long & placed).sum()),
            "without_eligible": int((choices == 0).sum()),
            "openings": openings,
            "openings_left": openings - outcome.placed,
        },
        _by_tier(solved, np.ones_like(placed)),
        _by_tier(solved, placed),
        outcome.proved,
    )


def _by_tier(solved: Solved, which: NDArray[np.bool_]) -> dict[str, int]:
    codes = solved.pool.tier_codes
    counts = np.bincount(solved.pool.tier[which], minlength=len(codes))
    return {code: int(count) for code, count in zip(codes, counts, strict=True)}


def _told(tell: Progress, which: str) -> Progress:
    return lambda phase, done, total: tell(f"{phase} {which}", done, total)
