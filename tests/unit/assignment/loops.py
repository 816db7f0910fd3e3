"""Plain twins of the compiled loops, written another way and for reading."""

import numpy as np

from matcher.optimisation.assignment.arrays import Problem


def surpluses(problem: Problem, worth: np.ndarray, prices: np.ndarray) -> np.ndarray:
    gain = problem.points + worth[problem.candidate] - prices[problem.placement]
    surplus = np.zeros(problem.n_candidates, np.int64)
    np.maximum.at(surplus, problem.candidate, gain)
    return surplus


def raised_labels(
    problem: Problem, match: np.ndarray, asking: np.ndarray, labels: np.ndarray
) -> np.ndarray:
    """Raise all labels at once, round after round, until nothing changes."""
    placed = match >= 0
    while True:
        asks = asking.copy()
        asks[placed] = labels[problem.placement[match[placed]]] - problem.points[match[placed]]
        raised = labels.copy()
        np.maximum.at(raised, problem.placement, asks[problem.candidate] + problem.points)
        if (raised == labels).all():
            return labels
        labels = raised


def least_worth(problem: Problem, tier: np.ndarray, match: np.ndarray) -> np.ndarray:
    """Return the least worth per tier, as longest paths instead of shortest ones."""
    nobody = -(2**40)
    worth = np.zeros(tier.max() + 1, np.int64)
    asking = np.full(problem.n_candidates, nobody)
    labels = np.ones(problem.n_placements, np.int64)
    for t in range(tier.max(), -1, -1):
        labels = raised_labels(problem, match, asking, labels)
        mine = np.flatnonzero((tier == t) & (match >= 0))
        asks = labels[problem.placement[match[mine]]] - problem.points[match[mine]]
        worth[t] = max(asks.max(initial=0), 0)
        asking[(tier == t) & (match < 0)] = worth[t] + 1
    return worth


def tiers_missed(problem: Problem, match: np.ndarray, tier: np.ndarray) -> set[int]:
    """Return the tiers of those who could be placed, or take the place of a later tier."""
    placed = np.flatnonzero(match >= 0)
    sits = problem.placement[match[placed]]
    taken = np.bincount(sits, minlength=problem.n_placements)
    missed = set()
    for root in np.flatnonzero(match < 0):
        people = np.array([root])
        while True:
            places = problem.placement[np.isin(problem.candidate, people)]
            reached = np.union1d([root], placed[np.isin(sits, places)])
            if reached.size == people.size:
                break
            people = reached
        if (taken < problem.openings)[places].any() or (tier[people] > tier[root]).any():
            missed.add(int(tier[root]))
    return missed


def near_best(
    problem: Problem, worth: np.ndarray, prices: np.ndarray, scale: int, margin: int
) -> np.ndarray:
    gain = (problem.points + worth[problem.candidate]) * scale - prices[problem.placement]
    best = np.zeros(problem.n_candidates, np.int64)
    np.maximum.at(best, problem.candidate, gain)
    return gain >= best[problem.candidate] - margin


def best_pair_first(problem: Problem, tier: np.ndarray | None, tie: np.ndarray) -> np.ndarray:
    match = np.full(problem.n_candidates, -1)
    left = problem.openings.copy()
    tiers = np.zeros(problem.n_candidates) if tier is None else tier
    for k in sorted(
        range(problem.n_pairs),
        key=lambda k: (tiers[problem.candidate[k]], -problem.points[k], tie[k]),
    ):
        i, j = problem.candidate[k], problem.placement[k]
        wanted = tier is not None or problem.points[k] >= 0
        if wanted and match[i] < 0 and left[j] > 0:
            match[i] = k
            left[j] -= 1
    return match
