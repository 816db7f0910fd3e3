"""A lever is told only if the rules let the pair through and the pool was solved with it."""

import json
from dataclasses import replace
from itertools import combinations, product
from typing import Any

import polars as pl
import pytest

from matcher.domain.changes import apply, change_of
from matcher.domain.levers import LEVER_CODES, LEVERS
from matcher.domain.policy import Policy
from matcher.domain.rules import ELIGIBILITY_RULES
from matcher.domain.snapshot import RESOURCE_SCHEMA, PoolSnapshot
from matcher.errors import NotFound, PolicyError
from matcher.optimisation.inquiries.of_pair import answer_pair
from matcher.optimisation.inquiries.telling import Standing, gain_between
from matcher.optimisation.planning import plan
from matcher.optimisation.ranking import rank
from matcher.optimisation.solving import solve
from tests.builders import ZEIST, candidate, placement, pool
from tests.unit.optimisation.chance_pools import chance_pool, shuffled

DEFAULT = Policy.default()
PRICES = pl.DataFrame(schema={"placement.id": pl.String, "price": pl.Int64})


def silent(phase: str, done: int, total: int) -> None:
    """Tell nobody."""


def asked(snapshot: PoolSnapshot, policy: Policy = DEFAULT) -> dict[str, Any]:
    return answer_pair(solve(snapshot, policy), "candidate-1", "placement-1", silent)


def eligible(snapshot: PoolSnapshot, person: str, place: str) -> bool:
    ranked = rank(snapshot, PRICES, DEFAULT, candidate=person)
    return bool(ranked.filter(pl.col("placement.id") == place)["eligible"].item())


def proposals(snapshot: PoolSnapshot) -> tuple[dict[str, str], int]:
    made = plan(snapshot, DEFAULT)
    return dict(made.proposals.select("candidate.id", "placement.id").iter_rows()), (
        made.totals.points
    )


@pytest.mark.parametrize("seed", range(25))
def test_every_lever_told_is_what_planning_the_changed_pool_gives(seed: int) -> None:
    snapshot = chance_pool(seed, people=4, placements=3)
    solved = solve(snapshot, DEFAULT)
    before = Standing.of(solved)
    for person, place in product(
        snapshot.candidates["candidate.id"], snapshot.placements["placement.id"]
    ):
        told = answer_pair(solved, person, place, silent)
        json.dumps(told)
        assert told["eligible"] == eligible(snapshot, person, place)
        assert told["proposed"] == (before.place.get(person) == place)
        opening = [each["lever"] for each in told["levers"] if each["opens"]]
        assert told["cheapest"] == (opening[0] if opening else None)
        found = [each for each in told["levers"] if each["opens"]]
        found += [told["together"]] if told["together"] else []
        for each in found:
            changes = [change_of(change) for change in each["changes"]]
            other, _ = apply(changes, snapshot, DEFAULT)
            assert eligible(other, person, place)
            where, points = proposals(other)
            expected = "here" if where.get(person) == place else "elsewhere"
            assert each["proposed"] == (expected if person in where else "nowhere")
            assert each["gain"]["points"] == points - before.points
            assert each["gain"] == gain_between(before, Standing.of(solve(other, DEFAULT)))
            assert (each["forced"] is None) == (each["proposed"] == "here")
        if told["refused_by"] and not found:
            assert told["remaining"]


MISMATCHES: list[tuple[str, dict[str, Any], dict[str, Any], str, list[Any]]] = [
    ("hours", {"hours_max": 20}, {"hours_min": 24}, "hours_max", list(range(20, 41))),
    ("hours", {"hours_min": 32, "hours_max": 36}, {"hours_max": 28}, "hours_min",
     list(range(32, -1, -1))),
    ("journey", {"max_travel_minutes": 10}, {}, "max_travel_minutes", list(range(10, 91))),
    ("journey", {"max_distance_km": 2}, {}, "max_distance_km", list(range(2, 60))),
    ("journey", {"radius_code": 1}, {}, "max_distance_km", list(range(5, 60))),
    ("training_or_licence", {"work_level": 2}, {"level_required": 4}, "work_level",
     list(range(2, 7))),
    ("guidance", {"guidance_need": "medium"}, {"guidance_offered": "none", "supervisors": None},
     "guidance_offered", ["none", "light", "medium", "intensive"]),
    ("guidance", {"need_structure": 3}, {"offer_structure": 0}, "offer_structure", [0, 1, 2, 3]),
    ("adaptation", {"limit_lifting": 0}, {"demand_lifting": 3, "adaptation_possible": True},
     "demand_lifting", [3, 2, 1, 0]),
]  # fmt: skip


@pytest.mark.parametrize(("lever", "person", "place", "column", "ladder"), MISMATCHES)
def test_the_change_is_the_smallest_that_the_rules_let_through(
    lever: str, person: dict[str, Any], place: dict[str, Any], column: str, ladder: list[Any]
) -> None:
    told = asked(pool([candidate(**person)], [placement(**place)]))
    assert told["cheapest"] == lever
    assert told["levers"][0]["proposed"] == "here"
    changes = {each["column"]: each["value"] for each in told["levers"][0]["changes"]}
    side = person if column in {**candidate_columns()} else place
    other = {key: value for key, value in changes.items() if key != column}
    for value in ladder:
        tried = {**side, **{column: value}}
        extra = {key: value for key, value in other.items() if key not in candidate_columns()}
        rows = (
            (candidate(**tried), placement(**place, **extra))
            if side is person
            else (candidate(**person), placement(**{**tried, **extra}))
        )
        if eligible(pool([rows[0]], [rows[1]]), "candidate-1", "placement-1"):
            assert value == changes[column]
            return
    pytest.fail("no value opens it")


def candidate_columns() -> dict[str, Any]:
    return {name.partition(".")[2]: None for name in candidate()}


def test_missing_facts_come_first_and_are_told_as_facts() -> None:
    told = asked(
        pool(
            [candidate(licences=None, certificates=None)],
            [placement(licences_required=["B"], certificates_required=["VCA"])],
        )
    )
    assert told["refused_by"] == ["licence_held", "certificate_held"]
    assert told["cheapest"] == "information"
    assert told["levers"][0]["changes"] == [
        {"change": "set_candidate", "candidate": "candidate-1", "column": "licences",
         "value": ["B"]},
        {"change": "set_candidate", "candidate": "candidate-1", "column": "certificates",
         "value": ["VCA"]},
    ]  # fmt: skip
    assert told["levers"][0]["gain"]["placed"] == 1


def test_an_unknown_home_is_taken_as_near() -> None:
    told = asked(pool([candidate(latitude=None, home=None)], [placement()]))
    assert (told["refused_by"], told["cheapest"]) == (["home_known"], "information")
    assert told["levers"][0]["changes"][0]["value"] == "3703"


def test_who_cannot_get_there_may_take_the_bus() -> None:
    told = asked(pool([candidate(transport=[], walks=False)], [placement()]))
    assert told["cheapest"] == "journey"
    assert told["levers"][0]["changes"][0]["value"] == ["public_transport"]


def test_two_levers_where_one_is_not_enough() -> None:
    told = asked(
        pool(
            [candidate(hours_max=20, licences=["AM"])],
            [placement(hours_min=24, licences_required=["B"])],
        )
    )
    assert told["cheapest"] is None
    assert told["together"]["levers"] == ["hours", "training_or_licence"]
    assert told["together"]["proposed"] == "here"
    assert told["remaining"] == []
    assert [(each["lever"], each["remaining"]) for each in told["levers"]] == [
        ("hours", ["licence_held"]),
        ("training_or_licence", ["hours_overlap"]),
    ]


def test_a_rule_without_a_lever_remains() -> None:
    told = asked(
        pool([candidate(hours_max=20, exclusions=["kind:wage_earning"])], [placement(hours_min=24)])
    )
    assert (told["cheapest"], told["together"]) == (None, None)
    assert told["remaining"] == ["not_excluded"]


def test_an_eligible_pair_that_was_not_chosen_gets_one_more_opening() -> None:
    people = [candidate(), candidate(id="candidate-2", waiting_since=None)]
    told = answer_pair(solve(pool(people, [placement()]), DEFAULT), "candidate-2", "placement-1",
                       silent)  # fmt: skip
    assert told["eligible"]
    assert not told["proposed"]
    assert told["alternative"]["loss"]["people"] == {"everybody": -1, "longest_waiting": 1}
    assert (told["cheapest"], told["levers"][0]["proposed"]) == ("one_more_opening", "here")
    assert told["levers"][0]["gain"]["placed"] == 1


def test_a_full_placement_needs_one_more_opening_and_what_else_refuses() -> None:
    full = placement(openings=2, taken=2, hours_min=24)
    told = asked(pool([candidate(hours_max=20)], [full]))
    assert told["refused_by"] == ["has_openings_left", "hours_overlap"]
    assert told["together"]["levers"] == ["hours", "one_more_opening"]


def test_one_more_opening_brings_its_supervision_along() -> None:
    guided = placement(openings=1, taken=1, supervisor_group="group", group_free=-1)
    rows = [("supervisor_group", "group", -1, None), ("caseload", "coach-1", 5, None)]
    snapshot = replace(
        pool([candidate()], [guided]),
        resources=pl.DataFrame(rows, schema=RESOURCE_SCHEMA, orient="row"),
    )
    told = asked(snapshot)
    assert (told["refused_by"], told["cheapest"]) == (["has_openings_left"], "one_more_opening")
    changes = told["levers"][0]["changes"]
    assert [(each["change"], each.get("value", each.get("add"))) for each in changes] == [
        ("set_placement", 2),
        ("set_placement", 1),
        ("add_capacity", 2),
    ]
    other, _ = apply([change_of(change) for change in changes], snapshot, DEFAULT)
    assert proposals(other)[0] == {"candidate-1": "placement-1"}
    assert told["levers"][0]["proposed"] == "here"


def test_the_policy_orders_the_levers_and_leaves_some_out() -> None:
    snapshot = pool([candidate(licences=None)], [placement(licences_required=["B"])])
    policy = Policy.from_toml('[levers]\norder = ["journey", "hours"]')
    told = asked(snapshot, policy)
    assert (told["levers"], told["cheapest"], told["remaining"]) == ([], None, ["licence_held"])


def test_an_unknown_lever_is_refused_with_the_near_ones() -> None:
    with pytest.raises(PolicyError) as refused:
        Policy.from_toml('[levers]\norder = ["hour", "journey", "journey"]\nother = 1')
    text = "\n".join([str(refused.value), *refused.value.faults])
    assert "[levers] order names the unknown lever hour. Maybe: hours." in text
    assert "names a lever twice" in text
    assert "[levers] other is unknown" in text


def test_levers_mend_rules_that_exist_and_stand_in_the_asked_order() -> None:
    rules = {rule.code for rule in ELIGIBILITY_RULES} | {"has_openings_left"}
    assert {code for lever in LEVERS for code in lever.mends} <= rules
    assert LEVER_CODES == (
        "information", "hours", "journey", "adaptation", "guidance", "training_or_licence",
        "one_more_opening",
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(4))
def test_the_order_of_the_rows_makes_no_difference(seed: int) -> None:
    snapshot = chance_pool(seed, people=4, placements=3)
    solved, again = solve(snapshot, DEFAULT), solve(shuffled(snapshot), DEFAULT)
    for person in snapshot.candidates["candidate.id"]:
        told = answer_pair(solved, person, "placement-1", silent)
        assert told == answer_pair(again, person, "placement-1", silent)


@pytest.mark.parametrize("seed", range(30))
def test_no_smaller_set_of_levers_opens_a_pair(seed: int) -> None:
    """Every subset of what the levers change, tried by planning for one person with it."""
    snapshot = chance_pool(seed, people=2, placements=2)
    told = answer_pair(solve(snapshot, DEFAULT), "candidate-1", "placement-1", silent)
    if not told["together"]:
        return
    size = len(told["together"]["levers"])
    changes = {each["lever"]: each["changes"] for each in told["levers"]}
    for smaller in range(1, size):
        for codes in combinations(changes, smaller):
            some = [change_of(change) for code in codes for change in changes[code]]
            other, _ = apply(some, snapshot, DEFAULT)
            assert not eligible(other, "candidate-1", "placement-1")


def test_who_is_not_in_the_pool_is_not_found() -> None:
    solved = solve(pool([candidate()], [placement()]), DEFAULT)
    with pytest.raises(NotFound, match="no candidate nobody"):
        answer_pair(solved, "nobody", "placement-1", silent)
    with pytest.raises(NotFound, match="no placement nowhere"):
        answer_pair(solved, "candidate-1", "nowhere", silent)


def test_a_longer_journey_is_never_beyond_the_cap() -> None:
    far = placement(latitude=ZEIST[0] + 0.3)
    told = asked(pool([candidate(transport=["bicycle", "public_transport"])], [far]))
    assert told["refused_by"] == ["reachable"]
    assert told["remaining"] == ["reachable"]
