"""Where the command writes: answers to standard output, progress and errors beside it."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

output = Console(highlight=False, soft_wrap=not sys.stdout.isatty())
errors = Console(stderr=True, highlight=False)

Report = Callable[[str, int, int], None]


def print_json(value: Any) -> None:
    """Write a value for a script: one JSON document."""
    sys.stdout.write(json.dumps(value, default=str, indent=2) + "\n")


@contextmanager
def progress(title: str) -> Iterator[Report]:
    """Show a bar for the time of the block; call what it gives with (phase, done, total)."""
    if not errors.is_terminal:
        yield _lines(title)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=errors, transient=True) as bars:
        bar = bars.add_task(title, total=None)

        def show(phase: str, done: int, total: int) -> None:
            bars.update(bar, description=f"{title}: {phase}", completed=done, total=total or None)

        yield show


def _lines(title: str) -> Report:
    """Give one line per phase, for a log file."""
    seen: set[str] = set()

    def show(phase: str, done: int, total: int) -> None:
        if phase not in seen:
            seen.add(phase)
            errors.print(f"{title}: {phase}")

    return show
