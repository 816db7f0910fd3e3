"""Weeks: the pool goes on, whole and clean each time."""

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from typer.testing import CliRunner

from api.cli import app
from matcher.domain.formats.checking import check_references
from matcher.simulation.churn import Week, next_week
from matcher.simulation.generate import Summary
from tests.unit.simulation.folders import TODAY, Written

WEEK = timedelta(days=7)


def opened(week: Week) -> Written:
    return Written(Summary("week", 0, week.today, week.folder, {}, 0, {}))


@pytest.fixture(scope="module")
def weeks(region: Written, tmp_path_factory: pytest.TempPathFactory) -> list[Week]:
    """Return four weeks, the last of them stormy."""
    folder, made = region.folder, []
    for number in range(1, 5):
        out = tmp_path_factory.mktemp(f"week{number}")
        made.append(next_week(folder, out, 1, today=TODAY + number * WEEK, stormy=number == 4))
        folder = out
    return made


def test_every_week_is_imported_without_a_fault(weeks: list[Week]) -> None:
    for week in weeks:
        imported = opened(week).imported
        faults = pl.concat([imported.faults, check_references(imported.tables, {})])
        assert faults.rows() == []


def test_taken_openings_stay_those_of_deployments(weeks: list[Week]) -> None:
    for week in weeks:
        pool = opened(week)
        current = pool["deployments"].filter(pl.col("state") != "ended")
        held = current.group_by("placement").len()
        placements = pool["placements"].join(
            held, left_on="key", right_on="placement", how="left", maintain_order="left"
        )
        assert placements["taken"].to_list() == placements["len"].fill_null(0).to_list()
        assert (placements["taken"] <= placements["openings"]).all()
        assert not current.select("candidate", "state").is_duplicated().any()


def test_states_follow_the_calendar(weeks: list[Week]) -> None:
    for week in weeks:
        work = opened(week)["deployments"]
        assert (
            work.filter(pl.col("state") == "active")["until_on"].drop_nulls() >= week.today
        ).all()
        assert (work.filter(pl.col("state") == "ended")["until_on"] < week.today).all()


def test_an_ordinary_week_changes_little(region: Written, weeks: list[Week]) -> None:
    changes = weeks[0].changes
    assert changes["candidates_new"] == changes["candidates_gone"] == 15
    assert changes["profiles_changed"] == 45
    assert changes["placements_closed"] + changes["placements_opened"] == pytest.approx(19, abs=2)
    assert changes["accepted"] + changes["declined"] == pytest.approx(51, abs=8)
    assert 0 < changes["deployments_ended"] < 60
    assert len(opened(weeks[0])["candidates"]) == 3_015


def test_new_people_have_a_name_and_no_history(region: Written, weeks: list[Week]) -> None:
    pool = opened(weeks[0])
    new = pool["candidates"].filter(~pl.col("key").is_in(region["candidates"]["key"].implode()))
    assert (new["waiting_since"] == weeks[0].today).all()
    names = pool["identities"].filter(pl.col("candidate").is_in(new["key"].implode()))
    assert names["email"].to_list() == [f"{key.lower()}@example.org" for key in new["key"]]
    assert not pool["deployments"]["candidate"].is_in(new["key"].implode()).any()


def test_a_stormy_week_costs_people_their_work(weeks: list[Week]) -> None:
    storm = weeks[-1].changes
    assert storm["people_out_of_work"] >= 1
    assert storm["shuttles_stopped"] == 1
    assert "people_out_of_work" not in weeks[0].changes
    ended = opened(weeks[-1])["deployments"].filter(pl.col("end_reason") == "employer_closed")
    assert len(ended) == storm["people_out_of_work"]


def test_the_same_seed_gives_the_same_week(
    region: Written, weeks: list[Week], tmp_path: Path
) -> None:
    again = next_week(region.folder, tmp_path, 1, today=TODAY + WEEK)
    assert again.changes == weeks[0].changes
    for path in weeks[0].folder.iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes()


def test_the_command_goes_on_week_after_week(region: Written, tmp_path: Path) -> None:
    words = ["generate", str(tmp_path / "on"), "--after", str(region.folder), "--weeks", "2"]
    done = CliRunner().invoke(app, [*words, "--today", TODAY.isoformat()])
    assert done.exit_code == 0, done.output
    assert f"week-002 ({TODAY + 2 * WEEK})" in done.stdout.replace("\n", "")
    first = next_week(region.folder, tmp_path / "same", 1, today=TODAY + WEEK)
    made = (tmp_path / "on" / "week-001" / "candidates.csv").read_bytes()
    assert made == (first.folder / "candidates.csv").read_bytes()
    none = CliRunner().invoke(app, ["generate", str(tmp_path / "x"), "--after", str(tmp_path)])
    assert none.exit_code == 1
    assert "holds no pool" in " ".join(none.stderr.split())
