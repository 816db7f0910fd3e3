"""The list of formats, their headers, and their description."""

import pytest

from matcher.domain.formats import FORMATS, KINDS, format_of
from matcher.domain.formats.people import CANDIDATES
from matcher.domain.formats.pool import POOL
from matcher.domain.formats.sonar import SONAR
from matcher.domain.formats.sonar_columns import SOURCE
from matcher.errors import ImportRefused
from tests.import_formats import PAGE, describe, page


def test_the_kinds_are_those_that_others_call_by_name() -> None:
    assert KINDS == ("pool", "sonar", "candidates", "employers", "placements")
    assert all(format_of(kind).kind == kind for kind in KINDS)


def test_parents_stand_before_the_rows_that_name_them() -> None:
    seen = {"pools"}
    for table in POOL.sources:
        assert {reference.table for reference in table.references} <= seen, table.name
        seen.add(table.name)


@pytest.mark.parametrize("kind", KINDS)
def test_every_table_and_column_is_described(kind: str) -> None:
    words = describe(format_of(kind))
    for table in format_of(kind).sources:
        assert f"`{table.name}`" in words
        for field in table.fields:
            assert f"{field.name}** |" in words or f"| {field.name} |" in words
            assert field.meaning.strip()
    assert all(
        line.count("|") - line.count("\\|") == 4 for line in words.split("\n") if "|" in line
    )


def test_the_page_about_formats_is_up_to_date() -> None:
    assert PAGE.read_text() == page(), "run: python -m tests.import_formats"


def test_names_are_unique() -> None:
    for read_as in FORMATS:
        names = [table.name for table in read_as.sources]
        assert len(set(names)) == len(names)
        for table in read_as.sources:
            assert len(table.by_name) == len(table.fields)


def test_headers_are_found_in_any_order_case_and_spacing() -> None:
    found = SONAR.rename(SOURCE, "f", ["bsn", "E-mailadres ", "1e  uitk dag (niet WW)", "Nieuw"])
    assert found == {
        "bsn": "BSN",
        "E-mailadres ": "E-mailadres",
        "1e  uitk dag (niet WW)": "1e uitk dag (niet WW)",
    }


def test_all_faults_of_a_header_are_told_at_once() -> None:
    with pytest.raises(ImportRefused) as refused:
        POOL.rename(CANDIDATES, "candidates.csv", ["place", "Place", "hobby", "huisdier"])
    assert refused.value.faults == (
        "candidates.csv: column 'place' stands twice",
        "candidates.csv: column 'key' is missing",
        "candidates.csv: column 'hobby' is not known",
        "candidates.csv: column 'huisdier' is not known",
    )
    assert "mediation_postcode" in str(refused.value)


def test_a_first_row_that_is_no_header_is_not_repeated() -> None:
    with pytest.raises(ImportRefused) as refused:
        POOL.rename(CANDIDATES, "candidates.csv", ["Jan de Vries", "0612345678"])
    assert "Jan" not in str(refused.value)
