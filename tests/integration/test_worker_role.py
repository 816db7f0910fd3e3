"""The database role of the workers: all of their work, and nothing that could change the record."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, select

from api.launcher.start import DATABASE_URL, named
from matcher.errors import SettingsError
from matcher.service import accounts, auditing, import_jobs, retention, runs, signing_in, sweeping
from matcher.service.accounts import Links
from matcher.store import audit, refusals, vault
from matcher.store.acting import WORKER_ROLE
from matcher.store.database import dispose, raw_connection, transaction
from matcher.store.protection import check_worker_role
from matcher.store.tables import Candidate, CandidateNumber
from tests.integration.imports import pool_zip
from tests.small_pools import write_pool
from workers import tasks


@pytest.fixture
def pool(database: str, redis_url: str) -> UUID:
    with transaction() as db:
        return write_pool(db, "noord", people=8, placements=5)


@contextmanager
def as_worker(database: str) -> Iterator[None]:
    """Work as the workers' processes do: as a user of their own."""
    url = make_url(database).set(username=WORKER_ROLE)
    dispose()
    with named({DATABASE_URL: url.render_as_string(hide_password=False)}):
        with transaction() as db:
            assert db.execute(text("select session_user")).scalar() == WORKER_ROLE
        yield
        dispose()


def scalar(statement: str, **values: object) -> object:
    with transaction() as db:
        return db.execute(text(statement), values).scalar()


def somebody_to_forget(pool: UUID) -> UUID:
    """Somebody with an account who left long ago, in a pool that keeps nobody for so long."""
    with transaction() as db:
        person = db.exec(select(Candidate).where(Candidate.pool_id == pool)).first()
        assert person is not None
        account_id = accounts.create(db, "somebody")
        accounts.grant(db, account_id, pool, "candidate", Links(candidate_id=person.id))
        signing_in.begin(db, account_id)
        number = vault.seal_about(db, pool, person.id, "x", "candidate_number", "bsn", person.id)
        db.add(CandidateNumber(pool_id=pool, candidate_id=person.id, bsn=number, blind=b"x"))
        audit.note_reads(db, [(pool, "somebody", person.id)], "candidate.read")
        retention.set_rule(
            db, pool, "candidate", ground="a law", days=30, action="erase", decided_by="x"
        )
    # A trigger dates it to today, so it is told twice.
    for change in ("state = 'inactive'", "inactive_since = current_date - 90"):
        with transaction() as db:
            db.execute(text(f"update candidate set {change} where id = :id"), {"id": person.id})
    return person.id


def test_a_day_s_work_needs_no_owner(pool: UUID, database: str) -> None:
    gone = somebody_to_forget(pool)
    long_ago = datetime.now(UTC) - timedelta(days=200)
    with transaction() as db:
        for where in (pool, None):
            key = refusals.Refusal(where, None, None, "not_found")
            refusals.note(db, {key: refusals.Refused(3, long_ago, long_ago)})
        files = {"candidates": "key,hours_max\ncandidate-1,20\nnew,16\n"}
        files["identities"] = "candidate,name\nnew,Invented\n"
        job = import_jobs.submit(db, pool, "pool", "pool.zip", pool_zip(files))
        run = runs.request(db, pool)
    with as_worker(database):
        tasks.import_file(str(job))
        tasks.match_run(str(run))
        sweeping.sweep()
        sweeping.sweep()
        with transaction("REPEATABLE READ") as db:
            assert all(found.valid for found in auditing.verify(db))
        maintain = text("select has_table_privilege('candidate', 'maintain')")
        with transaction() as db:
            if raw_connection(db).info.server_version >= 17_00_00:
                assert db.execute(maintain).scalar() is True
    assert scalar("select state from import_job where id = :id", id=job) == "succeeded"
    assert scalar("select state from match_run where id = :id", id=run) == "succeeded"
    assert scalar("select count(*) from proposal where run_id = :id", id=run)
    assert scalar("select count(*) from candidate where key = 'new'") == 1
    assert scalar("select count(*) from candidate where id = :id", id=gone) == 0
    assert scalar("select count(*) from candidate_number") == 0
    assert scalar("select (counts ->> 'candidate_number')::int from erasure") == 1
    assert scalar("select count(*) from account") == 0
    assert scalar("select count(*) from web_session") == 0
    assert scalar("select count(*) from access_log where seq is null") == 0
    assert scalar("select count(*) from refusal") == 1
    actions = (
        "import.submit", "import.finish", "run.request", "run.publish", "access.linked",
        "request.refuse", "subject.forgotten", "retention.apply",
    )  # fmt: skip
    for action in actions:
        assert scalar("select count(*) from audit_event where action = :a", a=action), action


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_event set actor = 'x'",
        "delete from audit_event",
        "insert into audit_event select * from audit_event",
        "delete from audit_detail",
        "update audit_head set seq = 0",
        "update access_log set actor = 'x'",
        "delete from access_log",
        "truncate access_log",
        "update refusal set requests = 1",
        "delete from refusal where pool_id is not null",
        "drop trigger audit_event_kept_0 on audit_event",
        "alter table audit_event disable trigger all",
        "set session_replication_role = replica",
        "create or replace function audit_micros(timestamptz) returns bigint language sql"
        " immutable return 0",
        "alter table candidate disable row level security",
        "drop policy worker on candidate",
        "drop table candidate",
        "create table mine (id int)",
        f"alter role {WORKER_ROLE} superuser",
        "set role workpool_api",
        "select password_hash from account",
        "update account set disabled = false",
        "insert into account (name) values ('somebody')",
        "update membership set role = 'pool_manager'",
        "delete from membership",
        "select token_hash from web_session",
        "select verifier from sign_in_attempt",
        "select bsn from candidate_number",
        "select blind from candidate_number",
        "delete from candidate_number",
        "update alembic_version set version_num = '0001'",
    ],
)
def test_what_the_role_may_not_do(pool: UUID, database: str, statement: str) -> None:
    now = datetime.now(UTC)
    with transaction() as db:
        audit.append(db, pool, "x", "pool.change", {})
        audit.note_reads(db, [(pool, "x", None)], "candidate.list")
        key = refusals.Refusal(pool, None, None, "not_found")
        refusals.note(db, {key: refusals.Refused(2, now, now)})
        accounts.grant(db, accounts.create(db, "anna"), pool, "auditor")
    with as_worker(database), pytest.raises(DBAPIError), transaction() as db:
        db.execute(text(statement))


def test_it_owns_nothing_and_is_spared_by_nothing(pool: UUID, database: str) -> None:
    powers = "select rolsuper or rolcreaterole or rolcreatedb or rolbypassrls from pg_roles"
    assert scalar(f"{powers} where rolname = :role", role=WORKER_ROLE) is False
    with transaction() as db, pytest.raises(SettingsError, match="WORKPOOL_WORKER_DATABASE_URL"):
        check_worker_role(raw_connection(db))
    engine = create_engine(make_url(database).set(username=WORKER_ROLE))
    with Session(engine) as db:
        check_worker_role(raw_connection(db))
    engine.dispose()


def test_the_worker_does_not_start_as_the_owner(database: str, redis_url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", "from api.cli import app; app()", "worker"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 1
    assert "WORKPOOL_WORKER_DATABASE_URL" in done.stderr
