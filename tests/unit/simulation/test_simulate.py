"""A grid is played once, goes on where it stopped, and is told with intervals and charts."""

import json
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from time import monotonic, sleep
from xml.etree import ElementTree

import numpy as np
import polars as pl
import pytest
from typer.testing import CliRunner

from api.cli import app
from matcher.errors import Invalid
from matcher.simulation import comparing, report, simulate
from matcher.simulation.approaches import APPROACHES
from matcher.simulation.replay import HINDSIGHT, MEASURES, SECONDS
from matcher.simulation.simulate import RESULTS, Grid, make_grid, run
from matcher.simulation.worlds import Setting

SMALL = Grid(
    settings=(
        Setting(1, 1.7, 5, 0.0, 40),
        Setting(1, 0.8, 20, 0.0, 40),
        Setting(52, 1.1, 5, 0.3, 20),
    ),
    seeds=(1, 2, 3, 4, 5),
)
ROWS = len(SMALL) * (len(APPROACHES) + 1)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, pl.DataFrame]:
    out = tmp_path_factory.mktemp("played")
    return out, run(SMALL, out)


def test_the_grids_hold_what_they_promise() -> None:
    usual, full = make_grid(seed=7), make_grid(seed=7, full=True)
    assert len(usual) == 10 * 18
    assert len(full) == 30 * 36
    assert {setting.refusal for setting in full.settings} == {0.0, 0.3}
    assert usual.seeds[0] == 7
    daily = make_grid(seed=7, step_days=1)
    assert {(each.weeks, each.step_days) for each in daily.settings} == {(1, 7), (52, 1)}


def test_every_way_of_working_is_played_on_every_world(played: tuple[Path, pl.DataFrame]) -> None:
    _, rows = played
    assert rows.height == ROWS
    assert set(rows["approach"]) == {*(each.code for each in APPROACHES), HINDSIGHT}
    assert rows.drop("gap").null_count().sum_horizontal().item() == 0
    proved = {each.code for each in APPROACHES if not each.simple} | {HINDSIGHT}
    assert set(rows.filter(pl.col("gap").is_not_null())["approach"]) == proved


def test_the_same_seed_gives_the_same_rows(
    played: tuple[Path, pl.DataFrame], tmp_path: Path
) -> None:
    again = run(SMALL, tmp_path)
    assert again.drop(SECONDS).equals(played[1].drop(SECONDS))


def test_what_is_there_is_not_played_again(
    played: tuple[Path, pl.DataFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("a world is played twice")

    monkeypatch.setattr(simulate, "invent", refuse)
    assert run(SMALL, played[0]).equals(played[1])


def test_a_torn_file_is_gone_on_with(played: tuple[Path, pl.DataFrame], tmp_path: Path) -> None:
    whole = (played[0] / RESULTS).read_text()
    for cut in (0, 20, len(whole) // 2, len(whole) - 3):
        (tmp_path / RESULTS).write_text(whole[:cut])
        if cut == 20:
            with pytest.raises(Invalid, match="other columns"):
                run(SMALL, tmp_path)
            continue
        assert run(SMALL, tmp_path).drop(SECONDS).equals(played[1].drop(SECONDS))


def test_rows_of_another_grid_stay_and_are_not_told(
    played: tuple[Path, pl.DataFrame], tmp_path: Path
) -> None:
    run(Grid(SMALL.settings[:1], (1, 9)), tmp_path)
    assert run(SMALL, tmp_path).drop(SECONDS).equals(played[1].drop(SECONDS))
    assert ",9," in (tmp_path / RESULTS).read_text()


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / RESULTS).write_text(
        ",".join(simulate.SCHEMA) + "\n" + "x," * (len(simulate.SCHEMA) - 1) + "x\n"
    )
    with pytest.raises(Invalid, match="no figure"):
        run(SMALL, tmp_path)


def test_it_tells_how_long_the_rest_takes(played: tuple[Path, pl.DataFrame]) -> None:
    _, rows = played
    assert simulate.minutes_left(SMALL, rows) == 0
    more = Grid(SMALL.settings, (*SMALL.seeds, 6, 7, 8, 9, 10))
    year = rows.filter(pl.col("weeks") == 52)[SECONDS].sum() * 52
    nights = rows.filter(pl.col("weeks") == 1)[SECONDS].sum()
    # as many worlds again as were played
    assert simulate.minutes_left(more, rows) == pytest.approx((year + nights) / 60)
    other = Grid((Setting(52, 1.1, 60, 0.3, 20),), (1,))
    assert simulate.minutes_left(other, rows) is None


def test_a_run_that_is_killed_goes_on(played: tuple[Path, pl.DataFrame], tmp_path: Path) -> None:
    """A real process, killed between two worlds or within one; the rest is played once more."""
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from matcher.simulation.simulate import run\n"
        "from tests.unit.simulation.test_simulate import SMALL\n"
        "run(SMALL, Path(sys.argv[1]))"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path)])
    ends = monotonic() + 60
    while monotonic() < ends and _worlds_in(tmp_path) < 2:
        sleep(0.005)
    process.kill()
    process.wait()
    assert 2 <= _worlds_in(tmp_path) < len(SMALL)
    assert run(SMALL, tmp_path).drop(SECONDS).equals(played[1].drop(SECONDS))


def _worlds_in(out: Path) -> int:
    path = out / RESULTS
    rows = path.read_text().count("\n") - 1 if path.exists() else 0
    return max(rows, 0) // (len(APPROACHES) + 1)


def test_without_time_nothing_is_begun(tmp_path: Path) -> None:
    rows = run(SMALL, tmp_path, budget_minutes=0)
    assert rows.is_empty()
    with pytest.raises(Invalid, match="No world is played yet"):
        report.write_report(rows, SMALL, "workpool simulate", tmp_path)


def test_intervals_hold_the_mean_and_shrink_with_worlds() -> None:
    random = np.random.default_rng(1)
    few, many = random.normal(10, 2, 10), random.normal(10, 2, 400)
    small, large = comparing.estimate([few]), comparing.estimate([many])
    assert small.low < few.mean() < small.high
    assert large.high - large.low < (small.high - small.low) / 3
    # twice the standard error on both sides
    assert large.high - large.low == pytest.approx(4 * 2 / 20, rel=0.15)
    assert comparing.estimate([few[:4]]).low is None


def test_cells_weigh_the_same_however_many_worlds_they_have() -> None:
    told = comparing.estimate([np.zeros(5), np.full(50, 10.0)])
    assert (told.mean, told.low, told.high) == (5, 5, 5)


def test_differences_are_paired(played: tuple[Path, pl.DataFrame]) -> None:
    rows = played[1]
    told = comparing.differences(rows, 1)["first_come"]["placed"]
    found = comparing.means(rows, 1)
    assert told.mean == pytest.approx(
        found["first_come"]["placed"].mean - found["with_tiers"]["placed"].mean
    )


def test_it_says_where_a_simple_way_wins(played: tuple[Path, pl.DataFrame]) -> None:
    better = played[1].with_columns(
        pl.when(pl.col("approach") == "first_come", pl.col("weeks") == 1, pl.col("load") == 1.7)
        .then(pl.col("placed") + 1_000)
        .otherwise("placed")
        .alias("placed")
    )
    found = [win for win in comparing.wins(better) if win.measure.code == "placed"]
    assert [(win.label, win.load) for win in found if win.difference.mean > 900] == [
        ("first come, first served", 1.7)
    ]


class Text(HTMLParser):
    """The cells of all tables, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.cells: list[str] = []
        self._within = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._within = tag in ("td", "th")

    def handle_data(self, data: str) -> None:
        if self._within:
            self.cells.append(data)
            self._within = False


def test_the_report_tells_every_figure_in_words_and_in_a_chart(
    played: tuple[Path, pl.DataFrame], tmp_path: Path
) -> None:
    _, rows = played
    files = report.write_report(rows, SMALL, "workpool simulate OUT", tmp_path)
    drawings = [path for path in files if path.suffix == ".svg"]
    assert len(drawings) == 2 * len(MEASURES)
    page = Text()
    page.feed((tmp_path / "report.html").read_text())
    markdown = (tmp_path / "report.md").read_text()
    assert "15 of 15 worlds" in markdown
    space = "{http://www.w3.org/2000/svg}"
    for path in drawings:
        drawing = ElementTree.fromstring(path.read_text())
        title = drawing.find(f"{space}title")
        assert title is not None
        assert f"![{title.text}]({path.name})" in markdown
        told = [text.text for text in drawing.iter(f"{space}text")]
        for each in APPROACHES:
            figure = told[told.index(each.label) + 1]
            assert f"| {each.label} | {figure} |" in markdown
            assert figure in page.cells


def test_the_command_tells_and_goes_on(tmp_path: Path) -> None:
    words = ["simulate", str(tmp_path), "--seeds", "1", "--people", "20"]
    first = CliRunner().invoke(app, [*words, "--json"])
    assert first.exit_code == 0, first.output
    assert len(json.loads(first.stdout)) == 18 * (len(APPROACHES) + 1)
    again = CliRunner().invoke(app, [*words, "--budget", "0"])
    assert again.exit_code == 0, again.output
    assert "with tiers (the product)" in again.stdout
    assert "one night" in again.stdout
    assert "a year" in again.stdout
    more = CliRunner().invoke(app, ["simulate", str(tmp_path), "--people", "20", "--budget", "0"])
    assert "18 of 180 worlds are played" in more.stdout


def test_the_command_refuses_a_place_it_cannot_write_to(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = CliRunner().invoke(app, ["simulate", str(tmp_path / "file"), "--people", "20"])
    assert done.exit_code == 1
    assert "Cannot write to" in done.stderr
