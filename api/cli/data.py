"""`workpool import`, `generate` and `export`."""

from dataclasses import asdict
from datetime import date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Optional
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from api.cli.options import AsJson, PoolName
from api.cli.screen import output, print_json, progress
from api.cli.session import connected, pool_id
from matcher.errors import ImportRefused
from matcher.service import importing, reporting
from matcher.service.importing import Report
from matcher.settings import settings
from matcher.simulation import generate as generating
from matcher.simulation.churn import Week, next_week
from matcher.store.database import transaction

SHOWN_ERRORS = 20


class Kind(StrEnum):
    """What a file holds."""

    POOL = "pool"
    SONAR = "sonar"
    CANDIDATES = "candidates"
    EMPLOYERS = "employers"
    PLACEMENTS = "placements"


def import_(
    path: Annotated[
        Path, typer.Argument(help="A file, or for a pool a folder or zip.", exists=True)
    ],
    kind: Annotated[Kind, typer.Option(help="What it holds.")],
    pool: PoolName,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only tell what would happen.")
    ] = False,
    skip_bad_rows: Annotated[
        bool, typer.Option("--skip-bad-rows", help="Leave out faulty rows and what refers to them.")
    ] = False,
    encoding: Annotated[
        str, typer.Option(help="utf-8 (with or without mark), or cp1252.")
    ] = "utf-8",
    as_json: AsJson = False,
) -> None:
    """
    Import a file or a folder: all of it, or nothing.

    A pool is a folder (or zip) with one CSV per table; the README lists the tables and columns.
    The same file twice changes nothing.
    """
    with connected(), progress("Import") as show, transaction() as db:
        found = pool_id(db, pool)
        report = importing.run(
            db,
            found,
            path,
            kind.value,
            dry_run=dry_run,
            skip_bad_rows=skip_bad_rows,
            encoding=encoding,
            progress=show,
        )
    if as_json:
        print_json(report.to_dict())
    else:
        show_report(report)
    if not report.accepted:
        raise typer.Exit(1)


def show_report(report: Report) -> None:
    """Write what an import did, or would do, and its errors by row."""
    table = Table("table", "new", "changed", "unchanged", "left out", box=None)
    for name, counts in report.tables.items():
        table.add_row(name, *(f"{count:,}" for count in counts))
    output.print(table)
    for error in report.errors[:SHOWN_ERRORS]:
        output.print(f"  {error}", markup=False)
    if report.error_count > SHOWN_ERRORS:
        output.print(f"  … and {report.error_count - SHOWN_ERRORS:,} more; --json has them")


def generate(
    out: Annotated[Path, typer.Argument(help="A folder, made if it is not there.")],
    size: Annotated[
        str,
        typer.Option(help="pilot, region, large-region, stress, nation, or a number of people."),
    ] = "region",
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same pool.")] = 1,
    today: Annotated[
        Optional[datetime],  # noqa: UP045 - Typer reads the annotation at run time
        typer.Option(formats=["%Y-%m-%d"], help="The day it is made for; today when left out."),
    ] = None,
    dirt: Annotated[
        bool, typer.Option("--dirt", help="With rows that an import refuses, to try it on.")
    ] = False,
    after: Annotated[
        Optional[Path],  # noqa: UP045 - Typer reads the annotation at run time
        typer.Option(help="Go on with the pool of this folder instead: a folder per week in OUT."),
    ] = None,
    weeks: Annotated[int, typer.Option(min=1, max=520, help="How many, with --after.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Make an invented pool: a folder that `import --kind pool` reads, and a Sonar workbook."""
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise ImportRefused(f"{out} is there already and is not empty; name a new folder.")
    if after is not None:
        _go_on(after, out, seed, today.date() if today else local_today(), weeks, as_json)
        return
    with progress("Generate") as show:
        show("pool", 0, 1)
        try:
            summary = generating.generate(
                int(size) if size.isdecimal() else size,
                seed,
                out,
                today=today.date() if today else local_today(),
                dirt=dirt,
            )
        except ValueError as error:
            raise typer.BadParameter(str(error)) from None
    if as_json:
        print_json(asdict(summary))
        return
    for name, count in summary.rows.items():
        output.print(f"{name}: {count:,}")
    output.print(f"sonar.xlsx: {summary.workbook_rows:,}")
    output.print(f"Import it with: workpool import {out} --kind pool --pool POOL")


def _go_on(folder: Path, out: Path, seed: int, today: date, weeks: int, as_json: bool) -> None:
    """Write the pool of a folder as it is one week after ``today``, two weeks, and so on."""
    if not (folder / "candidates.csv").is_file():
        raise ImportRefused(f"{folder} holds no pool: candidates.csv is not there.")
    made: list[Week] = []
    with progress("Generate") as show:
        for number in range(1, weeks + 1):
            show("weeks", number - 1, weeks)
            day = today + timedelta(days=7 * number)
            made.append(next_week(folder, out / f"week-{number:03}", seed, today=day))
            folder = made[-1].folder
        show("weeks", weeks, weeks)
    if as_json:
        print_json([asdict(week) for week in made])
        return
    for week in made:
        told = ", ".join(f"{what} {count:,}" for what, count in week.changes.items())
        output.print(f"{week.folder} ({week.today}): {told.replace('_', ' ')}", markup=False)


def local_today() -> date:
    """Return today's date in the time zone of the settings."""
    return datetime.now(ZoneInfo(settings().timezone)).date()


def export(
    out: Annotated[Path, typer.Argument(help="A workbook (.xlsx), or a folder for CSV files.")],
    pool: PoolName,
) -> None:
    """Write the pool's proposals, deployments and figures, without names."""
    with connected():
        with transaction() as db:
            frames = reporting.tables(db, pool_id(db, pool))
        for path in reporting.write(frames, out):
            output.print(str(path), markup=False)
