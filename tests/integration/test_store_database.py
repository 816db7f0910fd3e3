"""What a transaction does when the database itself fails in the middle."""

import threading
import traceback
import uuid

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from matcher.errors import Conflict, Unavailable
from matcher.store.database import (
    check_connections,
    dispose,
    glance,
    raw_connection,
    transaction,
)
from matcher.store.tables import Pool


def make_pools(*keys: str) -> list[uuid.UUID]:
    pools = [Pool(key=key, name=key) for key in keys]
    with transaction() as db:
        db.add_all(pools)
    return [pool.id for pool in pools]


def rename(db: Session, pool_id: uuid.UUID, name: str) -> None:
    db.execute(text("update pool set name = :name where id = :id"), {"name": name, "id": pool_id})


def kill(db: Session) -> None:
    """End the connection of another transaction, as a restart of the server does."""
    pid = raw_connection(db).info.backend_pid
    with transaction() as other:
        other.execute(text("select pg_terminate_backend(:pid, 5000)"), {"pid": pid})


def test_a_lost_connection_is_unavailable_and_the_next_works(database: str) -> None:
    def lose_it() -> None:
        with transaction() as db:
            db.add(Pool(key="lost", name="Lost"))
            db.flush()
            kill(db)
            db.execute(text("select 1"))

    with pytest.raises(Unavailable):
        lose_it()
    with transaction() as db:
        assert db.execute(text("select count(*) from pool")).scalar_one() == 0


def test_a_connection_lost_in_a_copy(database: str) -> None:
    def lose_it() -> None:
        with transaction() as db:
            kill(db)
            with raw_connection(db).cursor().copy("copy pool to stdout") as copy:
                copy.read()

    with pytest.raises(Unavailable):
        lose_it()
    make_pools("next")


def test_a_checked_connection_can_choose_its_isolation(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("matcher.store.database._checks", [])
    asked = []
    check_connections(lambda connection: asked.append(connection.execute("select 1").fetchone()))
    # Each opens a connection of its own while the ones before are in use.
    with transaction() as first, transaction("REPEATABLE READ") as second, glance() as third:
        levels = [
            asks.execute(text("show transaction_isolation")).scalar_one()
            for asks in (first, second, third)
        ]
    dispose()
    assert levels == ["read committed", "repeatable read", "read committed"]
    assert asked == [(1,)] * 3


def test_a_statement_that_takes_too_long_is_unavailable(database: str) -> None:
    with pytest.raises(Unavailable), transaction() as db:
        db.execute(text("set local statement_timeout = '50ms'; select pg_sleep(5)"))


def test_a_server_that_only_reads_is_unavailable_to_writers(database: str) -> None:
    def write() -> None:
        with transaction() as db:
            db.execute(text("set transaction read only"))
            db.add(Pool(key="late", name="Late"))

    with pytest.raises(Unavailable):
        write()


def test_a_row_that_somebody_holds_is_busy(database: str) -> None:
    (pool_id,) = make_pools("pool")

    def wait_for_it() -> None:
        with transaction() as db:
            db.execute(text("set local lock_timeout = '100ms'"))
            rename(db, pool_id, "second")

    with transaction() as first:
        rename(first, pool_id, "first")
        with pytest.raises(Conflict) as error:
            wait_for_it()
    assert error.value.code == "busy"


def test_two_who_wait_for_one_another_are_busy(database: str) -> None:
    pools = make_pools("one", "two")
    both_hold_one = threading.Barrier(2)
    outcomes: list[str] = []

    def cross(mine: uuid.UUID, theirs: uuid.UUID) -> None:
        try:
            with transaction() as db:
                rename(db, mine, "mine")
                both_hold_one.wait()
                rename(db, theirs, "theirs")
            outcomes.append("done")
        except Conflict as error:
            outcomes.append(error.code)

    threads = [threading.Thread(target=cross, args=pair) for pair in (pools, pools[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["busy", "done"]


def test_values_stay_out_of_error_texts(database: str) -> None:
    """The server quotes the key, and of a failed CHECK the whole row, in its details."""
    value = uuid.uuid4().hex
    make_pools(value)
    with pytest.raises(IntegrityError) as duplicate:
        make_pools(value)
    with pytest.raises(IntegrityError) as unchecked:
        make_pools(f"{value}!")

    def copy_in() -> None:
        with (
            transaction() as db,
            raw_connection(db).cursor().copy("copy pool (id) from stdin") as copy,
        ):
            copy.write_row([value])

    with pytest.raises(psycopg.Error) as copied:
        copy_in()
    told = "".join(traceback.format_exception(duplicate.value))
    told += "".join(traceback.format_exception(unchecked.value))
    assert "pool_key_key" in told
    assert "pool_key_check" in told
    assert value not in told
    assert "COPY" not in str(copied.value)
