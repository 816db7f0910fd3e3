"""What one more opening brings, placement by placement, with the guidance for it."""

from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from matcher.domain.columns import placement
from matcher.domain.snapshot import PoolSnapshot
from matcher.optimisation.assignment.alternatives import one_more_opening
from matcher.optimisation.facts import gates_of, placement_facts
from matcher.optimisation.inquiries.adding import Added, best_rows
from matcher.optimisation.inquiries.telling import Standing, best_first, both_best, gain_between
from matcher.optimisation.inquiries.trying import guided
from matcher.optimisation.solving import Progress, Solved, solve

FULL = "has_openings_left"


def best_openings(solved: Solved, top: int, tell: Progress) -> tuple[list[dict[str, Any]], int]:
    """
    Return the placements where one more opening brings most, and how many were weighed.

    Those that are full now are among them. What each brings is that of the pool solved again with
    it.
    """
    ids = solved.pool.prepared.placements["placement.id"].to_list()
    full = one_more(full_placements(solved))
    added = Added.to(solved, full, lambda phase, done, total: None)
    values = [(_value(added, row), placement) for row, placement in enumerate(ids)]
    rows = np.arange(full.height)
    values += [
        (value, full["placement.id"][row])
        for row, value in best_rows(added, rows, added.most(), top)
    ]
    best = sorted((each for each in values if each[0] > 0), key=lambda each: (-each[0], each[1]))
    before = Standing.of(solved)
    found = []
    for done, (_, chosen) in enumerate(best[:top]):
        tell("openings", done, min(top, len(best)))
        again = solve(with_one_more(solved.snapshot, chosen), solved.policy)
        found.append(
            {
                "placement": chosen,
                "full_now": chosen not in ids,
                "gain": gain_between(before, Standing.of(again)),
                "exact": both_best(solved, again),
            }
        )
    tell("openings", len(found), len(found))
    return best_first(found, solved), len(values)


def _value(added: Added, row: int) -> int:
    change = one_more_opening(added.residual, row)
    return added.value((*(-count for count in change.fewer_people), -change.fewer_points))


def with_one_more(snapshot: PoolSnapshot, placement_id: str) -> PoolSnapshot:
    """Return the snapshot with one more opening there, in which somebody can be guided."""
    here = placement.id == placement_id
    frame = snapshot.placements
    rows = one_more(frame.filter(here))
    return replace(
        snapshot,
        placements=pl.concat([frame.filter(~here), rows]),
        resources=guided(snapshot, rows),
    )


def one_more(rows: pl.DataFrame) -> pl.DataFrame:
    """Return placements with one more opening each, in which somebody can be guided."""
    return rows.with_columns(placement.openings + 1, placement.group_free.clip(lower_bound=0) + 1)


def full_placements(solved: Solved) -> pl.DataFrame:
    """Return the placements that are only kept out because no opening is left, by id."""
    rows = solved.snapshot.placements.sort("placement.id")
    facts = placement_facts(rows, solved.snapshot.today, solved.policy)
    gates = gates_of(facts, solved.policy)
    others = gates.select(pl.all_horizontal(pl.exclude(f"gate.{FULL}").fill_null(False)))
    full = ~gates[f"gate.{FULL}"].fill_null(False)
    return rows.filter(full & others.to_series())
