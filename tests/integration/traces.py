"""Looking for what must not be there: every column of every table, as text."""

import hashlib
from collections.abc import Collection

import psycopg
from sqlalchemy import text

from matcher.store.database import transaction


def tables_with(*markers: str) -> dict[str, list[str]]:
    """Return marker -> the tables in which it stands, in text, JSON, bytes or arrays."""
    found: dict[str, list[str]] = {}
    with transaction() as db:
        names = db.execute(
            text("select tablename from pg_tables where schemaname = 'public' order by 1")
        ).scalars()
        for name in names.all():
            for marker in markers:
                # Bytes are shown as hex, so a marker in them is looked for as hex too.
                there = db.execute(
                    text(
                        f"select exists (select from {name} t where t::text ilike :plain"
                        " or t::text ilike :hex)"
                    ),
                    {"plain": f"%{marker}%", "hex": f"%{marker.encode().hex()}%"},
                ).scalar_one()
                if there:
                    found.setdefault(marker, []).append(name)
    return found


NOTED = frozenset(
    {"access_log", "refusal", "web_session", "alembic_version", "service_state", "account"}
)
"""Who was there, what was read and what was refused: not what the product is about."""


def digests(but: Collection[str] = ()) -> dict[str, str]:
    """Return a digest of the rows of each table, those of `NOTED` and of ``but`` left out."""
    with transaction() as db:
        tables = db.execute(text("select tablename from pg_tables where schemaname = 'public'"))
        return {
            name: hashlib.sha256(
                "\n".join(
                    sorted(str(row) for row in db.execute(text(f'select * from "{name}"')))
                ).encode()
            ).hexdigest()
            for name in tables.scalars()
            if name not in NOTED and name not in but
        }


def waiting_for_locks(url: str) -> int:
    """Return how many sessions of this database wait for a lock, seen from one of its own."""
    address = url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(address) as connection:
        row = connection.execute(
            "select count(*) from pg_stat_activity"
            " where datname = current_database() and wait_event_type = 'Lock'"
        ).fetchone()
    assert row is not None
    return int(row[0])
