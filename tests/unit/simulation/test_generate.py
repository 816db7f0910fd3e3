"""A pool folder: the same each time, as large as asked, and read by the import without a fault."""

from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest

from matcher.domain.formats.checking import check_references
from matcher.domain.formats.pool import POOL
from matcher.simulation.sizes import SIZES, size_of
from tests.unit.simulation.folders import TODAY, Written, written


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_one_seed_gives_the_same_bytes(pilot: Written, tmp_path: Path) -> None:
    again = written(tmp_path, "pilot")
    assert bytes_of(again.folder) == bytes_of(pilot.folder)


def test_another_seed_gives_another_pool(pilot: Written, tmp_path: Path) -> None:
    other = bytes_of(written(tmp_path, "pilot", seed=2).folder)
    same = {name for name, data in bytes_of(pilot.folder).items() if other[name] == data}
    # The areas around the same places are the same.
    assert same <= {"postcode_areas.csv"}


def test_dirt_leaves_the_clean_rows_as_they_are(pilot: Written, dirty: Written) -> None:
    for name in set(pilot.texts) - {"candidates", "deployments"}:
        assert dirty.texts[name].equals(pilot.texts[name])


@pytest.mark.parametrize("name", ["pilot", "region"])
def test_counts_are_those_of_the_size(name: str, request: pytest.FixtureRequest) -> None:
    pool: Written = request.getfixturevalue(name)
    size = size_of(name)
    placements = pool["placements"]
    assert len(pool["candidates"]) == size.candidates
    assert len(pool["employers"]) == size.employers
    assert len(placements) == size.placements
    assert len(pool["coaches"]) == size.coaches
    assert placements["openings"].sum() == size.openings
    assert (placements["openings"] - placements["taken"]).sum() == size.free
    assert pool["candidates"]["municipality"].n_unique() == size.municipalities


def test_the_summary_tells_the_rows(pilot: Written) -> None:
    assert pilot.summary.rows == {name: len(text) for name, text in pilot.texts.items()}


@pytest.mark.parametrize("pool", ["pilot", "region"])
def test_the_import_finds_nothing_wrong(pool: str, request: pytest.FixtureRequest) -> None:
    imported = request.getfixturevalue(pool).imported
    faults = pl.concat([imported.faults, check_references(imported.tables, {})])
    assert faults.rows() == []


def test_every_file_and_header_is_known_to_the_import(pilot: Written) -> None:
    known = {table.name: set(table.by_name) for table in POOL.sources}
    assert set(pilot.texts) <= set(known)
    for name, text in pilot.texts.items():
        assert set(text.columns) - {"row"} <= known[name], name


@pytest.mark.parametrize("candidates", [1, 2, 3, 7, 25, 120])
def test_small_pools_are_whole_too(candidates: int, tmp_path: Path) -> None:
    for seed in range(3):
        pool = written(tmp_path / str(seed), candidates, seed=seed)
        faults = pl.concat([pool.imported.faults, check_references(pool.imported.tables, {})])
        assert faults.rows() == []
        assert len(pool["candidates"]) == candidates


def test_sizes_between_lie_between() -> None:
    between = [size_of(n) for n in (100, 300, 1_000, 3_000, 8_000, 50_000, 200_000)]
    for smaller, larger in pairwise(between):
        assert smaller.placements < larger.placements
        assert smaller.openings < larger.openings
        assert smaller.free < smaller.openings
    for named in SIZES:
        number = size_of(named.candidates)
        assert (number.placements, number.openings) == (named.placements, named.openings)


@pytest.mark.parametrize("size", ["village", "0", -3, 10**9, "1e3", ""])
def test_what_is_no_size_is_refused_by_name(size: str | int) -> None:
    with pytest.raises(ValueError, match="is no size"):
        size_of(size)


def test_a_negative_seed_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="negative"):
        written(tmp_path, "pilot", seed=-1)


def test_dates_are_drawn_around_the_day(pilot: Written) -> None:
    assert pilot.summary.today == TODAY
    assert (pilot["candidates"]["waiting_since"].drop_nulls() <= TODAY).all()
    assert (pilot["candidates"]["checked_on"] <= TODAY).all()
