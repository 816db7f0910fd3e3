"""Facts changed, and the rules and the solver asked again: nothing is claimed without it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl

from matcher.domain.policy import Policy
from matcher.domain.snapshot import CANDIDATE_SCHEMA, PLACEMENT_SCHEMA, PoolSnapshot
from matcher.errors import NotFound
from matcher.optimisation.evaluation import judge
from matcher.optimisation.explanation import explanation_columns
from matcher.optimisation.facts import candidate_facts, gates_of, placement_facts
from matcher.optimisation.pairing import pair_up
from matcher.optimisation.places import encode_placements
from matcher.optimisation.prepared import join_sides

Facts = dict[str, Any]
"""A row of a snapshot, or columns and the values they get."""

GROUP = "supervisor_group"
OPENINGS = "placement.openings"

_SIDES = (
    ("candidate", "set_candidate", CANDIDATE_SCHEMA),
    ("placement", "set_placement", PLACEMENT_SCHEMA),
)
_FOLLOW_THE_AREA = ("latitude", "longitude")


def facts_of(frame: pl.DataFrame, side: str, row_id: str) -> Facts:
    """
    Return the row of a person or a placement.

    Raises
    ------
    NotFound
        It is not in the snapshot.
    """
    found = frame.filter(pl.col(f"{side}.id") == row_id)
    if found.is_empty():
        raise NotFound(f"There is no {side} {row_id} in the pool.\nMaybe it has left it.")
    return found.row(0, named=True)


def judged(
    snapshot: PoolSnapshot, policy: Policy, people: Sequence[Facts], places: Sequence[Facts]
) -> pl.DataFrame:
    """
    Return every person with the placement of the same number, judged by all rules and gates.

    The rows may be variants of one person or placement: they need not be in the snapshot.

    Returns
    -------
    a frame with `explanation_columns`, ``rule.*``, ``gate.*`` and ``eligible``, which tells of
    rules and gates together.
    """
    candidates = pl.DataFrame(people, schema=CANDIDATE_SCHEMA, strict=True)
    placements = pl.DataFrame(places, schema=PLACEMENT_SCHEMA, strict=True)
    placements = placement_facts(placements, snapshot.today, policy)
    gates = gates_of(placements, policy)
    prepared = join_sides(
        candidate_facts(candidates, snapshot.today, policy),
        encode_placements(placements, gates),
        # several variants of one id: whose proposal it was is asked elsewhere
        replace(snapshot, previous=snapshot.previous.clear()),
        policy,
    )
    rows = np.arange(len(people), dtype=np.int32)
    pairs = judge(pair_up(prepared, rows, rows, explanation_columns(policy)), policy)
    passes = gates.select(pl.all_horizontal(pl.all().fill_null(False))).to_series()
    return pl.concat([pairs, gates], how="horizontal").with_columns(
        eligible=pl.col("eligible") & passes
    )


def with_steps(facts: Facts, steps: Mapping[str, Any]) -> Facts:
    """Return a row with the values of its own columns among the steps."""
    return {**facts, **{name: value for name, value in steps.items() if name in facts}}


def changed(
    snapshot: PoolSnapshot, candidate: str, placement: str, steps: Mapping[str, Any]
) -> PoolSnapshot:
    """Return the snapshot with these facts of one person and one placement."""
    frames = {"candidate": snapshot.candidates, "placement": snapshot.placements}
    for (side, _, schema), row_id in zip(_SIDES, (candidate, placement), strict=True):
        here = pl.col(f"{side}.id") == row_id
        frames[side] = frames[side].with_columns(
            pl.when(here).then(pl.lit(steps[name], dtype=dtype)).otherwise(pl.col(name)).alias(name)
            for name, dtype in schema.items()
            if name in steps
        )
    groups = frames["placement"].filter(pl.col("placement.id") == placement)
    return replace(
        snapshot,
        candidates=frames["candidate"],
        placements=frames["placement"],
        resources=guided(snapshot, groups) if OPENINGS in steps else snapshot.resources,
    )


def guided(snapshot: PoolSnapshot, placements: pl.DataFrame) -> pl.DataFrame:
    """Return the resources with supervision for one person more at each of these placements."""
    here = (pl.col("limit") == GROUP) & pl.col("group").is_in(
        placements["placement.supervisor_group"].implode()
    )
    more = pl.col("capacity").clip(lower_bound=0) + 1
    capacity = pl.when(here.fill_null(False)).then(more).otherwise("capacity").alias("capacity")
    return snapshot.resources.with_columns(capacity)


def as_changes(
    snapshot: PoolSnapshot, candidate: str, placement: str, steps: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the steps as what-if changes (`matcher.domain.changes`), to be asked again."""
    found: list[dict[str, Any]] = []
    for (side, code, _), row_id in zip(_SIDES, (candidate, placement), strict=True):
        for name, value in steps.items():
            of, _, short = name.partition(".")
            # an area brings its place along
            if of == side and short not in _FOLLOW_THE_AREA:
                found.append({"change": code, side: row_id, "column": short, "value": value})
    if OPENINGS in steps:
        before = snapshot.resources
        after = changed(snapshot, candidate, placement, steps).resources["capacity"]
        found += [
            {"change": "add_capacity", "limit": limit, "group": group, "add": add}
            for limit, group, add in before.select(
                "limit", "group", add=after - before["capacity"]
            ).iter_rows()
            if add
        ]
    return found
