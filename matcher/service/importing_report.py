"""What an import did, or would do: counts per table, errors and warnings by row."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import polars as pl

from matcher.store.imports import Counts

MOST_TOLD = 1_000
"""So many errors are told one by one; all of them are counted."""


class RowError(NamedTuple):
    """
    One faulty cell or row: where, what stands there, and what is expected.

    ``row`` is the number that a spreadsheet shows. ``value`` is shortened, and None where the cell
    says who somebody is.
    """

    file: str
    row: int
    column: str
    value: str | None
    code: str
    expected: str

    def __str__(self) -> str:
        """Return the error as one sentence."""
        where = f"{self.file}, row {self.row}"
        if self.column:
            where += f", {self.column}"
        found = "" if self.value is None else f": '{self.value}'"
        return f"{where}{found} ({self.code}); expected {self.expected}"


@dataclass(frozen=True)
class Report:
    """
    The outcome of an import.

    ``accepted``: the rows were written, or in a dry run would have been. ``tables`` counts rows by
    table; without a database only ``left_out`` is known. ``error_count`` counts all errors, of
    which ``errors`` are the first `MOST_TOLD`; likewise warnings.
    """

    kind: str
    dry_run: bool
    skip_bad_rows: bool
    accepted: bool
    rows: Mapping[str, int]
    tables: Mapping[str, Counts] = field(default_factory=dict)
    errors: tuple[RowError, ...] = ()
    error_count: int = 0
    errors_by_code: Mapping[str, int] = field(default_factory=dict)
    warnings: tuple[RowError, ...] = ()
    warning_count: int = 0

    @property
    def written(self) -> bool:
        """Whether anything may have been written."""
        return self.accepted and not self.dry_run

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data for JSON."""
        return {
            "kind": self.kind,
            "dry_run": self.dry_run,
            "skip_bad_rows": self.skip_bad_rows,
            "accepted": self.accepted,
            "rows": dict(self.rows),
            "tables": {name: counts._asdict() for name, counts in self.tables.items()},
            "errors": [error._asdict() for error in self.errors],
            "error_count": self.error_count,
            "errors_by_code": dict(self.errors_by_code),
            "warnings": [warning._asdict() for warning in self.warnings],
            "warning_count": self.warning_count,
        }


def told(faults: pl.DataFrame) -> tuple[RowError, ...]:
    """Return the first faults of a frame, causes before what they take along, then by place."""
    taken_along = pl.col("code") == "refers_to_bad_row"
    ordered = faults.sort(taken_along, "file", "row", "column", "code")
    return tuple(RowError(*row) for row in ordered.head(MOST_TOLD).iter_rows())


def counted(faults: pl.DataFrame) -> dict[str, int]:
    """Return the number of faults by code."""
    return dict(sorted(faults["code"].value_counts().iter_rows()))
