"""The second net: what the API's database role sees without any scope of ours."""

import subprocess
import sys
from uuid import UUID

import pytest
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import ProgrammingError
from sqlmodel import Session

from matcher.domain.actors import NOBODY, Actor
from matcher.errors import SettingsError
from matcher.store.acting import API_ROLE, acting
from matcher.store.database import raw_connection, transaction
from matcher.store.protection import check_role, protected_tables
from matcher.store.tables import SharingAgreement
from tests.integration.nights import publish_plan
from tests.small_pools import write_pool


@pytest.fixture
def pools(database: str) -> tuple[UUID, UUID]:
    with transaction() as db:
        both = write_pool(db, "noord", people=4), write_pool(db, "zuid", people=4)
    for pool_id in both:
        publish_plan(pool_id)
    return both


def as_manager(pool_id: UUID) -> Actor:
    return Actor(NOBODY.account_id, "pool_manager", pool_id)


def seen(db: Session, table: str) -> set[UUID]:
    column = "id" if table == "pool" else "pool_id"
    return set(db.execute(text(f'select distinct {column} from "{table}"')).scalars())


def test_every_table_of_a_pool_shows_that_pool_alone(pools: tuple[UUID, UUID]) -> None:
    with transaction() as db:
        tables = protected_tables(db)
        filled = {table for table in tables if seen(db, table) == set(pools)}
    assert {"pool", "candidate", "placement", "proposal", "match_run", "audit_event"} <= filled
    assert len(tables) > 35
    token = acting.set(as_manager(pools[0]))
    try:
        with transaction() as db:
            for table in tables:
                assert seen(db, table) <= {pools[0]}, table
            for table in filled:
                assert seen(db, table) == {pools[0]}, table
    finally:
        acting.reset(token)


def test_nobody_sees_nothing(pools: tuple[UUID, UUID]) -> None:
    with transaction() as db:
        tables = protected_tables(db)
    token = acting.set(NOBODY)
    try:
        with transaction() as db:
            assert db.execute(text("select current_user")).scalar() == API_ROLE
            assert [table for table in tables if seen(db, table)] == []
    finally:
        acting.reset(token)


def test_a_transaction_leaves_nothing_to_the_next(pools: tuple[UUID, UUID]) -> None:
    token = acting.set(as_manager(pools[0]))
    try:
        with transaction() as db:
            seen(db, "candidate")
    finally:
        acting.reset(token)
    with transaction() as db:
        assert db.execute(text("select current_user")).scalar() != API_ROLE
        assert seen(db, "candidate") == set(pools)


@pytest.mark.parametrize(
    "statement",
    [
        "insert into coach (pool_id, key, name) values (:other, 'x', 'x')",
        "update candidate set pool_id = :other",
        "insert into audit_event select * from audit_event",
        "delete from audit_detail",
        "drop table candidate",
        "alter table candidate disable row level security",
        "create table mine (id int)",
    ],
)
def test_what_the_role_may_not_do(pools: tuple[UUID, UUID], statement: str) -> None:
    token = acting.set(as_manager(pools[0]))
    try:
        with pytest.raises(ProgrammingError), transaction() as db:
            db.execute(text(statement), {"other": pools[1]} if ":other" in statement else {})
    finally:
        acting.reset(token)


def test_rows_of_another_pool_are_not_changed(pools: tuple[UUID, UUID]) -> None:
    token = acting.set(as_manager(pools[0]))
    try:
        with transaction() as db:
            for statement in (
                "update candidate set state = 'inactive' where pool_id = :other",
                "delete from proposal where pool_id = :other",
            ):
                done = db.execute(text(statement), {"other": pools[1]})
                assert done.rowcount == 0  # type: ignore[attr-defined]
    finally:
        acting.reset(token)


def test_what_is_shared_is_seen_and_nothing_else(pools: tuple[UUID, UUID]) -> None:
    with transaction() as db:
        db.add(SharingAgreement(pool_id=pools[1], other_pool_id=pools[0]))
    token = acting.set(as_manager(pools[0]))
    try:
        with transaction() as db:
            for table in ("placement", "employer", "site"):
                assert seen(db, table) == set(pools), table
            for table in ("candidate", "proposal", "match_run", "deployment", "pool"):
                assert seen(db, table) <= {pools[0]}, table
            taken = db.execute(
                text("update placement set taken = taken where pool_id = :other"),
                {"other": pools[1]},
            )
            assert taken.rowcount > 0  # type: ignore[attr-defined]
            gone = db.execute(
                text("delete from placement_task where pool_id = :other"), {"other": pools[1]}
            )
            assert gone.rowcount == 0  # type: ignore[attr-defined]
    finally:
        acting.reset(token)


def test_the_api_does_not_connect_as_somebody_who_sees_all(
    database: str, pools: tuple[UUID, UUID]
) -> None:
    with transaction() as db, pytest.raises(SettingsError, match="WORKPOOL_API_DATABASE_URL"):
        check_role(raw_connection(db))
    engine = create_engine(make_url(database).set(username=API_ROLE))
    with Session(engine) as db:
        check_role(raw_connection(db))
        assert db.execute(text("select count(*) from candidate")).scalar_one() == 0
    engine.dispose()


def test_the_api_does_not_start_as_somebody_who_sees_all(database: str, redis_url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", "from api.server import application; application()"],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 1
    assert "SettingsError: The API would connect as a database user who sees" in done.stderr
