"""The fairness report: first come, first served beside the plan, by group, and a tier's price."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain.columns import COLUMNS, PROTECTED
from matcher.domain.plan import Plan
from matcher.domain.policy import Policy
from matcher.optimisation.assignment import Pairs
from matcher.optimisation.assignment.greedy import choose_in_order
from matcher.optimisation.fairness import (
    GROUPINGS,
    NOT_RECORDED,
    OTHER,
    SMALLEST_GROUP,
    Night,
    first_come_first_served,
    group_up,
)
from matcher.optimisation.planning import plan
from matcher.optimisation.prepared import prepare
from tests import synthetic

DEFAULT = Policy.default()


@pytest.fixture(scope="module")
def made() -> Plan:
    return plan(synthetic.snapshot(1_000, 300, 3), DEFAULT)


def test_people_take_what_is_open_in_their_turn() -> None:
    pairs = Pairs(np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.array([9, 5, 8, 1]))
    turn = np.array([1, 0])
    chosen = choose_in_order(pairs, np.array([1, 1]), 2, [turn[pairs.candidate], -pairs.points])
    assert chosen.tolist() == [False, True, True, False]


@pytest.mark.parametrize("seed", range(5))
def test_who_waits_longest_takes_their_best_open_placement_first(seed: int) -> None:
    random = np.random.default_rng(seed)
    prepared = prepare(synthetic.snapshot(60, 20, seed), DEFAULT)
    candidate, placement = np.nonzero(random.random((60, 20)) < 0.3)
    pairs = Pairs(candidate, placement, random.permutation(candidate.size) - 50)
    openings = random.integers(0, 3, 20)
    none = np.zeros(60, np.int64)
    chosen = first_come_first_served(
        Night(prepared, pairs, openings, none, np.zeros(len(pairs), np.int64), DEFAULT)
    )
    waited = [
        -1 if days is None else days for days in prepared.candidates["candidate.waiting_days"]
    ]
    hashes = prepared.people.hashes
    left, taken = openings.copy(), set()
    for person in sorted(range(60), key=lambda at: (-waited[at], hashes[at])):
        mine = [k for k in np.flatnonzero(candidate == person) if left[placement[k]] > 0]
        if mine:
            best = max(mine, key=lambda k: pairs.points[k])
            taken.add(best)
            left[placement[best]] -= 1
    assert set(np.flatnonzero(chosen)) == taken


def test_the_report_counts_what_the_plan_counts(made: Plan) -> None:
    report, totals = made.totals.fairness, made.totals
    assert report["people"] == totals.seeking
    assert report["plan"]["proposed"] == totals.placed
    assert report["plan"]["points"] == totals.points
    assert report["longest_waiting"] == totals.longest_waiting
    assert report["plan"]["longest_waiting_proposed"] == totals.longest_waiting_placed
    minutes = made.proposals["minutes"]
    assert report["plan"]["journey_mean_minutes"] == round(float(minutes.mean()), 1)
    assert (minutes <= report["plan"]["journey_p90_minutes"]).mean() >= 0.9
    for grouping in report["groups"].values():
        for way in ("plan", "first_come"):
            assert sum(g[way]["proposed"] for g in grouping.values()) == report[way]["proposed"]
        assert sum(g["people"] for g in grouping.values()) == report["people"]


def test_nobody_in_turn_serves_more_people_or_more_of_the_first_tiers(made: Plan) -> None:
    report = made.totals.fairness
    assert report["first_come"]["proposed"] <= report["plan"]["proposed"]
    assert report["first_come"]["points"] < report["plan"]["points"]


def test_a_tier_serves_its_people_at_a_price_in_points_alone(made: Plan) -> None:
    price = made.totals.fairness["tiers"]["longest_waiting"]
    assert price["proposed"] == made.totals.placed_by_tier["longest_waiting"]
    assert price["proposed"] > price["proposed_without"]
    assert price["points"] < price["points_without"]
    assert price["all_proposed"] == price["all_proposed_without"]
    alone = Policy.from_toml('[tiers]\norder = ["keep_at_work", "everybody"]\n')
    without = plan(synthetic.snapshot(1_000, 300, 3), alone)
    assert price["points_without"] == without.totals.points


def test_the_worst_gap_is_that_of_the_groups(made: Plan) -> None:
    report = made.totals.fairness
    for way in ("plan", "first_come"):
        gaps = [
            max(g[way]["share"] for g in members.values())
            - min(g[way]["share"] for g in members.values())
            for name, members in report["groups"].items()
            if name != "tier"
        ]
        assert report["worst_gap"][way]["gap"] == pytest.approx(max(gaps), abs=1e-9)


def test_of_fewer_than_ten_people_nothing_is_told() -> None:
    report = plan(synthetic.snapshot(8, 8, 1), DEFAULT).totals.fairness
    assert report["groups"] == {}
    assert report["tiers"] == {}
    for way in ("plan", "first_come"):
        assert report[way]["journey_mean_minutes"] is None
        assert report[way]["longest_waiting_left_p90_days"] is None


def test_a_plan_for_nobody_has_a_report() -> None:
    pool = synthetic.snapshot(8, 8, 1)
    report = plan(replace(pool, candidates=pool.candidates[:0]), DEFAULT).totals.fairness
    assert report["people"] == 0
    assert report["worst_gap"] == {"plan": None, "first_come": None}


@given(st.lists(st.sampled_from(["a", "b", "c", "d", None]), min_size=SMALLEST_GROUP))
def test_every_group_has_ten_people_or_more(labels: list[str | None]) -> None:
    grouped = group_up(pl.Series("labels", labels, dtype=pl.String))
    assert grouped.value_counts()["count"].min() >= SMALLEST_GROUP
    for before, after in zip(labels, grouped, strict=True):
        assert after in (before if before is not None else NOT_RECORDED, OTHER)


def test_large_groups_keep_their_names() -> None:
    labels = pl.Series("labels", ["a"] * 30 + ["b"] * 12 + ["c"] * 3)
    counts = dict(group_up(labels).value_counts().iter_rows())
    assert counts == {"a": 30, OTHER: 15}


def test_no_grouping_reads_a_protected_characteristic() -> None:
    for made in GROUPINGS.values():
        for name in made.meta.root_names():
            assert name in COLUMNS
            assert name.removeprefix("candidate.") not in PROTECTED
