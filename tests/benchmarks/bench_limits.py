"""Limits, teams and exact alternatives at the size of a region, beside their bound."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from matcher.optimisation.assignment import (
    Limits,
    Logic,
    Residual,
    alternatives_of_candidate,
    alternatives_of_placement,
    assign,
    one_more_opening,
)
from tests.benchmarks.instances import Instance, invent
from tests.benchmarks.report import note_speed, show_table

SECONDS = 60.0
COACHES, FUNDS = 100, 12
MOST_GAP = 0.01
TEAMS, TWOS = 60, 60
LOGIC_SECONDS = 20.0


@pytest.fixture(scope="module")
def region() -> Instance:
    return invent("10,000 × 2,500", 10_000, 2_500, 1_000_000, seed=2)


def hours_and_funds(pool: Instance, share: float) -> Limits:
    """Return coach hours and funds of which there is only this share of what the plan asks."""
    random = np.random.default_rng(7)
    count = len(pool.pairs)
    coach = random.integers(0, COACHES, pool.n_candidates)[pool.pairs.candidate]
    fund = COACHES + random.integers(0, FUNDS, pool.openings.size)[pool.pairs.placement]
    pair, resource = np.tile(np.arange(count), 2), np.concatenate([coach, fund])
    amount = np.concatenate([random.integers(2, 13, count), random.integers(5, 40, count)])
    asked = assign(pool.pairs, pool.openings, n_candidates=pool.n_candidates).chosen[pair]
    used = np.bincount(resource[asked], amount[asked], minlength=COACHES + FUNDS)
    return Limits(pair, resource, amount, (share * used).astype(np.int64))


def test_coach_hours_and_funds(region: Instance) -> None:
    limits = hours_and_funds(region, 0.75)
    rows, worst = [], 0.0
    for name, most_first in (("most people, then points", True), ("points", False)):
        started = time.process_time()
        outcome = assign(
            region.pairs,
            region.openings,
            n_candidates=region.n_candidates,
            most_first=most_first,
            limits=limits,
            time_limit_seconds=SECONDS,
        )
        seconds = time.process_time() - started
        rows.append([name, f"{outcome.gap:.2%}", outcome.placed, outcome.points, f"{seconds:.0f}"])
        worst = max(worst, outcome.gap)
    show_table(
        f"{len(limits)} limits, {len(region.pairs):,} pairs, {SECONDS:.0f} s",
        ["", "proved gap", "people placed", "points", "CPU s"],
        rows,
    )
    what = f"limits, {len(limits)} rows, {len(region.pairs):,} pairs, {SECONDS:.0f} s: proved gap"
    note_speed(what, f"{worst:.2%}", f"{MOST_GAP:.0%}", "0.1 %", met=worst <= MOST_GAP)


def teams_and_twos(pool: Instance, chosen: NDArray[np.bool_]) -> Logic:
    """Return teams, two of the same placement who go apart, and two of others who go together."""
    random = np.random.default_rng(11)
    several = np.flatnonzero((pool.openings >= 2) & (pool.openings <= 6))
    team = random.choice(several, TEAMS, replace=False)
    candidate, placement = pool.pairs.candidate[chosen], pool.pairs.placement[chosen]
    at_one = np.lexsort((candidate, placement))
    same = np.flatnonzero(placement[at_one][:-1] == placement[at_one][1:])[::2]
    picked = random.choice(same, TWOS // 2, replace=False)
    apart = np.column_stack([candidate[at_one[picked]], candidate[at_one[picked + 1]]])
    free = np.setdiff1d(candidate, apart)
    # each with somebody who has a pair at the same placement
    together: list[tuple[int, int]] = []
    for place in random.permutation(np.setdiff1d(several, team)):
        there = np.intersect1d(pool.pairs.candidate[pool.pairs.placement == place], free)
        if there.size >= 2 and len(together) < TWOS - TWOS // 2:
            one, other = random.choice(there, 2, replace=False)
            together.append((int(one), int(other)))
            free = np.setdiff1d(free, [one, other])
    return Logic(
        team=team.astype(np.int32),
        apart=apart.astype(np.int32),
        together=np.array(together, np.int32),
    )


def test_teams_and_companions(region: Instance) -> None:
    most = {"n_candidates": region.n_candidates, "tiers": region.tiers}
    without = assign(region.pairs, region.openings, **most)
    logic = teams_and_twos(region, without.chosen)
    started = time.process_time()
    outcome = assign(
        region.pairs, region.openings, **most, logic=logic, time_limit_seconds=LOGIC_SECONDS
    )
    seconds = time.process_time() - started
    show_table(
        f"{TEAMS} teams, {len(logic.apart)} twos apart, {len(logic.together)} together, "
        f"{len(region.pairs):,} pairs, {LOGIC_SECONDS:.0f} s",
        ["", "proved gap", "people placed", "points", "CPU s"],
        [
            ["without them", f"{without.gap:.3%}", without.placed, without.points, None],
            ["with them", f"{outcome.gap:.3%}", outcome.placed, outcome.points, f"{seconds:.0f}"],
        ],
    )
    what = (
        f"{TEAMS} teams and {TWOS} twos, {len(region.pairs):,} pairs, {LOGIC_SECONDS:.0f} s: "
        "proved gap"
    )
    met = outcome.gap <= MOST_GAP
    note_speed(what, f"{outcome.gap:.2%}", f"{MOST_GAP:.0%}", "0.1 %", met=met)


def test_exact_alternatives(region: Instance) -> None:
    random = np.random.default_rng(3)
    started = time.process_time()
    outcome = assign(region.pairs, region.openings, n_candidates=region.n_candidates)
    solving = time.process_time() - started
    started = time.process_time()
    residual = Residual.of(region.pairs, region.openings, outcome)
    alternatives_of_candidate(residual, 0)
    alternatives_of_placement(residual, 0)
    rows: list[list[object]] = [
        ["solving once", f"{1000 * solving:.1f}"],
        ["residual network, once", f"{1000 * (time.process_time() - started):.1f}"],
    ]
    questions: list[tuple[str, Callable[..., Any], int, dict[str, int]]] = [
        ("every placement of a candidate", alternatives_of_candidate, 10_000, {}),
        ("its best three", alternatives_of_candidate, 10_000, {"top": 3}),
        ("every candidate of a placement", alternatives_of_placement, 2_500, {}),
        ("its best three people", alternatives_of_placement, 2_500, {"top": 3}),
        ("one more opening", one_more_opening, 2_500, {}),
    ]
    for name, ask, count, options in questions:
        asked = random.integers(0, count, 100)
        started = time.process_time()
        for row in asked:
            ask(residual, int(row), **options)
        rows.append([name, f"{1000 * (time.process_time() - started) / asked.size:.2f}"])
    show_table(f"Exact alternatives, {len(region.pairs):,} pairs", ["", "CPU ms"], rows)
