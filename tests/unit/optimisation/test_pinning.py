"""Pins, teams and companions through a whole plan: what it holds, what it names, what it tells."""

import json
import subprocess
import sys
from typing import Any

import polars as pl
import pytest

from matcher.domain.plan import Plan
from matcher.domain.policy import Policy
from matcher.domain.snapshot import PoolSnapshot
from matcher.optimisation.planning import plan
from matcher.optimisation.solving import solve
from tests.builders import TODAY, candidate, numbered, placement

POLICY = Policy.default()
Rows = list[dict[str, Any]]


def people(count: int, **facts: Any) -> Rows:
    return numbered(candidate(**facts) for _ in range(count))


def places(*facts: dict[str, Any]) -> Rows:
    return numbered(placement(**each) for each in facts)


def planned(
    candidates: Rows,
    placements: Rows,
    pins: list[tuple[int, int]] = (),  # type: ignore[assignment]
    companions: list[tuple[int, int, str]] = (),  # type: ignore[assignment]
) -> Plan:
    return plan(snapshot(candidates, placements, pins, companions), POLICY)


def snapshot(candidates: Rows, placements: Rows, pins: Any, companions: Any) -> PoolSnapshot:
    return PoolSnapshot.of(
        TODAY,
        candidates,
        placements,
        pins=[
            {
                "candidate.id": f"candidate-{person}",
                "placement.id": f"placement-{place}",
                "turn": turn,
            }
            for turn, (person, place) in enumerate(pins, 1)
        ],
        companions=[
            {
                "candidate.id": f"candidate-{one}",
                "other.id": f"candidate-{other}",
                "relation": relation,
                **dict(zip(("candidate.bound", "other.bound"), bound, strict=False)),
            }
            for one, other, relation, *bound in companions
        ],
    )


def homes(made: Plan) -> dict[int, int]:
    """Return placement by person, as numbers."""
    return {
        int(person.rpartition("-")[2]): int(place.rpartition("-")[2])
        for person, place in made.proposals.select("candidate.id", "placement.id").rows()
    }


def conflicts(made: Plan) -> list[tuple[str, list[tuple[int, int]]]]:
    return [
        (
            each["resource"],
            [
                tuple(int(pin[side].rpartition("-")[2]) for side in ("candidate", "placement"))
                for pin in each["pins"]
            ],
        )
        for each in made.totals.pin_conflicts
    ]


def test_a_pin_goes_before_points_and_is_marked() -> None:
    candidates = people(2)
    candidates[0]["candidate.hours_min"] = 16
    without = homes(planned(candidates, places({})))
    other = 2 if 1 in without else 1
    made = planned(candidates, places({}), pins=[(other, 1)])
    assert homes(made) == {other: 1}
    assert made.proposals["pinned"].to_list() == [True]
    assert (made.totals.pinned, made.totals.placed, made.totals.pin_conflicts) == (1, 1, [])
    assert made.proof.proved
    assert made.proof.value == made.proof.bound
    assert made.proposals["surplus"].min() >= 0
    assert made.totals.points == made.proposals["points"].sum()


@pytest.mark.parametrize(
    "facts",
    [
        {"parkings": ["person:"]},
        {"parkings": ["pair:placement-1"]},
        {"objects_to_automation": True},
        {"hours_min": 40},
        {"work_level": None},
        {"max_travel_minutes": 1},
    ],
)
def test_a_pin_goes_before_what_a_coach_may_weigh(facts: dict[str, Any]) -> None:
    made = planned(people(1, **facts), places({"level_required": 2}), pins=[(1, 1)])
    assert homes(made) == {1: 1}
    assert conflicts(made) == []


@pytest.mark.parametrize(
    ("who", "where", "resource"),
    [
        ({}, {"state": "paused"}, "gate.is_open"),
        ({}, {"taken": 1}, "openings"),
        ({}, {"hourly_wage": 1.0}, "gate.pays_minimum_wage"),
        ({"licences": []}, {"licences_required": ["CE"]}, "rule.licence_held"),
        ({"licences": None}, {"licences_required": ["CE"]}, "rule.licence_held"),
        ({"certificates": []}, {"certificates_required": ["VCA"]}, "rule.certificate_held"),
        ({}, {"kind": "sheltered"}, "rule.sheltered_has_advice"),
        ({"exclusions": ["employer:employer-1"]}, {}, "rule.not_excluded"),
        ({"pool": "pool-2"}, {}, "rule.same_pool_or_shared"),
    ],
)
def test_a_pin_that_cannot_be_is_named(
    who: dict[str, Any], where: dict[str, Any], resource: str
) -> None:
    made = planned(people(1, **who), places(where), pins=[(1, 1)])
    assert homes(made) == {}
    assert conflicts(made) == [(resource, [(1, 1)])]
    assert made.totals.pinned == 0


def test_pins_about_nobody_and_nothing_are_named() -> None:
    made = planned(people(1), places({}), pins=[(7, 1), (1, 7)])
    assert conflicts(made) == [
        ("candidate_not_in_run", [(7, 1)]),
        ("placement_not_in_pool", [(1, 7)]),
    ]
    assert homes(made) == {1: 1}


def test_the_older_of_two_pins_for_one_person_is_kept() -> None:
    made = planned(people(2), places({}, {}), pins=[(1, 2), (1, 1)])
    assert homes(made)[1] == 2
    assert conflicts(made) == [("candidate", [(1, 2), (1, 1)])]
    assert made.totals.placed == 2


def test_more_pins_than_openings_are_named_together() -> None:
    made = planned(people(4), places({"openings": 2}), pins=[(3, 1), (1, 1), (4, 1)])
    assert sorted(homes(made)) == [1, 3]
    assert conflicts(made) == [("openings", [(3, 1), (1, 1), (4, 1)])]


def test_a_team_comes_whole_or_not_at_all() -> None:
    many = planned(people(3), places({"openings": 3, "team": True}))
    assert homes(many) == {1: 1, 2: 1, 3: 1}
    told = [json.loads(notes) for notes in many.proposals["notes"]]
    assert told == [[{"code": "team", "others": 2}]] * 3
    assert many.proposals["bundle"].n_unique() == 1
    few = planned(people(2), places({"openings": 3, "team": True}))
    assert homes(few) == {}
    assert few.totals.openings_left == 3
    assert few.proof.proved


def test_a_team_whose_supervisors_cannot_take_all_takes_nobody() -> None:
    made = planned(people(3), places({"openings": 3, "team": True, "group_free": 2}))
    assert homes(made) == {}
    assert made.totals.gates["has_openings_left"] == 1


def test_a_pin_in_a_team_brings_the_others_along_or_is_named() -> None:
    made = planned(people(3), places({"openings": 2, "team": True}, {}), pins=[(2, 1)])
    assert list(homes(made).values()).count(1) == 2
    assert homes(made)[2] == 1
    alone = planned(
        [*people(1), *numbered([candidate(hours_min=60)])[:0]],
        places({"openings": 2, "team": True}, {}),
        pins=[(1, 1)],
    )
    assert conflicts(alone) == [("team", [(1, 1)])]
    assert homes(alone) == {1: 2}


def test_two_who_start_together_do_or_neither_does() -> None:
    both = planned(people(2), places({}, {"openings": 2}), companions=[(1, 2, "together")])
    assert homes(both) == {1: 2, 2: 2}
    assert [json.loads(notes) for notes in both.proposals["notes"]] == [
        [{"code": "starts_together", "others": 1}]
    ] * 2
    assert both.proposals["bundle"].to_list() == ["together 0"] * 2
    neither = planned(people(2), places({}, {}), companions=[(1, 2, "together")])
    assert homes(neither) == {}


def test_two_apart_are_never_at_one_site() -> None:
    same = places({"openings": 2}, {"workplace": "site-1"})
    assert len(homes(planned(people(2), same, companions=[(1, 2, "apart")]))) == 1
    elsewhere = places({"openings": 2}, {"workplace": "site-2"})
    made = planned(people(2), elsewhere, companions=[(2, 1, "apart")])
    assert sorted(homes(made).values()) == [1, 2]
    assert made.proposals["notes"].to_list() == ["[]", "[]"]
    unknown = places({"openings": 2, "workplace": None}, {"workplace": None})
    assert len(homes(planned(people(2), unknown, companions=[(1, 2, "apart")]))) == 2


def test_companions_and_pins_that_do_not_fit_are_named() -> None:
    two = places({"openings": 2}, {"openings": 2})
    apart = planned(people(2), two, pins=[(1, 1), (2, 2)], companions=[(1, 2, "apart")])
    assert conflicts(apart) == [("apart", [(1, 1), (2, 2)])]
    split = planned(people(2), two, pins=[(1, 1), (2, 2)], companions=[(1, 2, "together")])
    assert conflicts(split) == [("together", [(1, 1), (2, 2)])]
    assert homes(split) == {1: 1, 2: 1}
    alone = planned(
        people(2), places({}, {"openings": 2}), pins=[(1, 1)], companions=[(1, 2, "together")]
    )
    assert conflicts(alone) == [("together", [(1, 1)])]
    assert homes(alone) == {1: 2, 2: 2}


def test_who_goes_somewhere_already_binds_the_other() -> None:
    two = places({"openings": 2}, {"openings": 2, "workplace": "site-2"})
    away = planned(people(1), two, companions=[(1, 9, "apart", None, "placement-1")])
    assert homes(away) == {1: 2}
    near = planned(people(1), two, companions=[(9, 1, "together", "placement-2")])
    assert homes(near) == {1: 2}
    pinned = planned(
        people(1), two, pins=[(1, 1)], companions=[(1, 9, "apart", None, "placement-1")]
    )
    assert conflicts(pinned) == [("companion", [(1, 1)])]
    assert homes(pinned) == {1: 2}
    # the companion has left the pool, and binds nobody any more
    assert homes(planned(people(1), two, companions=[(1, 9, "together")])) in ({1: 1}, {1: 2})
    # the companion is parked: who starts together with them waits
    waiting = [*people(1), candidate(id="candidate-2", parkings=["person:"])]
    assert homes(planned(waiting, two, companions=[(1, 2, "together")])) == {}
    # the companion is at work already
    begun = [*people(1), candidate(id="candidate-2", deployed=True)]
    assert len(homes(planned(begun, two, companions=[(1, 2, "together")]))) == 1


def test_the_order_of_rows_does_not_matter() -> None:
    candidates = people(6)
    for number, row in enumerate(candidates):
        row["candidate.work_level"] = 1 + number % 3
    placements = places(
        {"openings": 3, "team": True}, {"openings": 2, "workplace": "site-2"}, {"openings": 1}
    )
    made = snapshot(
        candidates, placements, [(6, 2), (1, 1), (1, 2)], [(2, 3, "together"), (4, 5, "apart")]
    )
    turned = PoolSnapshot(
        TODAY,
        made.candidates.reverse(),
        made.placements.reverse(),
        made.travel_times,
        made.previous,
        pins=made.pins.reverse(),
        companions=made.companions.reverse().select(
            pl.col("other.id").alias("candidate.id"),
            pl.col("candidate.id").alias("other.id"),
            "relation",
            pl.col("other.bound").alias("candidate.bound"),
            pl.col("candidate.bound").alias("other.bound"),
        ),
    )
    first, second = plan(made, POLICY), plan(turned, POLICY)
    assert first.proposals.equals(second.proposals)
    assert first.totals.pin_conflicts == second.totals.pin_conflicts != []
    assert first.proof == second.proof


def test_who_is_bound_has_no_alternatives_and_the_others_have() -> None:
    made = planned(
        people(4),
        places({"openings": 2, "team": True}, {"openings": 2}, {"openings": 2}),
        pins=[(1, 1)],
    )
    told = {
        row["candidate.id"]: (row["placement.id"], json.loads(row["alternatives"]))
        for row in made.proposals.iter_rows(named=True)
    }
    assert len(told) == 4
    for place, others in told.values():
        assert bool(others) == (place != "placement-1")
        assert all(each["placement"] != "placement-1" for each in others)


def test_a_person_and_a_placement_can_be_asked_about_beside_pins() -> None:
    solved = solve(
        snapshot(people(3), places({"openings": 2}, {}), [(1, 2)], [(2, 3, "apart")]), POLICY
    )
    free = solved.free
    assert free.outcome.value == free.outcome.bound
    assert not (free.pairs.candidate == 0).any()
    assert int(free.pool.openings.sum()) == 3 - len(solved.pairs.candidate[solved.outcome.chosen])


def test_nobody_pays_for_conditions_that_are_not_there() -> None:
    code = """
import sys
from matcher.domain.policy import Policy
from matcher.optimisation.planning import plan
from tests.builders import candidate, placement, pool
plan(pool([candidate()], [placement()]), Policy.default())
print(*(name for name in sys.modules if name.startswith("ortools.sat") or "highs" in name.lower()))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
