"""Statements that bring one table of an import to what its files say."""

import uuid
from collections.abc import Mapping
from typing import Any

import polars as pl
from sqlalchemy import text
from sqlmodel import Session

from matcher.domain.formats.checking import Checked
from matcher.domain.formats.fields import Field, Table
from matcher.store.database import raw_connection

COPY_ROWS = 20_000

SQL_NAMES = {
    "coaches": "coach",
    "coach_sites": "coach_site",
    "employers": "employer",
    "employer_contacts": "employer_contact",
    "sites": "site",
    "supervisor_groups": "supervisor_group",
    "placements": "placement",
    "placement_requirements": "placement_requirement",
    "placement_tasks": "placement_task",
    "placement_tags": "placement_tag",
    "candidates": "candidate",
    "identities": "candidate_identity",
    "audit_attributes": "audit_attribute",
    "companions": "companion",
    "deployments": "deployment",
    "sharing_agreements": "sharing_agreement",
    "postcode_areas": "postcode_area",
    "pools": "pool",
}
"""Table of the database by name of the format; those of a candidate's lists are the same."""

WITHOUT_POOL = frozenset({"postcode_areas"})
WITHOUT_VERSION = frozenset({"sharing_agreements", "postcode_areas"})
# Openings are counted here once a placement is known: an import must not give one away again.
WRITTEN_ONCE = {"placements": frozenset({"taken"})}
# A deployment has to end before the next one of the same person may start.
UPDATED_IN_TURN = {"deployments": ("state", ("ended", "active", "planned"))}


def sql_name(name: str) -> str:
    """Return the table of the database by name of the format."""
    return SQL_NAMES.get(name, name)


def _column(field: Field) -> str:
    return f"{field.name}_id" if field.refers_to else field.name


def stage(db: Session, each: Checked, frame: pl.DataFrame) -> None:
    """Send rows to a temporary table of this transaction, keys of other rows still as keys."""
    name, target = f"raw_{each.table.name}", sql_name(each.table.name)
    present = [each.table.by_name[column] for column in each.present]
    columns = ", ".join(
        f"null::text as {field.name}" if field.refers_to else f"{field.name}" for field in present
    )
    make_temporary(db, name, query=f"select {columns} from {target}")
    rows = frame.select(_as_text(pl.col(field.name), field) for field in present)
    with (
        raw_connection(db).cursor() as cursor,
        cursor.copy(f"copy {name} from stdin with (format csv)") as copy,
    ):
        for part in rows.iter_slices(COPY_ROWS):
            copy.write(part.write_csv(include_header=False))
    db.execute(text(f"analyze {name}"))


def make_temporary(db: Session, name: str, *, columns: str = "", query: str = "") -> None:
    """Make a temporary table of this transaction; one of an earlier import in it goes."""
    rows = f"as {query} with no data" if query else ""
    db.execute(text(f"drop table if exists pg_temp.{name}"))
    db.execute(text(f"create temp table {name} {columns} on commit drop {rows}"))


def _as_text(value: pl.Expr, field: Field) -> pl.Expr:
    """Return a column as COPY reads it: a list as an array of quoted elements."""
    if not isinstance(field.parser.dtype, pl.List):
        return value
    quoted = (
        pl.element()
        .cast(pl.String)
        .str.replace_all("\\", "\\\\", literal=True)
        .str.replace_all('"', '\\"', literal=True)
    )
    elements = value.list.eval('"' + quoted + '"').list.join(",")
    return ("{" + elements + "}").alias(field.name)


class TableWriter:
    """The statements that write one staged table."""

    def __init__(self, db: Session, pool_id: uuid.UUID, each: Checked) -> None:
        self.db = db
        self.values: dict[str, Any] = {"pool_id": pool_id, "source": each.table.name}
        self.checked = each
        self.table: Table = each.table
        self.target = sql_name(each.table.name)
        self.staged = f"new_{each.table.name}"
        self.has_pool = each.table.name not in WITHOUT_POOL

    def upsert(self) -> tuple[int, int]:
        """Insert the rows that are new, update those that differ; return how many of each."""
        columns = [_column(self.table.by_name[name]) for name in self.checked.present]
        self._resolve(columns)
        identity = [_column(self.table.by_name[name]) for name in self.table.identity]
        same = " and ".join(f"t.{column} = s.{column}" for column in identity)
        if self.has_pool:
            same = f"t.pool_id = :pool_id and {same}"
        once = WRITTEN_ONCE.get(self.table.name, frozenset())
        free = [each for each in columns if each not in identity and each not in once]
        # Updates first: a deployment that ends makes room for one that begins.
        changed = self._update(same, free) if free else 0
        return self._insert(same, identity, columns), changed

    def _update(self, same: str, columns: list[str]) -> int:
        sets = [f"{column} = s.{column}" for column in columns]
        if self.table.name not in WITHOUT_VERSION:
            sets.append("version = t.version + 1")
        differs = f"{_row('t', columns)} is distinct from {_row('s', columns)}"
        statement = (
            f"update {self.target} t set {', '.join(sets)} from {self.staged} s "
            f"where {same} and {differs}"
        )
        turn, states = UPDATED_IN_TURN.get(self.table.name, ("", ()))
        if turn not in columns:
            return self._noted(statement)
        return sum(
            self._noted(f"{statement} and s.{turn} = :turn", {"turn": state}) for state in states
        )

    def _insert(self, same: str, identity: list[str], columns: list[str]) -> int:
        pool = ["pool_id"] if self.has_pool else []
        values = [*(f":{each}" for each in pool), *(f"s.{column}" for column in columns)]
        # In one order: two pools that bring the same areas cannot then wait for one another.
        return self._noted(
            f"insert into {self.target} as t ({', '.join([*pool, *columns])}) "
            f"select {', '.join(values)} from {self.staged} s "
            f"where not exists (select from {self.target} t where {same}) "
            f"order by {', '.join(f's.{column}' for column in identity)} "
            f"on conflict ({', '.join([*pool, *identity])}) do nothing"
        )

    def _noted(self, statement: str, extra: Mapping[str, Any] | None = None) -> int:
        """Run a statement on keyed rows, note which it wrote, return how many."""
        returned = "null::uuid" if self.table.name in WITHOUT_POOL else "t.id"
        result = self.db.execute(
            text(
                f"with done as ({statement} returning {returned} as id) "
                "insert into import_written select :source, id from done"
            ),
            self.values | dict(extra or {}),
        )
        return int(result.rowcount)  # type: ignore[attr-defined]

    def replace_list(self, tables: Mapping[str, Checked]) -> tuple[int, int]:
        """Make the lists of the parents in the files what they say; return rows made and gone."""
        columns = [_column(field) for field in self.table.fields]
        parent_field = self.table.by_name[self.table.part_of or ""]
        parent = _column(parent_field)
        self._resolve(columns)
        self._note_parents(parent_field, parent, tables)
        twins = self._twins(parent, [column for column in columns if column != parent])
        had, gone = self._delete_gone(parent, twins) if self._has_rows() else (0, 0)
        kept = had - gone
        # Every row that stayed is the twin of a staged one.
        if self._staged_rows() == kept:
            return 0, gone
        return self._insert_new(parent, columns, twins if kept else None), gone

    def _twins(self, parent: str, rest: list[str]) -> tuple[str, str]:
        """
        Return the common table expressions ``old`` and ``new``, and when two rows are twins.

        The elements of a list may be alike, so equal ones are numbered within their parent.
        """
        scope = "".join(f" and t.{column} = :scope_{column}" for column, _ in self.checked.scope)
        self.values |= {f"scope_{column}": value for column, value in self.checked.scope}
        if self.table.name == "candidate_consent":
            # What was said to a person here is not taken back by a file.
            scope += " and t.recorded_by is null"
        old = (
            f"select t.ctid as place, t.{parent} as parent, {_print('t', rest)} as fingerprint, "
            f"row_number() over (partition by t.{parent}, {_print('t', rest)}) as n "
            f"from {self.target} t join parents_{self.table.name} p on p.id = t.{parent} "
            f"where t.pool_id = :pool_id{scope}"
        )
        new = (
            f"select s.*, {_print('s', rest)} as fingerprint, "
            f"row_number() over (partition by s.{parent}, {_print('s', rest)}) as n "
            f"from {self.staged} s"
        )
        same = f"o.parent = s.{parent} and o.fingerprint = s.fingerprint and o.n = s.n"
        return f"old as ({old}), new as ({new})", same

    def _delete_gone(self, parent: str, twins: tuple[str, str]) -> tuple[int, int]:
        """Delete rows without a staged twin; return how many there were and how many went."""
        both, same = twins
        had, gone = self.db.execute(
            text(
                f"with {both}, gone as ("
                f"delete from {self.target} t using old o where t.ctid = o.place "
                f"and not exists (select from new s where {same}) returning t.{parent} as id), "
                "noted as (insert into import_touched select distinct :source, id from gone) "
                "select (select count(*) from old), (select count(*) from gone)"
            ),
            self.values,
        ).one()
        return had, gone

    def _insert_new(self, parent: str, columns: list[str], twins: tuple[str, str] | None) -> int:
        """Insert the staged rows that have no twin, all of them without ``twins``."""
        listed = ", ".join(columns)
        both = f"{twins[0]}, " if twins else ""
        source = f"new s where not exists (select from old o where {twins[1]})" if twins else ""
        made: int = self.db.execute(
            text(
                f"with {both}made as (insert into {self.target} as t (pool_id, {listed}) "
                f"select :pool_id, {listed} from {source or self.staged} "
                f"returning t.{parent} as id), "
                "noted as (insert into import_touched select distinct :source, id from made) "
                "select count(*) from made"
            ),
            self.values,
        ).scalar_one()
        return made

    def _has_rows(self) -> bool:
        query = f"select exists (select from {self.target} where pool_id = :pool_id)"
        return bool(self.db.execute(text(query), self.values).scalar_one())

    def _staged_rows(self) -> int:
        return int(self.db.execute(text(f"select count(*) from {self.staged}")).scalar_one())

    def _note_parents(self, field: Field, column: str, tables: Mapping[str, Checked]) -> None:
        """Note whose list is told: those with a row, and with a whole list all of the files'."""
        above = field.refers_to or ""
        query = f"select distinct {column} as id from {self.staged}"
        if self.checked.whole and above in tables:
            query += (
                f" union select t.id from {sql_name(above)} t join raw_{above} s "
                "on s.key = t.key where t.pool_id = :pool_id"
            )
        name = f"parents_{self.table.name}"
        make_temporary(self.db, name, columns="(id uuid)")
        self.db.execute(text(f"insert into {name} {query}"), self.values)
        self.db.execute(text(f"analyze {name}"))

    def _resolve(self, columns: list[str]) -> None:
        """Make the staged rows ones of the database: keys become ids, absent fields defaults."""
        query = f"select {', '.join(columns)} from {self.target}"
        make_temporary(self.db, self.staged, query=query)
        by_column = {_column(field): field for field in self.table.fields}
        selected, joins, values = [], [], dict(self.values)
        for number, column in enumerate(columns):
            field = by_column[column]
            if field.name not in self.checked.present:
                selected.append(f"cast(:default_{number} as {self._type_of(column)})")
                values[f"default_{number}"] = field.default
            elif field.refers_to:
                alias = f"r{number}"
                where = f"{alias}.key = s.{field.name}"
                if field.refers_to != "pools":
                    where += f" and {alias}.pool_id = :pool_id"
                joins.append(f"left join {sql_name(field.refers_to)} {alias} on {where}")
                selected.append(f"{alias}.id")
            else:
                selected.append(f"s.{field.name}")
        self.db.execute(
            text(
                f"insert into {self.staged} select {', '.join(selected)} "
                f"from raw_{self.table.name} s {' '.join(joins)}"
            ),
            values,
        )
        self.db.execute(text(f"analyze {self.staged}"))

    def _type_of(self, column: str) -> str:
        found: str = self.db.execute(
            text(
                "select format_type(atttypid, atttypmod) from pg_attribute "
                "where attrelid = cast(:target as regclass) and attname = :column"
            ),
            {"target": self.target, "column": column},
        ).scalar_one()
        return found


def _row(alias: str, columns: list[str]) -> str:
    return "row(" + ", ".join(f"{alias}.{column}" for column in columns) + ")"


def _print(alias: str, columns: list[str]) -> str:
    """Return an expression that is equal for equal rows, unknown values included."""
    return f"md5({_row(alias, columns)}::text)"
