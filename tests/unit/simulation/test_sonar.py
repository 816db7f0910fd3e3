"""The Sonar workbook: the very headers and oddities of a real one, and the import reads it."""

from pathlib import Path

import polars as pl

from matcher.domain.formats.checking import no_faults
from matcher.domain.formats.formats import RawTable, Translation
from matcher.domain.formats.sonar import SONAR
from matcher.simulation.sonar import BLANK_ROWS, HEADERS, MOST_ROWS
from tests.unit.simulation.folders import Written, written

HEADERS_OF_THE_EXAMPLE = (
    "Datum melding;1e uitk dag (niet WW);BSN;ID_WZ;Beschikbare uren/wk;Opleidingsniveau;"
    "Beroepssector;Bemiddelingsberoep;Mondeling Nederlands;Schriftelijk Nederlands;Rijbewijs;"
    "Inschrijfdatum;Geslacht;Telefoonnummer;Volledige Naam;Leeftijd;E-mailadres;Vervoer;Gemeente;"
    "Postcode;Plaats;Straatnaam;Huisnummer;Huisnummer Toevoeging;Banenafspraak;Klantprofiel;"
    "Arbeidsmarktregio;Cases (aantal);Sonar;Medewerker Naam;Organisatie Naam;GSD Kantoor;"
    "Participatieladder;Aantal;Toestemming"
)


def sheet(pool: Written, name: str = "Blad 1") -> pl.DataFrame:
    return pl.read_excel(
        pool.folder / "sonar.xlsx", sheet_name=name, infer_schema_length=0,
        read_options={"dtypes": "string"},
    )  # fmt: skip


def translated(pool: Written) -> Translation:
    rows = sheet(pool).with_row_index("row", 2).with_columns(pl.col("row").cast(pl.Int64))
    return SONAR.read({"sonar": RawTable("sonar.xlsx", rows, no_faults())}, b"a secret of tests")


def test_headers_stand_in_the_order_of_the_example(pilot: Written) -> None:
    assert ";".join(HEADERS) == HEADERS_OF_THE_EXAMPLE
    assert sheet(pilot).columns == list(HEADERS)


def test_the_choices_are_there(pilot: Written) -> None:
    choices = sheet(pilot, "Keuzevelden")
    assert choices.columns == ["Taalniveau", "Rijbewijs"]
    assert choices["Rijbewijs"].to_list()[-1] == "T"


def test_the_import_reads_it_without_a_fault(pilot: Written) -> None:
    read = translated(pilot)
    assert read.faults.rows() == []
    assert len(read.tables["candidates"].good()) == pilot.summary.workbook_rows == 300


def test_what_it_tells_is_what_the_pool_tells(pilot: Written) -> None:
    ours = pilot["candidates"].sort("key")
    theirs = translated(pilot).tables["candidates"].good().sort("key")
    assert theirs["key"].to_list() == ours["key"].to_list()
    assert theirs["municipality"].to_list() == ours["municipality"].to_list()
    assert theirs["waiting_since"].to_list() == ours["waiting_since"].to_list()
    assert theirs["mediation_postcode"].to_list() == ours["mediation_postcode"].to_list()
    forgotten = theirs["hours_max"].is_null() & ours["hours_max"].is_not_null()
    assert (forgotten | theirs["hours_max"].eq_missing(ours["hours_max"])).all()
    assert 0 < forgotten.sum() < 60


def test_unknown_is_written_in_several_ways(pilot: Written) -> None:
    cells = pl.concat(list(sheet(pilot)))
    words = cells.filter(cells.is_in(["NNB", "??", "Onbekend"]))
    assert set(words) == {"NNB", "??", "Onbekend"}
    assert pilot.summary.dirt["unknown_words"] > 300


def test_some_occupations_are_misspelt(region: Written) -> None:
    wished = sheet(region)["Bemiddelingsberoep"].drop_nulls()
    assert 0 < wished.str.contains("medwerker").sum() < len(wished) / 4


def test_formatted_rows_without_content_follow(pilot: Written) -> None:
    rows = pl.read_excel(
        pilot.folder / "sonar.xlsx", sheet_name="Blad 1", infer_schema_length=0,
        drop_empty_rows=False, read_options={"dtypes": "string"},
    )  # fmt: skip
    assert len(rows) in (300, 300 + BLANK_ROWS)
    assert len(sheet(pilot)) == 300


def test_dirt_lets_some_rows_without_a_key_share_a_number(dirty: Written) -> None:
    read = translated(dirty)
    faults = {(column, code) for column, code in read.faults.select("column", "code").rows()}
    assert faults == {("BSN", "duplicate"), ("Postcode", "bad_value")}
    assert (read.faults["code"] == "duplicate").sum() == dirty.summary.dirt["workbook_number_twice"]
    hashed = read.tables["candidates"].frame["key"].str.starts_with("sonar-")
    assert hashed.sum() == dirty.summary.dirt["workbook_without_key"]


def test_a_large_pool_gets_a_workbook_of_its_first_people(tmp_path: Path) -> None:
    pool = written(tmp_path, MOST_ROWS + 100)
    assert pool.summary.workbook_rows == MOST_ROWS
    assert len(sheet(pool)) == MOST_ROWS
