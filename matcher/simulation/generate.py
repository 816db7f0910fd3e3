"""
A synthetic labour pool as the files that the import reads: seeded, and of any size.

Nobody in it exists. Names are made of syllables, addresses lie on invented streets in invented
postcode areas around real places, mail goes to example.org, company numbers begin at 00000001, and
no number passes the test of a citizen service number. The same size, seed and day give the same
bytes.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from matcher.simulation.dirt import soil
from matcher.simulation.draws import stream, unless
from matcher.simulation.employers import employer_tables, lay_out_work
from matcher.simulation.history import deploy, deployments, experience, wants_to_continue
from matcher.simulation.identities import (
    audit_attributes,
    coach_keys,
    coach_of,
    coach_tables,
    identities,
)
from matcher.simulation.people import candidates, settle_people
from matcher.simulation.placements import placements
from matcher.simulation.places import country
from matcher.simulation.regions import ground
from matcher.simulation.requirements import requirement_tables
from matcher.simulation.sizes import Size, size_of
from matcher.simulation.skills import skill_tables
from matcher.simulation.sonar import WORKBOOK, write_workbook
from matcher.simulation.wishes import wish_tables
from matcher.simulation.writing import write_tables

SHARE_UNCOACHED = 0.04


@dataclass(frozen=True, slots=True)
class Summary:
    """
    What was written: rows per table, rows of the workbook, and dirt by kind.

    The dirt of the kinds in `matcher.simulation.dirt.REFUSED` makes the import refuse rows.
    """

    size: str
    seed: int
    today: date
    folder: Path
    rows: dict[str, int]
    workbook_rows: int
    dirt: dict[str, int]


def generate(size: str | int, seed: int, out: Path, *, today: date, dirt: bool = False) -> Summary:
    """
    Write a synthetic pool into the folder ``out`` and return what was written.

    Parameters
    ----------
    size
        A name of `matcher.simulation.sizes.SIZES`, or a number of candidates.
    seed
        Not negative. One seed, one pool.
    out
        The folder; it is made, and files of the same names are overwritten.
    today
        The day that all dates are drawn around.
    dirt
        Also write rows that the import refuses, as in real exports: doubled keys, malformed
        postcodes, ends before starts.

    Raises
    ------
    ValueError
        The size or the seed is none.
    """
    if seed < 0:
        raise ValueError(f"Seed {seed} is negative. Maybe: 0 or more.")
    counts = size_of(size)
    tables = pool_tables(counts, seed, today)
    found: dict[str, int] = {}
    if dirt:
        tables, found = soil(stream(seed, "dirt"), tables)
    write_tables(tables, out)
    rows, unknowns = write_workbook(stream(seed, "sonar"), tables, out / WORKBOOK, today, dirt=dirt)
    return Summary(
        size=counts.name,
        seed=seed,
        today=today,
        folder=out,
        rows={name: len(table) for name, table in tables.items()},
        workbook_rows=rows,
        dirt=found | unknowns,
    )


def pool_tables(size: Size, seed: int, today: date) -> dict[str, pl.DataFrame]:
    """Return the import tables of a clean synthetic pool, by name."""
    lie = ground(stream(seed, "ground"), size, country())
    people = settle_people(stream(seed, "people"), size.candidates, lie)
    work = lay_out_work(stream(seed, "work"), size, lie)
    placed = deploy(stream(seed, "history"), people, work)
    coach = coach_of(stream(seed, "caseload"), people, size.coaches)
    employers = employer_tables(stream(seed, "employers"), work, lie, today)
    posted = placements(
        stream(seed, "placements"), work, lie, employers["employers"]["trade_name"].to_numpy(),
        today,
    )  # fmt: skip

    in_force = placed.state != "ended"
    at_sheltered = np.zeros(len(people), dtype=np.bool_)
    sheltered = in_force & (work.kind[placed.placement] == "sheltered")
    at_sheltered[placed.candidate[sheltered]] = True
    uncoached = stream(seed, "uncoached").random(len(people)) < SHARE_UNCOACHED
    coached = unless(coach_keys(size.coaches)[coach], uncoached)
    profile = candidates(stream(seed, "candidates"), people, lie, today, coached, at_sheltered)
    profile = profile.with_columns(
        wants_to_continue(stream(seed, "plans"), people, placed).alias("wants_to_continue")
    )
    return {
        **coach_tables(stream(seed, "coaches"), people, work, lie, coach, size.coaches),
        "candidates": profile,
        **skill_tables(stream(seed, "skills"), people, today),
        "candidate_experience": experience(
            stream(seed, "experience"), people, work, placed, posted["occupation"], today
        ),
        **wish_tables(stream(seed, "wishes"), people, work, today),
        "identities": identities(stream(seed, "identities"), people, today),
        "audit_attributes": audit_attributes(stream(seed, "audit"), people),
        **employers,
        "placements": posted,
        **requirement_tables(stream(seed, "requirements"), work, posted),
        "deployments": deployments(
            stream(seed, "deployments"), people, work, posted, placed, today
        ),
        "postcode_areas": lie.country.postcode_areas(lie.areas()),
    }
