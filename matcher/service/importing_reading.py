"""Which files an import holds, which table each is, and their cells under our field names."""

from collections.abc import Mapping
from pathlib import Path

import polars as pl

from matcher.domain.formats.checking import faults_of, no_faults
from matcher.domain.formats.formats import Format, RawTable
from matcher.domain.formats.pool import POOL
from matcher.errors import ImportRefused
from matcher.service.importing_archives import zipped_files
from matcher.service.importing_files import (
    ZIP_MARK,
    Limits,
    TextFile,
    check_size,
    folder_files,
    read_csv,
)
from matcher.service.importing_workbooks import read_workbook


def files_by_table(
    read_as: Format, content: bytes | Path, name: str, limits: Limits
) -> dict[str, tuple[str, bytes]]:
    """
    Return file name and bytes by table, the tables in the order of the format.

    Raises
    ------
    ImportRefused
        There is no such file, it is too large, or it is not what the format wants.
    """
    if isinstance(content, Path) and content.is_dir():
        if read_as is not POOL:
            raise ImportRefused(f"{name} is a folder; only a pool is one.", code="bad_file")
        return _by_table(name, folder_files(content, limits))
    if isinstance(content, Path):
        if not content.is_file():
            raise ImportRefused(f"There is no file {name}.", code="no_file")
        check_size(name, content.stat().st_size, limits)
        content = content.read_bytes()
    check_size(name, len(content), limits)
    if read_as is not POOL:
        return {read_as.sources[0].name: (name, content)}
    if not content.startswith(ZIP_MARK):
        raise ImportRefused(
            f"{name} is not a folder or a zip; a pool is one of these, with a CSV per table.",
            code="bad_file",
        )
    return _by_table(name, zipped_files(name, content, limits))


def _by_table(name: str, files: Mapping[str, bytes]) -> dict[str, tuple[str, bytes]]:
    known = [table.name for table in POOL.sources]
    by_stem = {file.lower().removesuffix(".csv"): file for file in files}
    unknown = [file for stem, file in by_stem.items() if stem not in known]
    if unknown or len(by_stem) < len(files):
        raise ImportRefused(
            f"{name} holds files that are no table of a pool. The tables are "
            f"{', '.join(f'{table}.csv' for table in known)}.",
            [f"{file[:80]} is not known" for file in sorted(unknown)],
            code="unknown_file",
        )
    return {table: (by_stem[table], files[by_stem[table]]) for table in known if table in by_stem}


def read_text(read_as: Format, file: str, data: bytes, encoding: str, limits: Limits) -> TextFile:
    """
    Return one file as text, a workbook or a CSV by what it begins with.

    Raises
    ------
    ImportRefused
        It cannot be read.
    """
    if data.startswith(ZIP_MARK) and read_as is not POOL:
        return read_workbook(file, data, read_as.sheet, limits)
    return read_csv(file, data, encoding, limits)


def with_field_names(
    read_as: Format, texts: Mapping[str, TextFile]
) -> tuple[dict[str, RawTable], pl.DataFrame]:
    """
    Return files with the field names as columns, and a warning per column that is not read.

    Raises
    ------
    ImportRefused
        Columns are not known, missing or there twice: those of all files at once.
    """
    raw, refused, unknown = {}, [], [no_faults()]
    for table in read_as.sources:
        if table.name not in texts:
            continue
        file = texts[table.name]
        try:
            names = read_as.rename(table, file.name, file.headers)
        except ImportRefused as error:
            refused.append(error)
            continue
        cells = {
            names[header]: column
            for header, column in zip(file.headers, file.frame.columns, strict=False)
            if header in names
        }
        frame = file.frame.select("row", **{name: pl.col(cell) for name, cell in cells.items()})
        raw[table.name] = RawTable(file.name, frame, file.faults)
        others = [header for header in file.headers if header.strip() and header not in names]
        unknown.append(_columns_not_read(file.name, others))
    if refused:
        raise ImportRefused(
            " ".join(error.message.split("\n")[0] for error in refused),
            [fault for error in refused for fault in error.faults],
            code="bad_headers",
        )
    return raw, pl.concat(unknown)


def _columns_not_read(file: str, headers: list[str]) -> pl.DataFrame:
    rows = pl.DataFrame({"row": [1] * len(headers), "header": headers})
    found = faults_of(
        rows.cast({"row": pl.Int64, "header": pl.String}),
        file,
        "",
        "column_not_read",
        "a column of this format",
        pl.col("header"),
    )
    return found.with_columns(column=pl.col("value"))
