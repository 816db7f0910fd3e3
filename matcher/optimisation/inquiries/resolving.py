"""A pool solved again with some facts changed, and how one pair stands in it then."""

from collections.abc import Mapping
from typing import Any

from matcher.optimisation.inquiries.exchanges import exchanges, place_of, told
from matcher.optimisation.inquiries.telling import Standing, both_best, gain_between
from matcher.optimisation.inquiries.trying import changed
from matcher.optimisation.solving import Solved, solve


def standing_of(solved: Solved, candidate: str, placement: str) -> dict[str, Any]:
    """Return whether a pair is in the plan, and what the plan with it loses if it could be."""
    prepared = solved.pool.prepared
    person = prepared.candidates["candidate.id"].index_of(candidate)
    place = prepared.placements["placement.id"].index_of(placement)
    if person is None or place is None:
        return {"proposed": False, "alternative": None}
    if place_of(solved, person) == place:
        return {"proposed": True, "alternative": None}
    for found in exchanges(solved).of_candidate(person):
        if found.placement == place:
            return {"proposed": False, "alternative": told(found, solved, person)}
    return {"proposed": False, "alternative": None}


def solved_again(
    solved: Solved, candidate: str, placement: str, steps: Mapping[str, Any], before: Standing
) -> dict[str, Any]:
    """
    Return how a pair stands with the changed facts, and what the whole plan gains by them.

    Returns
    -------
    whether the person is then ``proposed`` ``here``, ``elsewhere`` or ``nowhere``; the ``gain`` of
    the whole; and unless it is here, what the plan with the pair ``forced`` would lose then.
    """
    again = solve(changed(solved.snapshot, candidate, placement, steps), solved.policy)
    after = Standing.of(again)
    place = after.place.get(candidate)
    where = "nowhere" if place is None else "here" if place == placement else "elsewhere"
    return {
        "proposed": where,
        "gain": gain_between(before, after),
        "forced": standing_of(again, candidate, placement)["alternative"],
        "exact": both_best(solved, again),
    }
