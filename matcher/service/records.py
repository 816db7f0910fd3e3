"""
Records that people keep: listed by page, read, created, changed by version, ended.

A record is a row with its lists of details, as one dict of plain values; which columns and lists
belong to it stands in a `Kind`. `matcher.service.people` and `matcher.service.work` hold the kinds.
Within a request only the rows of the one who asks are there (`matcher.store.scopes`).
"""

import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Table, delete, insert, select, tuple_, update
from sqlalchemy.exc import DataError, IntegrityError
from sqlmodel import Session, SQLModel

from matcher.errors import Invalid, NotFound, Stale
from matcher.service.constraints import told
from matcher.store import audit, scopes

Record = dict[str, Any]
PAGE_SIZE_MAX = 200


@dataclass(frozen=True)
class Part:
    """
    A list of details that belongs to a record, such as a candidate's licences.

    With one column an element is that plain value, with more it is a dict of them.
    """

    name: str
    model: type[SQLModel]
    parent: str
    columns: tuple[str, ...]

    @property
    def table(self) -> Table:
        """The table that holds the elements."""
        return table_of(self.model)

    def element(self, row: Mapping[str, Any]) -> Any:
        """Return an element as people see it."""
        if len(self.columns) == 1:
            return row[self.columns[0]]
        return {name: row[name] for name in self.columns}

    def values(self, element: Any) -> Record:
        """Return the column values of an element."""
        if len(self.columns) == 1:
            return {self.columns[0]: element}
        return {name: element.get(name) for name in self.columns if name in element}


@dataclass(frozen=True)
class Kind:
    """A kind of record: its table, the columns people see, its lists, the order of a page."""

    name: str
    model: type[SQLModel]
    columns: tuple[str, ...]
    parts: tuple[Part, ...] = ()
    order: tuple[str, ...] = ("pool_id", "key", "id")
    # The column that names the candidate whom such a record is about: reading it is noted.
    about: str | None = None

    @property
    def table(self) -> Table:
        """The table that holds the rows."""
        return table_of(self.model)

    @property
    def noun(self) -> str:
        """What it is called in the record, as in ``candidate.change``."""
        return self.name.replace(" ", "_")

    def not_found(self) -> NotFound:
        """Return the error for an id that names nothing."""
        return NotFound(f"There is no such {self.name}.")


@dataclass(frozen=True)
class Found:
    """A page of records, and the id that the next one starts after (None on the last)."""

    items: list[Record]
    next_cursor: uuid.UUID | None


def table_of(model: type[SQLModel]) -> Table:
    """Return the table of a model."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table


def page(
    db: Session,
    kind: Kind,
    where: Mapping[str, object],
    *,
    after: uuid.UUID | None = None,
    size: int = 50,
    newest_first: bool = False,
) -> Found:
    """
    Return a page of the records whose columns have the given values; None means any.

    The order is that of ``kind.order``. A page starts after the record named by ``after``, so
    that what comes in or goes out between two pages moves nothing else.

    Raises
    ------
    Invalid
        ``after`` names no record.
    """
    table = kind.table
    keys = tuple_(*(table.c[name] for name in kind.order))
    query = select(*(table.c[name] for name in kind.columns)).where(
        *(table.c[name] == value for name, value in where.items() if value is not None),
        scopes.visible(table),
    )
    if after is not None:
        start = db.execute(
            select(*(table.c[name] for name in kind.order)).where(
                table.c.id == after, scopes.visible(table)
            )
        ).first()
        if start is None:
            raise Invalid("The cursor names nothing (any more); begin at the first page.")
        query = query.where(keys < tuple(start) if newest_first else keys > tuple(start))
    order = [table.c[name].desc() if newest_first else table.c[name] for name in kind.order]
    rows = db.execute(query.order_by(*order).limit(size + 1)).mappings().all()
    items = [dict(row) for row in rows[:size]]
    _add_parts(db, kind, items)
    return Found(items, items[-1]["id"] if len(rows) > size else None)


def read(db: Session, kind: Kind, record_id: uuid.UUID) -> Record:
    """Return one record; NotFound when there is none."""
    table = kind.table
    query = select(*(table.c[name] for name in kind.columns)).where(
        table.c.id == record_id, scopes.visible(table)
    )
    row = db.execute(query).mappings().first()
    if row is None:
        raise kind.not_found()
    items = [dict(row)]
    _add_parts(db, kind, items)
    return items[0]


def create(db: Session, kind: Kind, values: Mapping[str, Any]) -> uuid.UUID:
    """
    Write a new record and return its id.

    Raises
    ------
    Conflict
        The pool already has one with this key.
    Invalid
        A value refers to nothing in the pool, or does not go with another.
    """
    own = {name: value for name, value in values.items() if name not in _part_names(kind)}
    scopes.check_references(db, own)
    with telling(kind):
        row = db.execute(insert(kind.table).values(**own).returning(*_owner(kind))).one()
        for part in kind.parts:
            _write_part(db, part, row[0], row[1], values.get(part.name, ()))
    made: uuid.UUID = row[1]
    _tell(db, kind, "create", row[0], made, values, version=1)
    return made


def change(
    db: Session, kind: Kind, record_id: uuid.UUID, version: int, values: Mapping[str, Any]
) -> None:
    """
    Change the given fields and lists of a record, and raise its version.

    A list is replaced whole. Nothing given changes nothing.

    Raises
    ------
    NotFound, Stale
        There is no such record, or it has another version by now.
    Conflict, Invalid
        As in `create`.
    """
    own = {name: value for name, value in values.items() if name not in _part_names(kind)}
    table = kind.table
    scopes.check_references(db, own)
    with telling(kind):
        row = db.execute(
            update(table)
            .where(table.c.id == record_id, table.c.version == version, scopes.changeable(table))
            .values(**own, version=table.c.version + (1 if values else 0))
            .returning(*_owner(kind))
        ).first()
        if row is None:
            raise missing_or_stale(db, kind, record_id)
        for part in kind.parts:
            if part.name in values:
                db.execute(delete(part.table).where(part.table.c[part.parent] == record_id))
                _write_part(db, part, row[0], record_id, values[part.name])
    if values:
        _tell(db, kind, "change", row[0], record_id, values, version=version + 1)


def remove(db: Session, kind: Kind, record_id: uuid.UUID, version: int) -> None:
    """
    Remove a record that nothing refers to.

    Raises
    ------
    NotFound, Stale
        There is no such record, or it has another version by now.
    Conflict
        Something still refers to it.
    """
    table = kind.table
    with telling(kind, removing=True):
        removed = db.execute(
            delete(table)
            .where(table.c.id == record_id, table.c.version == version, scopes.changeable(table))
            .returning(*_owner(kind))
        ).first()
    if removed is None:
        raise missing_or_stale(db, kind, record_id)
    _tell(db, kind, "remove", removed[0], record_id, {}, version=version)


def note_reading(db: Session, kind: Kind, items: Sequence[Record], action: str) -> None:
    """Note who read records about people, if such records are."""
    if kind.about is not None:
        about = kind.about
        audit.note_reads(
            db,
            [(item["pool_id"], audit.acting(), item[about]) for item in items],
            f"{kind.noun}.{action}",
        )


def missing_or_stale(db: Session, kind: Kind, record_id: uuid.UUID) -> NotFound | Stale:
    """Return why a conditional statement found no row."""
    table = kind.table
    there = db.execute(
        select(table.c.id).where(table.c.id == record_id, scopes.changeable(table))
    ).first()
    if there is None:
        return kind.not_found()
    return Stale(f"Somebody changed this {kind.name} since you read it. Maybe: read it again.")


@contextmanager
def telling(kind: Kind, *, removing: bool = False) -> Iterator[None]:
    """Tell what the database refuses in our own words: its own name the values."""
    try:
        yield
    except IntegrityError as error:
        raise told(error, kind.name, kind.table.name, removing=removing) from None
    except DataError:
        raise Invalid("A value lies outside what can be stored.") from None


def _tell(
    db: Session,
    kind: Kind,
    action: str,
    pool_id: uuid.UUID,
    record_id: uuid.UUID,
    values: Mapping[str, Any],
    *,
    version: int,
) -> None:
    """Put it into the record: which fields, and not what they hold."""
    audit.append(
        db,
        pool_id,
        None,
        f"{kind.noun}.{action}",
        {"id": record_id, "version": version, "fields": sorted(values)},
        record_id if kind.about == "id" else None,
    )


def _owner(kind: Kind) -> Sequence[Any]:
    """Return the columns (pool id, id) that the parts of a record hang on."""
    table = kind.table
    return (table.c.pool_id if "pool_id" in table.c else table.c.id, table.c.id)


def _part_names(kind: Kind) -> Collection[str]:
    return {part.name for part in kind.parts}


def _add_parts(db: Session, kind: Kind, items: list[Record]) -> None:
    by_id = {item["id"]: item for item in items}
    for part in kind.parts:
        for item in items:
            item[part.name] = []
        if not by_id:
            continue
        table = part.table
        columns = [table.c[name] for name in part.columns]
        parent = table.c[part.parent]
        query = select(parent, *columns).where(parent.in_(by_id)).order_by(parent, *columns)
        for row in db.execute(query).mappings():
            by_id[row[part.parent]][part.name].append(part.element(dict(row)))


def _write_part(
    db: Session, part: Part, pool_id: uuid.UUID, parent_id: uuid.UUID, elements: Sequence[Any]
) -> None:
    owner = {"pool_id": pool_id, part.parent: parent_id}
    rows = [{**owner, **part.values(element)} for element in elements]
    if rows:
        db.execute(insert(part.table), rows)
