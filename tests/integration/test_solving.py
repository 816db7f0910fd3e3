"""The solver's own process: what goes in, what comes out, and all the ways in which it can fail."""

import os
import sys
import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import psutil
import pytest

from matcher.domain.policy import Policy
from matcher.domain.questions import Question
from matcher.domain.snapshot import PoolSnapshot
from matcher.errors import RunStopped, SnapshotError, SolverFailed
from matcher.optimisation.inquiry import answer
from matcher.optimisation.planning import plan
from matcher.store.database import transaction
from matcher.store.reading import read_snapshot
from tests.owners import eventually
from tests.small_pools import write_pool
from workers.lease import Held
from workers.solving import ask_in_child, solve_in_child

BAD_CHILD = Path(__file__).parent / "bad_child.py"


@pytest.fixture
def snapshot(database: str) -> PoolSnapshot:
    with transaction() as db:
        return read_snapshot(db, write_pool(db, "pool"), date(2026, 11, 20))


def solve_badly(snapshot: PoolSnapshot, way: str, held: Held | None = None) -> None:
    solve_in_child(
        snapshot,
        Policy.default(),
        held or Held(),
        command=[sys.executable, str(BAD_CHILD), way],
    )


@pytest.mark.parametrize("one_thread", [False, True])
def test_the_child_gives_the_very_plan_that_this_process_would(
    snapshot: PoolSnapshot, one_thread: bool
) -> None:
    held = Held()
    found = solve_in_child(snapshot, Policy.default(), held, one_thread=one_thread)
    expected = plan(snapshot, Policy.default())
    assert found.proposals.height > 0
    assert found.proposals.equals(expected.proposals)
    assert found.prices.equals(expected.prices)
    assert found.totals == expected.totals
    assert found.proof.proved
    assert found.proof.solver == expected.proof.solver + (", one thread" if one_thread else "")
    assert held.told["phase"]
    assert isinstance(held.told["total"], int)


QUESTION = {
    "kind": "difference",
    "changes": [{"change": "set_policy", "table": "short_journey", "name": "points", "value": 300}],
}


def ask_badly(snapshot: PoolSnapshot, way: str) -> dict[str, object]:
    command = [sys.executable, str(BAD_CHILD), way]
    return ask_in_child(snapshot, Policy.default(), QUESTION, Held(), command=command)


def test_the_child_answers_a_question_as_this_process_would(snapshot: PoolSnapshot) -> None:
    held = Held()
    found = ask_in_child(snapshot, Policy.default(), QUESTION, held)
    assert found == answer(snapshot, Policy.default(), Question.from_json(QUESTION))
    assert held.told["phase"] == "assign after"


def test_the_child_is_told_the_question(snapshot: PoolSnapshot) -> None:
    assert ask_badly(snapshot, "answers a question") == {"asked": QUESTION}


def test_an_answer_that_is_damaged_or_to_something_else_is_refused(
    snapshot: PoolSnapshot,
) -> None:
    with pytest.raises(SolverFailed) as failed:
        ask_badly(snapshot, "damaged")
    assert failed.value.code == "solver_answer_damaged"
    with pytest.raises(SolverFailed) as failed:
        solve_badly(snapshot, "answers a question")
    assert failed.value.code == "solver_answer_damaged"


def test_a_question_that_does_not_suit_is_told_in_the_childs_words(
    snapshot: PoolSnapshot,
) -> None:
    removed = {
        "kind": "difference",
        "changes": [{"change": "remove_candidate", "candidate": "nobody"}],
    }
    with pytest.raises(SnapshotError, match="no candidate nobody"):
        ask_in_child(snapshot, Policy.default(), removed, Held())


@pytest.mark.parametrize(
    ("way", "code"),
    [
        ("segfault", "solver_crashed"),
        ("status", "solver_crashed"),
        ("short", "solver_crashed"),
        ("damaged", "solver_answer_damaged"),
        ("late status", "solver_crashed"),
    ],
)
def test_a_child_that_crashes_or_says_nothing_usable_is_a_failed_attempt(
    snapshot: PoolSnapshot, way: str, code: str
) -> None:
    with pytest.raises(SolverFailed) as failed:
        solve_badly(snapshot, way)
    assert failed.value.code == code


def test_faulty_input_is_told_apart_for_it_would_fail_again(snapshot: PoolSnapshot) -> None:
    with pytest.raises(SnapshotError, match="unknown rule") as refused:
        solve_badly(snapshot, "refuse")
    assert refused.value.code == "bad_policy"


def test_the_child_sees_no_address_and_no_key(
    snapshot: PoolSnapshot, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("WORKPOOL_DATABASE_URL", "WORKPOOL_REDIS_URL"):
        monkeypatch.setenv(name, os.environ.get(name, "postgresql://x@/x"))
    monkeypatch.setenv("PGPASSWORD", "not for the child")
    monkeypatch.setenv("SECRET_THING", "not for the child")
    with pytest.raises(SolverFailed) as told:
        solve_badly(snapshot, "environment")
    seen = told.value.message.split()
    assert "PATH" in seen
    assert not [name for name in seen if name.startswith(("WORKPOOL", "PG", "SECRET"))]


def test_the_child_leads_a_session_of_its_own_and_gets_its_job(snapshot: PoolSnapshot) -> None:
    with pytest.raises(SolverFailed, match="True True True"):
        solve_badly(snapshot, "session")


def test_progress_is_passed_on(snapshot: PoolSnapshot) -> None:
    held = Held()
    with pytest.raises(SolverFailed, match="told"):
        solve_badly(snapshot, "progress", held)
    assert held.told == {"phase": "assign", "done": 3, "total": 7}


def test_too_little_memory_is_a_failure_of_the_solver(
    snapshot: PoolSnapshot, setting: Callable[[str, str], None]
) -> None:
    setting("solver_memory_mb", "64")
    with pytest.raises(SolverFailed) as failed:
        solve_in_child(snapshot, Policy.default(), Held())
    assert failed.value.code in ("solver_crashed", "solver_out_of_memory")


def test_the_clock_ends_a_child_that_takes_too_long(
    snapshot: PoolSnapshot, setting: Callable[[str, str], None]
) -> None:
    setting("solver_seconds", "1")
    held = Held()
    with pytest.raises(SolverFailed) as failed:
        solve_badly(snapshot, "slow", held)
    assert failed.value.code == "solver_time_limit"
    assert not psutil.pid_exists(int(held.told["done"]))


@pytest.mark.parametrize(("way", "seconds"), [("slow", 1.0), ("deaf", 3.5)])
def test_a_cancelled_run_ends_its_child_even_a_deaf_one(
    snapshot: PoolSnapshot, way: str, seconds: float
) -> None:
    held = Held()
    stopped_at: list[float] = []

    def cancel() -> None:
        assert eventually(lambda: "done" in held.told)
        stopped_at.append(time.monotonic())
        held.stop(RunStopped("cancelled", code="run_cancelled"))

    canceller = threading.Thread(target=cancel)
    canceller.start()
    with pytest.raises(RunStopped):
        solve_badly(snapshot, way, held)
    canceller.join()
    assert time.monotonic() - stopped_at[0] < seconds
    assert not psutil.pid_exists(int(held.told["done"]))
