"""What else was possible is what planning the pool again with that pair fixed gives."""

import json
from typing import Any

import polars as pl
import pytest

from matcher.domain.plan import Plan
from matcher.domain.policy import Policy
from matcher.domain.snapshot import PoolSnapshot
from matcher.optimisation.planning import plan
from tests.builders import COOK, GARDENER, TREE_CARER, candidate, numbered, placement, pool

DEFAULT = Policy.default()
PEOPLE = numbered(
    [
        candidate(preferences=[f"occupation:{GARDENER}:10", f"occupation:{COOK}:3"]),
        candidate(preferences=[f"occupation:{TREE_CARER}:9"], hours_max=20),
        candidate(preferences=[], occupations_wished=[COOK]),
        candidate(occupations_wished=[COOK], interests=[]),
    ]
)
PLACES = numbered(
    [
        placement(occupation=GARDENER),
        placement(occupation=TREE_CARER, hours_max=18),
        placement(occupation=COOK, openings=2, competences_wished=[]),
    ]
)


def alternatives(made: Plan, person: str) -> list[dict[str, Any]]:
    row = made.proposals.filter(pl.col("candidate.id") == person)
    found: list[dict[str, Any]] = json.loads(row["alternatives"].item())
    return found


def forced(person: str, place: str) -> PoolSnapshot:
    """The pool in which that person may go nowhere else."""
    others = [row["placement.id"] for row in PLACES if row["placement.id"] != place]
    people = [
        {**row, "candidate.exclusions": [f"placement:{other}" for other in others]}
        if row["candidate.id"] == person
        else row
        for row in PEOPLE
    ]
    return pool(people, PLACES)


def test_each_costs_what_planning_again_costs() -> None:
    first = plan(pool(PEOPLE, PLACES), DEFAULT)
    assert first.proposals.height == 4
    compared = 0
    for person in first.proposals["candidate.id"]:
        for each in alternatives(first, person):
            again = plan(forced(person, each["placement"]), DEFAULT)
            assert each["points"] == first.totals.points - again.totals.points
            assert sum(each["people"].values()) == first.totals.placed - again.totals.placed
            before = dict(first.proposals.select("candidate.id", "placement.id").iter_rows())
            after = dict(again.proposals.select("candidate.id", "placement.id").iter_rows())
            moved = {who for who in before if before[who] != after.get(who)} - {person}
            assert each["others"] >= 1 or not moved
            compared += 1
    assert compared == 4 * 2


def test_the_least_loss_comes_first_and_at_most_three_are_kept() -> None:
    many = numbered([placement(hours_max=24 - at) for at in range(6)])
    made = plan(pool(numbered([candidate()]), many), DEFAULT)
    found = alternatives(made, "candidate-1")
    assert len(found) == 3
    assert [each["points"] for each in found] == sorted(each["points"] for each in found)
    assert all(each["others"] == 0 and each["people"] == {} for each in found)


def test_who_has_no_other_placement_has_no_alternative() -> None:
    made = plan(pool([candidate()], [placement()]), DEFAULT)
    assert alternatives(made, "candidate-1") == []


def test_a_pool_too_large_for_it_stores_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("matcher.optimisation.alternatives.MOST_PAIRS", 11)
    made = plan(pool(PEOPLE, PLACES), DEFAULT)
    assert made.totals.pairs_eligible == 12
    assert made.proposals["alternatives"].to_list() == ["[]"] * 4
