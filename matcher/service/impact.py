"""
Figures of what happened, from facts that are about nobody: by month, event and how long waited.

Only cells of ten people or more are shown. Where one cell of a group would stand hidden alone, the
next smallest is hidden too: else it could be reckoned from the total.
"""

import uuid
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from sqlalchemy import text
from sqlmodel import Session

FEWEST = 10


@dataclass(frozen=True)
class Cell:
    """How many people took a step in a month; None is hidden."""

    month: date
    event: str
    band: str
    people: int | None


def figures(db: Session, pool_id: uuid.UUID) -> list[Cell]:
    """Return the figures of a pool, cells of fewer than `FEWEST` hidden."""
    rows = db.execute(
        text(
            "select month, event, band, sum(people)::int from impact_fact where pool_id = :pool"
            " group by 1, 2, 3 order by 1, 2, 3"
        ),
        {"pool": pool_id},
    )
    cells = [Cell(*row) for row in rows]
    return [
        shown
        for _, group in groupby(cells, key=lambda cell: (cell.month, cell.event))
        for shown in hidden(list(group))
    ]


def hidden(cells: list[Cell]) -> list[Cell]:
    """Return the cells of one group as they may be shown."""
    by_size = sorted(range(len(cells)), key=lambda at: cells[at].people or 0)
    few = [at for at in by_size if (cells[at].people or 0) < FEWEST]
    if len(few) == 1 and len(cells) > 1:
        few = by_size[:2]
    return [
        Cell(cell.month, cell.event, cell.band, None if at in few else cell.people)
        for at, cell in enumerate(cells)
    ]
