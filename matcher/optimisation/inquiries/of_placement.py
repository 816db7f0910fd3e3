"""One placement: who else could come and at what cost, and what one more opening would bring."""

from typing import Any

import numpy as np
import polars as pl

from matcher.domain.snapshot import PLACEMENT_SCHEMA
from matcher.optimisation.facts import gates_of, placement_facts
from matcher.optimisation.inquiries.exchanges import exchanges, told
from matcher.optimisation.inquiries.openings import with_one_more
from matcher.optimisation.inquiries.refusing import failing_gates
from matcher.optimisation.inquiries.telling import (
    Standing,
    both_best,
    gain_between,
    gain_of,
    steps_of,
)
from matcher.optimisation.inquiries.trying import facts_of
from matcher.optimisation.solving import Solved, solve
from matcher.optimisation.surroundings import Surroundings


def answer_placement(solved: Solved, placement: str, top: int) -> dict[str, Any]:
    """
    Return who else could be at a placement, exactly, and what one more opening would bring.

    Returns
    -------
    ``openings`` free and how many are ``proposed``; ``others``, the other eligible people by id
    with what the plan with them here would lose, the least loss first, and how many there are in
    ``eligible``; ``one_more_opening``, what it gains and its ``steps``. A placement that a gate
    keeps out has ``kept_out_by`` and nothing else.

    Raises
    ------
    NotFound
        The placement is not in the pool.
    """
    ids = solved.pool.prepared.placements["placement.id"]
    row = ids.index_of(placement)
    base: dict[str, Any] = {"kind": "placement", "placement": placement}
    if row is None:
        return {**base, "openings": 0, "proposed": 0, "eligible": 0, "others": [],
                "kept_out_by": gates_against(solved, placement)}  # fmt: skip
    around = exchanges(solved)
    people = solved.pool.prepared.candidates["candidate.id"]
    found = around.of_placement(row)
    proposed = int((solved.outcome.chosen & (solved.pairs.placement == row)).sum())
    return {
        **base,
        "openings": int(solved.pool.openings[row]),
        "proposed": proposed,
        "eligible": int(np.count_nonzero(solved.prospects.every.placement == row)),
        "others": [
            {
                "candidate": people[each.candidate],
                "tier": solved.pool.tier_codes[solved.pool.tier[each.candidate]],
                **told(each, solved, each.candidate),
            }
            for each in found[:top]
        ],
        "kept_out_by": [],
        "one_more_opening": _one_more(solved, around, row),
    }


def _one_more(solved: Solved, around: Surroundings, row: int) -> dict[str, Any]:
    """Return what one more opening gains; what is expected of people to come may change by it."""
    if solved.prospects.outlook is None:
        change = around.one_more_opening(row)
        return {
            "gain": gain_of(change, solved),
            "steps": steps_of(change.moves, solved),
            "exact": change.exact,
        }
    place = solved.pool.prepared.placements["placement.id"][row]
    again = solve(with_one_more(solved.snapshot, place), solved.policy)
    gain = gain_between(Standing.of(solved), Standing.of(again))
    return {"gain": gain, "steps": [], "exact": both_best(solved, again)}


def gates_against(solved: Solved, placement: str) -> list[str]:
    """
    Return the gates that keep a placement out of the plan.

    Raises
    ------
    NotFound
        The placement is not in the pool.
    """
    facts = facts_of(solved.snapshot.placements, "placement", placement)
    frame = pl.DataFrame([facts], schema=PLACEMENT_SCHEMA, strict=True)
    gates = gates_of(placement_facts(frame, solved.snapshot.today, solved.policy), solved.policy)
    return failing_gates(gates.row(0, named=True))
