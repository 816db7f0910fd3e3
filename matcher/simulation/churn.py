"""
A synthetic pool a week later: who came, who left, what opened and closed, who began and ended.

It reads a pool folder and writes the next one, for tests that run night after night. Rates are
those of an ordinary week; a stormy one happens about once a year.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from matcher.simulation.churn_people import arrive, change_profiles, leave, withdraw_consent
from matcher.simulation.churn_work import (
    close_and_open,
    decide,
    end_deployments,
    largest_employer_closes,
    shuttle_stops,
    start_planned,
)
from matcher.simulation.writing import read_tables, write_tables

SHARE_COACHES_ABSENT = 0.01
USUAL_COACHING_HOURS = "28.0"


@dataclass(frozen=True, slots=True)
class Week:
    """The week written: its first day, its folder and how much changed, by kind."""

    today: date
    folder: Path
    changes: dict[str, int]


def next_week(folder: Path, out: Path, seed: int, *, today: date, stormy: bool = False) -> Week:
    """
    Write the pool of ``folder`` as it is a week later into ``out``.

    Parameters
    ----------
    folder
        A clean pool folder, of `matcher.simulation.generate.generate` or of an earlier week.
    out
        Another folder; it is made, and files of the same names are overwritten.
    seed
        Not negative. With ``today`` it decides everything.
    today
        The first day of the new week: what ends before it has ended.
    stormy
        The employer with most openings closes, and the busiest shuttle stops.
    """
    rng = np.random.default_rng(np.random.SeedSequence((seed, today.toordinal())))
    tables = read_tables(folder)
    changes: dict[str, int] = {}
    steps = [leave, arrive, change_profiles, withdraw_consent, end_deployments, start_planned,
             decide, close_and_open, _change_coaches]  # fmt: skip
    if stormy:
        steps += [largest_employer_closes, shuttle_stops]
    for step in steps:
        tables, counts = step(rng, tables, today)
        changes |= counts
    write_tables(tables, out)
    return Week(today, out, changes)


def _change_coaches(
    rng: np.random.Generator, tables: dict[str, pl.DataFrame], today: date
) -> tuple[dict[str, pl.DataFrame], dict[str, int]]:
    """Let those who were absent return, and others be absent this week."""
    coaches = tables["coaches"]
    absent = rng.random(len(coaches)) < SHARE_COACHES_ABSENT
    hours = (
        pl.when(pl.Series(absent, dtype=pl.Boolean))
        .then(pl.lit("0.0"))
        .when(pl.col("hours_per_week") == "0.0")
        .then(pl.lit(USUAL_COACHING_HOURS))
        .otherwise("hours_per_week")
    )
    changed = coaches.with_columns(hours.alias("hours_per_week"))
    return tables | {"coaches": changed}, {"coaches_absent": int(absent.sum())}
