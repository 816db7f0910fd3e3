"""The life of a run, one step after another: who may do what, and what the row says then."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlmodel import Session

from matcher.errors import Conflict, NotFound, RunStopped, SnapshotError, SolverFailed, Unavailable
from matcher.service import runs
from matcher.store.database import transaction
from tests.integration.plans import plan_for
from tests.integration.steps import (
    beat,
    claim,
    claimed,
    due,
    expire,
    publish,
    request,
    row,
    snapshot,
    sweep,
)
from tests.small_pools import write_pool


@pytest.fixture
def pool_id(database: str) -> uuid.UUID:
    with transaction() as db:
        return write_pool(db, "pool", people=6, placements=3)


def test_from_request_to_published(pool_id: uuid.UUID) -> None:
    run_id = request(pool_id)
    assert row(run_id).state == "queued"
    got = claim(run_id)
    assert got is not None
    assert (got.pool_id, got.kind, got.attempt, got.solver_failures) == (pool_id, "request", 1, 0)
    found = row(run_id)
    assert (found.state, found.owner, found.fence) == ("running", "worker-1", got.fence)
    assert found.started_at is not None
    with transaction("REPEATABLE READ") as db:
        reading = runs.read(db, got)
        # The heartbeat goes on while the snapshot is read.
        beat(got, {"phase": "reading", "done": 1, "total": 2})
    with transaction() as db:
        runs.record(db, got, reading)
    assert publish(got) == 0
    found = row(run_id)
    assert (found.state, found.error_code, found.lease_until) == ("succeeded", None, None)
    assert found.snapshot_hash == reading.snapshot.digest()
    assert (found.policy_version, found.seed) == (reading.policy.version, reading.policy.seed)
    assert found.progress == {"phase": "reading", "done": 1, "total": 2}
    assert found.totals["published"] == 0
    assert found.proof["proved"] is True
    assert found.refusals == {"reachable": 3}


def test_one_open_request(pool_id: uuid.UUID) -> None:
    run_id = request(pool_id)
    with pytest.raises(runs.RunOpen) as error:
        request(pool_id)
    assert error.value.run_id == run_id
    claim(run_id)
    with pytest.raises(runs.RunOpen):
        request(pool_id)


def test_a_pool_that_is_not_there(database: str) -> None:
    with pytest.raises(NotFound), transaction() as db:
        runs.request(db, uuid.uuid4())
    with pytest.raises(NotFound), transaction() as db:
        runs.get(db, uuid.uuid4())


def test_tonight_is_made_once(pool_id: uuid.UUID) -> None:
    with transaction() as db:
        first, is_new = runs.tonight(db, pool_id)
    assert is_new
    with transaction() as db:
        assert runs.tonight(db, pool_id) == (first, False)
    with pytest.raises(runs.RunOpen), transaction() as db:
        runs.request(db, pool_id, "nightly")


def test_a_claimed_run_is_not_claimed_again(pool_id: uuid.UUID) -> None:
    got = claimed(pool_id)
    assert claim(got.run_id, "worker-2") is None
    assert claim(uuid.uuid4()) is None
    assert row(got.run_id).attempt == 1


def test_one_run_of_a_pool_at_a_time(pool_id: uuid.UUID) -> None:
    got = claimed(pool_id)
    with transaction() as db:
        night, _ = runs.tonight(db, pool_id)
    assert claim(night) is None
    assert row(night).attempt == 0
    # The attempt to claim left the fence alone, so the running one still publishes.
    publish(got)
    assert claim(night) is not None


def test_a_lost_run_is_given_to_another_and_the_first_is_fenced(pool_id: uuid.UUID) -> None:
    first = claimed(pool_id)
    expire(first.run_id)
    assert sweep().reaped == 1
    assert row(first.run_id).state == "queued"
    second = claim(first.run_id, "worker-2")
    assert second is not None
    assert second.fence > first.fence
    assert (second.attempt, second.solver_failures) == (2, 0)
    with pytest.raises(RunStopped) as error:
        beat(first)
    assert error.value.code == "run_lost"
    with pytest.raises(RunStopped):
        publish(first)
    with pytest.raises(RunStopped), transaction() as db:
        runs.record(db, first, runs.Reading(snapshot(first), reading_policy(db, first)))
    for late in (RunStopped("x", code="run_cancelled"), RunStopped("x", code="run_lost")):
        with transaction() as db:
            runs.stop(db, first, late)
    with transaction() as db:
        runs.fail(db, first, SolverFailed("too late"))
    assert (row(first.run_id).state, row(first.run_id).solver_failures) == ("running", 0)
    publish(second)
    assert row(first.run_id).owner == "worker-2"


def reading_policy(db: Session, claim: runs.Claim):
    return runs.read(db, claim).policy


def test_a_published_run_is_not_published_again(pool_id: uuid.UUID) -> None:
    got = claimed(pool_id)
    publish(got)
    with pytest.raises(RunStopped):
        publish(got)


def test_attempts_end(pool_id: uuid.UUID) -> None:
    run_id = request(pool_id)
    for attempt in (1, 2, 3):
        due(run_id)
        got = claim(run_id)
        assert got is not None
        assert got.attempt == attempt
        expire(run_id)
        sweep()
    found = row(run_id)
    assert (found.state, found.error_code) == ("failed", "attempts_exhausted")
    # The road is free for the next.
    request(pool_id)


def test_later_attempts_wait(pool_id: uuid.UUID) -> None:
    run_id = request(pool_id)
    for pause in (0, 30):
        due(run_id)
        claim(run_id)
        expire(run_id)
        before = datetime.now(UTC)
        sweep()
        waits = row(run_id).not_before - before
        assert timedelta(seconds=pause - 2) < waits < timedelta(seconds=pause + 10)
    assert claim(run_id) is None


def test_a_solver_that_fails_is_counted_apart(pool_id: uuid.UUID) -> None:
    got = claimed(pool_id)
    with transaction() as db:
        runs.fail(db, got, SolverFailed("no status", code="solver_crashed"))
    assert row(got.run_id).state == "running"
    assert sweep().reaped == 1
    again = claim(got.run_id)
    assert again is not None
    assert (again.attempt, again.solver_failures) == (2, 1)
    with transaction() as db:
        runs.fail(db, again, Unavailable("the database was away"))
    sweep()
    due(got.run_id)
    last = claim(got.run_id)
    assert last is not None
    assert (last.attempt, last.solver_failures) == (3, 1)
    with transaction() as db:
        runs.fail(db, last, SolverFailed("no status", code="solver_crashed"))
    sweep()
    assert (row(got.run_id).state, row(got.run_id).error_code) == ("failed", "solver_crashed")


def test_a_fault_of_the_data_ends_the_run(pool_id: uuid.UUID) -> None:
    got = claimed(pool_id)
    with transaction() as db:
        runs.fail(db, got, SnapshotError("hours are no number"))
    assert (row(got.run_id).state, row(got.run_id).error_code) == ("failed", "bad_snapshot")


def test_an_empty_plan_that_need_not_be_is_refused(pool_id: uuid.UUID) -> None:
    got = claimed(pool_id)
    plan = plan_for(snapshot(got), [], eligible=5)
    with pytest.raises(SolverFailed, match="need not be"), transaction() as db:
        runs.publish(db, got, plan)


def test_cancelling_what_is_queued(pool_id: uuid.UUID) -> None:
    run_id = request(pool_id)
    with transaction() as db:
        assert runs.cancel(db, run_id).state == "cancelled"
    assert claim(run_id) is None
    with pytest.raises(Conflict, match="cancelled"), transaction() as db:
        runs.cancel(db, run_id)


def test_cancelling_what_is_running(pool_id: uuid.UUID) -> None:
    got = claimed(pool_id)
    with transaction() as db:
        assert runs.cancel(db, got.run_id).state == "running"
    with pytest.raises(RunStopped) as stopped:
        beat(got)
    assert stopped.value.code == "run_cancelled"
    with pytest.raises(RunStopped) as refused:
        publish(got)
    assert refused.value.code == "run_cancelled"
    with transaction() as db:
        runs.stop(db, got, stopped.value)
    assert row(got.run_id).state == "cancelled"


def test_the_sweep_cancels_for_a_dead_worker(pool_id: uuid.UUID) -> None:
    got = claimed(pool_id)
    with transaction() as db:
        runs.cancel(db, got.run_id)
    expire(got.run_id)
    sweep()
    assert (row(got.run_id).state, row(got.run_id).error_code) == ("cancelled", None)


def test_a_reaped_run_goes_back_beside_newer_ones(pool_id: uuid.UUID) -> None:
    with transaction() as db:
        other = write_pool(db, "other", people=2, placements=1)
    got = claimed(pool_id)
    with pytest.raises(runs.RunOpen):
        request(pool_id)
    with transaction() as db:
        night, _ = runs.tonight(db, pool_id)
    lost_too = claimed(other)
    expire(got.run_id)
    expire(lost_too.run_id)
    swept = sweep()
    assert swept.reaped == 2
    # Of each pool the oldest first; the night follows.
    assert {run_id for run_id, _ in swept.runs} == {got.run_id, lost_too.run_id}
    again = claim(got.run_id)
    assert again is not None
    publish(again)
    assert [run_id for run_id, _ in sweep().runs] == [night]


def test_hints_are_repeated_but_not_at_once(pool_id: uuid.UUID) -> None:
    run_id = request(pool_id)
    assert sweep().runs == [(run_id, "request")]
    assert sweep().runs == []
    with transaction() as db:
        db.execute(text("update match_run set hinted_at = now() - interval '1 minute'"))
    assert sweep().runs == [(run_id, "request")]
    claim(run_id)
    assert sweep().runs == []
