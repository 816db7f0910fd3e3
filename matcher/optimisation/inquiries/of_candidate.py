"""One person: what every other placement would cost, and what stands in the way of having one."""

from typing import Any

import polars as pl

from matcher.errors import NotFound
from matcher.optimisation.inquiries.exchanges import (
    exchanges,
    kept_from,
    place_of,
    points_of_pair,
    told,
)
from matcher.optimisation.inquiries.refusing import Opened, opened_by_one_change, refusals_of
from matcher.optimisation.inquiries.resolving import solved_again
from matcher.optimisation.inquiries.telling import Standing
from matcher.optimisation.inquiries.trying import as_changes
from matcher.optimisation.solving import Solved


def answer_candidate(solved: Solved, candidate: str, top: int) -> dict[str, Any]:
    """
    Return everything that was possible for one person, exactly.

    Returns
    -------
    ``tier``, ``proposed`` (the placement in the plan, or None) and its ``points``; ``others``,
    every other eligible placement with its ``loss``, ``steps`` and ``text``, the least loss first,
    and ``eligible``, how many suit in all; ``kept``, those of them that are kept for people still
    to come, with the points expected of an opening. For who has none, ``why``: ``not_seeking``,
    ``no_eligible_placement`` with the rules that refuse most and what one change opens,
    ``kept_for_people_to_come``, or ``others_need_it_more`` with the least loss at which a place
    could be had.

    Raises
    ------
    NotFound
        The person is not in the pool.
    """
    ids = solved.pool.prepared.candidates["candidate.id"]
    row = ids.index_of(candidate)
    base: dict[str, Any] = {"kind": "candidate", "candidate": candidate}
    if row is None:
        if candidate not in solved.snapshot.candidates["candidate.id"]:
            raise NotFound(f"There is no candidate {candidate} in the pool.\nMaybe it has left it.")
        return {**base, "tier": None, "proposed": None, "points": None, "eligible": 0,
                "others": [], "kept": [], "why": {"reason": "not_seeking"}}  # fmt: skip
    home = place_of(solved, row)
    places = solved.pool.prepared.placements["placement.id"]
    found = exchanges(solved).of_candidate(row)
    others = [
        {"placement": places[each.placement], **told(each, solved, row)} for each in found[:top]
    ]
    kept = [
        {"placement": places[at], "points": points, "expected": expected}
        for at, points, expected in kept_from(solved, row)
    ]
    return {
        **base,
        "tier": solved.pool.tier_codes[solved.pool.tier[row]],
        "proposed": None if home is None else places[home],
        "points": None if home is None else points_of_pair(solved, row, home),
        "eligible": int((solved.prospects.every.candidate == row).sum()),
        "others": others,
        "kept": kept[:top],
        "why": None if home is not None else _why(solved, candidate, row, others or kept, top),
    }


def _why(
    solved: Solved, candidate: str, row: int, others: list[dict[str, Any]], top: int
) -> dict[str, Any]:
    if others:
        least = others[0]
        if "expected" in least:
            return {"reason": "kept_for_people_to_come", **least}
        return {
            "reason": "others_need_it_more",
            **{name: least[name] for name in ("placement", "loss", "text", "exact")},
        }
    refusals, pairs = refusals_of(solved, row)
    return {
        "reason": "no_eligible_placement",
        "placements": pairs.height,
        "refusals": refusals[:top],
        "levers": _levers(solved, candidate, pairs),
    }


def _levers(solved: Solved, candidate: str, pairs: pl.DataFrame) -> list[dict[str, Any]]:
    """Return by lever how many placements it opens, and its smallest change, solved again."""
    by_lever: dict[str, list[Opened]] = {}
    for each in opened_by_one_change(solved, candidate, pairs):
        by_lever.setdefault(each.lever.code, []).append(each)
    before = Standing.of(solved)
    found = []
    for several in by_lever.values():
        least = min(several, key=lambda each: (each.size, each.placement))
        found.append(
            {
                "lever": least.lever.code,
                "text": least.lever.text,
                "arranged_by": least.lever.arranged_by,
                "opens": len(several),
                "placement": least.placement,
                "changes": as_changes(solved.snapshot, candidate, least.placement, least.steps),
                **solved_again(solved, candidate, least.placement, least.steps, before),
            }
        )
    return found
