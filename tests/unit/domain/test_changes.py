"""What-if changes: what they change, that they change nothing in place, and what they refuse."""

from datetime import date
from typing import Any

import polars as pl
import pytest

from matcher.domain.changes import CHANGES, Change, apply, change_of
from matcher.domain.policy import Policy
from matcher.domain.snapshot import PoolSnapshot
from matcher.errors import Invalid, MatcherError, PolicyError, SnapshotError
from tests.builders import candidate, numbered, placement, pool

SNAPSHOT = pool(
    numbered([candidate(), candidate(home="3703", latitude=52.09, longitude=5.23)]),
    numbered(
        [
            placement(openings=3, taken=1),
            placement(
                kind="sheltered", tags=["packing"], demand_lifting=2, site="9711",
                latitude=53.22, longitude=6.57,
            ),
        ]
    ),
    previous=[("candidate-1", "placement-1"), ("candidate-2", "placement-2")],
)  # fmt: skip
WITH_RESOURCES = PoolSnapshot.of(
    SNAPSHOT.today,
    SNAPSHOT.candidates.to_dicts(),
    SNAPSHOT.placements.to_dicts(),
    resources=[{"limit": "coach_hours", "group": "coach-1", "capacity": 30}],
)
IMAGINED = {"change": "imagine", "kind": "wage_earning", "place": "9711", "hours": 24}


def changed(data: dict[str, Any], snapshot: PoolSnapshot = SNAPSHOT) -> PoolSnapshot:
    before = snapshot.digest()
    found, _ = apply([change_of(data)], snapshot, Policy.default())
    assert snapshot.digest() == before
    return found


def value(snapshot: PoolSnapshot, row: str, short: str) -> Any:
    side = row.partition("-")[0]
    frame = snapshot.candidates if side == "candidate" else snapshot.placements
    return frame.filter(pl.col(f"{side}.id") == row)[f"{side}.{short}"].item()


@pytest.mark.parametrize(
    ("column", "new", "seen"),
    [
        ("hours_max", 32, 32),
        ("candidate.hours_max", 32, 32),
        ("hours_max", None, None),
        ("available_until", "2026-12-01", date(2026, 12, 1)),
        ("guidance_need", "intensive", "intensive"),
        ("needs_adaptation", True, True),
        ("dayparts", "10" * 10 + "1", "10" * 10 + "1"),
    ],
)
def test_a_fact_of_a_person_changes_and_no_other(column: str, new: Any, seen: Any) -> None:
    data = {
        "change": "set_candidate", "candidate": "candidate-2", "column": column, "value": new,
    }  # fmt: skip
    found = changed(data)
    short = column.removeprefix("candidate.")
    assert value(found, "candidate-2", short) == seen
    assert found.candidates.drop(f"candidate.{short}").equals(
        SNAPSHOT.candidates.drop(f"candidate.{short}")
    )
    assert value(found, "candidate-1", short) == value(SNAPSHOT, "candidate-1", short)


def test_a_list_changes() -> None:
    data = {
        "change": "set_candidate", "candidate": "candidate-1", "column": "licences",
        "value": ["B", "C"],
    }  # fmt: skip
    assert value(changed(data), "candidate-1", "licences").to_list() == ["B", "C"]


def test_who_moves_has_the_place_of_the_new_area() -> None:
    data = {
        "change": "set_candidate", "candidate": "candidate-1", "column": "home", "value": "9711",
    }  # fmt: skip
    found = changed(data)
    assert value(found, "candidate-1", "home") == "9711"
    assert value(found, "candidate-1", "latitude") == 53.22


def test_openings_are_added_and_never_fall_below_those_taken() -> None:
    data = {"change": "add_openings", "placement": "placement-1"}
    assert value(changed(data | {"add": 2}), "placement-1", "openings") == 5
    assert value(changed(data), "placement-1", "openings") == 4
    assert value(changed(data | {"add": -2}), "placement-1", "openings") == 1
    with pytest.raises(SnapshotError, match="3 openings, 1 of them taken: it cannot have 0"):
        changed(data | {"add": -3})


def test_who_is_gone_leaves_nothing_behind() -> None:
    found = changed({"change": "remove_candidate", "candidate": "candidate-1"})
    assert found.candidates["candidate.id"].to_list() == ["candidate-2"]
    assert found.previous["candidate.id"].to_list() == ["candidate-2"]
    found = changed({"change": "remove_placement", "placement": "placement-2"})
    assert found.placements["placement.id"].to_list() == ["placement-1"]
    assert found.previous["placement.id"].to_list() == ["placement-1"]


def test_a_resource_gets_more() -> None:
    data = {"change": "add_capacity", "limit": "coach_hours", "group": "coach-1", "add": 4}
    assert changed(data, WITH_RESOURCES).resources["capacity"].to_list() == [34]
    assert changed(data | {"add": -99}, WITH_RESOURCES).resources["capacity"].to_list() == [0]


def test_an_imagined_placement_is_like_what_the_pool_knows() -> None:
    data = IMAGINED | {
        "tasks": ["packing"], "guidance": "medium", "openings": 12, "demands": {"pace": 3},
    }  # fmt: skip
    found = changed(data)
    assert found.placements.height == 3
    row = found.placements.row(2, named=True)
    assert row["placement.id"] == "imagined-1"
    assert (row["placement.latitude"], row["placement.site"]) == (53.22, "9711")
    assert row["placement.demand_lifting"] == 2  # as packing is elsewhere
    assert row["placement.demand_pace"] == 3  # as said
    assert (row["placement.openings"], row["placement.supervisors"]) == (12, 3)
    assert (row["placement.hours_min"], row["placement.hours_max"]) == (24, 24)
    twice, _ = apply([change_of(data), change_of(data)], SNAPSHOT, Policy.default())
    assert twice.placements["placement.id"].to_list()[2:] == ["imagined-1", "imagined-2"]


def test_an_imagined_placement_may_be_at_a_place_by_name() -> None:
    row = changed(IMAGINED | {"place": "Leek", "hours": [16, 24]}).placements.row(2, named=True)
    assert row["placement.site"] is None
    assert row["placement.latitude"] == pytest.approx(53.16, abs=0.05)
    assert (row["placement.hours_min"], row["placement.hours_max"]) == (16, 24)


@pytest.mark.parametrize("kind", ["wage_earning", "learning", "work_experience", "voluntary"])
def test_an_imagined_placement_passes_every_gate(kind: str) -> None:
    from matcher.optimisation.facts import gates_of, placement_facts

    found = changed(IMAGINED | {"kind": kind})
    facts = placement_facts(found.placements, found.today, Policy.default())
    gates = gates_of(facts, Policy.default()).row(2, named=True)
    assert all(gates.values()), gates


@pytest.mark.parametrize(
    ("table", "name", "new"),
    [("short_journey", "points", 200), ("reachable", "margin_minutes", 10), ("run", "seed", 7)],
)
def test_a_value_of_the_policy_changes(table: str, name: str, new: Any) -> None:
    policy = Policy.from_toml('[waiting_time]\npoints = 90 # "so"\n', version=3)
    data = {"change": "set_policy", "table": table, "name": name, "value": new}
    _, found = apply([change_of(data)], SNAPSHOT, policy)
    assert found.value(table, name) == new
    assert policy.value(table, name) != new
    assert found.value("waiting_time", "points") == 90
    assert found.version == 3
    assert Policy.from_toml(found.to_toml()).value(table, name) == new


def test_the_order_of_tiers_changes_with_a_pools_own_tier_kept() -> None:
    policy = Policy.from_toml(
        """
        [tiers]
        order = ["great_distance", "longest_waiting", "everybody"]
        [[tiers.own]]
        code = "great_distance"
        label = 'Great "distance"'
        column = "candidate.distance_class"
        equals = "groot"
        citation = "Council decision 2026-14"
        """
    )
    order = ["longest_waiting", "great_distance", "everybody"]
    data = {"change": "set_policy", "table": "tiers", "name": "order", "value": order}
    _, found = apply([change_of(data)], SNAPSHOT, policy)
    assert found.tier_order == tuple(order)
    assert found.own_tiers == policy.own_tiers


REFUSED: list[tuple[Any, type[MatcherError], str]] = [
    ("more", Invalid, "must be an object"),
    ({"change": "set_candidat"}, Invalid, "Maybe: set_candidate"),
    ({"change": "remove_candidate"}, Invalid, "needs candidate"),
    ({"change": "remove_candidate", "candidate": 3}, Invalid, "needs candidate: a text"),
    ({"change": "remove_candidate", "candidate": "c", "x": 1}, Invalid, "has no x"),
    ({"change": "add_openings", "placement": "p", "add": 0}, Invalid, "and not 0"),
    ({"change": "add_openings", "placement": "p", "add": True}, Invalid, "whole number"),
    ({"change": "set_policy", "table": "t", "name": "n"}, Invalid, "needs value"),
    (
        {"change": "set_candidate", "candidate": "c", "column": "hours_maxx"},
        SnapshotError, "no column hours_maxx. Maybe: hours_max",
    ),
    (
        {"change": "set_candidate", "candidate": "c", "column": "nationality", "value": "x"},
        SnapshotError, "nationality is protected",
    ),
    (
        {"change": "set_candidate", "candidate": "c", "column": "waiting_days", "value": 3},
        SnapshotError, "is made from waiting_since",
    ),
    (
        {"change": "set_candidate", "candidate": "c", "column": "id", "value": "d"},
        SnapshotError, "cannot be changed",
    ),
    (
        {"change": "set_candidate", "candidate": "c", "column": "latitude", "value": 52.0},
        SnapshotError, "change home instead",
    ),
    (
        {"change": "set_candidate", "candidate": "c", "column": "work_level", "value": 7},
        SnapshotError, "a whole number from 1 to 6",
    ),
    (
        {"change": "set_candidate", "candidate": "c", "column": "hours_max", "value": "32"},
        SnapshotError, "a whole number",
    ),
    (
        {"change": "set_candidate", "candidate": "c", "column": "dayparts", "value": "111"},
        SnapshotError, "21 times 0 or 1",
    ),
    (
        {"change": "set_candidate", "candidate": "c", "column": "transport", "value": ["rocket"]},
        SnapshotError, "a list of values",
    ),
    (
        {"change": "set_placement", "placement": "p", "column": "kind", "value": "nice"},
        SnapshotError, "one of wage_earning",
    ),
    (
        {"change": "set_placement", "placement": "p", "column": "closes_on", "value": "soon"},
        SnapshotError, "a date",
    ),
    ({k: v for k, v in IMAGINED.items() if k != "place"}, Invalid, "imagine needs place: it takes"),
    (IMAGINED | {"place": " "}, SnapshotError, "needs place"),
    (IMAGINED | {"kind": "nice"}, SnapshotError, "kind must be one of"),
    (IMAGINED | {"hours": 0}, SnapshotError, "hours must be"),
    (IMAGINED | {"hours": [24, 16]}, SnapshotError, "hours must be"),
    (IMAGINED | {"guidance": "much"}, SnapshotError, "guidance must be one of"),
    (IMAGINED | {"openings": 0}, SnapshotError, "openings must be"),
    (IMAGINED | {"tasks": "packing"}, SnapshotError, "tasks must be"),
    (IMAGINED | {"demands": {"liftin": 1}}, SnapshotError, "Maybe: lifting"),
    (IMAGINED | {"demands": {"lifting": 4}}, SnapshotError, "0, 1, 2 or 3"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "error", "told"), REFUSED, ids=lambda value: str(value)[:40])
def test_what_cannot_be_is_refused_by_name(data: Any, error: type[MatcherError], told: str) -> None:
    with pytest.raises(error) as refused:
        change_of(data)
    assert told in str(refused.value)


MISFITS: list[tuple[dict[str, Any], type[MatcherError], str]] = [
    ({"change": "remove_candidate", "candidate": "x"}, SnapshotError, "no candidate x"),
    ({"change": "add_openings", "placement": "x"}, SnapshotError, "no placement x"),
    (IMAGINED | {"place": "9712"}, SnapshotError, "Maybe: 9711"),
    (IMAGINED | {"place": "Nowhereville"}, SnapshotError, "is not known"),
    (
        {"change": "add_capacity", "limit": "coach_hour", "group": "c"},
        SnapshotError, "Maybe: coach_hours",
    ),
    (
        {"change": "add_capacity", "limit": "coach_hours", "group": "coach-2"},
        SnapshotError, "Maybe: coach-1",
    ),
    (
        {"change": "set_policy", "table": "short_journe", "name": "points", "value": 1},
        PolicyError, "Maybe: short_journey",
    ),
    (
        {"change": "set_policy", "table": "short_journey", "name": "point", "value": 1},
        PolicyError, "Maybe: points",
    ),
    (
        {"change": "set_policy", "table": "short_journey", "name": "points", "value": -1},
        PolicyError, "between 0 and 10000",
    ),
    (
        {"change": "set_policy", "table": "tiers", "name": "order", "value": ["everyone"]},
        PolicyError, "unknown tier everyone",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("data", "error", "told"), MISFITS, ids=lambda value: str(value)[:40])
def test_what_does_not_suit_the_pool_is_refused_by_name(
    data: dict[str, Any], error: type[MatcherError], told: str
) -> None:
    with pytest.raises(error) as refused:
        apply([change_of(data)], WITH_RESOURCES, Policy.default())
    assert told in str(refused.value)


EACH: list[dict[str, Any]] = [
    {"change": "set_candidate", "candidate": "c", "column": "licences", "value": ["B"]},
    {"change": "set_placement", "placement": "p", "column": "closes_on"},
    {"change": "add_openings", "placement": "p", "add": -2},
    {"change": "remove_candidate", "candidate": "c"},
    {"change": "remove_placement", "placement": "p"},
    IMAGINED | {"tasks": ["packing"], "demands": {"pace": 1}, "guidance": "medium"},
    {"change": "add_capacity", "limit": "coach_hours", "group": "g", "add": 3},
    {"change": "set_policy", "table": "run", "name": "seed", "value": 1},
]


@pytest.mark.parametrize("data", EACH, ids=lambda data: data["change"])
def test_a_change_comes_back_from_json_as_it_was(data: dict[str, Any]) -> None:
    change: Change = change_of(data)
    assert change.to_json() == data
    assert change_of(change.to_json()) == change


def test_every_change_is_tried() -> None:
    assert {data["change"] for data in EACH} == {each.code for each in CHANGES}
