"""`workpool simulate`."""

from pathlib import Path
from typing import Annotated, Literal, Optional

import typer
from rich.table import Table

from api.cli.options import AsJson
from api.cli.screen import output, print_json, progress
from matcher.simulation import simulate as simulating
from matcher.simulation.report import short_table, write_report


def simulate(
    out: Annotated[Path, typer.Argument(help="A folder; one of an earlier run is gone on with.")],
    seed: Annotated[int, typer.Option(min=0, help="The first seed of the worlds.")] = 1,
    budget: Annotated[
        float, typer.Option(min=0, help="Minutes after which no further world is begun.")
    ] = 30,
    full: Annotated[
        bool, typer.Option("--full", help="All worlds with and without refusals, on 30 seeds.")
    ] = False,
    seeds: Annotated[
        Optional[int],  # noqa: UP045 - Typer reads the annotation at run time
        typer.Option(min=1, help="How many seeds; 10, or 30 with --full."),
    ] = None,
    people: Annotated[
        int, typer.Option(min=20, max=2_000, help="People of a world at its start.")
    ] = simulating.PEOPLE,
    daily: Annotated[
        bool, typer.Option("--daily", help="Plan a year every day: seven times as long.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """
    Compare ways of working on invented worlds: first come first served, the product and others.

    OUT gets a report (Markdown and HTML), charts and results.csv. The same seed gives the same
    tables. Nothing of a real pool is read.
    """
    grid = simulating.make_grid(
        seed=seed, full=full, seeds=seeds, people=people, step_days=1 if daily else 7
    )
    with progress("Simulate") as show:
        rows = simulating.run(grid, out, budget_minutes=budget, progress=show)
    command = f"workpool simulate OUT --seed {seed} --seeds {len(grid.seeds)} --people {people}"
    command += " --full" * full + " --daily" * daily
    files = write_report(rows, grid, command, out)
    if as_json:
        print_json(rows.to_dicts())
        return
    for weeks in sorted(set(rows["weeks"])):
        told = short_table(rows, weeks)
        table = Table(box=None, pad_edge=False)
        for at, name in enumerate(told.header):
            justify: Literal["left", "right"] = "right" if at else "left"
            table.add_column(name, justify=justify, no_wrap=True, min_width=len(name))
        for row in told.rows:
            table.add_row(*row)
        output.print(table)
        output.print()
    output.print(
        "placed: people; points: % of hindsight; longest: % of the longest-waiting tenth placed; "
        "journey: minutes, mean; gap: the worst between towns, percentage points; changed: % of "
        "the undecided proposals that the next plan did not hold"
    )
    played = rows.select("weeks", "load", "thickness", "refusal", "seed").unique().height
    if played < len(grid):
        output.print(
            f"{played:,} of {len(grid):,} worlds are played; the same command goes on with them"
        )
        if (minutes := simulating.minutes_left(grid, rows)) is not None:
            output.print(f"They take about {minutes:,.0f} minutes more on a machine like this one")
    for path in files:
        if path.suffix != ".svg":
            output.print(str(path), markup=False)
