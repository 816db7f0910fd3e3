"""
Placements that are not there yet: what one would bring, and which ones would bring most.

A grid of kinds of work that the pool knows, areas where people wait, and hours: each place of it
is weighed by a bound, and the best of each kind of work is found by solving again.
"""

from typing import Any

import numpy as np
import polars as pl

from matcher.domain.changes import Imagine
from matcher.domain.columns import GUIDANCE_LEVELS
from matcher.domain.imagining import area_of
from matcher.domain.snapshot import PLACEMENT_SCHEMA
from matcher.optimisation.inquiries.adding import Added, best_rows
from matcher.optimisation.inquiries.telling import Standing, best_first, both_best, gain_between
from matcher.optimisation.solving import Progress, Solved, solve

OPENINGS = 12
"""So many are imagined at once: three supervisors, each with four people."""
KINDS_OF_WORK = 15
AREAS = 30
HOURS = ((8, 16), (16, 24), (24, 32))
MOST_GUIDANCE = GUIDANCE_LEVELS[-1]


def answer_imagined(
    solved: Solved, imagined: tuple[Imagine, ...], tell: Progress
) -> dict[str, Any]:
    """
    Return what each of some imagined placements would bring, each on its own and solved again.

    Returns
    -------
    ``imagined``: for each, as it was given, what the whole plan has for ``gain``, how many of its
    openings are ``filled`` and how many people are ``eligible``.

    Raises
    ------
    SnapshotError
        A place is not known.
    """
    before = Standing.of(solved)
    found = []
    for done, each in enumerate(imagined):
        tell("imagined", done, len(imagined))
        found.append(brought_by(solved, before, each))
    tell("imagined", len(imagined), len(imagined))
    return {"kind": "imagined", "imagined": found}


def brought_by(solved: Solved, before: Standing, imagined: Imagine) -> dict[str, Any]:
    """Return what one imagined placement brings, from the plan of the pool with it."""
    snapshot = imagined.on_snapshot(solved.snapshot)
    new = snapshot.placements["placement.id"][-1]
    again = solve(snapshot, solved.policy)
    after = Standing.of(again)
    row = again.pool.prepared.placements["placement.id"].index_of(new)
    return {
        "imagine": imagined.to_json(),
        "gain": gain_between(before, after),
        "filled": sum(place == new for place in after.place.values()),
        "eligible": int(np.count_nonzero(again.pairs.placement == row)) if row is not None else 0,
        "exact": both_best(solved, again),
    }


def best_imagined(solved: Solved, top: int, tell: Progress) -> tuple[list[dict[str, Any]], int]:
    """
    Return the imagined placements that would bring most, and how many were weighed.

    One for each kind of work, at its best place and hours, with the least guidance at which it
    places as many people; of every one the gain is that of the pool solved again with it.
    """
    grid = grid_of(solved)
    if not grid:
        return [], 0
    tell("imagined", 0, top + 1)
    added = Added.to(solved, _rows(solved, grid), lambda phase, done, total: None)
    most = added.most()
    kinds = [(each.kind, each.tasks) for each in grid]
    best: list[tuple[int, int]] = []
    for kind in dict.fromkeys(kinds):
        rows = np.array([at for at, other in enumerate(kinds) if other == kind], np.int64)
        best += best_rows(added, rows, most, 1)
    best = sorted(best, key=lambda each: (-each[1], each[0]))[:top]
    chosen = _lightest(added, [(grid[row], added.brings(row)) for row, _ in best])
    before = Standing.of(solved)
    found = []
    for done, imagined in enumerate(chosen):
        tell("imagined", done + 1, top + 1)
        found.append(brought_by(solved, before, imagined))
    tell("imagined", top + 1, top + 1)
    return best_first(found, solved), len(grid)


def _lightest(added: Added, best: list[tuple[Imagine, tuple[int, ...]]]) -> list[Imagine]:
    """Return them with the least guidance that brings as many people of each tier."""
    levels = GUIDANCE_LEVELS[1:-1]
    lighter = [Imagine(**{**vars(each), "guidance": level}) for each, _ in best for level in levels]
    if not lighter:
        return []
    again = Added.to(added.solved, _rows(added.solved, lighter), lambda phase, done, total: None)
    found = []
    for at, (imagined, brings) in enumerate(best):
        rows = range(at * len(levels), (at + 1) * len(levels))
        enough = [lighter[row] for row in rows if again.brings(row)[:-1] == brings[:-1]]
        found.append(enough[0] if enough else imagined)
    return found


def grid_of(solved: Solved) -> list[Imagine]:
    """Return kinds of work × areas × hours that could be imagined, with the most guidance."""
    areas = _areas(solved)
    return [
        Imagine(
            kind=kind,
            place=area,
            hours=hours,
            guidance=MOST_GUIDANCE,
            openings=OPENINGS,
            tasks=tasks,
        )
        for kind, tasks in _kinds_of_work(solved)
        for area in areas
        for hours in HOURS
    ]


def _kinds_of_work(solved: Solved) -> list[tuple[str, tuple[str, ...]]]:
    """Return the kinds of work with most openings, each with the task that sets it apart."""
    placements = solved.snapshot.placements.select(
        pl.col("placement.kind").cast(pl.String).alias("kind"),
        pl.col("placement.sector").str.head(2).alias("branch"),
        pl.col("placement.openings").alias("openings"),
        pl.col("placement.tags").alias("tag"),
    )
    tags = placements.explode("tag").drop_nulls("tag")
    here = tags.group_by("kind", "branch", "tag").agg(here=pl.len())
    overall = tags.group_by("tag").agg(overall=pl.len())
    told = (
        here.join(overall, on="tag")
        # often here and seldom elsewhere
        .sort(-(pl.col("here") ** 2 / pl.col("overall")), "tag", maintain_order=True)
        .group_by("kind", "branch", maintain_order=True)
        .first()
    )
    work = (
        placements.group_by("kind", "branch")
        .agg(pl.col("openings").sum())
        .join(told, on=["kind", "branch"], how="left", nulls_equal=True)
        .sort("openings", "kind", "branch", descending=[True, False, False])
        .drop_nulls("kind")
    )
    found: dict[tuple[str, tuple[str, ...]], None] = {}
    for kind, tag in work.select("kind", "tag").iter_rows():
        found[kind, () if tag is None else (tag,)] = None
    return list(found)[:KINDS_OF_WORK]


def _areas(solved: Solved) -> list[str]:
    """Return the areas where most people live who have no proposal."""
    placed = np.zeros(solved.pool.prepared.people.size, np.bool_)
    placed[solved.pairs.candidate[solved.outcome.chosen]] = True
    people = solved.pool.prepared.candidates.filter(~placed).drop_nulls(
        ["candidate.home", "candidate.latitude", "candidate.longitude"]
    )
    counted = people.group_by("candidate.home").len().sort("len", "candidate.home",
                                                          descending=[True, False])  # fmt: skip
    return counted["candidate.home"].head(AREAS).to_list()


def _rows(solved: Solved, grid: list[Imagine]) -> pl.DataFrame:
    """Return a row of a snapshot for each imagined placement, with ids of their own."""
    made: dict[tuple[Any, ...], pl.DataFrame] = {}
    where: dict[str, tuple[float, float]] = {}
    rows = []
    snapshot = solved.snapshot
    for number, each in enumerate(grid):
        key = (each.kind, each.tasks, each.hours, each.guidance)
        if key not in made:
            made[key] = each.on_snapshot(snapshot).placements[-1:]
        if each.place not in where:
            where[each.place] = area_of(snapshot, each.place)
        rows.append(
            {
                **made[key].row(0, named=True),
                "placement.id": f"imagined {number}",
                "placement.site": each.place,
                "placement.latitude": where[each.place][0],
                "placement.longitude": where[each.place][1],
            }
        )
    return pl.DataFrame(rows, schema=PLACEMENT_SCHEMA, strict=True)
