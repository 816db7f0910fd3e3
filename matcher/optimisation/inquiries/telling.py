"""
How an answer is told: people by tier and points, never one number with a weight hidden in it.

Other people than the one asked about are counted by tier, and only counted.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.optimisation.assignment.alternatives import Change, Move
from matcher.optimisation.solving import Solved

A_YEAR = 365
"""Days of waiting from which people are counted apart."""


@dataclass(frozen=True)
class Standing:
    """
    Where everybody is in a plan, by id, and what people are counted by.

    Parameters
    ----------
    place
        Placement of each person who has one.
    tier
        Code of the tier of each person who seeks.
    long
        Who waits longer than a year.
    points
        Total points of the plan.
    """

    place: Mapping[str, str]
    tier: Mapping[str, str]
    long: frozenset[str]
    points: int

    @classmethod
    def of(cls, solved: Solved) -> "Standing":
        """Return where everybody is in a solved pool."""
        people = solved.pool.prepared.candidates["candidate.id"].to_list()
        places = solved.pool.prepared.placements["placement.id"].to_list()
        chosen = solved.outcome.chosen
        pairs = zip(solved.pairs.candidate[chosen], solved.pairs.placement[chosen], strict=True)
        codes = solved.pool.tier_codes
        return cls(
            place={people[i]: places[j] for i, j in pairs},
            tier={who: codes[at] for who, at in zip(people, solved.pool.tier, strict=True)},
            long=frozenset(people[i] for i in np.flatnonzero(waits_long(solved))),
            points=solved.points,
        )


def both_best(before: Solved, after: Solved) -> bool:
    """Return whether both plans are proved the best there are: only then a difference is exact."""
    return before.outcome.status == after.outcome.status == "optimal"


def waits_long(solved: Solved) -> NDArray[np.bool_]:
    """Return who waits longer than a year, shape (n_candidates,)."""
    days = solved.pool.prepared.candidates["candidate.waiting_days"].fill_null(0)
    return (days > A_YEAR).to_numpy()


def gain_between(before: Standing, after: Standing) -> dict[str, Any]:
    """
    Return what the second plan has more than the first.

    Returns
    -------
    ``people`` more by tier (below 0 fewer, a tier without change is left out), their sum
    ``placed``, how many more ``over_a_year`` of waiting, ``points`` more of the whole plan, and
    how many people are ``elsewhere``, placed in either.
    """
    entered = after.place.keys() - before.place.keys()
    left = before.place.keys() - after.place.keys()
    people: dict[str, int] = {}
    for who, sign in (*((who, 1) for who in entered), *((who, -1) for who in left)):
        standing = after if sign > 0 else before
        people[standing.tier[who]] = people.get(standing.tier[who], 0) + sign
    everybody = before.place.keys() | after.place.keys()
    return {
        "people": {code: people[code] for code in sorted(people) if people[code]},
        "placed": len(entered) - len(left),
        "over_a_year": len(entered & after.long) - len(left & before.long),
        "points": after.points - before.points,
        "elsewhere": sum(before.place.get(who) != after.place.get(who) for who in everybody),
    }


def loss_of(change: Change, solved: Solved) -> dict[str, Any]:
    """
    Return what a change of the plan loses.

    Returns
    -------
    ``people`` fewer by tier (below 0 more), ``points`` fewer of the whole plan, and how many
    people are ``elsewhere``.
    """
    people = {
        code: count
        for code, count in zip(codes_in_use(solved), change.fewer_people, strict=True)
        if count
    }
    return {
        "people": dict(sorted(people.items())),
        "points": points_lost(change, solved),
        "elsewhere": len(change.moves),
    }


def points_lost(change: Change, solved: Solved) -> int:
    """Return the points that a change of the plan loses, as shown: nothing kept for others off."""
    kept = solved.prospects.potential
    left = sum(int(kept[move.leaves]) for move in change.moves if move.leaves is not None)
    taken = sum(int(kept[move.takes]) for move in change.moves if move.takes is not None)
    return change.fewer_points + left - taken


def gain_of(change: Change, solved: Solved) -> dict[str, Any]:
    """Return what a change of the plan gains, as `gain_between` tells it."""
    lost = loss_of(change, solved)
    long = waits_long(solved)
    entered = [move.candidate for move in change.moves if move.leaves is None]
    left = [move.candidate for move in change.moves if move.takes is None]
    return {
        "people": {code: -count for code, count in lost["people"].items()},
        "placed": len(entered) - len(left),
        "over_a_year": int(long[entered].sum()) - int(long[left].sum()),
        "points": -lost["points"],
        "elsewhere": lost["elsewhere"],
    }


def best_first(found: Iterable[dict[str, Any]], solved: Solved) -> list[dict[str, Any]]:
    """
    Return what gains something, best first.

    More people, then more of the first tier, of the second and so on, then more points.
    """

    def goals(told: dict[str, Any]) -> tuple[int, ...]:
        gain = told["gain"]
        tiers = (gain["people"].get(code, 0) for code in solved.pool.tier_codes)
        return (gain["placed"], *tiers, gain["points"])

    nothing = (0,) * (len(solved.pool.tier_codes) + 2)
    return sorted((each for each in found if goals(each) > nothing), key=goals, reverse=True)


def codes_in_use(solved: Solved) -> list[str]:
    """Return the tiers that somebody is in, in order: those a residual network counts by."""
    return [solved.pool.tier_codes[at] for at in np.unique(solved.pool.tier)]


def steps_of(moves: Sequence[Move], solved: Solved) -> list[dict[str, Any]]:
    """Return moves without names: whose tier, from which placement and to which, None for none."""
    ids = solved.pool.prepared.placements["placement.id"]
    return [
        {
            "tier": solved.pool.tier_codes[solved.pool.tier[move.candidate]],
            "from": None if move.leaves is None else ids[move.leaves],
            "to": None if move.takes is None else ids[move.takes],
        }
        for move in moves
    ]


def in_words(change: Change, solved: Solved, asked: int | None = None) -> str:
    """
    Return a chain of moves as one sentence, the person in row ``asked`` as "this person".

    Placements go by their titles, other people by the label of their tier.
    """
    titles = solved.pool.prepared.placements["placement.title"]
    said = []
    for move in change.moves:
        who = "this person" if move.candidate == asked else _one_of(move, solved)
        if move.takes is None:
            said.append(f"{who} goes without")
        elif move.leaves is None:
            said.append(f"{who} gets {titles[move.takes] or 'a placement'}")
        else:
            said.append(f"{who} moves to {titles[move.takes] or 'another placement'}")
    lost = loss_of(change, solved)
    someone_leaves = any(move.takes is None for move in change.moves)
    return "; ".join([*said, *balance(lost["people"], lost["points"], someone_leaves, solved)])


def _one_of(move: Move, solved: Solved) -> str:
    return (
        f"one person of {_group(solved.pool.tier_codes[solved.pool.tier[move.candidate]], solved)}"
    )


def _group(code: str, solved: Solved) -> str:
    return f"“{solved.policy.tier_label(code).partition(':')[0]}”"


def balance(
    people: Mapping[str, int], points: int, someone_leaves: bool, solved: Solved
) -> list[str]:
    """Return in words what is lost: people fewer by tier, then points of the whole plan."""
    told = [
        f"{abs(count)} {'fewer' if count > 0 else 'more'} of {_group(code, solved)} placed"
        for code, count in people.items()
    ]
    if not told:
        told = ["as many people placed" if someone_leaves else "nobody loses a proposal"]
    total = [f"{abs(points)} points {'less' if points > 0 else 'more'} in all"] if points else []
    return [*told, *total]
