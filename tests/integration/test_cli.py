"""The `workpool` command on real servers: what it answers, and how it refuses."""

import json
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from api.cli import app
from matcher.service import pools
from matcher.simulation.generate import generate
from matcher.store.database import transaction
from tests.integration.nights import publish_plan

POOL = "testpool"
TODAY = date(2026, 3, 2)


def workpool(*words: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(app, list(words))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("generated") / "pool"
    generate(60, 5, out, today=TODAY)
    return out


@pytest.fixture
def pool(database: str, redis_url: str, folder: Path) -> str:
    assert workpool("pool", "create", POOL).exit_code == 0
    imported = workpool("import", str(folder), "--kind", "pool", "--pool", POOL)
    assert imported.exit_code == 0, imported.output
    return POOL


def publish_a_run(key: str) -> None:
    with transaction() as db:
        pool_id = pools.find(db, key)
    assert pool_id is not None
    publish_plan(pool_id)


def test_the_same_files_twice_change_nothing(pool: str, folder: Path) -> None:
    again = workpool("import", str(folder), "--kind", "pool", "--pool", pool, "--json")
    report = json.loads(again.stdout)
    assert report["accepted"]
    assert all(counts["created"] == counts["changed"] == 0 for counts in report["tables"].values())


def test_a_dry_run_writes_nothing(database: str, redis_url: str, folder: Path) -> None:
    workpool("pool", "create", POOL)
    tried = workpool("import", str(folder), "--kind", "pool", "--pool", POOL, "--dry-run")
    assert tried.exit_code == 0, tried.output
    assert workpool("export", str(folder / "nothing"), "--pool", POOL).exit_code == 0
    assert workpool("ask", "K000001").exit_code == 1


@pytest.mark.parametrize("nights", [1, 2])
def test_explain_adds_up_to_the_points_in_the_database(
    pool: str, tmp_path: Path, nights: int
) -> None:
    for _ in range(nights):
        publish_a_run(pool)
    assert workpool("export", str(tmp_path), "--pool", pool).exit_code == 0
    proposals = pl.read_csv(tmp_path / "proposals.csv")
    assert proposals.height > 3
    for row in proposals.head(5).iter_rows(named=True):
        told = json.loads(workpool("explain", row["candidate"], row["placement"], "--json").stdout)
        assert sum(term["points"] for term in told["points"]) == told["total"] == row["points"]
        assert told["eligible"]


def test_ask_answers_in_both_languages(pool: str, tmp_path: Path) -> None:
    publish_a_run(pool)
    workpool("export", str(tmp_path), "--pool", pool)
    key = pl.read_csv(tmp_path / "proposals.csv")["candidate"][0]
    english, dutch = workpool("ask", key), workpool("ask", key, "--language", "nl")
    assert english.exit_code == dutch.exit_code == 0
    assert "proposed by the last run" in english.output
    assert "points" in english.output
    assert english.output != dutch.output


def test_who_has_no_possible_placement_reads_what_stands_in_the_way(pool: str) -> None:
    with transaction() as db:
        key = db.execute(
            text(
                "update candidate set objects_to_automation = true where id ="
                " (select id from candidate order by key limit 1) returning key"
            )
        ).scalar_one()
    told = workpool("ask", key)
    assert told.exit_code == 0
    assert "0 placements are possible" in told.output
    obstacles = told.output.partition("What stands in the way, in ")[2]
    read, _, rest = obstacles.partition(" of the ")
    assert int(read) > 0
    assert f"{read} placements: no_objection" in rest


def test_an_export_is_a_workbook_too(pool: str, tmp_path: Path) -> None:
    publish_a_run(pool)
    out = tmp_path / "out.xlsx"
    assert workpool("export", str(out), "--pool", pool).exit_code == 0
    figures = pl.read_excel(out, sheet_name="figures")
    assert "totals.placed" in figures["figure"].to_list()
    assert "totals.fairness.first_come.proposed" in figures["figure"].to_list()
    assert pl.read_excel(out, sheet_name="proposals").height > 3


def test_a_policy_is_checked_and_published(pool: str, tmp_path: Path) -> None:
    good = tmp_path / "good.toml"
    good.write_text("[reachable]\nmargin_minutes = 10\n")
    assert "reachable.margin_minutes = 10" in workpool("policy", "check", str(good)).output
    published = workpool("policy", "publish", str(good), "--pool", pool)
    assert "Version 1 is in force" in published.output
    bad = tmp_path / "bad.toml"
    bad.write_text("[reachable]\nmargin = 10\n[candidate]\n")
    refused = workpool("policy", "publish", str(bad), "--pool", pool)
    assert refused.exit_code == 1
    assert "margin is unknown" in refused.output
    assert "[candidate] is unknown" in refused.output


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("ask", "nobody"), "No candidate has the key or id nobody"),
        (("explain", "nobody", "nothing"), "No candidate"),
        (("match", "--pool", "nowhere"), "No pool is called nowhere"),
        (("pool", "create", "Not A Key"), "key"),
    ],
)
def test_a_failure_is_one_sentence_and_exit_1(pool: str, words: tuple[str, ...], told: str) -> None:
    result = workpool(*words)
    assert result.exit_code == 1
    assert told in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize(
    "words",
    [
        ("ask",),
        ("ask", "x", "--top", "0"),
        ("import", "x", "--kind", "vum", "--pool", "p"),
        ("generate", "/tmp/x", "--size", "huge"),
        ("nonsense",),
        ("import", "/no/such/file", "--kind", "sonar", "--pool", POOL),
        ("worker", "--queues", "coffee"),
    ],
)
def test_a_wrong_call_is_exit_2(database: str, redis_url: str, words: tuple[str, ...]) -> None:
    assert workpool(*words).exit_code == 2


def test_generate_refuses_a_folder_that_is_not_empty(folder: Path) -> None:
    result = workpool("generate", str(folder))
    assert result.exit_code == 1
    assert "not empty" in " ".join(result.output.split())


def test_help_names_every_command() -> None:
    result = workpool("--help")
    assert result.exit_code == 0
    for name in ("demo", "serve", "import", "ask", "explain", "match"):
        assert name in result.output
