"""Dirt: exactly what was announced, and none of it in a clean pool."""

import polars as pl

from matcher.domain.formats.checking import check_references
from matcher.simulation.dirt import REFUSED
from tests.unit.simulation.folders import Written


def test_a_clean_pool_announces_no_refused_row(pilot: Written) -> None:
    assert set(pilot.summary.dirt) == {"unknown_words"}


def test_the_import_finds_the_dirt_that_was_announced(dirty: Written) -> None:
    told = dirty.summary.dirt
    faults = dirty.imported.faults
    found = {
        (file, column, code): count
        for file, column, code, count in faults.group_by("file", "column", "code").len().rows()
    }
    assert found == {
        ("candidates.csv", "key", "duplicate"): told["duplicate_candidate"] + told["second_coach"],
        ("candidates.csv", "mediation_postcode", "bad_value"): told["malformed_postcode"],
        ("candidates.csv", "available_until", "out_of_order"): told["end_before_start"],
        ("deployments.csv", "until_on", "out_of_order"): told["deployment_end_before_start"],
    }


def test_there_is_as_much_of_it_as_in_real_exports(dirty: Written) -> None:
    for kind, share in REFUSED.items():
        assert dirty.summary.dirt[kind] == max(1, round(share * 300))


def test_leaving_the_bad_rows_out_leaves_a_whole_pool(dirty: Written) -> None:
    check_references(dirty.imported.tables, {})
    people = dirty["candidates"]
    assert 290 <= len(people) <= 299
    assert dirty["candidate_transport"]["candidate"].is_in(people["key"].implode()).all()
    assert not people["key"].is_duplicated().any()


def test_a_second_coach_is_another_one(dirty: Written) -> None:
    twice = dirty.texts["candidates"].filter(pl.col("key").is_duplicated())
    coaches = twice.group_by("key").agg(pl.col("coach").n_unique())["coach"]
    assert (coaches > 1).sum() >= 1
