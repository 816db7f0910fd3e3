"""XLSX workbooks: looked through before a spreadsheet library sees them, then read as text."""

import fastexcel
import polars as pl

from matcher.domain.formats.checking import faults_of
from matcher.errors import ImportRefused
from matcher.service.importing_archives import pack, unpack
from matcher.service.importing_files import (
    Limits,
    TextFile,
    check_counts,
    check_size,
    text_file,
)
from matcher.service.importing_sheets import Sheet, look_through, path_of


def read_workbook(name: str, data: bytes, sheet: str | None, limits: Limits) -> TextFile:
    """
    Return one sheet as text: the named one if it is there, else the first.

    Raises
    ------
    ImportRefused
        It is damaged, protected or too large, packed or unpacked.
    """
    check_size(name, len(data), limits)
    entries = unpack(name, data, limits)
    parts = {path: part for path, part in entries.items() if path.endswith((".xml", ".rels"))}
    sheets = look_through(name, parts, limits)
    try:
        # Packed anew, so that what is read is exactly what was looked through.
        book = fastexcel.read_excel(pack(parts))
        chosen = sheet if sheet in book.sheet_names else book.sheet_names[0]
        loaded = book.load_sheet(chosen, header_row=None, skip_rows=0, dtypes="string")
        frame = loaded.to_polars()
    except (fastexcel.FastExcelError, IndexError, ValueError):
        raise ImportRefused(
            f"{name} cannot be read as an XLSX workbook. Maybe: save it again as XLSX or CSV.",
            code="bad_file",
        ) from None
    if frame.is_empty():
        raise ImportRefused(f"{name} has no header in its first row.", code="no_header")
    frame = frame.select(pl.all().cast(pl.String))
    check_counts(name, frame.height - 1, frame.width, limits)
    read = text_file(name, frame, suspicious=True)
    failed = _failed_formulas(read, sheets.get(path_of(parts, chosen) or "", Sheet()))
    return TextFile(name, read.headers, read.frame, pl.concat([read.faults, failed]))


def _failed_formulas(read: TextFile, sheet: Sheet) -> pl.DataFrame:
    """Return a fault per cell that shows an error such as #N/A, which would read as empty."""
    headers = dict(enumerate(read.headers, 1))
    cells = pl.DataFrame(
        [(row, headers.get(column, "")) for row, column in sheet.errors if row > 1],
        schema={"row": pl.Int64, "header": pl.String},
        orient="row",
    )
    found = faults_of(cells, read.name, "", "formula_error", "a value, not an error", None)
    return found.with_columns(cells["header"].alias("column"))
