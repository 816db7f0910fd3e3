"""
Ways of working compared on invented worlds: every one of them on every world, kept as it goes.

The figures stand in ``results.csv``, a row per world and way of working; what is there already is
not computed again, so that a grid can be stopped at any moment and goes on later.
"""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from itertools import product
from pathlib import Path
from time import monotonic

import polars as pl

from matcher.errors import Invalid
from matcher.simulation.approaches import APPROACHES
from matcher.simulation.replay import (
    HINDSIGHT,
    MEASURES,
    SECONDS,
    best_in_hindsight,
    measure,
    play,
)
from matcher.simulation.worlds import WEEKS, Setting, invent

LOADS = (0.8, 1.1, 1.7)
THICKNESSES = (5, 20, 60)
PEOPLE = 800
WEEK = 7
SEEDS, SEEDS_OF_FULL = 10, 30
REFUSAL = 0.3
"""A share that coaches and employers find usual."""

RESULTS = "results.csv"
SETTING = {
    "weeks": pl.Int64,
    "load": pl.Float64,
    "thickness": pl.Int64,
    "refusal": pl.Float64,
    "people": pl.Int64,
    "step_days": pl.Int64,
}
SCHEMA = {
    "version": pl.String,
    **SETTING,
    "seed": pl.Int64,
    "approach": pl.String,
    **{made.code: pl.Float64 for made in MEASURES},
}

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Grid:
    """The worlds to be played: every setting with every seed."""

    settings: tuple[Setting, ...]
    seeds: tuple[int, ...]

    def worlds(self) -> Iterator[tuple[int, Setting]]:
        """Give seed by seed every setting, so that a grid cut short is even."""
        return product(self.seeds, self.settings)

    def __len__(self) -> int:
        """Return the number of worlds."""
        return len(self.settings) * len(self.seeds)


def make_grid(
    *,
    seed: int,
    full: bool = False,
    seeds: int | None = None,
    people: int = PEOPLE,
    step_days: int = WEEK,
) -> Grid:
    """
    Return the grid of load and thickness, for nights and for years.

    A night is played without refusals and a year with them; ``full`` plays both both ways, on more
    seeds. The first seed is ``seed``. A year is planned every ``step_days`` days.
    """
    cases = [(1, 0.0), (WEEKS, REFUSAL)]
    if full:
        cases = [(weeks, refusal) for weeks in (1, WEEKS) for refusal in (0.0, REFUSAL)]
    count = seeds or (SEEDS_OF_FULL if full else SEEDS)
    return Grid(
        settings=tuple(
            Setting(weeks, load, thickness, refusal, people, step_days if weeks > 1 else WEEK)
            for weeks, refusal in cases
            for load, thickness in product(LOADS, THICKNESSES)
        ),
        seeds=tuple(range(seed, seed + count)),
    )


def run(
    grid: Grid, out: Path, *, budget_minutes: float | None = None, progress: Progress | None = None
) -> pl.DataFrame:
    """
    Play every world of a grid that is not in ``out/results.csv`` yet, and return all of its rows.

    Parameters
    ----------
    grid
        The worlds.
    out
        A folder, made if it is not there.
    budget_minutes
        After so long no further world is begun.
    progress
        Called with a phase, worlds done and worlds in all.

    Returns
    -------
    the rows of the grid in order, with the columns of ``SCHEMA``.

    Raises
    ------
    Invalid
        The folder cannot be written to, or its results are of another form.
    """
    tell = progress or (lambda phase, done, total: None)
    ends = None if budget_minutes is None else monotonic() + 60 * budget_minutes
    try:
        out.mkdir(parents=True, exist_ok=True)
        path = out / RESULTS
        rows = _kept(path)
        done = {(row[1 : 1 + len(SETTING)], row[1 + len(SETTING)]) for row in rows}
        with path.open("a", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            for at, (seed, setting) in enumerate(grid.worlds()):
                tell("worlds", at, len(grid))
                if (tuple(setting.__dict__.values()), seed) in done:
                    continue
                if ends is not None and monotonic() >= ends:
                    break
                found = _play_all(setting, seed)
                table.writerows(found)
                file.flush()
                rows += found
            else:
                tell("worlds", len(grid), len(grid))
    except OSError as error:
        raise Invalid(f"Cannot write to {out}: {error.strerror}.") from None
    frame = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    wanted = pl.DataFrame(
        [(*setting.__dict__.values(), seed) for seed, setting in grid.worlds()],
        schema={**SETTING, "seed": pl.Int64},
        orient="row",
    )
    return frame.join(wanted, on=wanted.columns, how="semi").sort(*wanted.columns, "approach")


def minutes_left(grid: Grid, rows: pl.DataFrame) -> float | None:
    """
    Return how long the rest of a grid takes on a machine like that of its rows, in minutes.

    By what choosing took in the worlds played; None where some setting is not played at all yet.
    """
    spent: dict[tuple[object, ...], dict[int, float]] = {}
    for *values, seed, seconds in (
        rows.group_by(*SETTING, "seed").agg(pl.col(SECONDS).sum()).iter_rows()
    ):
        spent.setdefault(tuple(values), {})[seed] = seconds
    total = 0.0
    for setting in grid.settings:
        played = spent.get(tuple(setting.__dict__.values()))
        if not played:
            return None
        missing = len(set(grid.seeds) - played.keys())
        total += missing * len(setting.steps) * sum(played.values()) / len(played)
    return total / 60


def _play_all(setting: Setting, seed: int) -> list[tuple[object, ...]]:
    """Return the rows of one world: every way of working, and hindsight."""
    world = invent(setting, seed)
    best = best_in_hindsight(world)
    made = {each.code: play(world, each.choose) for each in APPROACHES} | {HINDSIGHT: best}
    return [
        (
            version("workpool"),
            *setting.__dict__.values(),
            seed,
            code,
            *(
                None if figure is None else round(figure, 4)
                for figure in measure(world, played, best).values()
            ),
        )
        for code, played in made.items()
    ]


def _kept(path: Path) -> list[tuple[object, ...]]:
    """
    Return the whole worlds that a file holds, of this version, and leave only those in it.

    The last world is half there when an earlier run was stopped while it wrote.
    """
    if not path.exists() or not path.read_text(encoding="utf-8"):
        path.write_text(",".join(SCHEMA) + "\n", encoding="utf-8")
        return []
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    if lines[0].strip() != ",".join(SCHEMA):
        raise Invalid(f"{path} has other columns.\nMaybe name another folder.")
    whole = [
        line for line in lines[1:] if line.endswith("\n") and line.count(",") == len(SCHEMA) - 1
    ]
    frame = pl.DataFrame(
        [[cell or None for cell in line.strip().split(",")] for line in whole],
        schema=dict.fromkeys(SCHEMA, pl.String),
        orient="row",
    )
    try:
        frame = frame.cast(SCHEMA)  # type: ignore[arg-type]
    except pl.exceptions.InvalidOperationError:
        raise Invalid(f"{path} holds what is no figure.\nMaybe name another folder.") from None
    world = [*SETTING, "seed"]
    frame = frame.filter(
        pl.col("version") == version("workpool"),
        pl.len().over(world) == len(APPROACHES) + 1,
    )
    path.write_text(frame.write_csv(), encoding="utf-8")
    return frame.rows()
