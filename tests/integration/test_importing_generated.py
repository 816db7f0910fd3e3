"""What the generator writes is what the import reads: all of it clean, and its dirt row by row."""

import uuid
from collections import Counter
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from matcher.service import importing
from matcher.service.importing import Report
from matcher.simulation.generate import generate
from matcher.store.database import transaction
from tests.integration.imports import changed_tables, everything, make_pool, select, totals

TODAY = date(2026, 11, 21)


@pytest.fixture
def pool(database: str, setting: Callable[[str, str], None]) -> uuid.UUID:
    setting("secret_key", "0123456789abcdef0123456789abcdef")
    return make_pool()


def imported(pool: uuid.UUID, path: Path, kind: str, *, skip_bad_rows: bool = False) -> Report:
    with transaction() as db:
        return importing.run(db, pool, path, kind, skip_bad_rows=skip_bad_rows)


def test_a_generated_pool_is_read_whole_and_twice_the_same(pool: uuid.UUID, tmp_path: Path) -> None:
    made = generate("pilot", 5, tmp_path, today=TODAY)
    report = imported(pool, tmp_path, "pool")
    assert (report.accepted, report.error_count) == (True, 0)
    assert {name: report.tables[name].created for name in made.rows} == made.rows
    before = everything()
    again = imported(pool, tmp_path, "pool")
    assert changed_tables(before) == set()
    assert totals(again)["unchanged"] == sum(made.rows.values())


def test_the_generated_workbook_is_read_whole(pool: uuid.UUID, tmp_path: Path) -> None:
    made = generate("pilot", 5, tmp_path, today=TODAY)
    report = imported(pool, tmp_path / "sonar.xlsx", "sonar")
    assert (report.accepted, report.error_count) == (True, 0)
    assert report.tables["candidates"].created == made.workbook_rows == 300


def test_generated_dirt_is_refused_and_nothing_else(pool: uuid.UUID, tmp_path: Path) -> None:
    dirt = generate("pilot", 5, tmp_path, today=TODAY, dirt=True).dirt
    refused = imported(pool, tmp_path, "pool")
    assert not refused.accepted
    assert refused.errors_by_code == {
        "bad_value": dirt["malformed_postcode"],
        "duplicate": dirt["duplicate_candidate"] + dirt["second_coach"],
        "out_of_order": dirt["end_before_start"] + dirt["deployment_end_before_start"],
    }
    assert select("select from candidate") == []
    report = imported(pool, tmp_path, "pool", skip_bad_rows=True)
    assert report.accepted
    left_out = dirt["malformed_postcode"] + dirt["end_before_start"]
    assert len(select("select from candidate")) == 300 - left_out
    causes = Counter(error.code for error in report.errors[: refused.error_count])
    assert causes == refused.errors_by_code
