"""Advice is what solving the pool again with one more opening, or other work, gives."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from matcher.domain.changes import Imagine, change_of
from matcher.domain.policy import Policy
from matcher.domain.questions import Question
from matcher.domain.snapshot import RESOURCE_SCHEMA, PoolSnapshot
from matcher.errors import SnapshotError
from matcher.optimisation.inquiries import imagining
from matcher.optimisation.inquiries.adding import Added
from matcher.optimisation.inquiries.imagining import best_imagined, grid_of
from matcher.optimisation.inquiries.openings import best_openings, with_one_more
from matcher.optimisation.inquiry import answer
from matcher.optimisation.planning import plan
from matcher.optimisation.solving import Solved, solve
from tests.builders import candidate, numbered, placement, pool
from tests.unit.optimisation.chance_pools import chance_pool, shuffled

DEFAULT = Policy.default()


def silent(phase: str, done: int, total: int) -> None:
    """Tell nobody."""


def planned_gain(snapshot: PoolSnapshot, other: PoolSnapshot) -> dict[str, Any]:
    """Return people by tier, placed and points that another pool's plan has more, from plans."""
    before, after = plan(snapshot, DEFAULT).totals, plan(other, DEFAULT).totals
    people = {
        code: after.placed_by_tier[code] - before.placed_by_tier[code]
        for code in sorted(before.placed_by_tier)
    }
    return {
        "people": {code: count for code, count in people.items() if count},
        "placed": after.placed - before.placed,
        "points": after.points - before.points,
    }


def told_gain(told: dict[str, Any]) -> dict[str, Any]:
    return {name: told["gain"][name] for name in ("people", "placed", "points")}


def goals(gain: dict[str, Any]) -> tuple[int, ...]:
    """Return people, people by tier, points: in that order more is better."""
    tiers = [code for code, _ in DEFAULT.tier_expressions()]
    return (gain["placed"], *(gain["people"].get(code, 0) for code in tiers), gain["points"])


@pytest.mark.parametrize("seed", range(20))
def test_the_best_openings_are_the_best_of_all_solved_again(seed: int) -> None:
    snapshot = chance_pool(seed, people=9, placements=5)
    truth = {
        place: planned_gain(snapshot, with_one_more(snapshot, place))
        for place in snapshot.placements["placement.id"]
    }
    found, weighed = best_openings(solve(snapshot, DEFAULT), 3, silent)
    assert weighed <= snapshot.placements.height
    assert [told_gain(each) for each in found] == [truth[each["placement"]] for each in found]
    best = sorted((goals(gain) for gain in truth.values()), reverse=True)
    worth_it = [each for each in best if each > (0,) * len(each)]
    assert [goals(each["gain"]) for each in found] == worth_it[:3]
    assert all(each["exact"] for each in found)


def test_one_more_opening_is_one_in_which_somebody_can_be_guided() -> None:
    full = placement(openings=2, taken=2, group_free=0, supervisor_group="group")
    alone = pool([candidate()], [full])
    group = pl.DataFrame([("supervisor_group", "group", -1, None)], RESOURCE_SCHEMA, orient="row")
    found, _ = best_openings(solve(replace(alone, resources=group), DEFAULT), 3, silent)
    assert [(each["placement"], each["full_now"]) for each in found] == [("placement-1", True)]
    assert found[0]["gain"]["placed"] == 1


@pytest.fixture
def small_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imagining, "OPENINGS", 2)
    monkeypatch.setattr(imagining, "KINDS_OF_WORK", 2)
    monkeypatch.setattr(imagining, "AREAS", 2)


@pytest.mark.usefixtures("small_grid")
@pytest.mark.parametrize("seed", range(8))
def test_the_best_imagined_work_is_the_best_of_the_grid_solved_again(seed: int) -> None:
    snapshot = varied(seed)
    solved = solve(snapshot, DEFAULT)
    grid = grid_of(solved)
    assert grid
    best: dict[Any, tuple[int, ...]] = {}
    for each in grid:
        gain = goals(planned_gain(snapshot, each.on_snapshot(snapshot)))
        kind = (each.kind, each.tasks)
        best[kind] = max(best.get(kind, gain), gain)
    found, weighed = best_imagined(solved, 10, silent)
    json.dumps(found)
    assert weighed == len(grid)
    assert sum(gain > (0,) * len(gain) for gain in best.values()) == len(found)
    for each in found:
        imagined = change_of(each["imagine"])
        assert isinstance(imagined, Imagine)
        other = imagined.on_snapshot(snapshot)
        assert told_gain(each) == planned_gain(snapshot, other)
        proposals = plan(other, DEFAULT).proposals
        filled = proposals.filter(pl.col("placement.id").str.starts_with("imagined")).height
        assert each["filled"] == filled
        # the people are those of the best of its kind; points may be given up for less guidance
        assert goals(each["gain"])[:-1] == best[imagined.kind, tuple(imagined.tasks)][:-1]


def varied(seed: int) -> PoolSnapshot:
    """A pool with two kinds of work that have tasks of their own."""
    snapshot = chance_pool(seed, people=8, placements=4)
    n = snapshot.placements.height
    frame = snapshot.placements.with_columns(
        pl.Series("placement.sector", ["81300" if at % 2 else "56101" for at in range(n)]),
        pl.Series("placement.tags", [["outdoors"] if at % 2 else ["cooking"] for at in range(n)]),
    )
    return PoolSnapshot(
        today=snapshot.today,
        candidates=snapshot.candidates,
        placements=frame,
        travel_times=snapshot.travel_times,
        previous=snapshot.previous,
    )


@pytest.mark.usefixtures("small_grid")
@pytest.mark.parametrize("seed", range(10))
def test_nothing_brings_more_than_its_bound(seed: int) -> None:
    solved = solve(varied(seed), DEFAULT)
    grid = grid_of(solved)
    rows = imagining._rows(solved, grid)
    added = Added.to(solved, rows, silent)
    for row, most in enumerate(added.most()):
        brings = added.brings(row)
        assert added.value(brings) <= most
        gain = planned_gain(solved.snapshot, grid[row].on_snapshot(solved.snapshot))
        tiers = [solved.pool.tier_codes[at] for at in np.unique(solved.pool.tier)]
        assert brings == (*(gain["people"].get(code, 0) for code in tiers), gain["points"])


def test_imagined_work_is_told_as_it_was_given() -> None:
    snapshot = varied(1)
    imagined = (
        Imagine("wage_earning", "3703", (8, 40), "intensive", 3, ("cooking",)),
        Imagine("sheltered", "3511", 24),
    )
    told = answer(snapshot, DEFAULT, Question("imagined", changes=imagined))
    for each, given in zip(told["imagined"], imagined, strict=True):
        assert each["imagine"] == given.to_json()
        assert told_gain(each) == planned_gain(snapshot, given.on_snapshot(snapshot))
    assert told["imagined"][1]["gain"]["placed"] == 0


def test_a_place_that_nobody_knows_is_refused() -> None:
    nowhere = Question("imagined", changes=(Imagine("wage_earning", "9999", 24),))
    with pytest.raises(SnapshotError, match="9999 is no postcode area"):
        answer(varied(1), DEFAULT, nowhere)


def test_advice_has_it_all_and_names_nobody() -> None:
    phases: list[str] = []
    snapshot = varied(2)
    told = answer(
        snapshot, DEFAULT, Question("advice", top=3), lambda phase, *_: phases.append(phase)
    )
    assert "candidate-" not in json.dumps(told)
    assert told["waiting"]["total"] == sum(told["waiting"]["people"].values())
    assert len(told["openings"]) <= 3
    assert len(told["imagined"]) <= 3
    assert list(dict.fromkeys(phases)) == [
        "prepare",
        "pairs",
        "assign",
        "openings",
        "resources",
        "imagined",
    ]


@pytest.mark.usefixtures("small_grid")
def test_advice_does_not_depend_on_the_order_of_the_rows() -> None:
    question = Question("advice", top=3)
    snapshot = varied(3)
    assert answer(snapshot, DEFAULT, question) == answer(shuffled(snapshot), DEFAULT, question)


def test_where_everybody_has_work_there_is_nothing_to_advise() -> None:
    solved = solve(pool(numbered([candidate()]), [placement()]), DEFAULT)
    assert best_openings(solved, 3, silent)[0] == []
    assert best_imagined(solved, 3, silent) == ([], 0)


def test_a_pool_without_anybody_is_answered_too() -> None:
    solved: Solved = solve(pool([], [placement()]), DEFAULT)
    assert best_openings(solved, 3, silent)[0] == []
    assert best_imagined(solved, 3, silent) == ([], 0)
