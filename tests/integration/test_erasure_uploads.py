"""A file that waits in the queue does not bring back who was erased after it was sent."""

import threading
import time
import uuid
from typing import Any

import pytest

from matcher.service import erasure, import_jobs, importing
from matcher.store.database import transaction
from tests.integration.imports import make_pool, pool_zip, run, select, small_pool
from tests.integration.traces import tables_with, waiting_for_locks
from tests.integration.workbooks import zipped

KEY = "c1"
CANARY = "key-of-a-canary"


@pytest.fixture
def pool(database: str) -> uuid.UUID:
    made = make_pool()
    run(made, files())
    return made


def files() -> dict[str, str]:
    """The small pool, its first person under a key that is found anywhere."""
    return {name: told.replace(f"{KEY},", f"{CANARY},").replace(f",{KEY},", f",{CANARY},")
            for name, told in small_pool().items()}  # fmt: skip


def person(key: str = CANARY) -> uuid.UUID:
    ((found,),) = select("select id from candidate where key = :key", key=key)
    return uuid.UUID(str(found))


def erase(who: uuid.UUID) -> erasure.Receipt:
    with transaction() as db:
        return erasure.erase(db, who)


def send(pool: uuid.UUID, content: bytes, kind: str = "pool", **options: Any) -> uuid.UUID:
    with transaction() as db:
        return import_jobs.submit(db, pool, kind, "file", content, **options)


def work(import_id: uuid.UUID) -> dict[str, Any]:
    """Do what the worker's task does, and return the report."""
    with transaction() as db:
        claim = import_jobs.claim(db, import_id, "test")
    assert claim is not None
    with transaction() as db:
        report = importing.run(
            db,
            claim.pool_id,
            import_jobs.content(db, claim),
            claim.kind,
            dry_run=claim.dry_run,
            skip_bad_rows=claim.skip_bad_rows,
            sent_at=claim.sent_at,
        )
        import_jobs.finish(db, claim, report.to_dict())
    ((told,),) = select("select report from import_job where id = :id", id=import_id)
    return dict(told)


@pytest.mark.parametrize("skip_bad_rows", [False, True])
def test_rows_of_the_erased_are_left_out_and_the_rest_comes_in(
    pool: uuid.UUID, skip_bad_rows: bool
) -> None:
    more = files()
    more["candidates"] += "c3,,,,,,,\n"
    waiting = send(pool, pool_zip(more), skip_bad_rows=skip_bad_rows)
    receipt = erase(person())
    assert receipt.counts["uploads_waiting"] == 1
    report = work(waiting)
    assert report["accepted"], report["errors"]
    assert select("select key from candidate order by key") == [("c2",), ("c3",)]
    assert report["tables"]["candidates"]["left_out"] == 1
    # Files whose rows name the person, each by its place: the key is told nowhere.
    assert {(each["code"], each["value"], each["column"]) for each in report["warnings"]} == {
        ("erased", None, "")
    }
    assert {each["file"] for each in report["warnings"]} == {
        f"{name}.csv" for name, told in more.items() if CANARY in told
    }
    assert report["errors"] == []
    assert tables_with(CANARY) == {}
    assert select("select from candidate_identity") == []


def test_faults_of_their_rows_are_not_told_either(pool: uuid.UUID) -> None:
    rows = f"key,hours_max\n{CANARY},many\n{CANARY},9\nc2,few\n"
    waiting = send(pool, rows.encode(), "candidates")
    erase(person())
    report = work(waiting)
    assert [(each["row"], each["value"], each["code"]) for each in report["errors"]] == [
        (4, "few", "bad_value")
    ]
    assert [each["row"] for each in report["warnings"]] == [2, 3]
    assert tables_with(CANARY) == {}


def test_a_dry_run_tells_the_same(pool: uuid.UUID) -> None:
    waiting = send(pool, f"key\n{CANARY}\n".encode(), "candidates", dry_run=True)
    erase(person())
    assert [each["code"] for each in work(waiting)["warnings"]] == ["erased"]


def test_who_is_sent_again_afterwards_comes_back_as_somebody_decided(pool: uuid.UUID) -> None:
    before = person()
    erase(before)
    report = work(send(pool, f"key\n{CANARY}\n".encode(), "candidates"))
    assert (report["accepted"], report["warnings"]) == (True, [])
    assert person() != before


def test_another_pools_file_may_use_the_same_key(pool: uuid.UUID) -> None:
    waiting = send(make_pool("zuid"), f"key\n{CANARY}\n".encode(), "candidates")
    erase(person())
    assert work(waiting)["accepted"]
    assert len(select("select from candidate where key = :key", key=CANARY)) == 1


def until_somebody_waits(database: str) -> None:
    until = time.monotonic() + 20
    while not waiting_for_locks(database):
        assert time.monotonic() < until, "nobody waited"
        time.sleep(0.02)


def test_an_erasure_waits_for_the_file_that_is_being_written(
    pool: uuid.UUID, database: str
) -> None:
    content = zipped({"candidates.csv": f"key,walking\n{CANARY},false\n".encode()})
    receipts: list[erasure.Receipt] = []
    who = person()
    thread = threading.Thread(target=lambda: receipts.append(erase(who)))
    with transaction() as db:
        assert importing.run(db, pool, content, "pool").accepted
        thread.start()
        until_somebody_waits(database)
    thread.join(30)
    assert [each.state for each in receipts] == ["done"]
    assert tables_with(CANARY, str(who)) == {}


def test_a_file_waits_for_the_erasure_that_is_under_way(pool: uuid.UUID, database: str) -> None:
    ((sent_at,),) = select("select now()")
    reports: list[importing.Report] = []

    def imported() -> None:
        with transaction() as db:
            rows = f"key\n{CANARY}\nc2\n".encode()
            reports.append(importing.run(db, pool, rows, "candidates", sent_at=sent_at))

    thread = threading.Thread(target=imported)
    with transaction() as db:
        erasure.erase(db, person())
        thread.start()
        until_somebody_waits(database)
    thread.join(30)
    assert [each.warning_count for each in reports] == [1]
    assert select("select key from candidate") == [("c2",)]
