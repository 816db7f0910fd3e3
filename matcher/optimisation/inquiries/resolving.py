"""A pool solved again with some facts changed, and how one pair stands in it then."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from matcher.domain.snapshot import PIN_SCHEMA
from matcher.optimisation.assignment.alternatives import Move
from matcher.optimisation.inquiries.exchanges import exchanges, place_of, points_of_pair, told
from matcher.optimisation.inquiries.telling import (
    Standing,
    balance,
    both_best,
    gain_between,
    steps_of,
)
from matcher.optimisation.inquiries.trying import changed
from matcher.optimisation.solving import Solved, solve


def standing_of(solved: Solved, candidate: str, placement: str) -> dict[str, Any]:
    """
    Return whether a pair is in the plan, and what the plan with it loses if it could be.

    Where no exact loss can be read from the exchanges around the plan (limits that bind, teams,
    companions), the pool is solved again with the pair fixed.
    """
    prepared = solved.pool.prepared
    person = prepared.candidates["candidate.id"].index_of(candidate)
    place = prepared.placements["placement.id"].index_of(placement)
    if person is None or place is None:
        return {"proposed": False, "alternative": None}
    if place_of(solved, person) == place:
        return {"proposed": True, "alternative": None}
    pairs = solved.pairs
    if not ((pairs.candidate == person) & (pairs.placement == place)).any():
        return {"proposed": False, "alternative": None}
    for found in exchanges(solved).of_candidate(person):
        if found.placement == place and found.exact:
            return {"proposed": False, "alternative": told(found, solved, person)}
    return {"proposed": False, "alternative": _fixed(solved, person, place)}


def _fixed(solved: Solved, person: int, place: int) -> dict[str, Any] | None:
    """Return what the plan loses when solved again with a pair fixed; None where it cannot be."""
    prepared, snapshot = solved.pool.prepared, solved.snapshot
    candidate = prepared.candidates["candidate.id"][person]
    placement = prepared.placements["placement.id"][place]
    turn = (snapshot.pins["turn"].max() or 0) + 1  # type: ignore[operator]
    pin = pl.DataFrame([(candidate, placement, turn)], PIN_SCHEMA, orient="row")
    again = solve(replace(snapshot, pins=pl.concat([snapshot.pins, pin])), solved.policy)
    after = Standing.of(again)
    if after.place.get(candidate) != placement:
        return None
    before = Standing.of(solved)
    gain = gain_between(before, after)
    people = {code: -count for code, count in gain["people"].items()}
    left = before.place.keys() - after.place.keys()
    title = prepared.placements["placement.title"][place] or "a placement"
    words = balance(people, -gain["points"], bool(left), solved)
    exact = both_best(solved, again)
    return {
        "points": points_of_pair(solved, person, place),
        "loss": {"people": people, "points": -gain["points"], "elsewhere": gain["elsewhere"]},
        "steps": steps_of([Move(person, place_of(solved, person), place)], solved),
        "text": "; ".join(
            [f"this person gets {title}", *words, *([] if exact else ["as far as was found"])]
        ),
        "exact": exact,
    }


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
