"""
Check text frames against a table's definition: typed values out, and a fault per bad cell.

A raw frame has a column ``row``, the number that a spreadsheet shows, and text columns named as
the table's fields. All work is on whole columns; a fault frame is empty in a good file.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from matcher.domain.formats.fields import Field, Table

FAULT_SCHEMA = pl.Schema(
    {
        "file": pl.String,
        "row": pl.Int64,
        "column": pl.String,
        "value": pl.String,
        "code": pl.String,
        "expected": pl.String,
    }
)
VALUE_SHOWN = 40
"""A faulty value is shown up to this many characters."""


@dataclass
class Checked:
    """
    The rows of one table: typed, with their row numbers, and the numbers of the bad ones.

    ``present`` are the fields that the file has a column for; the others are left as they are in
    the database when a row exists already. A list that is ``whole`` is complete for every parent
    in the files, so that a parent without a row has none; otherwise only parents with a row get a
    new list. With ``scope`` the list is only that part of it whose columns have these values.
    """

    table: Table
    file: str
    frame: pl.DataFrame
    present: tuple[str, ...]
    bad_rows: set[int] = field(default_factory=set)
    whole: bool = True
    scope: tuple[tuple[str, str], ...] = ()

    def good(self) -> pl.DataFrame:
        """Return the rows without a fault."""
        if not self.bad_rows:
            return self.frame
        bad = pl.Series(sorted(self.bad_rows), dtype=pl.Int64)
        return self.frame.filter(~pl.col("row").is_in(bad.implode()))


def no_faults() -> pl.DataFrame:
    """Return an empty frame of faults."""
    return pl.DataFrame(schema=FAULT_SCHEMA)


def faults_of(
    rows: pl.DataFrame, file: str, column: str, code: str, expected: str, value: pl.Expr | None
) -> pl.DataFrame:
    """Return one fault for each of these rows; without ``value`` the cell stays unsaid."""
    shown = pl.lit(None, pl.String) if value is None else value.cast(pl.String)
    return rows.select(
        file=pl.lit(file),
        row=pl.col("row").cast(pl.Int64),
        column=pl.lit(column),
        value=shown.str.head(VALUE_SHOWN),
        code=pl.lit(code),
        expected=pl.lit(expected),
    ).cast(FAULT_SCHEMA)


def tidy(raw: pl.DataFrame) -> pl.DataFrame:
    """Return the rows that hold anything, without outer spaces; an empty cell is null."""
    cells = pl.exclude("row").str.strip_chars()
    trimmed = raw.with_columns(pl.when(cells != "").then(cells).name.keep())
    if trimmed.width == 1:
        return trimmed.clear()
    return trimmed.filter(~pl.all_horizontal(pl.exclude("row").is_null()))


def check(table: Table, file: str, raw: pl.DataFrame) -> tuple[Checked, pl.DataFrame]:
    """
    Return a file's rows with typed values, and every fault in them.

    Values that are no such value are faults, as are empty required cells, rows that contradict
    themselves and second rows of one identity; the first of those stays.
    """
    texts = tidy(raw)
    present = [each for each in table.fields if each.name in texts.columns]
    typed = texts.select(
        "row", *(each.parser.parse(pl.col(each.name)).alias(each.name) for each in present)
    )
    faults = [
        fault
        for each in present
        for fault in _cell_faults(each, file, texts, typed)
        if fault.height
    ]
    defaults = [
        pl.col(each.name).fill_null(pl.lit(each.default, each.parser.dtype))
        for each in present
        if each.default is not None
    ]
    checked = Checked(
        table, file, typed.with_columns(defaults), tuple(each.name for each in present)
    )
    faults += [fault for fault in _row_faults(checked) if fault.height]
    found = pl.concat(faults) if faults else no_faults()
    checked.bad_rows.update(found["row"].to_list())
    return checked, found


def _cell_faults(
    each: Field, file: str, texts: pl.DataFrame, typed: pl.DataFrame
) -> list[pl.DataFrame]:
    empty = texts[each.name].is_null()
    unread = typed[each.name].is_null() & ~empty
    value = None if each.secret else pl.col(each.name)
    found = []
    if unread.any():
        bad = texts.filter(unread)
        found.append(faults_of(bad, file, each.name, "bad_value", each.parser.expected, value))
    if each.required and empty.any():
        bad = texts.filter(empty)
        found.append(faults_of(bad, file, each.name, "missing", each.parser.expected, None))
    return found


def _row_faults(checked: Checked) -> list[pl.DataFrame]:
    return [*_contradictions(checked), duplicates(checked)]


def _contradictions(checked: Checked) -> list[pl.DataFrame]:
    names = set(checked.frame.columns)
    found = []
    for rule in checked.table.checks:
        if not set(rule.holds.meta.root_names()) <= names:
            continue
        secret = checked.table.by_name[rule.column].secret
        broken = checked.frame.filter(~rule.holds)
        value = None if secret else _shown(checked.frame, rule.column)
        found.append(faults_of(broken, checked.file, rule.column, rule.code, rule.expected, value))
    return found


def _shown(frame: pl.DataFrame, column: str) -> pl.Expr:
    """Return a column as text for an error, a list with its separator."""
    if isinstance(frame.schema[column], pl.List):
        return pl.col(column).cast(pl.List(pl.String)).list.join("|")
    return pl.col(column)


def duplicates(checked: Checked) -> pl.DataFrame:
    """Return a fault for every row whose identity an earlier row of the file has."""
    identity = [name for name in checked.table.identity if name in checked.frame.columns]
    if not identity or len(identity) < len(checked.table.identity):
        return no_faults()
    # Lists cannot be compared as keys of a group; as text they can.
    known = checked.frame.drop_nulls(identity[0])
    plain = known.select("row", *(_shown(known, name).cast(pl.String) for name in identity))
    first = pl.col("row").first().over(identity)
    later = plain.filter(pl.col("row") != first)
    if later.is_empty():
        return no_faults()
    column = identity[-1]
    secret = any(checked.table.by_name[name].secret for name in identity)
    return faults_of(
        later,
        checked.file,
        column,
        "duplicate",
        f"one row per {', '.join(identity)}",
        None if secret else pl.col(column),
    )


def check_references(
    tables: Mapping[str, Checked], known: Mapping[str, pl.Series] | None
) -> pl.DataFrame:
    """
    Return a fault for every key that names no row, and mark rows that name a bad row as bad.

    Parameters
    ----------
    tables
        Checked tables by name, parents before their children.
    known
        The keys that each table has in the database; None when there is no database to ask, in
        which case nothing is unknown.

    Returns
    -------
    faults with code ``unknown_reference``, and ``refers_to_bad_row`` for rows that are good in
    themselves but name a bad one.
    """
    found = []
    for checked in tables.values():
        for reference in checked.table.references:
            if reference.column not in checked.frame.columns:
                continue
            rows = checked.good().filter(pl.col(reference.column).is_not_null())
            if reference.when is not None:
                rows = rows.filter(reference.when)
            target = tables.get(reference.table)
            good, bad = _keys(target)
            missing = rows.filter(~pl.col(reference.column).is_in(good.implode()))
            if missing.is_empty():
                continue
            cell = pl.col(reference.column)
            cascaded = missing.filter(cell.is_in(bad.implode()))
            unknown = missing.filter(~cell.is_in(bad.implode()))
            if known is not None:
                stored = known.get(reference.table, pl.Series([], dtype=pl.String))
                unknown = unknown.filter(~cell.is_in(stored.implode()))
            else:
                unknown = unknown.clear()
            for part, code, expected in (
                (unknown, "unknown_reference", f"the key of a row of {reference.table}"),
                (cascaded, "refers_to_bad_row", f"a row of {reference.table} without an error"),
            ):
                if part.height:
                    found.append(
                        faults_of(part, checked.file, reference.column, code, expected, cell)
                    )
                    checked.bad_rows.update(part["row"].to_list())
    return pl.concat(found) if found else no_faults()


def _keys(target: Checked | None) -> tuple[pl.Series, pl.Series]:
    """Return the keys of a table's good rows and those that only bad rows have."""
    nothing = pl.Series([], dtype=pl.String)
    if target is None:
        return nothing, nothing
    column = target.table.identity[0]
    good = target.good()[column].unique()
    if not target.bad_rows:
        return good, nothing
    everything = target.frame[column].drop_nulls().unique()
    return good, everything.filter(~everything.is_in(good.implode()))
