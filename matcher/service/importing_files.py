"""
From bytes to frames of text: one frame per file, every cell as it was written.

Sizes are checked before anything is unpacked or parsed, and an archive is never unpacked beyond
what its table of contents says. What cannot be read at all is refused; a bad character or a row
with a wrong number of cells is a fault of that row.
"""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

from matcher.domain.formats.checking import faults_of, no_faults
from matcher.errors import ImportRefused

MEGABYTE = 1024 * 1024
ENCODINGS = {"utf-8": "utf-8-sig", "cp1252": "cp1252"}
SEPARATORS = (";", ",")
ZIP_MARK = b"PK\x03\x04"
OLD_EXCEL_MARK = b"\xd0\xcf\x11\xe0"
CONTROL = "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]"
CONTROL_BYTES = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\xc2[\x80-\x9f]|\xef\xbf[\xbe\xbf]")
BLOCK = 16 * MEGABYTE


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one import may hold."""

    file_bytes: int
    rows: int
    total_bytes: int
    columns: int = 200
    entries: int = 200
    ratio: int = 200
    """Most times that a packed file may grow."""


UPLOAD = Limits(file_bytes=10 * MEGABYTE, rows=50_000, total_bytes=100 * MEGABYTE)
"""For files from outside, of any kind."""
LOCAL = Limits(file_bytes=1024 * MEGABYTE, rows=5_000_000, total_bytes=4096 * MEGABYTE)
"""For a pool folder that the operator of the machine imports."""


@dataclass(frozen=True)
class TextFile:
    """One file as text: its headers, its rows with ``row`` as a spreadsheet counts, its faults."""

    name: str
    headers: tuple[str, ...]
    frame: pl.DataFrame
    faults: pl.DataFrame


def read_csv(name: str, data: bytes, encoding: str, limits: Limits) -> TextFile:
    """
    Return a CSV file as text; the separator is the commoner one of ``;`` and ``,`` in its header.

    Raises
    ------
    ImportRefused
        It is too large, in another encoding, empty, or its quotes do not pair.
    """
    check_size(name, len(data), limits)
    data = as_utf8(name, data, encoding)
    separator = _separator(data)
    cells = np.concatenate([*_cells_per_record(data, separator), np.zeros(0, np.int64)])
    width = _check_shape(name, cells, limits)
    even = bool(np.all((cells == width) | (cells == 0)))
    frame = _parsed(data, separator) if even else None
    if frame is None or frame.height != len(cells):
        return _read_slowly(name, data, separator, limits)
    return text_file(name, frame, suspicious=CONTROL_BYTES.search(data) is not None)


def check_size(name: str, size: int, limits: Limits) -> None:
    """Refuse a file with too many bytes."""
    if size > limits.file_bytes:
        raise ImportRefused(
            f"{name} is {size / MEGABYTE:.1f} MB; at most {limits.file_bytes // MEGABYTE} MB. "
            "Maybe: split it.",
            code="file_too_large",
        )


def _check_shape(name: str, cells: npt.NDArray[np.int64], limits: Limits) -> int:
    """Return the number of columns."""
    if not len(cells) or cells[0] == 0:
        raise ImportRefused(f"{name} has no header in its first row.", code="no_header")
    width = int(cells[0])
    check_counts(name, len(cells) - 1, width, limits)
    return width


def check_counts(name: str, rows: int, columns: int, limits: Limits) -> None:
    """Refuse a file with too many rows or columns."""
    if columns > limits.columns:
        raise ImportRefused(
            f"{name} has {columns} columns; at most {limits.columns}.", code="too_many_columns"
        )
    if rows > limits.rows:
        raise ImportRefused(
            f"{name} has {rows} rows; at most {limits.rows}. Maybe: split it.",
            code="too_many_rows",
        )


def as_utf8(name: str, data: bytes, encoding: str) -> bytes:
    """Return the bytes of a file as UTF-8 without a mark."""
    if encoding not in ENCODINGS:
        raise ImportRefused(
            f"'{encoding[:30]}' is not an encoding we read: {', '.join(ENCODINGS)}.",
            code="bad_encoding",
        )
    if data.startswith(OLD_EXCEL_MARK):
        raise ImportRefused(
            f"{name} is a workbook in the old XLS form. Maybe: save it as XLSX or CSV.",
            code="bad_file",
        )
    try:
        decoded = data.decode(ENCODINGS[encoding])
    except UnicodeDecodeError as error:
        raise _not_text(name, data, encoding, error) from None
    return decoded.encode()


def _not_text(name: str, data: bytes, encoding: str, error: UnicodeDecodeError) -> ImportRefused:
    """Return an error that says where a file stops being text, as far as that can be told."""
    # A decoder that skips a mark counts without it, so the place is looked up in what it was given.
    start = error.start
    before = error.object[:start].decode(encoding, "replace")
    separator = _separator(before.encode())
    rows = list(_records(before, separator, strict=False)) or [[""]]
    headers, column = rows[0], max(len(rows[-1]), 1)
    where = f"row {len(rows)}, column {column}"
    if len(rows) > 1 and column <= len(headers) and headers[column - 1].isidentifier():
        where = f"row {len(rows)}, column '{headers[column - 1]}'"
    bad = error.object[start]
    hint = " Maybe: it is cp1252; declare that." if encoding == "utf-8" else ""
    return ImportRefused(
        f"{name}, {where}: byte 0x{bad:02X} is not {encoding}.{hint}", code="bad_encoding"
    )


def _separator(data: bytes) -> str:
    header = re.sub(rb'"[^"]*"', b"", data[: BLOCK // 16].split(b"\n", 1)[0])
    counts = [header.count(each.encode()) for each in SEPARATORS]
    return SEPARATORS[counts.index(max(counts))] if any(counts) else ","


def _cells_per_record(data: bytes, separator: str) -> Iterator[npt.NDArray[np.int64]]:
    """
    Give the number of cells of each record, 0 for an empty one, block by block.

    A quoted cell may hold separators and line ends: what lies between an odd and an even quote
    does not count. Good for well-formed files only; `_read_slowly` judges the others.
    """
    whole = np.frombuffer(data, np.uint8)
    inside = np.uint8(0)
    cells, length = 1, 0
    for start in range(0, len(whole), BLOCK):
        block = whole[start : start + BLOCK]
        quoted = np.bitwise_xor.accumulate((block == ord('"')).view(np.uint8)) ^ inside
        inside = quoted[-1]
        separators = np.flatnonzero((block == ord(separator)) & (quoted == 0))
        ends = np.flatnonzero((block == ord("\n")) & (quoted == 0))
        visible = np.flatnonzero((block != ord("\n")) & (block != ord("\r")))
        counts = np.diff(np.searchsorted(separators, ends), prepend=0).astype(np.int64) + 1
        lengths = np.diff(np.searchsorted(visible, ends), prepend=0)
        if len(ends):
            counts[0] += cells - 1
            lengths[0] += length
            yield np.where(lengths > 0, counts, 0)
            cells = 1 + len(separators) - int(np.searchsorted(separators, ends[-1]))
            length = len(visible) - int(np.searchsorted(visible, ends[-1]))
        else:
            cells += len(separators)
            length += len(visible)
    if length:
        yield np.array([cells], np.int64)


def _records(text: str, separator: str, *, strict: bool) -> Iterator[list[str]]:
    csv.field_size_limit(len(text) + 1)
    yield from csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=strict)


def _parsed(data: bytes, separator: str) -> pl.DataFrame | None:
    """Return all records as text, the header among them; None when they are malformed."""
    try:
        return pl.read_csv(data, has_header=False, separator=separator, infer_schema_length=0)
    except (pl.exceptions.ComputeError, pl.exceptions.NoDataError):
        return None


def _read_slowly(name: str, data: bytes, separator: str, limits: Limits) -> TextFile:
    """Return a file with rows of unequal length, or odd quotes, with a fault per such row."""
    records: list[list[str]] = []
    try:
        for record in _records(data.decode(), separator, strict=True):
            records.append(record)
            check_counts(name, len(records) - 1, len(records[0]), limits)
    except csv.Error:
        raise ImportRefused(
            f"{name}, row {len(records) + 1}: the quotes do not pair.", code="bad_quotes"
        ) from None
    width = len(records[0]) if records else 0
    if not width:
        raise ImportRefused(f"{name} has no header in its first row.", code="no_header")
    uneven = [n for n, record in enumerate(records, 1) if record and len(record) != width]
    fitting = [record if len(record) == width else [None] * width for record in records]
    frame = pl.DataFrame(
        fitting, schema={f"column_{n}": pl.String for n in range(width)}, orient="row"
    )
    read = text_file(name, frame, suspicious=True)
    counts = {n: len(records[n - 1]) for n in uneven}
    rows = pl.DataFrame(
        {"row": list(counts), "cells": [str(count) for count in counts.values()]},
        schema={"row": pl.Int64, "cells": pl.String},
    )
    found = faults_of(rows, name, "", "wrong_number_of_cells", f"{width} cells", pl.col("cells"))
    return TextFile(name, read.headers, read.frame, pl.concat([read.faults, found]))


def text_file(name: str, frame: pl.DataFrame, *, suspicious: bool) -> TextFile:
    """Return rows below their header; ``suspicious`` ones are searched for control characters."""
    headers = tuple(("" if cell is None else str(cell)) for cell in frame.row(0))
    body = frame.slice(1).with_columns(row=pl.int_range(2, pl.len() + 2, dtype=pl.Int64))
    faults = no_faults()
    if suspicious:
        faults = _control_characters(name, headers, body)
        body = body.with_columns(pl.exclude("row").str.replace_all(CONTROL, ""))
    return TextFile(name, headers, body, faults)


def _control_characters(name: str, headers: tuple[str, ...], body: pl.DataFrame) -> pl.DataFrame:
    found = [no_faults()]
    columns = [each for each in body.columns if each != "row"]
    for header, column in zip(headers, columns, strict=True):
        bad = body.filter(pl.col(column).str.contains(CONTROL))
        if bad.height:
            expected = "text without control characters"
            found.append(faults_of(bad, name, header.strip(), "control_character", expected, None))
    return pl.concat(found)


def folder_files(folder: Path, limits: Limits) -> dict[str, bytes]:
    """
    Return the files of a folder by name.

    Raises
    ------
    ImportRefused
        It cannot be read, holds no CSV or too much.
    """
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() == ".csv")
    if not paths:
        raise ImportRefused(f"The folder {folder.name} holds no CSV file.", code="empty_folder")
    for path in paths:
        check_size(path.name, path.stat().st_size, limits)
    return {path.name: path.read_bytes() for path in paths}
