"""XLSX workbooks: looked through before a spreadsheet library sees them, then read as text."""

import re

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

# A cell with content: its reference, in whatever order its attributes stand.
CELL = re.compile(
    rb"<(?:\w+:)?c\s(?:[^>]*?\s)?r\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,7})[\"'][^>]*[^/]>"
)
SHARED_TEXT = re.compile(rb"\bt\s*=\s*[\"']s[\"'][^>]*>\s*<(?:\w+:)?v>([0-9]{1,9})<")
FAILED_FORMULA = re.compile(rb"<(?:\w+:)?c\s[^>]*\bt\s*=\s*[\"']e[\"'][^>]*>")
REFERENCE = re.compile(rb"\br\s*=\s*[\"']([A-Z]{1,3})([0-9]{1,7})[\"']")
SHEETS = re.compile(r"^xl/worksheets/[^/]+\.xml$")
SHARED_TEXTS = "xl/sharedStrings.xml"


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
    for path, part in parts.items():
        if SHEETS.match(path):
            _check_sheet(name, part, parts.get(SHARED_TEXTS, b""), limits)
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
    failed = _failed_formulas(name, book.sheet_names.index(chosen), parts, read)
    return TextFile(name, read.headers, read.frame, pl.concat([read.faults, failed]))


def _check_sheet(name: str, part: bytes, shared: bytes, limits: Limits) -> None:
    """
    Check how far a sheet reaches and how much text it comes to.

    A reader makes room for the whole rectangle up to the last cell, and for a shared text at every
    cell that names it: both can be far more than the file.
    """
    rows, columns = 0, 0
    for letters, number in CELL.findall(part):
        rows = max(rows, int(number))
        columns = max(columns, _column_number(letters))
    check_counts(name, rows - 1, columns, limits)
    lengths = [len(text) for text in shared.split(b"<si")][1:]
    total = sum(
        lengths[index] for index in map(int, SHARED_TEXT.findall(part)) if index < len(lengths)
    )
    if total > limits.total_bytes:
        raise ImportRefused(
            f"{name} holds more text than {limits.total_bytes} bytes.", code="too_large_unpacked"
        )


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _failed_formulas(
    name: str, index: int, parts: dict[str, bytes], read: TextFile
) -> pl.DataFrame:
    """Return a fault per cell that shows an error such as #N/A, which would read as empty."""
    part = parts.get(f"xl/worksheets/sheet{index + 1}.xml", b"")
    rows, columns = [], []
    for cell in FAILED_FORMULA.findall(part):
        place = REFERENCE.search(cell)
        if place and int(place[2]) > 1:
            at = _column_number(place[1])
            rows.append(int(place[2]))
            columns.append(read.headers[at - 1] if at <= len(read.headers) else "")
    cells = pl.DataFrame(
        {"row": rows, "column": columns}, schema={"row": pl.Int64, "column": pl.String}
    )
    found = faults_of(cells, name, "", "formula_error", "a value, not an error", None)
    return found.with_columns(cells["column"])
