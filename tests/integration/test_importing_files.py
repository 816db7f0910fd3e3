"""Files as they come: encodings, separators, sizes, archives, and garbage of every sort."""

import io
import random
import time
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.formats import KINDS
from matcher.errors import ImportRefused
from matcher.service import importing
from matcher.service.importing import Report
from matcher.service.importing_files import UPLOAD, read_csv
from matcher.service.importing_sheets import look_through
from matcher.service.importing_workbooks import read_workbook
from tests.integration.workbooks import (
    changed_part,
    plain_workbook,
    sonar_person,
    sonar_workbook,
    zipped,
)

SHEET = "xl/worksheets/sheet1.xml"


def checked(content: bytes, kind: str = "candidates", **options: object) -> Report:
    return importing.check(content, kind, **options)  # type: ignore[arg-type]


def refusal(content: bytes, kind: str = "candidates", **options: object) -> ImportRefused:
    with pytest.raises(ImportRefused) as refused:
        checked(content, kind, **options)
    return refused.value


def outcome(content: bytes, kind: str = "candidates") -> str:
    """Return why a file is refused, or that it is read; anything else that happens is a bug."""
    try:
        checked(content, kind)
    except ImportRefused as refused:
        return refused.code
    return "read"


def errors(report: Report) -> list[tuple[int, str, str | None, str]]:
    return [(each.row, each.column, each.value, each.code) for each in report.errors]


@pytest.mark.parametrize("separator", [";", ","])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_csv_in_its_usual_shapes(separator: str, mark: bytes, end: str) -> None:
    lines = ["key;place", 'a;"Zoë;n\nland"', "", "b;Leek"]
    read = read_csv(
        "f.csv", mark + end.join(lines).replace(";", separator).encode(), "utf-8", UPLOAD
    )
    assert read.headers == ("key", "place")
    cells = [row for row in read.frame.rows() if row[0]]
    newline = end.replace("\r\n", "\n")
    assert [(key, (place or "").replace("\r\n", newline), row) for key, place, row in cells] == [
        ("a", f"Zoë{separator}n\nland", 2),
        ("b", "Leek", 4),
    ]
    assert read.faults.is_empty()


def test_cp1252_is_read_when_declared() -> None:
    written = "key;place\na;Zoë – €\n".encode("cp1252")
    read = read_csv("f.csv", written, "cp1252", UPLOAD)
    assert read.frame.row(0) == ("a", "Zoë – €", 2)
    assert checked(written, encoding="cp1252").accepted


def test_other_bytes_are_refused_with_their_place() -> None:
    refused = refusal("key;place\na;Leek\nb;Zoë\n".encode("cp1252"))
    assert refused.code == "bad_encoding"
    assert "row 3, column 'place'" in str(refused)
    assert "0xEB" in str(refused)
    assert "cp1252" in str(refused)


def test_an_encoding_that_is_not_read_is_named() -> None:
    assert refusal(b"key\na\n", encoding="utf-16").code == "bad_encoding"
    assert refusal("key\na\n".encode("utf-16")).code == "bad_encoding"


def test_a_lone_surrogate_is_refused_with_its_place() -> None:
    refused = refusal(b"key,place\na,x\xed\xa0\x80y\n")
    assert "row 2, column 'place'" in str(refused)


@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\ufffe", "\uffff"])
def test_control_characters_are_faults_of_their_cell(character: str) -> None:
    report = checked(f"key,place\na,Leek\nb,x{character}y\n".encode())
    assert errors(report) == [(3, "place", None, "control_character")]


def test_control_characters_in_a_workbook() -> None:
    book = changed_part(
        plain_workbook([["key", "place"], ["a", "qqq"]]),
        "xl/sharedStrings.xml",
        b"qqq",
        b"q&#127;q",
    )
    assert errors(checked(book)) == [(2, "place", None, "control_character")]


def test_tabs_and_line_ends_belong_in_long_text_only() -> None:
    row = b'key,employer,title,description,openings\np,e,"a%sb","c%sd",1\n'
    report = checked(row % (b"", b"\n"), "placements")
    assert report.accepted
    assert errors(checked(row % (b"\n", b""), "placements")) == [(2, "title", "a\nb", "bad_value")]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"key,place\na,b,c\nd,e\n", [(2, "", "3", "wrong_number_of_cells")]),
        (b"key,place\na\nd,e\n", [(2, "", "1", "wrong_number_of_cells")]),
        (b"key,place\n\nd,e,f,g\n", [(3, "", "4", "wrong_number_of_cells")]),
    ],
)
def test_rows_of_unequal_length_are_faults(
    content: bytes, found: list[tuple[int, str, str, str]]
) -> None:
    assert errors(checked(content)) == found


def test_a_quote_within_a_cell_is_text() -> None:
    report = checked(b'key,place\na,5" pipe\nb,Leek\n')
    assert (report.accepted, report.rows) == (True, {"candidates": 2})


@pytest.mark.parametrize("content", [b'key,place\na,"b\n', b'key,place\n"x"y,b\n'])
def test_quotes_that_do_not_pair_are_refused(content: bytes) -> None:
    refused = refusal(content)
    assert (refused.code, "row 2" in str(refused)) == ("bad_quotes", True)


@pytest.mark.parametrize("content", [b"", b"\n", b"\r\n\r\n", b"\xef\xbb\xbf"])
def test_a_file_without_a_header_is_refused(content: bytes) -> None:
    assert refusal(content).code == "no_header"


def test_a_header_alone_is_an_empty_import() -> None:
    report = checked(b"key,place\n")
    assert (report.accepted, report.rows) == (True, {"candidates": 0})


def test_sizes_are_limited() -> None:
    few = replace(UPLOAD, file_bytes=20, rows=2)
    assert refusal(b"key,place\n" + b"a,b\n" * 4, limits=few).code == "file_too_large"
    assert refusal(b"key\na\nb\nc\n", limits=few).code == "too_many_rows"
    assert checked(b"key\na\nb\n", limits=few).accepted
    wide = b",".join(b"c%d" % n for n in range(201))
    assert refusal(wide).code == "too_many_columns"
    assert refusal(plain_workbook([[f"c{n}" for n in range(201)]])).code == "too_many_columns"
    assert (UPLOAD.file_bytes, UPLOAD.rows, UPLOAD.columns) == (10 * 1024 * 1024, 50_000, 200)


def test_the_slow_way_counts_rows_too() -> None:
    few = replace(UPLOAD, rows=2)
    assert refusal(b'key\na\n5" pipe\nc\n', limits=few).code == "too_many_rows"


def test_a_workbook_reads_as_the_csv() -> None:
    rows = [["key", "hours_min", "walking", "available_from"], ["a", 24, True, "2026-01-01"]]
    read = read_workbook("f.xlsx", plain_workbook([*rows, [], ["b", None, False]]), None, UPLOAD)
    assert read.headers == ("key", "hours_min", "walking", "available_from")
    assert read.frame.rows() == [
        ("a", "24", "true", "2026-01-01", 2),
        (None, None, None, None, 3),
        ("b", None, "false", None, 4),
    ]
    report = checked(plain_workbook([*rows, [], ["b", "many", False]]))
    assert errors(report) == [(4, "hours_min", "many", "bad_value")]


def test_a_cell_that_shows_an_error_is_a_fault() -> None:
    book = changed_part(
        plain_workbook([["key", "hours_min"], ["a", 24]]),
        SHEET,
        b'<c r="B2"><v>24</v></c>',
        b'<c r="B2" t="e"><f>1/0</f><v>#DIV/0!</v></c>',
    )
    assert errors(checked(book)) == [(2, "hours_min", None, "formula_error")]


def test_a_workbook_cut_short_is_refused() -> None:
    book = plain_workbook([["key"], ["a"]])
    for end in (5, 100, len(book) // 2, len(book) - 1):
        assert refusal(book[:end]).code == "damaged_archive"


def test_a_workbook_without_its_parts_is_refused() -> None:
    assert refusal(zipped({"a.txt": b"x"})).code == "bad_file"
    book = plain_workbook([["key"], ["a"]])
    assert refusal(changed_part(book, SHEET, b"<sheetData>", b"<sheetDat")).code == "bad_file"


def test_a_sheet_that_reaches_far_is_refused_before_it_is_read() -> None:
    book = plain_workbook([["key"], ["a"]])
    for reference in (b"XFD2", b"A1048576"):
        far = changed_part(book, SHEET, b'r="A2"', b'r="' + reference + b'"')
        assert refusal(far).code in {"too_many_columns", "too_many_rows"}


def test_a_text_shared_by_many_cells_is_counted_as_often() -> None:
    book = plain_workbook([["key"], *(["x" * 30_000] for _ in range(100))])
    assert refusal(book, limits=replace(UPLOAD, total_bytes=1_000_000)).code == "too_large_unpacked"


def test_entities_are_never_expanded() -> None:
    book = plain_workbook([["key"], ["qqq"]])
    bomb = changed_part(
        changed_part(book, "xl/sharedStrings.xml", b"qqq", b"&a;"),
        "xl/sharedStrings.xml",
        b"<sst",
        b'<!DOCTYPE x [<!ENTITY b "1234567890"><!ENTITY a "&b;&b;">]><sst',
    )
    assert refusal(bomb).code == "bad_file"
    with pytest.raises(ImportRefused):
        look_through("f.xlsx", {SHEET: b"<!DOCTYPE x><worksheet/>"}, UPLOAD)


def test_tags_without_end_are_looked_through_in_no_time() -> None:
    book = plain_workbook([["key"], ["a"]])
    start = time.process_time()
    for part in (b'<c r="A1" ' * 200_000, b"<c " * 500_000, b"<c" + b" " * 2_000_000):
        broken = changed_part(book, SHEET, b"<sheetData>", b"<sheetData>" + part)
        assert refusal(broken, limits=replace(UPLOAD, ratio=10**6)).code == "bad_file"
    assert time.process_time() - start < 5


def test_an_error_is_looked_for_on_the_sheet_that_is_read() -> None:
    book = sonar_workbook([sonar_person(ID_WZ="P1")], formatted_rows=0)
    cell = b'<c r="E2"><v>24</v></c>'
    for path, found in ((SHEET, 1), ("xl/worksheets/sheet2.xml", 0)):
        old = cell if found else b'<c r="A2"><v>1</v></c>'
        wrong = changed_part(book, path, old, old[:9] + b' t="e"><v>#N/A</v></c>')
        codes = checked(wrong, "sonar").errors_by_code
        assert codes.get("formula_error", 0) == found


def test_old_workbooks_and_protected_ones_are_named() -> None:
    assert "XLS" in str(refusal(b"\xd0\xcf\x11\xe0" + bytes(600)))
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("xl/workbook.xml", b"x" * 100)
    locked = bytearray(target.getvalue())
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    assert refusal(bytes(locked)).code == "encrypted"


@pytest.mark.parametrize("kind", ["pool", "candidates"])
def test_a_bomb_is_refused_by_what_it_declares(kind: str) -> None:
    bomb = zipped({"candidates.csv": bytes(50 * 1024 * 1024)})
    assert len(bomb) < 100_000
    assert refusal(bomb, kind).code == "too_much_packed"
    limits = replace(UPLOAD, ratio=10**6, total_bytes=1024 * 1024)
    assert refusal(bomb, kind, limits=limits).code == "too_large_unpacked"


def test_a_bomb_that_declares_too_little_is_refused() -> None:
    bomb = zipped({"candidates.csv": b"key\n" + b"a" * 1_000_000})
    size = (1_000_004).to_bytes(4, "little")
    assert bomb.count(size) == 2
    lying = bomb.replace(size, (1000).to_bytes(4, "little"))
    assert refusal(lying, "pool").code == "damaged_archive"


def test_too_many_entries_are_refused() -> None:
    many = zipped({f"{number}.csv": b"" for number in range(201)})
    assert refusal(many, "pool").code == "too_many_entries"


@pytest.mark.parametrize(
    "path", ["pool/candidates.csv", "../candidates.csv", "a\\candidates.csv", "notes.txt"]
)
def test_a_pool_zip_holds_csv_files_side_by_side(path: str) -> None:
    refused = refusal(zipped({path: b"key\n"}), "pool")
    assert (refused.code, len(refused.faults)) == ("bad_archive", 1)


def test_unknown_files_of_a_pool_are_named_with_the_known_ones(tmp_path: Path) -> None:
    (tmp_path / "candidates.csv").write_bytes(b"key\na\n")
    (tmp_path / "candidate.csv").write_bytes(b"key\na\n")
    with pytest.raises(ImportRefused) as refused:
        importing.check(tmp_path, "pool")
    assert refused.value.faults == ("candidate.csv is not known",)
    assert "supervisor_groups.csv" in str(refused.value)


def test_a_folder_and_its_zip_say_the_same(tmp_path: Path) -> None:
    (tmp_path / "candidates.csv").write_bytes(b"key,place\na,b\nc,\xc3\xab\nc,d\n")
    (tmp_path / "candidate_licence.csv").write_bytes(b"candidate;licence\na;Q\n")
    (tmp_path / "readme.txt").write_bytes(b"not read")
    folder = importing.check(tmp_path, "pool")
    assert folder == importing.check(importing.folder_as_zip(tmp_path), "pool")
    assert errors(folder) == [(2, "licence", "Q", "bad_value"), (4, "key", "c", "duplicate")]


def test_what_is_not_there_or_no_pool_is_told(tmp_path: Path) -> None:
    for path, kind in ((tmp_path, "pool"), (tmp_path, "candidates"), (tmp_path / "x", "pool")):
        with pytest.raises(ImportRefused):
            importing.check(path, kind)
    assert refusal(b"key\na\n", "pool").code == "bad_file"
    assert refusal(b"key\na\n", "people").code == "bad_kind"


def test_bytes_in_a_declared_encoding_become_utf_8() -> None:
    people = "key,place\na,Zoë\n"
    assert importing.transcoded(people.encode("cp1252"), "sonar", "cp1252") == people.encode()
    book = plain_workbook([["key"]])
    assert importing.transcoded(book, "candidates", "cp1252") == book
    folder = zipped({"candidates.csv": people.encode("cp1252")})
    assert outcome(folder, "pool") == "bad_encoding"
    assert outcome(importing.transcoded(folder, "pool", "cp1252"), "pool") == "read"
    with pytest.raises(ImportRefused):
        importing.transcoded(people.encode("cp1252"), "candidates", "utf-8")


@pytest.mark.parametrize("kind", KINDS)
@given(content=st.binary(max_size=300))
def test_random_bytes_are_refused_or_read(kind: str, content: bytes) -> None:
    assert outcome(content, kind)


@given(
    cells=st.lists(st.text(max_size=8), min_size=1, max_size=12),
    separator=st.sampled_from([",", ";", "\n", '"']),
)
def test_random_text_below_a_header_is_refused_or_read(cells: list[str], separator: str) -> None:
    body = separator.join(cell.encode("utf-8", "ignore").decode() for cell in cells)
    content = f"key,place\n{body}\n".encode()
    if outcome(content) == "read":
        lines = body.count("\n") + body.count("\r") + 1
        assert checked(content).rows["candidates"] <= lines
    else:
        assert outcome(content) == "bad_quotes"


def test_damaged_workbooks_are_refused_or_read() -> None:
    book = plain_workbook([["key", "place"], ["a", "Leek"]])
    dice = random.Random(7)
    outcomes = set()
    for _ in range(150):
        damaged = bytearray(book)
        for _ in range(dice.choice([1, 5, 40])):
            damaged[dice.randrange(4, len(damaged))] = dice.randrange(256)
        outcomes.add(outcome(bytes(damaged)))
    assert "damaged_archive" in outcomes


def test_parts_of_a_workbook_that_are_garbage_are_refused_or_read() -> None:
    book = plain_workbook([["key", "place"], ["a", "Leek"]])
    dice = random.Random(8)
    for path in (SHEET, "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml"):
        for _ in range(20):
            with zipfile.ZipFile(io.BytesIO(book)) as source:
                part = bytearray(source.read(path))
            whole = bytes(part)
            for _ in range(dice.choice([1, 5, 60])):
                part[dice.randrange(len(part))] = dice.randrange(256)
            assert outcome(changed_part(book, path, whole, bytes(part)))
