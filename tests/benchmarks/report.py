"""One way to show what a benchmark found: a table that can go into the README as it stands."""

import os
import platform
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

SPEED: list[tuple[str, str, str, str, bool]] = []
"""What is measured, what was found, the bar, the goal, and whether the bar is met; in order."""


def note_speed(what: str, found: str, bar: str, goal: str, *, met: bool) -> None:
    """Note a figure of the engine for the one table at the end, and hold it to its bar."""
    SPEED.append((what, found, bar, goal, met))
    assert met, f"{what}: {found}, the bar is {bar}"


def machine() -> str:
    """Return the cores and processor of this machine, and today's date."""
    model = platform.processor() or platform.machine()
    facts = Path("/proc/cpuinfo")
    if facts.exists():
        lines = facts.read_text(encoding="utf-8").splitlines()
        names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
        model = names[0] if names else model
    return f"{os.cpu_count()} cores, {model}, {datetime.now(UTC):%d %B %Y}"


def show_table(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """
    Write a Markdown table under its title, with the machine and the date.

    The first column is text, the others are set to the right; None is shown as a dash.
    """
    cells = [["–" if cell is None else str(cell) for cell in row] for row in [header, *rows]]
    widths = [max(len(row[at]) for row in cells) for at in range(len(header))]
    lines = [
        "| "
        + " | ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        + " |"
        for row in cells
    ]
    rule = ["-" * (width + 1) + ("-" if at == 0 else ":") for at, width in enumerate(widths)]
    lines.insert(1, "|" + "|".join(rule) + "|")
    sys.stdout.write(f"\n{title} ({machine()})\n\n" + "\n".join(lines) + "\n\n")
    sys.stdout.flush()
