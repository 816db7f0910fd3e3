"""Exact answers and advice at the size of a region, beside their bound and solving once."""

import time
from typing import Any

import pytest

from matcher.domain.changes import Imagine
from matcher.domain.policy import Policy
from matcher.domain.questions import Question
from matcher.domain.snapshot import PoolSnapshot
from matcher.optimisation.inquiry import answer
from matcher.optimisation.solving import solve
from tests.benchmarks.report import show_table
from tests.synthetic import snapshot

SECONDS = 120.0
PEOPLE, PLACEMENTS = 3_000, 640
POLICY = Policy.default()


@pytest.fixture(scope="module")
def region() -> PoolSnapshot:
    made = snapshot(PEOPLE, PLACEMENTS, seed=1)
    solve(made, POLICY)
    return made


def measure(pool: PoolSnapshot, question: Question) -> tuple[float, float, dict[str, Any]]:
    started, cpu = time.perf_counter(), time.process_time()
    found = answer(pool, POLICY, question)
    return time.perf_counter() - started, time.process_time() - cpu, found


def test_answers_and_advice(region: PoolSnapshot) -> None:
    started, cpu = time.perf_counter(), time.process_time()
    solved = solve(region, POLICY)
    rows: list[list[object]] = [
        ["solving once", _shown(time.perf_counter() - started),
         _shown(time.process_time() - cpu), None],
    ]  # fmt: skip
    person = solved.pool.prepared.candidates["candidate.id"][0]
    place = solved.pool.prepared.placements["placement.id"][0]
    area = region.placements["placement.site"].drop_nulls()[0]
    for name, question, bound in (
        ("one person", Question("candidate", candidate=person), None),
        ("one placement", Question("placement", placement=place), None),
        ("one pair, its levers", Question("pair", candidate=person, placement=place), None),
        ("one imagined placement",
         Question("imagined", changes=(Imagine("wage_earning", area, (16, 24), openings=12),)),
         None),
        ("advice, ten of each", Question("advice"), SECONDS),
    ):  # fmt: skip
        seconds, cpu_seconds, found = measure(region, question)
        rows.append([name, _shown(seconds), _shown(cpu_seconds), bound])
        assert bound is None or seconds <= bound
    assert len(found["openings"]) == len(found["imagined"]) == 10
    show_table(
        f"Exact answers, {PEOPLE:,} people, {PLACEMENTS} placements, {len(solved.pairs):,} pairs",
        ["solved from the snapshot on", "s", "CPU s", "bound, s"],
        rows,
    )


def _shown(seconds: float) -> str:
    return f"{seconds:.2f}"
