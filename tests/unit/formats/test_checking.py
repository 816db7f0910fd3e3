"""Checked tables: what is a fault, where it is told, and what it takes along."""

import polars as pl

from matcher.domain.formats.candidate_lists import CANDIDATE_LISTS
from matcher.domain.formats.checking import Checked, check, check_references
from matcher.domain.formats.fields import Table
from matcher.domain.formats.people import CANDIDATES, COACHES, DEPLOYMENTS, IDENTITIES

LISTS = {table.name: table for table in CANDIDATE_LISTS}


def rows(table: Table, *cells: dict[str, str | None]) -> tuple[Checked, list[tuple[object, ...]]]:
    names = dict.fromkeys(name for row in cells for name in row)
    raw = pl.DataFrame(
        [[number, *(row.get(name) for name in names)] for number, row in enumerate(cells, 2)],
        schema={"row": pl.Int64, **dict.fromkeys(names, pl.String)},
        orient="row",
    )
    checked, faults = check(table, f"{table.name}.csv", raw)
    return checked, faults.select("row", "column", "value", "code").rows()


def test_values_are_typed_and_empty_cells_unknown() -> None:
    checked, faults = rows(CANDIDATES, {"key": " a ", "hours_min": "12", "walking": ""})
    assert not faults
    assert checked.frame.rows(named=True) == [
        {"row": 2, "key": "a", "hours_min": 12, "walking": None}
    ]


def test_an_empty_cell_with_a_default_is_that() -> None:
    checked, _ = rows(CANDIDATES, {"key": "a", "state": "", "restricted": None})
    assert checked.frame.select("state", "restricted").row(0) == ("active", False)


def test_blank_rows_do_not_count_and_keep_the_numbers_of_the_others() -> None:
    checked, faults = rows(CANDIDATES, {"key": "a"}, {"key": " "}, {"key": "b"})
    assert (checked.frame["row"].to_list(), faults) == ([2, 4], [])


def test_every_fault_is_told_with_row_column_and_value() -> None:
    checked, faults = rows(
        CANDIDATES,
        {"key": "a", "hours_min": "many", "mediation_postcode": "9351"},
        {"key": "", "hours_min": "8"},
        {"key": "b", "hours_min": "100"},
    )
    assert set(faults) == {
        (2, "hours_min", "many", "bad_value"),
        (2, "mediation_postcode", "9351", "bad_value"),
        (3, "key", None, "missing"),
        (4, "hours_min", "100", "bad_value"),
    }
    assert checked.bad_rows == {2, 3, 4}


def test_a_row_that_contradicts_itself_is_a_fault() -> None:
    _, faults = rows(CANDIDATES, {"key": "a", "hours_min": "30", "hours_max": "20"})
    assert faults == [(2, "hours_max", "20", "out_of_order")]


def test_the_second_row_of_one_key_is_the_fault() -> None:
    checked, faults = rows(CANDIDATES, {"key": "a"}, {"key": "b"}, {"key": "a"})
    assert faults == [(4, "key", "a", "duplicate")]
    assert checked.good()["row"].to_list() == [2, 3]


def test_alike_elements_are_fine_in_a_list_and_not_in_a_set() -> None:
    twice = {"candidate": "a", "level": "4"}
    assert rows(LISTS["candidate_education"], twice, twice)[1] == []
    twice = {"candidate": "a", "licence": "B"}
    assert rows(LISTS["candidate_licence"], twice, twice)[1] == [(3, "licence", "B", "duplicate")]


def test_a_second_active_deployment_of_one_person_is_a_fault() -> None:
    def row(key: str, state: str) -> dict[str, str | None]:
        return {
            "key": key, "candidate": "a", "placement": "p", "from_on": "2026-01-01", "state": state,
        }  # fmt: skip

    _, faults = rows(
        DEPLOYMENTS, row("1", "ended"), row("2", "active"), row("3", "ended"), row("4", "planned"),
        row("5", "active"),
    )  # fmt: skip
    assert faults == [(6, "state", "active", "second_deployment")]


def test_who_somebody_is_stays_unsaid() -> None:
    secret = "Jan de Vries " * 30
    cells = {name: secret for name in IDENTITIES.by_name if name != "candidate"}
    _, faults = rows(IDENTITIES, {"candidate": "a", **cells})
    assert len(faults) == 7
    assert all(value is None for _, _, value, _ in faults)


def test_a_long_value_is_shown_short() -> None:
    _, faults = rows(CANDIDATES, {"key": "a", "work_level": "9" * 500})
    assert faults[0][2] == "9" * 40


def test_a_key_must_be_in_the_files_or_in_the_database() -> None:
    coaches, _ = rows(COACHES, {"key": "c1", "name": "A"})
    people, _ = rows(
        CANDIDATES,
        {"key": "a", "coach": "c1"},
        {"key": "b", "coach": "c2"},
        {"key": "c", "coach": "c3"},
        {"key": "d", "coach": ""},
    )
    known = {"coaches": pl.Series(["c2"])}
    faults = check_references({"coaches": coaches, "candidates": people}, known)
    assert faults.select("row", "column", "value", "code").rows() == [
        (4, "coach", "c3", "unknown_reference")
    ]


def test_without_a_database_nothing_is_unknown() -> None:
    people, _ = rows(CANDIDATES, {"key": "b", "coach": "c2"})
    assert check_references({"candidates": people}, None).is_empty()


def test_a_bad_row_takes_along_what_refers_to_it() -> None:
    coaches, _ = rows(COACHES, {"key": "c1", "name": ""})
    people, _ = rows(CANDIDATES, {"key": "a", "coach": "c1"}, {"key": "b", "coach": ""})
    licences, _ = rows(
        LISTS["candidate_licence"],
        {"candidate": "a", "licence": "B"},
        {"candidate": "b", "licence": "B"},
    )
    tables = {"coaches": coaches, "candidates": people, "candidate_licence": licences}
    faults = check_references(
        tables, {"coaches": pl.Series(["c1"]), "candidates": pl.Series(["a"])}
    )
    assert faults.select("file", "row", "code").rows() == [
        ("candidates.csv", 2, "refers_to_bad_row"),
        ("candidate_licence.csv", 2, "refers_to_bad_row"),
    ]
    assert licences.good()["candidate"].to_list() == ["b"]


def test_a_target_is_a_reference_where_its_kind_says_so() -> None:
    exclusions, faults = rows(
        LISTS["candidate_exclusion"],
        {"candidate": "a", "target_kind": "employer", "target": "e1"},
        {"candidate": "a", "target_kind": "employer", "target": "e2"},
        {"candidate": "a", "target_kind": "kind", "target": "sheltered"},
        {"candidate": "a", "target_kind": "kind", "target": "heavy"},
    )
    assert faults == [(5, "target", "heavy", "contradiction")]
    known = {"employers": pl.Series(["e1"]), "candidates": pl.Series(["a"])}
    found = check_references({"candidate_exclusion": exclusions}, known)
    assert found.select("row", "value").rows() == [(3, "e2")]
