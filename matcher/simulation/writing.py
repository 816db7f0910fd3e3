"""The tables of a synthetic pool as the files that the import reads."""

from pathlib import Path

import polars as pl


def write_tables(tables: dict[str, pl.DataFrame], folder: Path) -> None:
    """Write one CSV per table into the folder; unknown is an empty cell."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, table in tables.items():
        table.write_csv(folder / f"{name}.csv", date_format="%Y-%m-%d")


def read_tables(folder: Path) -> dict[str, pl.DataFrame]:
    """Return the tables of a folder as text, an empty cell as null."""
    return {
        path.stem: pl.read_csv(path, infer_schema=False) for path in sorted(folder.glob("*.csv"))
    }
