"""One more of a resource brings what planning the pool with it brings."""

import random
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from matcher.domain.policy import Policy
from matcher.domain.snapshot import RESOURCE_SCHEMA, PoolSnapshot
from matcher.optimisation.inquiries.resources import ONE_MORE, best_resources, with_more
from matcher.optimisation.planning import plan
from matcher.optimisation.solving import solve
from tests.builders import candidate, numbered, placement, pool

DEFAULT = Policy.from_toml('[limits]\ncoach_hours = "hard"')


def silent(phase: str, done: int, total: int) -> None:
    """Tell nobody."""


def with_resources(snapshot: PoolSnapshot, rows: list[tuple[str, str, int]]) -> PoolSnapshot:
    found = [(*row, None) for row in rows]
    resources = pl.DataFrame(found, schema=RESOURCE_SCHEMA, orient="row")
    return replace(snapshot, resources=resources)


def scarce(seed: int) -> PoolSnapshot:
    """A pool whose coaches and supervisors can carry fewer than want to work."""
    chance = random.Random(seed)
    people = numbered(
        candidate(
            coach=chance.choice(("coach-1", "coach-2")),
            guidance_need=chance.choice(("light", "medium", "intensive")),
            hours_max=chance.choice((16, 24, 32)),
        )
        for _ in range(7)
    )
    groups = {"group-1": chance.randint(0, 2), "group-2": chance.randint(1, 3)}
    places = numbered(
        placement(
            openings=chance.randint(1, 3),
            supervisor_group=group,
            group_free=groups[group],
            guidance_offered="intensive",
        )
        for group in (chance.choice(tuple(groups)) for _ in range(4))
    )
    hours = [("coach_hours", name, chance.choice((100, 250))) for name in ("coach-1", "coach-2")]
    rows = [*hours, *(("supervisor_group", name, free) for name, free in groups.items())]
    return with_resources(pool(people, places), rows)


def gain(before: PoolSnapshot, after: PoolSnapshot) -> tuple[int, int]:
    one, other = plan(before, DEFAULT).totals, plan(after, DEFAULT).totals
    return other.placed - one.placed, other.points - one.points


@pytest.mark.parametrize("seed", range(12))
def test_the_best_are_what_planning_with_one_more_gives(seed: int) -> None:
    snapshot = scarce(seed)
    found, weighed = best_resources(solve(snapshot, DEFAULT), 10, silent)
    assert weighed <= 4
    told = {(each["limit"], each["group"]): each for each in found}
    for limit, group in snapshot.resources.select("limit", "group").iter_rows():
        more = with_more(snapshot, limit, group, ONE_MORE[limit][0])
        placed, points = gain(snapshot, more)
        each = told.get((limit, group))
        if each is None:
            assert placed <= 0
        else:
            assert (each["gain"]["placed"], each["gain"]["points"]) == (placed, points)
    order = [each["gain"]["placed"] for each in found]
    assert order == sorted(order, reverse=True)


def test_a_supervisor_guides_four_more_at_every_placement_of_the_group() -> None:
    people = numbered(candidate() for _ in range(6))
    places = numbered(placement(openings=3, supervisor_group="group", group_free=1) for _ in "ab")
    snapshot = with_resources(pool(people, places), [("supervisor_group", "group", 1)])
    found, _ = best_resources(solve(snapshot, DEFAULT), 10, silent)
    expected: dict[str, Any] = {"limit": "supervisor_group", "group": "group", "add": 4}
    assert {name: found[0][name] for name in expected} == expected
    assert found[0]["gain"]["placed"] == 4


def test_what_is_not_used_up_is_not_advised() -> None:
    snapshot = with_resources(pool([candidate()], [placement()]), [("caseload", "coach-1", 30)])
    assert best_resources(solve(snapshot, DEFAULT), 10, silent) == ([], 0)
