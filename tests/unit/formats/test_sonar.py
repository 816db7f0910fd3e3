"""The Sonar workbook: each of its columns, its ways of saying nothing, and its numbers."""

from datetime import date

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.formats.checking import no_faults
from matcher.domain.formats.formats import RawTable, Translation
from matcher.domain.formats.sonar import SONAR
from matcher.domain.formats.sonar_columns import SOURCE
from matcher.errors import ImportRefused

SECRET = b"0123456789abcdef0123456789abcdef"
HEADERS = tuple(SOURCE.by_name)
Row = dict[str, str | None]


def translated(*rows: Row, secret: bytes | None = SECRET) -> Translation:
    headers = [name for name in HEADERS if any(name in row for row in rows)]
    frame = pl.DataFrame(
        [[number, *(row.get(name) for name in headers)] for number, row in enumerate(rows, 2)],
        schema={"row": pl.Int64, **dict.fromkeys(headers, pl.String)},
        orient="row",
    )
    return SONAR.read({"sonar": RawTable("sonar.xlsx", frame, no_faults())}, secret)


def faults(*rows: Row) -> list[tuple[object, ...]]:
    return translated(*rows).faults.select("row", "column", "value", "code").rows()


def table(name: str, *rows: Row) -> list[tuple[object, ...]]:
    return translated(*rows).tables[name].good().drop("row").rows()


def candidate(**cells: str | None) -> dict[str, object]:
    names = {name.replace(" ", "_").replace("/", "_"): name for name in HEADERS}
    row = {"ID_WZ": "P1"} | {names[name]: value for name, value in cells.items()}
    (found,) = translated(row).tables["candidates"].good().rows(named=True)
    return found


def test_there_are_35_columns() -> None:
    assert len(HEADERS) == 35


@pytest.mark.parametrize(
    ("column", "cell", "field", "value"),
    [
        ("Beschikbare_uren_wk", "24", "hours_max", 24),
        ("Gemeente", "14", "municipality", "0014"),
        ("Gemeente", "0014", "municipality", "0014"),
        ("Postcode", "1234 ab", "mediation_postcode", "1234AB"),
        ("Banenafspraak", "1", "register_flag", True),
        ("Banenafspraak", "2", "register_flag", False),
        ("Banenafspraak", "Onbekend", "register_flag", None),
        ("Klantprofiel", "P-wet", "scheme", "P-wet"),
        ("Klantprofiel", "NNB", "scheme", None),
        ("GSD_Kantoor", "Noord", "payer", "Noord"),
        ("Participatieladder", "3", "ladder_step", 3),
        ("Participatieladder", "??", "ladder_step", None),
        ("Inschrijfdatum", "44562", "waiting_since", date(2022, 1, 1)),
        ("Inschrijfdatum", "2022-01-01", "waiting_since", date(2022, 1, 1)),
        ("Inschrijfdatum", "2022-01-01 00:00:00", "waiting_since", date(2022, 1, 1)),
        ("Inschrijfdatum", "31-01-2022", "waiting_since", date(2022, 1, 31)),
        ("Datum_melding", "1-2-2022", "waiting_since", date(2022, 2, 1)),
        ("Medewerker_Naam", "J.  de Vries", "coach", "j. de vries"),
    ],
)
def test_a_profile_column_is_mapped(column: str, cell: str, field: str, value: object) -> None:
    assert candidate(**{column: cell})[field] == value


def test_inschrijfdatum_counts_before_datum_melding() -> None:
    both = candidate(Inschrijfdatum="02-01-2022", Datum_melding="01-01-2022")
    assert both["waiting_since"] == date(2022, 1, 2)
    one = candidate(Inschrijfdatum="NNB", Datum_melding="01-01-2022")
    assert one["waiting_since"] == date(2022, 1, 1)


@pytest.mark.parametrize("nothing", ["NNB", "nnb", "??", "Onbekend", "ONBEKEND", "", "  ", None])
def test_unknown_is_nothing_in_every_column(nothing: str | None) -> None:
    made = translated(dict.fromkeys(HEADERS, nothing) | {"ID_WZ": "P1"})
    assert made.faults.is_empty()
    (found,) = made.tables["candidates"].good().drop("row").rows(named=True)
    assert {name for name, value in found.items() if value is not None} == {"key"}
    assert made.warnings.is_empty()
    rows = {name: each.good().height for name, each in made.tables.items()}
    assert {name for name, height in rows.items() if height} == {"candidates"}


@pytest.mark.parametrize(
    ("column", "name", "cell", "rows"),
    [
        ("Vervoer", "candidate_transport", "FIETS", [("P1", "bicycle")]),
        ("Vervoer", "candidate_transport", "Scooter", [("P1", "moped")]),
        ("Vervoer", "candidate_transport", "AUTO, motor", [("P1", "car"), ("P1", "motorcycle")]),
        ("Rijbewijs", "candidate_licence", "B", [("P1", "B")]),
        ("Rijbewijs", "candidate_licence", "A,B,C", [("P1", "A"), ("P1", "B"), ("P1", "C")]),
        ("Rijbewijs", "candidate_licence", "b, be,B", [("P1", "B"), ("P1", "BE")]),
        ("Opleidingsniveau", "candidate_education", "VMBO", [("P1", 2)]),
        ("Opleidingsniveau", "candidate_education", "Bachelor", [("P1", 5)]),
        ("Opleidingsniveau", "candidate_education", "Ambacht", [("P1", 9)]),
        ("Beroepssector", "candidate_sector", "1234", [("P1", "01234")]),
        ("Beroepssector", "candidate_sector", "99999", []),
        ("Mondeling Nederlands", "candidate_language", "3", [("P1", "nld", 3)]),
        ("Toestemming", "candidate_consent", "Ja", [("P1", "matching", "Sonar: Toestemming")]),
        ("Toestemming", "candidate_consent", "Nee", []),
        ("Toestemming", "candidate_consent", "misschien", []),
        ("Volledige Naam", "identities", "A. de Boer", [("P1", "A. de Boer")]),
    ],
)
def test_a_list_column_is_mapped(
    column: str, name: str, cell: str, rows: list[tuple[object, ...]]
) -> None:
    assert table(name, {"ID_WZ": "P1", column: cell}) == rows


def test_a_diploma_is_not_claimed() -> None:
    education = translated({"ID_WZ": "P1", "Opleidingsniveau": "MBO"}).tables["candidate_education"]
    assert education.present == ("candidate", "level")


def test_a_wished_occupation_is_told_and_not_kept() -> None:
    made = translated({"ID_WZ": "P1", "Bemiddelingsberoep": "tuinmn"})
    assert made.warnings.select("row", "value", "code").rows() == [(2, "tuinmn", "map_by_hand")]
    assert not {"candidate_experience", "candidate_occupation"} & set(made.tables)


@pytest.mark.parametrize(
    ("column", "cell", "shown"),
    [
        ("Gemeente", "12345", "12345"),
        ("Gemeente", "0", "0"),
        ("Gemeente", "Groningen", "Groningen"),
        ("Postcode", "1234", "1234"),
        ("Beschikbare uren/wk", "veel", "veel"),
        ("Mondeling Nederlands", "5", "5"),
        ("Vervoer", "raket", "raket"),
        ("Rijbewijs", "B,X", "B,X"),
        ("Inschrijfdatum", "31-02-2022", "31-02-2022"),
        ("Inschrijfdatum", "12", "12"),
        ("Banenafspraak", "3", "3"),
        ("Participatieladder", "7", "7"),
        ("Telefoonnummer", "0" * 60, None),
    ],
)
def test_a_bad_cell_is_a_fault_of_its_row(column: str, cell: str, shown: str | None) -> None:
    assert faults({"ID_WZ": "P1", column: cell}) == [(2, column, shown, "bad_value")]


def test_a_number_becomes_a_key_that_hides_it() -> None:
    number = "123456780"
    made = translated({"BSN": number, "ID_WZ": "NNB"})
    (key,) = made.tables["candidates"].good()["key"]
    assert key.startswith("sonar-")
    for each in made.tables.values():
        assert number not in str(each.frame.rows())
    (other,) = translated({"BSN": number}, secret=SECRET[::-1]).tables["candidates"].good()["key"]
    assert other != key


@pytest.mark.parametrize("same", ["123456780", " 123456780", "1234.56.780", "123 456 780"])
def test_one_number_gives_one_key(same: str) -> None:
    assert table("candidates", {"BSN": same}) == table("candidates", {"BSN": "123456780"})


def test_a_lost_leading_zero_makes_no_other_person() -> None:
    assert table("candidates", {"BSN": "23456780"}) == table("candidates", {"BSN": "023456780"})


def test_a_key_of_its_own_counts_before_the_number() -> None:
    assert table("candidates", {"BSN": "123456780", "ID_WZ": "P7"}) == [("P7",)]


def test_one_number_on_two_rows_is_a_fault_that_does_not_repeat_it() -> None:
    assert faults({"BSN": "123456780"}, {"BSN": "123456780"}) == [(3, "BSN", None, "duplicate")]


def test_one_key_on_two_rows_is_a_fault() -> None:
    assert faults({"ID_WZ": "P1"}, {"ID_WZ": "P1"}) == [(3, "ID_WZ", "P1", "duplicate")]


def test_neither_key_nor_number_is_a_fault() -> None:
    assert faults({"BSN": "NNB", "ID_WZ": "NNB", "Gemeente": "14"}) == [
        (2, "ID_WZ", None, "missing")
    ]


def test_a_number_that_is_none_is_a_fault_that_does_not_repeat_it() -> None:
    assert faults({"BSN": "12AB"}) == [(2, "BSN", None, "bad_value")]


def test_a_number_may_not_stand_as_key() -> None:
    assert faults({"ID_WZ": "123456780", "BSN": "123456780"}) == [(2, "ID_WZ", None, "bsn_as_key")]


def test_without_a_secret_no_number_is_hashed() -> None:
    with pytest.raises(ImportRefused, match="WORKPOOL_SECRET_KEY"):
        translated({"BSN": "123456780"}, secret=None)
    assert translated({"ID_WZ": "P1"}, secret=None).faults.is_empty()


def test_a_bad_row_takes_its_lists_along_and_no_coach_comes_of_it() -> None:
    made = translated(
        {"ID_WZ": "P1", "Rijbewijs": "B", "Gemeente": "12345", "Medewerker Naam": "A"},
        {"ID_WZ": "P2", "Rijbewijs": "B", "Gemeente": "14", "Medewerker Naam": "B"},
    )
    assert made.tables["candidate_licence"].good()["candidate"].to_list() == ["P2"]
    assert made.tables["coaches"].good()["name"].to_list() == ["B"]


@given(
    st.lists(
        st.dictionaries(st.sampled_from(HEADERS), st.none() | st.text(max_size=12), min_size=1),
        min_size=1,
        max_size=4,
    )
)
def test_no_workbook_breaks_it(rows: list[Row]) -> None:
    made = translated(*rows)
    blank = sum(not any(cell and cell.strip() for cell in row.values()) for row in rows)
    assert made.tables["candidates"].frame.height <= len(rows) - blank
