"""
A look through the parts of a workbook before a spreadsheet library sees them.

A reader makes room for the whole rectangle up to the last cell, and for a shared text at every cell
that names it: both can be far more than the file. Everything here takes time in proportion to the
file, and no entities are expanded.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pyexpat import ExpatError, ParserCreate, XMLParserType

from matcher.errors import ImportRefused
from matcher.service.importing_files import Limits, check_counts

SHEETS = re.compile(r"^xl/worksheets/[^/]+\.xml$")
SHARED_TEXTS = "xl/sharedStrings.xml"
WORKBOOK = "xl/workbook.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"
REFERENCE = re.compile("^([A-Z]{1,3})([0-9]{1,7})$")
CONTENT = frozenset({"v", "is", "f"})


@dataclass
class Sheet:
    """How far a sheet reaches, how much shared text it names, and which cells show an error."""

    rows: int = 0
    columns: int = 0
    shared_length: int = 0
    errors: list[tuple[int, int]] = field(default_factory=list)


def look_through(name: str, parts: Mapping[str, bytes], limits: Limits) -> dict[str, Sheet]:
    """
    Return the sheets of a workbook by path.

    Raises
    ------
    ImportRefused
        A part is no XML or defines entities, or a sheet is larger than is allowed.
    """
    try:
        lengths = _shared_lengths(parts.get(SHARED_TEXTS))
        return {
            path: _look_at(name, part, lengths, limits)
            for path, part in parts.items()
            if SHEETS.match(path)
        }
    except (ExpatError, ValueError):
        raise ImportRefused(
            f"{name} cannot be read as an XLSX workbook. Maybe: save it again as XLSX or CSV.",
            code="bad_file",
        ) from None


def path_of(parts: Mapping[str, bytes], sheet: str) -> str | None:
    """Return the path of a sheet by its name, None when the workbook does not tell."""
    wanted = [
        each.get("r:id", "")
        for tag, each in _elements(parts.get(WORKBOOK, b""))
        if tag == "sheet" and each.get("name") == sheet
    ]
    targets = {
        each.get("Id"): each.get("Target", "")
        for tag, each in _elements(parts.get(RELATIONS, b""))
        if tag == "Relationship"
    }
    target = targets.get(wanted[0]) if wanted else None
    if not target:
        return None
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _parser(start: Callable[[str, dict[str, str]], None]) -> XMLParserType:
    parser = ParserCreate()
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise ValueError("a workbook defines no document type")

    parser.StartDoctypeDeclHandler = refuse
    parser.StartElementHandler = lambda tag, attributes: start(tag.rpartition(":")[2], attributes)
    return parser


def _elements(part: bytes) -> list[tuple[str, dict[str, str]]]:
    found: list[tuple[str, dict[str, str]]] = []
    try:
        _parser(lambda tag, attributes: found.append((tag, attributes))).Parse(part, True)
    except (ExpatError, ValueError):
        return []
    return found


def _shared_lengths(part: bytes | None) -> list[int]:
    """Return the length of each shared text."""
    lengths: list[int] = []
    if part is None:
        return lengths

    def start(tag: str, _: dict[str, str]) -> None:
        if tag == "si":
            lengths.append(0)

    def words(text: str) -> None:
        if lengths:
            lengths[-1] += len(text)

    parser = _parser(start)
    parser.CharacterDataHandler = words
    parser.Parse(part, True)
    return lengths


def _look_at(name: str, part: bytes, lengths: list[int], limits: Limits) -> Sheet:
    sheet = Sheet()
    row, column, kind, within = 0, 0, "", ""

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal row, column, kind, within
        within = tag
        if tag == "row":
            row, column = int(attributes.get("r", row + 1)), 0
        elif tag == "c":
            kind = attributes.get("t", "")
            if place := REFERENCE.match(attributes.get("r", "")):
                row, column = int(place[2]), _column_number(place[1])
            else:
                column += 1
            if kind == "e":
                sheet.errors.append((row, column))
        # A cell with a format and no content takes no room.
        elif tag in CONTENT and (row > sheet.rows or column > sheet.columns):
            sheet.rows, sheet.columns = max(row, sheet.rows), max(column, sheet.columns)
            check_counts(name, sheet.rows - 1, sheet.columns, limits)

    def words(text: str) -> None:
        if kind == "s" and within == "v" and text.isdecimal() and int(text) < len(lengths):
            sheet.shared_length += lengths[int(text)]
            if sheet.shared_length > limits.total_bytes:
                raise ImportRefused(
                    f"{name} holds more text than {limits.total_bytes} characters.",
                    code="too_large_unpacked",
                )

    parser = _parser(start)
    parser.CharacterDataHandler = words
    parser.Parse(part, True)
    return sheet


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number
