"""Pool folders, written and read back as the import reads them."""

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

import polars as pl

from matcher.domain.formats.checking import no_faults
from matcher.domain.formats.formats import RawTable, Translation
from matcher.domain.formats.pool import POOL
from matcher.simulation.generate import Summary, generate

TODAY = date(2026, 11, 21)


@dataclass(frozen=True)
class Written:
    """A pool folder, and what was said of it."""

    summary: Summary

    @property
    def folder(self) -> Path:
        return self.summary.folder

    @cached_property
    def texts(self) -> dict[str, pl.DataFrame]:
        """Every table as text, with the row numbers of a spreadsheet."""
        return {
            path.stem: pl.read_csv(
                path, infer_schema=False, row_index_name="row", row_index_offset=2
            ).with_columns(pl.col("row").cast(pl.Int64))
            for path in sorted(self.folder.glob("*.csv"))
        }

    @cached_property
    def imported(self) -> Translation:
        """The tables as the import reads them, and what it finds wrong."""
        return POOL.read(
            {name: RawTable(f"{name}.csv", text, no_faults()) for name, text in self.texts.items()}
        )

    def __getitem__(self, name: str) -> pl.DataFrame:
        """Return the good rows of a table, typed."""
        return self.imported.tables[name].good()


def written(folder: Path, size: str | int, seed: int = 1, *, dirt: bool = False) -> Written:
    return Written(generate(size, seed, folder, today=TODAY, dirt=dirt))
