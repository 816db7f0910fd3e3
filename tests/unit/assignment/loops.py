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


def goals_missed(problem: Problem, match: np.ndarray, tier: np.ndarray) -> tuple[bool, bool]:
    """Say whether one more can be placed, and whether somebody can take a later tier's place."""
    n = problem.n_candidates
    taken = np.bincount(problem.placement[match[match >= 0]], minlength=problem.n_placements)
    more = earlier = False
    for root in np.flatnonzero(match < 0):
        people, places = {int(root)}, set()
        while True:
            reach = np.isin(problem.candidate, list(people))
            new_places = set(problem.placement[reach].tolist())
            there = [
                i for i in range(n) if match[i] >= 0 and problem.placement[match[i]] in new_places
            ]
            if new_places == places and people.issuperset(there):
                break
            places, people = new_places, people | set(there)
        more |= any(taken[j] < problem.openings[j] for j in places)
        earlier |= any(tier[i] > tier[root] for i in people)
    return more, earlier


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
