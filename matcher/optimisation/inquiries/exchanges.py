"""What each other pair of a person or a placement would lose, and who would move."""

from typing import Any

from matcher.optimisation.assignment.alternatives import Alternative
from matcher.optimisation.assignment.residual import Residual
from matcher.optimisation.inquiries.telling import in_words, loss_of, steps_of
from matcher.optimisation.solving import Solved


def exchanges(solved: Solved) -> Residual:
    """Return all exchanges around a plan, in the order of its goals."""
    return Residual.of(
        solved.pairs,
        solved.pool.openings,
        solved.outcome,
        tiers=solved.pool.tier,
        in_order=True,
    )


def told(found: Alternative, solved: Solved, asked: int | None) -> dict[str, Any]:
    """
    Return one forced pair: what the plan with it loses, and the steps, without names.

    The first step is the forced pair itself, the next ones who makes way for it.
    """
    return {
        "points": points_of_pair(solved, found.candidate, found.placement),
        "loss": loss_of(found, solved),
        "steps": steps_of(found.moves, solved),
        "text": in_words(found, solved, asked),
        "exact": True,
    }


def points_of_pair(solved: Solved, candidate: int, placement: int) -> int:
    """Return the points of an eligible pair, by row numbers."""
    pairs = solved.pairs
    here = (pairs.candidate == candidate) & (pairs.placement == placement)
    return int(pairs.points[here][0])


def place_of(solved: Solved, candidate: int) -> int | None:
    """Return the row of the placement that a person has in the plan, or None."""
    here = solved.outcome.chosen & (solved.pairs.candidate == candidate)
    return int(solved.pairs.placement[here][0]) if here.any() else None
