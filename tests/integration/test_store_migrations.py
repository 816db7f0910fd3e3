"""The tables' history: up, check, down, up; the same tables as the code says."""

from pathlib import Path

import psycopg
import pytest
from sqlalchemy import create_engine, text
from sqlmodel import SQLModel

import matcher.store.tables  # noqa: F401
from matcher.errors import Unavailable
from matcher.store import database as store
from matcher.store import migrations
from tests.servers import drop_database, fill_database

CONSTRAINTS = """
    select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
    where connamespace = 'public'::regnamespace and conrelid <> 0
    union all
    select tablename::text, indexname, indexdef from pg_indexes where schemaname = 'public'
    order by 1, 2, 3
"""


def constraints(connection) -> set[tuple[str, ...]]:
    rows = connection.execute(text(CONSTRAINTS))
    return {tuple(row) for row in rows if "alembic" not in row[0]}


def tables(db) -> set[str]:
    return set(
        db.execute(text("select tablename from pg_tables where schemaname = 'public'")).scalars()
    )


def test_up_check_down_up(database: str) -> None:
    migrations.check()
    with store.transaction() as db:
        before = tables(db)
    assert "match_run" in before
    migrations.downgrade()
    with store.transaction() as db:
        assert tables(db) == {"alembic_version"}
        left = db.execute(
            text("select proname from pg_proc where pronamespace = 'public'::regnamespace")
        ).all()
        assert left == []
    migrations.upgrade()
    migrations.check()
    with store.transaction() as db:
        assert tables(db) == before


def test_migrating_twice_at_once_is_harmless(database: str) -> None:
    migrations.upgrade()
    migrations.upgrade()


def test_every_constraint_of_the_code_is_in_the_database(
    database: str, template_database: str
) -> None:
    """Alembic compares no CHECKs, so they are compared here, with the indexes."""
    fresh = fill_database(template_database, "template0")
    try:
        engine = create_engine(fresh)
        SQLModel.metadata.create_all(engine)
        with engine.connect() as connection:
            told = constraints(connection)
        engine.dispose()
    finally:
        drop_database(fresh)
    with store.transaction() as db:
        found = constraints(db)
    assert found == told


def test_no_migration_needs_an_extension() -> None:
    for path in (Path(migrations.__file__).parent / "versions").glob("*.py"):
        assert "extension" not in path.read_text().lower(), path.name


def test_an_old_server_is_refused_in_one_sentence(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "OLDEST_SERVER", 99)
    store.dispose()
    with pytest.raises(Unavailable, match="Workpool needs 99 or later"), store.transaction() as db:
        db.execute(text("select 1"))


def test_a_server_that_is_not_there_is_unavailable(setting) -> None:
    setting("database_url", "postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(Unavailable), store.transaction() as db:
        db.execute(text("select 1"))
    store.dispose()


def test_an_error_leaves_nothing_behind(database: str) -> None:
    def write_and_fail() -> None:
        with store.transaction() as db:
            db.execute(text("insert into pool (key, name) values ('left', 'Left')"))
            store.raw_connection(db).execute("do $$ begin raise exception 'no'; end $$")

    with pytest.raises(psycopg.errors.RaiseException):
        write_and_fail()
    with store.transaction() as db:
        assert db.execute(text("select count(*) from pool")).scalar_one() == 0
