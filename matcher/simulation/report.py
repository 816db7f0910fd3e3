"""What a simulation found, for people: the same report as Markdown and as HTML, with charts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

import polars as pl

from matcher.errors import Invalid
from matcher.simulation.approaches import APPROACHES, SHARE_KNOWN
from matcher.simulation.charts import chart
from matcher.simulation.comparing import (
    CELL,
    Estimate,
    codes,
    differences,
    label_of,
    means,
    wins,
)
from matcher.simulation.replay import MEASURES
from matcher.simulation.simulate import Grid

KINDS = {1: "One night", 52: "A year"}
SHORT = ("placed", "points_share", "longest_share", "journey_mean", "worst_gap", "changed")
MAIN = (*SHORT, "two_years_share")
BY_CELL = ("placed", "points_share", "longest_share")

INTRODUCTION = (
    "Every way of working is put to the same invented worlds, with the same refusals; figures are "
    "means over worlds with 95 % bootstrap intervals, and differences are paired. Points are those "
    "of the fit, without what waiting counts; hindsight is the plan with the most points had "
    "everything to come been known, and does not look at who waits.",
    f"That a coach knows {SHARE_KNOWN:.0%} of the placements, and what refusals and arrivals are "
    "like, are assumptions. The worlds are bare and seat-limited: they say how a method behaves, "
    "not what it does for people. Seconds depend on the machine and on what else it does; every "
    "other figure follows from the seed.",
)


@dataclass(frozen=True)
class Heading:
    """A title of a part."""

    words: str


@dataclass(frozen=True)
class Paragraph:
    """Some sentences."""

    words: str


@dataclass(frozen=True)
class Table:
    """A header and rows of text."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Chart:
    """A drawing with its file name and title."""

    name: str
    title: str
    drawing: str


Block = Heading | Paragraph | Table | Chart


def write_report(rows: pl.DataFrame, grid: Grid, command: str, out: Path) -> list[Path]:
    """
    Write ``report.md``, ``report.html`` and a chart per measure into a folder.

    Parameters
    ----------
    rows
        The rows of the grid that are there, with the columns of `simulate.SCHEMA`.
    grid
        What was to be played; the report tells when part of it is missing.
    command
        What makes the same report again.
    out
        The folder.

    Raises
    ------
    Invalid
        There is nothing to report, or the folder cannot be written to.
    """
    if rows.is_empty():
        raise Invalid("No world is played yet.\nMaybe give a larger --budget.")
    blocks = list(_blocks(rows, grid, command))
    files = {block.name: block.drawing for block in blocks if isinstance(block, Chart)}
    files["report.md"] = "\n\n".join(_markdown(block) for block in blocks) + "\n"
    files["report.html"] = _page("\n".join(_html(block) for block in blocks))
    try:
        for name, words in files.items():
            (out / name).write_text(words, encoding="utf-8")
    except OSError as error:
        raise Invalid(f"Cannot write to {out}: {error.strerror}.") from None
    return [out / name for name in files]


def main_table(rows: pl.DataFrame, weeks: int) -> Table:
    """Return the main measures with their intervals, a row per way of working."""
    found = means(rows, weeks)
    measures = [made for made in MEASURES if made.code in MAIN]
    return Table(
        ["way of working", *(made.label for made in measures)],
        [
            [label_of(code), *(found[code][made.code].text(made.decimals) for made in measures)]
            for code in codes()
        ],
    )


def short_table(rows: pl.DataFrame, weeks: int) -> Table:
    """Return the main measures without intervals and under short names, for a narrow screen."""
    found = means(rows, weeks)
    measures = [made for made in MEASURES if made.code in SHORT]
    return Table(
        [KINDS[weeks].lower(), *(made.short for made in measures)],
        [
            [
                label_of(code),
                *(
                    Estimate(found[code][m.code].mean, None, None).text(m.decimals)
                    for m in measures
                ),
            ]
            for code in codes()
        ],
    )


def _blocks(rows: pl.DataFrame, grid: Grid, command: str) -> Iterator[Block]:
    played = rows.height // len(codes())
    yield Heading("Policies compared")
    yield from map(Paragraph, INTRODUCTION)
    yield Paragraph(
        f"{played:,} of {len(grid):,} worlds are played: people per opening "
        f"{_listed(rows, 'load')}; eligible placements per person {_listed(rows, 'thickness')}; "
        f"refusals {_listed(rows, 'refusal')}; {_listed(rows, 'people')} people at the start. "
        f"Made by: {command}"
    )
    for weeks in sorted(set(rows["weeks"])):
        yield from _kind(rows, weeks)
    yield from _wins(rows)


def _kind(rows: pl.DataFrame, weeks: int) -> Iterator[Block]:
    kind = KINDS[weeks]
    yield Heading(kind)
    yield main_table(rows, weeks)
    yield Heading(f"{kind}: differences from the product")
    yield _difference_table(rows, weeks)
    some = means(rows, weeks)
    for made in MEASURES:
        title = f"{kind}: {made.label}"
        figures = {code: some[code][made.code] for code in codes()}
        drawing = chart(made, title, figures)
        yield Chart(f"{kind.lower().replace(' ', '-')}-{made.code}.svg", title, drawing)
        yield Table(
            ["way of working", made.label],
            [[label_of(code), told.text(made.decimals)] for code, told in figures.items()],
        )
    for made in (made for made in MEASURES if made.code in BY_CELL):
        yield Heading(f"{kind}: {made.label}, world by world")
        yield _cell_table(rows.filter(pl.col("weeks") == weeks), made.code, made.decimals)


def _difference_table(rows: pl.DataFrame, weeks: int) -> Table:
    measures = [made for made in MEASURES if made.code in MAIN]
    return Table(
        ["way of working minus the product", *(made.label for made in measures)],
        [
            [label_of(code), *(told[made.code].text(made.decimals, True) for made in measures)]
            for code, told in differences(rows, weeks).items()
        ],
    )


def _cell_table(rows: pl.DataFrame, measure: str, decimals: int) -> Table:
    found = (
        rows.group_by(*CELL, "approach")
        .agg(pl.col(measure).mean())
        .pivot("approach", index=list(CELL), values=measure)
        .sort(CELL)
    )
    return Table(
        ["people per opening", "eligible each", "refusals", *(label_of(code) for code in codes())],
        [
            [
                str(row["load"]),
                str(row["thickness"]),
                f"{row['refusal']:.0%}",
                *(f"{row[code]:.{decimals}f}" for code in codes()),
            ]
            for row in found.iter_rows(named=True)
        ],
    )


def _wins(rows: pl.DataFrame) -> Iterator[Block]:
    yield Heading("Where a simple way of working wins")
    found = wins(rows)
    cells = {
        weeks: rows.filter(pl.col("weeks") == weeks).select(CELL).unique().height for weeks in KINDS
    }
    if not found:
        yield Paragraph("Nowhere in these worlds, or there are too few worlds to tell.")
        return
    yield Paragraph(
        "A win is a measure in which the whole 95 % interval of the difference from the product "
        "speaks for the simple way, in worlds of one load, thickness and refusal. With so many "
        "comparisons a few do so by chance."
    )
    table = []
    for weeks, kind in KINDS.items():
        for each in APPROACHES:
            for made in MEASURES:
                mine = [
                    win
                    for win in found
                    if (win.weeks, win.label, win.measure) == (weeks, each.label, made)
                ]
                if not mine:
                    continue
                sizes = [win.difference.mean or 0.0 for win in mine]
                largest = max(sizes, key=abs)
                table.append(
                    [
                        kind,
                        each.label,
                        made.label,
                        f"{len(mine)} of {cells[weeks]}",
                        Estimate(largest, None, None).text(made.decimals, True),
                    ]
                )
    yield Table(["time", "way of working", "measure", "kinds of world", "largest"], table)


def _listed(rows: pl.DataFrame, column: str) -> str:
    return ", ".join(f"{value:g}" for value in sorted(set(rows[column])))


def _markdown(block: Block) -> str:
    match block:
        case Heading(words):
            return f"## {words}"
        case Paragraph(words):
            return words
        case Table(header, rows):
            lines = [header, ["---", *("---:" for _ in header[1:])], *rows]
            return "\n".join(f"| {' | '.join(line)} |" for line in lines)
        case Chart(name, title, _):
            return f"![{title}]({name})"


def _html(block: Block) -> str:
    match block:
        case Heading(words):
            return f"<h2>{escape(words)}</h2>"
        case Paragraph(words):
            return f"<p>{escape(words)}</p>"
        case Table(header, rows):
            head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in header)
            body = "".join(
                f'<tr><th scope="row">{escape(row[0])}</th>'
                + "".join(f"<td>{escape(cell)}</td>" for cell in row[1:])
                + "</tr>\n"
                for row in rows
            )
            return (
                f'<div class="wide"><table><thead><tr>{head}</tr></thead>\n'
                f"<tbody>{body}</tbody></table></div>"
            )
        case Chart(_, _, drawing):
            return f"<figure>{drawing}</figure>"


def _page(body: str) -> str:
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Workpool: policies compared</title>
<style>
body {{ font: 16px/1.5 sans-serif; color: #1a1a1a; max-width: 70rem; margin: 2rem auto;
  padding: 0 1rem; }}
.wide {{ overflow-x: auto; }}
table {{ border-collapse: collapse; font-size: 0.9rem; }}
th, td {{ border-bottom: 1px solid #d5d9dd; padding: 0.3rem 0.8rem; text-align: right; }}
th:first-child {{ text-align: left; font-weight: normal; }}
thead th {{ font-weight: bold; }}
figure {{ margin: 2rem 0 0.5rem; max-width: 56rem; }}
</style>
</head>
<body>
{body}
</body>
</html>
"""
