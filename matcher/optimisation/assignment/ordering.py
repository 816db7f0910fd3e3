"""The order of goals under limits: people by tier, then points, one after the other."""

from dataclasses import dataclass

import numpy as np

from matcher.errors import SnapshotError
from matcher.optimisation.assignment.arrays import Int32Array, IntArray, Problem

# With thousandths and the amounts of a resource it stays within 64 bits.
LARGEST_GAIN = 2**49


@dataclass(frozen=True)
class Goals:
    """
    What counts, in order.

    Parameters
    ----------
    adds
        What each pair adds to each goal, each of shape (n_pairs,); points are the last.
    worth
        What placing a candidate counts beyond points, shape (n_candidates,).
    """

    adds: list[IntArray]
    worth: IntArray


def goals_of(problem: Problem, tier: Int32Array | None) -> Goals:
    """
    Return the goals, with a worth that keeps their order under any limits.

    Under limits one person can stand in the way of many, so one of a tier counts more than
    everybody of all later tiers and all points together.

    Raises
    ------
    SnapshotError
        Such a worth would be too large for exact sums.
    """
    counts = np.diff(problem.starts)
    some = np.flatnonzero(counts)
    best = np.zeros(problem.n_candidates, np.int64)
    worst = np.zeros(problem.n_candidates, np.int64)
    if some.size:
        best[some] = np.maximum.reduceat(problem.points, problem.starts[some])
        worst[some] = np.minimum.reduceat(problem.points, problem.starts[some])
    best, worst = np.maximum(best, 0), np.minimum(worst, 0)
    most_points = total_of_largest(best, problem.most_placed)
    if tier is None:
        check_gain(most_points)
        nothing = np.zeros(problem.n_candidates, np.int64)
        return Goals([problem.points], nothing)
    n_tiers = int(tier.max()) + 1 if tier.size else 1
    step = most_points + total_of_largest(-worst, problem.most_placed) + 1
    weights: list[int] = []
    for t in reversed(range(n_tiers)):
        check_gain(step)
        weights.insert(0, step)
        step += step * min(int(((tier == t) & (counts > 0)).sum()), problem.most_placed)
    check_gain(step)
    return Goals(
        adds=[(tier[problem.candidate] == t).astype(np.int64) for t in range(n_tiers)]
        + [problem.points],
        worth=np.array(weights, np.int64)[tier],
    )


def total_of_largest(amounts: IntArray, count: int) -> int:
    """Return the sum of the largest amounts, without overflow."""
    return int(np.sort(amounts)[::-1][:count].sum(dtype=object)) if amounts.size else 0


def check_gain(gain: int) -> None:
    """Refuse a total that sums could not hold exactly."""
    if gain >= LARGEST_GAIN:
        raise SnapshotError(
            f"To keep the order of goals under limits, values reach {gain}, more than "
            f"{LARGEST_GAIN}: they could overflow.\n"
            "Maybe express the points in a coarser unit, or use fewer tiers."
        )
