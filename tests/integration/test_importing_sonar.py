"""The Sonar workbook with its oddities, from the bytes to the rows."""

import io
import uuid
from collections.abc import Callable
from datetime import date, datetime

import polars as pl
import pytest

from matcher.domain.formats.sonar_columns import SOURCE
from matcher.errors import ImportRefused
from matcher.service.importing import Counts
from tests.integration.imports import (
    changed_tables,
    errors,
    everything,
    execute,
    make_pool,
    opened,
    run,
    select,
)
from tests.integration.workbooks import SONAR_HEADERS, sonar_person, sonar_workbook

SECRET = "0123456789abcdef0123456789abcdef"
NUMBER = "123456780"


@pytest.fixture
def pool(database: str, setting: Callable[[str, str], None]) -> uuid.UUID:
    setting("secret_key", SECRET)
    return make_pool()


def golden() -> bytes:
    """Return 24 people among 587 formatted rows, as the example has them."""
    people = [
        sonar_person(**{"ID_WZ": f"P{number:02d}", "BSN": 900_000_000 + number})
        for number in range(2, 24)
    ]
    people.insert(0, sonar_person())
    people.append(
        sonar_person(
            **{
                "ID_WZ": "P24",
                "BSN": None,
                "Datum melding": "01-02-2022",
                "Inschrijfdatum": datetime(2022, 3, 4),
                "Vervoer": "fiets",
                "Rijbewijs": "NNB",
                "Participatieladder": 3,
                "Beroepssector": 1234,
                "Toestemming": "Nee",
                "Banenafspraak": "Onbekend",
                "Medewerker Naam": "NNB",
                "Bemiddelingsberoep": None,
            }
        )
    )
    return sonar_workbook(people)


def test_a_workbook_is_written(pool: uuid.UUID) -> None:
    report = run(pool, golden(), "sonar", file_name="export.xlsx")
    assert report.accepted, report.errors[:3]
    assert report.tables["candidates"] == Counts(24, 0, 0, 0)
    assert report.tables["candidate_licence"] == Counts(69, 0, 0, 0)
    assert (report.warning_count, report.warnings[0].row) == (23, 2)
    keys = [key for (key,) in select("select key from candidate order by key")]
    assert keys[:2] == ["P02", "P03"]
    assert keys[-1].startswith("sonar-")
    assert select(
        "select municipality, mediation_postcode, hours_min, hours_max, waiting_since,"
        " register_flag, ladder_step, scheme, payer, place, k.name, c.version from candidate c"
        " left join coach k on k.id = c.coach_id where c.key in ('P02', 'P24') order by c.key"
    ) == [
        ("0014", "1234AB", None, 24, date(2022, 1, 1), False, None, None, None, None,
         "J. de Vries", 1),
        ("0014", "1234AB", None, 24, date(2022, 3, 4), None, 3, None, None, None, None, 1),
    ]  # fmt: skip
    assert select("select mode, count(*) from candidate_transport group by mode order by mode") == [
        ("bicycle", 1),
        ("moped", 23),
    ]
    assert select("select language, oral, written from candidate_language limit 1") == [
        ("nld", 3, 4)
    ]
    assert select("select sbi_code from candidate_sector") == [("01234",)]
    assert select("select level, diploma, status from candidate_education limit 1") == [(2, 0, 0)]
    assert select("select count(*), min(purpose) from candidate_consent") == [(23, "matching")]
    assert opened()[0] == {
        "name": "Canary Kanarie",
        "phone": "088-0000001",
        "email": "canary@example.org",
        "street": "Kanariestraat",
        "house_number": "1",
        "house_number_addition": None,
        "birth_date": None,
        "notes": None,
    }
    assert select("select from candidate_experience") == []


def test_a_number_is_kept_nowhere(pool: uuid.UUID) -> None:
    run(pool, golden(), "sonar")
    for name, rows in everything().items():
        for number in (NUMBER, *map(str, range(900_000_002, 900_000_024))):
            assert number not in repr(rows), name


def test_the_same_workbook_twice_changes_nothing(pool: uuid.UUID) -> None:
    run(pool, golden(), "sonar")
    before = everything()
    report = run(pool, golden(), "sonar")
    assert changed_tables(before) == set()
    assert report.tables["candidates"] == Counts(0, 0, 24, 0)


def test_as_csv_it_says_the_same(pool: uuid.UUID) -> None:
    run(pool, golden(), "sonar")
    before = everything()
    frame = pl.read_excel(io.BytesIO(golden()), sheet_name="Blad 1", infer_schema_length=0)
    for separator in (",", ";"):
        report = run(pool, frame.write_csv(separator=separator).encode(), "sonar")
        assert report.accepted, report.errors[:3]
        assert changed_tables(before) == set()


def test_columns_are_found_by_header(pool: uuid.UUID) -> None:
    run(pool, sonar_workbook([sonar_person(ID_WZ="P1")]), "sonar")
    before = everything()
    shuffled = (*reversed(SONAR_HEADERS), "Nieuwe kolom")
    report = run(pool, sonar_workbook([sonar_person(ID_WZ="P1")], shuffled), "sonar")
    assert changed_tables(before) == set()
    assert [(each.column, each.code) for each in report.warnings] == [
        ("Nieuwe kolom", "column_not_read"),
        ("Bemiddelingsberoep", "map_by_hand"),
    ]
    few = ("ID_WZ", "Beschikbare uren/wk")
    run(pool, sonar_workbook([sonar_person(**{"ID_WZ": "P1", few[1]: 30})], few), "sonar")
    assert select("select hours_max, municipality from candidate") == [(30, "0014")]


def test_faulty_rows_are_told_without_who_they_are(pool: uuid.UUID) -> None:
    people = [
        sonar_person(),
        sonar_person(),
        sonar_person(**{"BSN": "NNB"}),
        sonar_person(**{"ID_WZ": NUMBER}),
        sonar_person(**{"ID_WZ": "P5", "Gemeente": 12345, "Vervoer": "raket"}),
        sonar_person(**{"BSN": "Canary", "E-mailadres": "canary" * 60}),
        sonar_person(**{"ID_WZ": "P7"}),
    ]
    before = everything()
    report = run(pool, sonar_workbook(people), "sonar", file_name="f.xlsx")
    assert changed_tables(before) == set()
    assert errors(report) == [
        ("f.xlsx", 3, "BSN", None, "duplicate"),
        ("f.xlsx", 4, "ID_WZ", None, "missing"),
        ("f.xlsx", 5, "ID_WZ", None, "bsn_as_key"),
        ("f.xlsx", 6, "Gemeente", "12345", "bad_value"),
        ("f.xlsx", 6, "Vervoer", "raket", "bad_value"),
        ("f.xlsx", 7, "BSN", None, "bad_value"),
        ("f.xlsx", 7, "E-mailadres", None, "bad_value"),
    ]
    told = str(report.to_dict()).lower()
    assert NUMBER not in told
    assert "canary" not in told
    report = run(pool, sonar_workbook(people), "sonar", skip_bad_rows=True)
    assert report.tables["candidates"] == Counts(2, 0, 0, 5)
    assert select("select count(*) from candidate_identity") == [(2,)]


def test_every_gemeente_of_the_published_example_is_an_error(pool: uuid.UUID) -> None:
    people = [sonar_person(ID_WZ=f"P{n}", Gemeente=12345) for n in range(24)]
    report = run(pool, sonar_workbook(people), "sonar")
    assert report.errors_by_code == {"bad_value": 24}


def test_what_the_workbook_does_not_know_stays_as_a_coach_recorded_it(pool: uuid.UUID) -> None:
    run(pool, sonar_workbook([sonar_person(ID_WZ="P1")]), "sonar")
    execute(
        "insert into candidate_language (pool_id, candidate_id, language, oral)"
        " select pool_id, id, 'ara', 4 from candidate"
    )
    execute(
        "insert into candidate_consent (pool_id, candidate_id, purpose, given_how)"
        " select pool_id, id, 'card', 'spoken' from candidate"
    )
    unknown = sonar_person(
        **{"ID_WZ": "P1", "Rijbewijs": "??", "Vervoer": "NNB", "Toestemming": "Nee"}
    )
    run(pool, sonar_workbook([unknown]), "sonar")
    assert len(select("select from candidate_licence")) == 3
    assert select("select mode from candidate_transport") == [("moped",)]
    assert select("select language from candidate_language order by 1") == [("ara",), ("nld",)]
    assert select("select purpose from candidate_consent") == [("card",)]
    assert select("select version from candidate") == [(2,)]


def test_without_a_secret_it_says_which_setting(
    pool: uuid.UUID, setting: Callable[[str, str], None]
) -> None:
    setting("secret_key", "")
    with pytest.raises(ImportRefused, match="WORKPOOL_SECRET_KEY") as refused:
        run(pool, golden(), "sonar")
    assert refused.value.code == "no_secret_key"


def test_the_headers_are_those_of_the_example() -> None:
    assert tuple(SOURCE.by_name) == SONAR_HEADERS
    assert len(SONAR_HEADERS) == 35
