"""Several at the same instant, on connections of their own: one wins, and nothing is lost."""

import uuid
from functools import partial
from typing import TypeVar

import pytest
from sqlalchemy import text
from sqlmodel import select

from matcher.domain.plan import Plan
from matcher.errors import MatcherError, RunStopped
from matcher.service import import_jobs, runs
from matcher.store import reading
from matcher.store.database import transaction
from matcher.store.tables import ImportJob, Pool
from tests.integration.plans import plan_for
from tests.integration.races import at_once
from tests.integration.steps import claim, claimed, expire, request, row, snapshot, sweep
from tests.small_pools import write_pool

Result = TypeVar("Result")


@pytest.fixture
def pool_id(database: str) -> uuid.UUID:
    with transaction() as db:
        return write_pool(db, "pool", people=6, placements=3)


def publish(mine: runs.Claim, plan: Plan) -> str:
    with transaction() as db:
        runs.publish(db, mine, plan)
    return "published"


def cancel(mine: runs.Claim) -> str:
    with transaction() as db:
        runs.cancel(db, mine.run_id)
    return "asked"


def submit(pool_id: uuid.UUID, name: str) -> uuid.UUID:
    with transaction() as db:
        return import_jobs.submit(db, pool_id, "candidates", name, b"key\n")


def take(import_id: uuid.UUID) -> import_jobs.ImportClaim | None:
    with transaction() as db:
        return import_jobs.claim(db, import_id, "worker")


def test_ten_workers_claim_one_run(pool_id: uuid.UUID) -> None:
    for _ in range(3):
        run_id = request(pool_id)
        got = at_once([partial(claim, run_id, f"worker-{n}") for n in range(10)])
        won = [one for one in got if one is not None]
        assert len(won) == 1
        assert row(run_id).attempt == 1
        with transaction() as db:
            runs.fail(db, won[0], MatcherError("over"))


def test_workers_claim_two_runs_of_one_pool(pool_id: uuid.UUID) -> None:
    ids = [request(pool_id)]
    with transaction() as db:
        ids.append(runs.tonight(db, pool_id)[0])
    got = at_once([partial(claim, ids[n % 2], f"worker-{n}") for n in range(8)])
    won = [one for one in got if one is not None]
    assert len(won) == 1
    with transaction() as db:
        assert db.get_one(Pool, pool_id).fence == won[0].fence


def test_ten_requests_make_one_run(pool_id: uuid.UUID) -> None:
    got = at_once([partial(request, pool_id) for _ in range(10)])
    made = [one for one in got if isinstance(one, uuid.UUID)]
    assert len(made) == 1
    refused = [one.run_id for one in got if isinstance(one, runs.RunOpen)]
    assert refused == made * 9


def test_the_owner_and_a_stale_worker_publish_at_once(pool_id: uuid.UUID) -> None:
    """The stale one never wins, whoever comes first."""
    for _ in range(4):
        stale = claimed(pool_id)
        plan = plan_for(snapshot(stale), [])
        expire(stale.run_id)
        sweep()
        with transaction() as db:
            db.execute(text("update match_run set not_before = now() where state = 'queued'"))
        owner = claim(stale.run_id, "worker-2")
        assert owner is not None
        first, second = at_once([partial(publish, stale, plan), partial(publish, owner, plan)])
        assert isinstance(first, RunStopped)
        assert second == "published"
        with transaction() as db:
            assert reading.read_published(db, pool_id) == owner.run_id
            assert db.execute(
                text("select fence from publication where run_id = :id"), {"id": owner.run_id}
            ).scalars().all() == [owner.fence]


def test_cancelling_and_publishing_at_once(pool_id: uuid.UUID) -> None:
    outcomes = set()
    for _ in range(6):
        got = claimed(pool_id)
        plan = plan_for(snapshot(got), [])
        published, cancelled = at_once([partial(publish, got, plan), partial(cancel, got)])
        if published == "published":
            assert isinstance(cancelled, MatcherError)
            assert row(got.run_id).state == "succeeded"
        else:
            assert isinstance(published, RunStopped)
            assert cancelled == "asked"
            with transaction() as db:
                runs.stop(db, got, published)
            assert row(got.run_id).state == "cancelled"
        outcomes.add(str(published))
    assert outcomes


def test_reaping_and_publishing_at_once(pool_id: uuid.UUID) -> None:
    """A lease that ends while its worker publishes: published, or queued again, never both."""
    for _ in range(6):
        got = claimed(pool_id)
        plan = plan_for(snapshot(got), [])
        expire(got.run_id)
        published, _ = at_once([partial(publish, got, plan), lambda: str(sweep().reaped)])
        found = row(got.run_id)
        if published == "published":
            assert found.state == "succeeded"
        else:
            assert isinstance(published, RunStopped)
            assert found.state == "queued"
            with transaction() as db:
                assert reading.read_published(db, pool_id) != got.run_id
                runs.cancel(db, got.run_id)


def test_a_frozen_publisher_holds_up_its_own_pool_only(pool_id: uuid.UUID) -> None:
    with transaction() as db:
        other = write_pool(db, "other", people=2, placements=1)
    frozen, lost = claimed(pool_id), claimed(other)
    plan = plan_for(snapshot(frozen), [])
    expire(frozen.run_id)
    expire(lost.run_id)
    with transaction() as db:
        runs.publish(db, frozen, plan)
        # Its locks are held here; the reaper passes it by and takes the other.
        assert sweep().reaped == 1
        assert row(lost.run_id).state == "queued"
    assert row(frozen.run_id).state == "succeeded"


def test_imports_are_claimed_fenced_and_one_at_a_time(pool_id: uuid.UUID) -> None:
    ids = [submit(pool_id, f"{n}.csv") for n in range(2)]
    assert sweep().imports == [ids[0]]
    got = at_once([partial(take, ids[n % 2]) for n in range(6)])
    (first,) = [one for one in got if one is not None]
    with transaction() as db:
        assert import_jobs.content(db, first) == b"key\n"
        db.execute(text("update import_job set lease_until = now() - interval '1 s'"
                        " where state = 'running'"))  # fmt: skip
    assert sweep().reaped == 1
    second = take(first.import_id)
    assert second is not None
    assert second.fence > first.fence
    with pytest.raises(RunStopped), transaction() as db:
        import_jobs.beat(db, first)
    with pytest.raises(RunStopped), transaction() as db:
        import_jobs.finish(db, first, {"rows": 1})
    with transaction() as db:
        import_jobs.finish(db, second, {"rows": 2})
        assert import_jobs.get(db, first.import_id).report == {"rows": 2}


def test_an_import_is_cancelled(pool_id: uuid.UUID) -> None:
    with transaction() as db:
        import_id = import_jobs.submit(db, pool_id, "candidates", "a.csv", b"key\n")
        got = import_jobs.claim(db, import_id, "worker")
    assert got is not None
    with transaction() as db:
        assert import_jobs.cancel(db, import_id).state == "running"
    with pytest.raises(RunStopped) as stopped, transaction() as db:
        import_jobs.finish(db, got, {})
    assert stopped.value.code == "import_lost"
    with transaction() as db:
        import_jobs.stop(db, got)
        assert import_jobs.get(db, import_id).state == "cancelled"


def test_files_are_forgotten_after_a_day(pool_id: uuid.UUID) -> None:
    with transaction() as db:
        done = import_jobs.submit(db, pool_id, "candidates", "a.csv", b"key\n")
        got = import_jobs.claim(db, done, "worker")
        assert got is not None
        import_jobs.finish(db, got, {"rows": 0})
        waiting = import_jobs.submit(db, pool_id, "candidates", "b.csv", b"key\n")
        young = import_jobs.submit(db, pool_id, "candidates", "c.csv", b"key\n")
        db.execute(
            text("update import_job set created_at = now() - interval '25 h' where id <> :id"),
            {"id": young},
        )
    sweep()
    with transaction() as db:
        left = {job.id for job in db.exec(select(ImportJob)) if job.content is not None}
        assert left == {young}
        assert import_jobs.get(db, waiting).error_code == "file_expired"
