"""
Writing an import: everything staged by COPY, then a few statements per table.

Rows with a key are inserted, or updated when something differs, and a list of a parent is replaced
by the rows that differ: so the same file twice writes nothing. A version rises once for all that
changed of a row, its lists included. Nobody who is absent from the files is deleted.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import polars as pl
from sqlalchemy import text
from sqlmodel import Session

from matcher.domain.formats.checking import Checked
from matcher.domain.formats.pool import TABLES
from matcher.store.database import allow_time
from matcher.store.import_tables import TableWriter, make_temporary, sql_name, stage
from matcher.store.turns import hold_pool
from matcher.store.vault_import import write_identities

STATEMENT_SECONDS = 600
# Who somebody is and what they are counted as is no content of the profile that its version tells.
IDENTITIES = "identities"
SILENT_LISTS = frozenset({IDENTITIES, "audit_attributes"})
LISTS_BY_PARENT: dict[str, list[str]] = {}
for _table in TABLES:
    if _table.part_of and _table.name not in SILENT_LISTS:
        _parent = _table.by_name[_table.part_of].refers_to or ""
        LISTS_BY_PARENT.setdefault(_parent, []).append(_table.name)

Progress = Callable[[int], None]


class Counts(NamedTuple):
    """What became of the rows of one table; of a list, removed rows count as changed."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    left_out: int = 0


@dataclass(frozen=True)
class Stored:
    """What an import is compared with: keys by table, and facts that must not be contradicted."""

    keys: Mapping[str, pl.Series]
    taken: pl.DataFrame
    deployed: pl.DataFrame


def begin(db: Session) -> None:
    """Let this transaction wait while files are read and checked, and its statements take long."""
    allow_time(db, STATEMENT_SECONDS)
    db.execute(
        text("select set_config('idle_in_transaction_session_timeout', :limit, true)"),
        {"limit": f"{STATEMENT_SECONDS}s"},
    )


def read_stored(db: Session, pool_id: uuid.UUID, tables: Mapping[str, Checked]) -> Stored:
    """
    Return what the pool has, as far as these tables refer to it.

    Returns
    -------
    ``keys`` of the tables referred to; ``taken`` with ``key`` and ``taken`` of placements;
    ``deployed`` with ``key``, ``candidate`` and ``state`` of planned and active deployments.
    """
    wanted = {reference.table for each in tables.values() for reference in each.table.references}
    keys = {name: _keys(db, pool_id, name) for name in sorted(wanted)}
    return Stored(
        keys,
        _frame(
            db,
            "select key, taken from placement where pool_id = :pool_id and taken > 0",
            {"pool_id": pool_id},
            {"key": pl.String, "taken": pl.Int64},
        ),
        _frame(
            db,
            """
            select d.key, c.key, d.state from deployment d
            join candidate c on c.pool_id = d.pool_id and c.id = d.candidate_id
            where d.pool_id = :pool_id and d.state in ('planned', 'active')
            """,
            {"pool_id": pool_id},
            {"key": pl.String, "candidate": pl.String, "state": pl.String},
        ),
    )


def _keys(db: Session, pool_id: uuid.UUID, name: str) -> pl.Series:
    where = "id <> :pool_id" if name == "pools" else "pool_id = :pool_id"
    query = f"select key from {sql_name(name)} where {where}"
    return _frame(db, query, {"pool_id": pool_id}, {"key": pl.String})["key"]


def _frame(
    db: Session, query: str, values: Mapping[str, Any], schema: Mapping[str, Any]
) -> pl.DataFrame:
    rows = [tuple(row) for row in db.execute(text(query), values)]
    return pl.DataFrame(rows, schema=schema, orient="row")


MANY_ROWS = 100


def write(
    db: Session, pool_id: uuid.UUID, tables: Mapping[str, Checked], written: Progress
) -> dict[str, Counts]:
    """
    Write the good rows of checked tables, parents first, and return what became of them.

    All references must have been checked, and `begin` called. ``written`` is called with the
    number of rows of every table that is done; what it raises ends the import, and the transaction
    takes all back.
    """
    for noted in ("import_written", "import_touched"):
        make_temporary(db, noted, columns="(source text, id uuid)")
    frames = {name: each.good() for name, each in tables.items()}
    # All of it goes to the server before a lock is taken: a writer that hangs holds up nobody.
    for name, each in tables.items():
        # Who somebody is goes to the vault, and nowhere in the clear on the way.
        if name != IDENTITIES:
            stage(db, each, frames[name])
        written(0)
    hold_pool(db, pool_id)
    counts = {}
    for name, each in tables.items():
        writer = TableWriter(db, pool_id, each)
        rows = frames[name].height
        if name == IDENTITIES:
            created, changed = write_identities(db, pool_id, frames[name])
            unchanged = rows - created - changed
        elif each.table.part_of:
            created, changed = writer.replace_list(tables)
            unchanged = rows - created
        else:
            created, changed = writer.upsert()
            unchanged = rows - created - changed
        counts[name] = Counts(created, changed, unchanged, len(each.bad_rows))
        if created + changed >= MANY_ROWS:
            # The planner would go by the table as it was, and the next read take minutes; the
            # server's own analysis comes a minute later.
            db.execute(text(f"analyze {sql_name(name)}"))
        written(rows)
    for name, lists in LISTS_BY_PARENT.items():
        touched = _raise_versions(db, pool_id, name, lists)
        if name in counts:
            was = counts[name]
            counts[name] = was._replace(
                changed=was.changed + touched, unchanged=max(was.unchanged - touched, 0)
            )
    return counts


def _raise_versions(db: Session, pool_id: uuid.UUID, parents: str, lists: list[str]) -> int:
    """Raise the version of rows whose lists changed and that were not written themselves."""
    return len(
        db.execute(
            text(
                f"update {sql_name(parents)} t set version = t.version + 1 "
                "where t.pool_id = :pool_id "
                "and t.id in (select id from import_touched where source = any(:lists)) "
                "and t.id not in (select id from import_written where source = :parents) "
                "returning t.id"
            ),
            {"pool_id": pool_id, "lists": lists, "parents": parents},
        ).all()
    )
