"""A file that waits for a worker: claimed, imported with its report in one transaction, refused."""

import uuid

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from matcher.errors import ImportRefused
from matcher.service import import_jobs, importing
from matcher.store import vault
from matcher.store.database import transaction
from tests.integration.imports import make_pool, pool_zip, select, small_pool


@pytest.fixture
def pool(database: str) -> uuid.UUID:
    return make_pool()


def submitted(pool: uuid.UUID, content: bytes, kind: str) -> import_jobs.ImportClaim:
    with transaction() as db:
        import_id = import_jobs.submit(db, pool, kind, "file", content)
    with transaction() as db:
        claim = import_jobs.claim(db, import_id, "test")
    assert claim is not None
    return claim


def work(claim: import_jobs.ImportClaim) -> None:
    """Do what the worker's task does with a claim."""
    try:
        with transaction() as db:
            content = import_jobs.content(db, claim)
            report = importing.run(db, claim.pool_id, content, claim.kind)
            import_jobs.finish(db, claim, report.to_dict())
    except ImportRefused as error:
        with transaction() as db:
            import_jobs.fail(db, claim, error)


def test_rows_and_report_are_written_together(pool: uuid.UUID) -> None:
    work(submitted(pool, pool_zip(small_pool()), "pool"))
    ((state, report),) = select("select state, report from import_job")
    assert state == "succeeded"
    assert report["tables"]["candidates"] == {
        "created": 2,
        "changed": 0,
        "unchanged": 0,
        "left_out": 0,
    }
    assert len(select("select from candidate")) == 2


def test_faulty_rows_end_it_with_their_report(pool: uuid.UUID) -> None:
    work(submitted(pool, b"key,hours_max\nc1,many\n", "candidates"))
    ((state, report),) = select("select state, report from import_job")
    assert (state, report["accepted"], report["error_count"]) == ("succeeded", False, 1)
    assert report["errors"] == [
        {
            "file": "candidates",
            "row": 2,
            "column": "hours_max",
            "value": "many",
            "code": "bad_value",
            "expected": "a whole number from 0 to 99",
        }
    ]
    assert select("select from candidate") == []


def test_a_file_that_cannot_be_read_fails_and_says_why(pool: uuid.UUID) -> None:
    work(submitted(pool, b"key,hobby\nc1,x\n", "candidates"))
    ((state, code, report),) = select("select state, error_code, report from import_job")
    assert (state, code) == ("failed", "bad_headers")
    assert report["refused"]["faults"] == ["candidates: column 'hobby' is not known"]


def test_a_declared_encoding_is_taken_off_at_the_door(api: TestClient) -> None:
    pool = make_pool()
    people = "key,place\nc1,Zoë\n"

    def post(encoding: str) -> Response:
        return api.post(
            "/imports",
            files={"file": ("people.csv", people.encode("cp1252"), "text/csv")},
            data={"kind": "candidates", "poolId": str(pool), "encoding": encoding},
        )

    assert post("cp1252").status_code == 202
    ((job, content),) = select("select id, content from import_job")
    assert people.encode() not in bytes(content)
    with transaction() as db:
        assert vault.open_upload(db, job, content) == people.encode()
    assert post("utf-16").status_code == 400
