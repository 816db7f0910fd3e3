"""Whatever dies while a run is computed: the same plan is published, once, and whole."""

import signal
import time
from contextlib import ExitStack

import pytest
from sqlalchemy import text

from matcher.service import import_jobs, runs
from matcher.store.database import transaction
from tests.owners import eventually, running
from tests.processes import fleet
from tests.processes.house import LEASE_SECONDS, SWEEP_SECONDS

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("house")]

# What remains after the lease and the sweep: another worker's child, on a busy machine.
COMPUTING_SECONDS = 15


def test_a_killed_worker_takes_its_child_along_and_another_publishes_the_same_plan() -> None:
    pool = fleet.pool()
    plan = fleet.expected(pool)
    with fleet.worker() as first:
        first.wait_until_ready()
        run = fleet.request(pool)
        child = fleet.solving(first, run)
        # Held still, so that it cannot have finished before its worker is gone.
        child.send_signal(signal.SIGSTOP)
        with fleet.worker() as second:
            second.wait_until_ready()
            assert fleet.state(run) == "running"
            first.kill()
            died = time.monotonic()
            assert running({child.pid})
            child.send_signal(signal.SIGCONT)
            assert eventually(lambda: not running({child.pid}), 3)
            fleet.figure("child_gone_seconds", time.monotonic() - died)
            fleet.wait_for(
                lambda: fleet.state(run) == "succeeded",
                LEASE_SECONDS + SWEEP_SECONDS + 5 + COMPUTING_SECONDS,
                [second],
            )
            fleet.figure("recovery_seconds", time.monotonic() - died)
    row = fleet.run(run)
    assert (row.attempt, row.solver_failures) == (2, 0)
    assert row.solver
    assert "one thread" not in row.solver
    assert fleet.published(run) == plan
    assert fleet.publications(pool) == 1


def test_a_killed_slot_costs_an_attempt_and_the_worker_goes_on() -> None:
    pool = fleet.pool()
    plan = fleet.expected(pool)
    with fleet.worker(["interactive"]) as worker:
        worker.wait_until_ready()
        run = fleet.request(pool)
        child = fleet.solving(worker, run)
        slot = child.parent()
        assert slot
        assert slot.pid != worker.process.pid
        slot.kill()
        assert eventually(lambda: not running({child.pid}), 3)
        fleet.wait_for(lambda: fleet.state(run) == "succeeded", 40, [worker])
        assert worker.process.poll() is None
    assert fleet.run(run).attempt == 2
    assert fleet.published(run) == plan


def test_a_killed_child_is_a_failure_of_the_solver_and_the_next_attempt_says_how() -> None:
    pool = fleet.pool()
    plan = fleet.expected(pool)
    with fleet.worker(["interactive"]) as worker:
        worker.wait_until_ready()
        run = fleet.request(pool)
        fleet.solving(worker, run).kill()
        fleet.wait_for(lambda: fleet.state(run) == "succeeded", 40, [worker])
        assert "code=solver_crashed" in worker.log.read_text()
    row = fleet.run(run)
    assert (row.attempt, row.solver_failures) == (2, 1)
    assert row.solver
    assert row.solver.endswith("one thread")
    assert fleet.published(run) == plan


def test_a_worker_frozen_beyond_its_lease_wakes_up_fenced() -> None:
    pool = fleet.pool()
    plan = fleet.expected(pool)
    with fleet.worker() as first:
        first.wait_until_ready()
        run = fleet.request(pool)
        child = fleet.solving(first, run)
        owner = fleet.run(run).owner
        # Its child goes on, so that it wakes up with a finished plan in its hands.
        first.signal(signal.SIGSTOP)
        with fleet.worker() as second:
            fleet.wait_for(lambda: fleet.state(run) == "succeeded", 60, [second])
            assert fleet.run(run).attempt == 2
            assert fleet.run(run).owner != owner
            first.signal(signal.SIGCONT)
            fleet.wait_for(lambda: "code=run_lost" in first.log.read_text(), 20, [first])
            assert eventually(lambda: not running({child.pid}), 3)
            assert first.process.poll() is None
    assert fleet.publications(pool) == 1
    assert fleet.published(run) == plan


def test_poison_fails_with_a_reason_after_three_attempts_and_healthy_pools_go_on() -> None:
    poison, healthy = fleet.pool(), fleet.pool()
    with fleet.worker(["interactive"]) as worker:
        worker.wait_until_ready()
        dying, living = fleet.request(poison), fleet.request(healthy)
        killed = set()
        while fleet.state(dying) not in ("succeeded", "failed"):
            # One slot: the child is that of the run that is running.
            for child in worker.solvers():
                if fleet.state(dying) == "running" and fleet.state(living) != "running":
                    child.kill()
                    killed.add(child.pid)
            time.sleep(0.05)
        fleet.wait_for(lambda: fleet.state(living) == "succeeded", 20, [worker])
        assert worker.process.poll() is None
    row = fleet.run(dying)
    assert (row.state, row.error_code) == ("failed", "solver_crashed")
    assert row.attempt == row.solver_failures == len(killed) == 3
    assert fleet.publications(poison) == 0
    assert fleet.run(living).attempt == 1


@pytest.mark.parametrize("stuck", [False, True])
def test_a_cancelled_run_ends_within_five_seconds_and_its_child_with_it(stuck: bool) -> None:
    pool = fleet.pool()
    with fleet.worker(["interactive"]) as worker:
        worker.wait_until_ready()
        run = fleet.request(pool)
        child = fleet.solving(worker, run)
        if stuck:
            child.send_signal(signal.SIGSTOP)
        with transaction() as db:
            runs.cancel(db, run)
        seconds = fleet.seconds_until(lambda: fleet.state(run) == "cancelled", 20)
        fleet.figure("cancel_seconds", seconds)
        assert seconds < 5
        assert not running({child.pid})
        assert fleet.publications(pool) == 0
        # Its pool is free again, and so is the worker's slot.
        again = fleet.request(pool)
        fleet.wait_for(lambda: fleet.state(again) == "succeeded", 40, [worker])


def test_a_publisher_killed_half_way_leaves_nothing_half() -> None:
    pool = fleet.pool()
    plan = fleet.expected(pool)
    with ExitStack() as stack:
        first = stack.enter_context(fleet.worker(["interactive"]))
        first.wait_until_ready()
        with transaction() as db:
            # Publishing writes its proposals and then waits here, with its work uncommitted.
            db.execute(text("lock table price in exclusive mode"))
            run = fleet.request(pool)
            fleet.wait_for(lambda: fleet.waits_for("price"), 40, [first])
            first.kill()
            assert fleet.publications(pool) == 0
            assert fleet.published(run) == []
        second = stack.enter_context(fleet.worker(["interactive"]))
        fleet.wait_for(lambda: fleet.state(run) == "succeeded", 60, [second])
    assert fleet.run(run).attempt == 2
    assert fleet.publications(pool) == 1
    assert fleet.published(run) == plan


def test_an_import_killed_half_way_leaves_nothing_half_and_is_done_by_another() -> None:
    pool = fleet.pool()
    file = "key;place;hours_min\n" + "".join(f"new-{n};Utrecht;8\n" for n in range(200))
    new = "select key from candidate where pool_id = :pool and key like 'new-%'"
    with ExitStack() as stack:
        first = stack.enter_context(fleet.worker(["interactive"]))
        first.wait_until_ready()
        with transaction() as db:
            # Writing waits here, with its transaction open.
            db.execute(text("lock table candidate in share mode"))
            with transaction() as other:
                job = import_jobs.submit(other, pool, "candidates", "new.csv", file.encode())
            fleet.wait_for(lambda: fleet.waits_for("candidate"), 40, [first])
            first.kill()
        assert fleet.rows(new, pool=pool) == []
        second = stack.enter_context(fleet.worker(["interactive"]))
        ended = "select state, attempt from import_job where id = :id and state <> 'queued'"
        fleet.wait_for(lambda: fleet.rows(ended, id=job) == [("succeeded", 2)], 60, [second])
    assert len(fleet.rows(new, pool=pool)) == 200


def test_three_workers_share_six_pools() -> None:
    pools = [fleet.pool(seed=number) for number in range(6)]
    plans = [fleet.expected(pool) for pool in pools]
    with ExitStack() as stack:
        workers = [stack.enter_context(fleet.worker(["interactive"])) for _ in range(3)]
        for worker in workers:
            worker.wait_until_ready()
        found = [fleet.request(pool) for pool in pools]
        fleet.wait_for(lambda: all(fleet.state(run) == "succeeded" for run in found), 120, workers)
    assert len({fleet.run(run).owner for run in found}) == 3
    for run, pool, plan in zip(found, pools, plans, strict=True):
        assert fleet.run(run).attempt == 1
        assert fleet.publications(pool) == 1
        assert fleet.published(run) == plan
