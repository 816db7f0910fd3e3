"""What each other pair of a person or a placement would lose, and who would move."""

from dataclasses import replace
from typing import Any

import numpy as np

from matcher.optimisation.assignment import assign
from matcher.optimisation.assignment.alternatives import Alternative
from matcher.optimisation.inquiries.telling import in_words, loss_of, steps_of
from matcher.optimisation.solving import Solved
from matcher.optimisation.surroundings import Surroundings


def exchanges(solved: Solved) -> Surroundings:
    """Return all exchanges around a plan, in the order of its goals and within its limits."""
    free = solved.free
    return Surroundings(
        free.pairs,
        free.pool.openings,
        free.outcome,
        free.pool.tier,
        free.bounded.binding.limits,
    )


def unlimited(solved: Solved) -> Solved:
    """
    Return the pool as it would be planned without its limits: to weigh many guesses quickly.

    Nothing is told of it: what is told comes from solving again within the limits.
    """
    free = solved.free
    if free.outcome.method == "flow" and not len(free.bounded.binding.limits):
        return free
    outcome = assign(
        free.pairs,
        free.pool.openings,
        n_candidates=free.pool.prepared.people.size,
        tiers=free.pool.tier,
        tie=free.tie,
        seed=free.policy.seed,
    )
    return replace(free, outcome=outcome)


def told(found: Alternative, solved: Solved, asked: int | None) -> dict[str, Any]:
    """
    Return one forced pair: what the plan with it loses, and the steps, without names.

    The first step is the forced pair itself, the next ones who makes way for it.
    """
    return {
        "points": points_of_pair(solved, found.candidate, found.placement),
        "loss": loss_of(found, solved),
        "steps": steps_of(found.moves, solved),
        "text": in_words(found, solved, asked) + ("" if found.exact else "; perhaps less"),
        "exact": found.exact,
    }


def points_of_pair(solved: Solved, candidate: int, placement: int) -> int:
    """Return the points of an eligible pair as shown, by row numbers."""
    pairs = solved.prospects.every
    here = (pairs.candidate == candidate) & (pairs.placement == placement)
    return int(pairs.points[here][0])


def place_of(solved: Solved, candidate: int) -> int | None:
    """Return the row of the placement that a person has in the plan, or None."""
    here = solved.outcome.chosen & (solved.pairs.candidate == candidate)
    return int(solved.pairs.placement[here][0]) if here.any() else None


def kept_from(solved: Solved, candidate: int) -> list[tuple[int, int, int]]:
    """
    Return the placements that suit a person and are kept for people still to come.

    Each with the points of the pair and those expected of an opening there, best pair first.
    """
    every, now = solved.prospects.every, solved.pairs
    places = every.placement[every.candidate == candidate]
    found = [
        (int(at), points_of_pair(solved, candidate, at), int(solved.prospects.potential[at]))
        for at in np.setdiff1d(places, now.placement[now.candidate == candidate])
    ]
    return sorted(found, key=lambda each: (each[2] - each[1], each[0]))
