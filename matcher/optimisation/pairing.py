"""
Pairs of rows as frames: every ``pair.*`` column comes from here, and from nowhere else.

`pair_up` gives any pairs of a prepared snapshot, with only the columns that are asked for.
"""

from collections.abc import Collection, Iterable

import numpy as np
import polars as pl

from matcher.domain.columns import COLUMNS, MODE
from matcher.errors import SnapshotError
from matcher.optimisation.makers import MAKERS, Values
from matcher.optimisation.prepared import Prepared, Rows


def pair_up(
    prepared: Prepared, people: Rows, places: Rows, columns: Collection[str]
) -> pl.DataFrame:
    """
    Return one row per pair with the columns asked for, in the order of `columns.COLUMNS`.

    Parameters
    ----------
    prepared
        A snapshot made ready.
    people, places
        Row numbers of both sides, shape (n_pairs,), int32.
    columns
        Names of ``candidate``, ``placement`` and ``pair`` columns.

    Raises
    ------
    SnapshotError
        A name is no declared column.
    """
    unknown = sorted(set(columns) - COLUMNS.keys())
    if unknown:
        raise SnapshotError(f"{unknown[0]} is no column of a pair")
    wanted = [name for name in COLUMNS if name in columns]
    found = [
        *_taken(prepared.candidates, _of("candidate", wanted), people),
        *_taken(prepared.placements, _of("placement", wanted), places),
    ]
    made: dict[str, Values] = {}
    for names, make in MAKERS:
        if not names.isdisjoint(wanted):
            made.update(make(prepared, people, places))
    masks: list[pl.Series] = []
    expressions: list[pl.Expr] = []
    for name in _of("pair", wanted):
        values, known = _split(made[name])
        found.append(pl.Series(name, values))
        expression = pl.col(name)
        if COLUMNS[name].dtype == MODE:
            expression = expression.cast(pl.UInt8).cat.to(MODE)
        elif found[-1].dtype != COLUMNS[name].dtype:
            expression = expression.cast(COLUMNS[name].dtype)
        if known is not None:
            masks.append(pl.Series(f"known {name}", known))
            expression = pl.when(pl.col(masks[-1].name)).then(expression)
        expressions.append(expression.alias(name))
    sides = [column.name for column in found if not column.name.startswith("pair.")]
    return pl.DataFrame(found + masks).select(*sides, *expressions)


def _split(values: Values) -> tuple[np.ndarray, np.ndarray | None]:
    return values if isinstance(values, tuple) else (values, None)


def _of(namespace: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name.startswith(f"{namespace}.")]


def _taken(frame: pl.DataFrame, names: list[str], rows: Rows) -> list[pl.Series]:
    """Return columns at the given rows, without a gather where one row repeats or all are asked."""
    if not names:
        return []
    side = frame.select(names)
    if rows.size and rows[0] == rows[-1] and (rows == rows[0]).all():
        at = int(rows[0])
        return [column.new_from_index(at, rows.size) for column in side]
    if rows.size == frame.height and np.array_equal(rows, np.arange(frame.height)):
        return side.get_columns()
    return side[rows].get_columns()
