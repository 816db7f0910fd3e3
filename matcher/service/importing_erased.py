"""
Who was erased after a file was sent does not come back with it.

Their rows, and rows of others that name them, are left out; the rest of the file is imported. Told
are file and row, and not the key: a report outlives the erasure.
"""

import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime

import polars as pl
from sqlmodel import Session

from matcher.domain.formats.checking import VALUE_SHOWN, Checked, faults_of
from matcher.service import erasure
from matcher.store import erased, vault

CANDIDATES = "candidates"
CODE = "erased"
EXPECTED = "nobody who was erased since the file was sent; the row is left out"


def leave_out(
    db: Session,
    pool_id: uuid.UUID,
    sent_at: datetime | None,
    tables: Mapping[str, Checked],
    faults: pl.DataFrame,
    warnings: pl.DataFrame,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """
    Mark the rows about people erased since a file was sent as bad; return faults and warnings.

    Until the transaction ends nobody else of the pool is erased.

    Parameters
    ----------
    sent_at
        When the file came; None for one that is read from disk now.
    """
    erased.hold_erasures(db, pool_id)
    hashes = erased.sender_keys(db, pool_id, sent_at)
    if not hashes:
        return faults, warnings
    secret = vault.purpose_key(db, erasure.PURPOSE)
    named = {key for each in tables.values() for column in _named(each) for key in column}
    gone = [key for key in named if erasure.hash_of_key(secret, pool_id, key) in hashes]
    for each in tables.values():
        rows = _rows_about(each, gone)
        each.bad_rows.update(rows["row"].to_list())
        told = faults_of(rows, each.file, "", CODE, EXPECTED, None)
        faults = _without(faults, each.file, rows, gone)
        warnings = pl.concat([_without(warnings, each.file, rows, gone), told])
    return faults, warnings


def _named(checked: Checked) -> Iterator[pl.Series]:
    for column, _ in _columns(checked):
        yield checked.frame[column].drop_nulls().unique()


def _columns(checked: Checked) -> Iterator[tuple[str, pl.Expr | None]]:
    """Give the columns that hold keys of people, and in which rows they do."""
    if checked.table.name == CANDIDATES and "key" in checked.frame.columns:
        yield "key", None
    for reference in checked.table.references:
        if reference.table == CANDIDATES and reference.column in checked.frame.columns:
            yield reference.column, reference.when


def _rows_about(checked: Checked, gone: list[str]) -> pl.DataFrame:
    about = pl.lit(False)
    for column, when in _columns(checked):
        found = pl.col(column).is_in(gone).fill_null(False)
        about = about | (found if when is None else found & when)
    return checked.frame.filter(about)


def _without(faults: pl.DataFrame, file: str, rows: pl.DataFrame, gone: list[str]) -> pl.DataFrame:
    of_them = (pl.col("file") == file) & pl.col("row").is_in(rows["row"].implode())
    names_them = pl.col("value").is_in([key[:VALUE_SHOWN] for key in gone]).fill_null(False)
    return faults.filter(~(of_them | names_them))
