"""The tasks through a real worker: a run, an import, messages that are late or for nothing."""

from uuid import UUID, uuid4

import psutil
import redis
from sqlalchemy import text

from matcher.service import import_jobs, runs
from matcher.settings import settings
from matcher.store.database import transaction
from matcher.store.tables import ImportJob
from tests.processes import fleet
from workers import hints

MARK = "Quirinius"
GOOD = f"key;place;hours_min;hours_max\n{MARK}-1;Utrecht;8;24\n{MARK}-2;Zeist;8;32\n"
BAD = f"key;place;hours_min;hours_max\n{MARK}-3;Utrecht;eight {MARK};24\n"


def test_a_run_goes_through_the_queue_to_a_published_plan(worker: fleet.Member) -> None:
    pool = fleet.pool()
    plan = fleet.expected(pool)
    run = fleet.request(pool)
    fleet.wait_for(lambda: fleet.state(run) == "succeeded", 40, [worker])
    row = fleet.run(run)
    assert row.attempt == 1
    assert row.snapshot_hash
    assert row.proof["proved"]
    assert row.proof["value"] == row.proof["bound"]
    assert row.totals["placed"] == len(fleet.published(run)) > 0
    assert {"read", "child", "assign"} <= set(row.timings)
    assert {"phase", "done", "total"} == set(row.progress)
    assert fleet.published(run) == plan


def test_the_main_process_has_evaluated_no_frame_before_it_forks(worker: fleet.Member) -> None:
    """A slot forked after that would wait for threads that only its parent has."""
    assert not fleet.frames_evaluated(psutil.Process(worker.process.pid))
    # The slots do evaluate: otherwise this would prove nothing.
    run = fleet.request(fleet.pool())
    fleet.wait_for(lambda: fleet.state(run) == "succeeded", 40, [worker])
    assert any(fleet.frames_evaluated(slot) for slot in worker.slots())


def test_messages_that_come_twice_late_or_for_nothing_change_nothing(worker: fleet.Member) -> None:
    run = fleet.request(fleet.pool())
    fleet.wait_for(lambda: fleet.state(run) == "succeeded", 40, [worker])
    before = fleet.run(run).model_dump()
    received = worker.log.read_text().count("succeeded in")
    sent = hints.send(
        [
            hints.match_run(run, "request"),
            hints.match_run(run, "nightly"),
            hints.match_run(uuid4(), "request"),
            hints.import_file(uuid4()),
        ]
    )
    assert sent == 4
    fleet.wait_for(
        lambda: worker.log.read_text().count("succeeded in") >= received + 4, 20, [worker]
    )
    assert fleet.run(run).model_dump() == before


def test_a_policy_that_cannot_be_read_fails_the_run_at_once(worker: fleet.Member) -> None:
    pool = fleet.pool()
    with transaction() as db:
        db.execute(
            text(
                "insert into policy (pool_id, version, valid_from, decided_by, toml, digest)"
                " values (:pool, 1, '2026-01-01', 'council', '[no_such_rule]', repeat('0', 64))"
            ),
            {"pool": pool},
        )
    run = fleet.request(pool)
    fleet.wait_for(lambda: fleet.state(run) == "failed", 40, [worker])
    row = fleet.run(run)
    assert (row.error_code, row.attempt, row.solver_failures) == ("bad_policy", 1, 0)


def test_a_queued_run_that_is_cancelled_is_never_begun(worker: fleet.Member) -> None:
    with transaction() as db:
        run = runs.request(db, fleet.pool())
        runs.cancel(db, run)
    received = worker.log.read_text().count("succeeded in")
    hints.send([hints.match_run(run, "request")])
    fleet.wait_for(lambda: worker.log.read_text().count("succeeded in") > received, 20, [worker])
    row = fleet.run(run)
    assert (row.state, row.attempt) == ("cancelled", 0)


def imported(pool: UUID, content: str, worker: fleet.Member, **how: bool) -> ImportJob:
    with transaction() as db:
        job = import_jobs.submit(db, pool, "candidates", "people.csv", content.encode(), **how)
    hints.send([hints.import_file(job)])

    def read() -> ImportJob:
        with transaction() as db:
            return import_jobs.get(db, job)

    fleet.wait_for(lambda: read().state in ("succeeded", "failed"), 30, [worker])
    return read()


def people(pool: UUID) -> list[str]:
    found = fleet.rows(
        "select key from candidate where pool_id = :pool and key like :mark order by key",
        pool=pool,
        mark=f"{MARK}%",
    )
    return [key for (key,) in found]


def test_a_file_is_imported_whole_dry_or_not_at_all(worker: fleet.Member) -> None:
    pool = fleet.pool()
    dry = imported(pool, GOOD, worker, dry_run=True)
    assert (dry.state, dry.report["accepted"], people(pool)) == ("succeeded", True, [])
    refused = imported(pool, GOOD + BAD.splitlines()[1], worker)
    assert refused.state == "succeeded"
    assert not refused.report["accepted"]
    assert refused.report["error_count"] == 1
    assert people(pool) == []
    done = imported(pool, GOOD, worker)
    assert done.report["accepted"]
    assert people(pool) == [f"{MARK}-1", f"{MARK}-2"]
    broken = imported(pool, "\x00\x01\x02", worker)
    assert broken.state == "failed"
    assert broken.error_code


def test_what_people_are_called_is_in_no_log_and_in_no_message(worker: fleet.Member) -> None:
    pool = fleet.pool()
    url = settings().redis_url
    assert url
    imported(pool, BAD, worker, skip_bad_rows=True)
    imported(pool, GOOD, worker)
    with redis.Redis.from_url(url) as client:
        held = b"".join(client.dump(key) or b"" for key in client.scan_iter())
        assert MARK.encode() not in held
    assert "import_claimed" in worker.log.read_text()
    assert MARK not in worker.log.read_text()
