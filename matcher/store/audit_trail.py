"""Reading the record: entries by page, heads, and everything that a verification recomputes."""

import uuid
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlmodel import Session

ROWS_AT_ONCE = 5_000


class Link(NamedTuple):
    """An entry as it stands, with its detail and salt where they are not erased."""

    seq: int
    micros: int
    actor: str
    action: str
    commitment: bytes
    previous: bytes
    hash: bytes
    salt: bytes | None
    detail: str | None


class Read(NamedTuple):
    """A linked row of the access log; ``salt`` and ``subject`` are empty once erased."""

    id: int
    micros: int
    actor: str
    action: str
    commitment: bytes | None
    salt: bytes | None
    subject: uuid.UUID | None


class Head(NamedTuple):
    """The last entry of a pool's chain."""

    pool_id: uuid.UUID
    key: str
    seq: int
    hash: bytes


class Event(NamedTuple):
    """An entry as an auditor reads it."""

    pool_id: uuid.UUID
    seq: int
    recorded_at: datetime
    actor: str
    action: str
    subject: uuid.UUID | None
    detail: str | None
    hash: bytes


def heads(db: Session, pool_id: uuid.UUID | None = None) -> list[Head]:
    """Return the heads of all pools, or of one, as the head rows have them; 0 before the first."""
    rows = db.execute(
        text(
            """
            select p.id, p.key, coalesce(h.seq, 0), coalesce(h.hash, '') from pool p
            left join audit_head h on h.pool_id = p.id
            where p.id = coalesce(cast(:pool as uuid), p.id)
            order by p.key
            """
        ),
        {"pool": pool_id},
    )
    return [Head(row[0], row[1], row[2], bytes(row[3])) for row in rows]


def links(db: Session, pool_id: uuid.UUID) -> Iterator[Link]:
    """Give the entries of a pool, the first one first, a few thousand at a time."""
    after = -1
    while True:
        rows = db.execute(
            text(
                """
                select e.seq, audit_micros(e.at), e.actor, e.action, e.commitment, e.previous,
                    e.hash, d.salt, d.detail
                from audit_event e left join audit_detail d using (pool_id, seq)
                where e.pool_id = :pool and e.seq > :after
                order by e.seq limit :most
                """
            ),
            {"pool": pool_id, "after": after, "most": ROWS_AT_ONCE},
        ).all()
        for row in rows:
            yield Link(*row)
        if len(rows) < ROWS_AT_ONCE:
            return
        after = rows[-1][0]


def reads_of(db: Session, pool_id: uuid.UUID, seq: int) -> Sequence[Read]:
    """Return the reads that an entry stands for, in their order."""
    rows = db.execute(
        text(
            """
            select id, audit_micros(at), actor, action, commitment, salt, subject from access_log
            where pool_id = :pool and seq = :seq order by id
            """
        ),
        {"pool": pool_id, "seq": seq},
    )
    return [Read(*row) for row in rows]


def linked_elsewhere(db: Session, pool_id: uuid.UUID, seqs: Sequence[int]) -> int:
    """Return how many reads claim to be linked by an entry that is not one of these."""
    count: int = db.execute(
        text(
            "select count(*) from access_log"
            " where pool_id = :pool and seq is not null and seq <> all(:seqs)"
        ),
        {"pool": pool_id, "seqs": list(seqs)},
    ).scalar_one()
    return count


def events(
    db: Session,
    pool_id: uuid.UUID,
    *,
    after: int = 0,
    size: int = 50,
    action: str | None = None,
    actor: str | None = None,
    subject: uuid.UUID | None = None,
) -> list[Event]:
    """Return entries of a pool after a number, in their order, of this action, actor, person."""
    where: dict[str, Any] = {"action": action, "actor": actor, "subject": subject}
    columns = {"action": "e.action", "actor": "e.actor", "subject": "d.subject"}
    asked = {name: value for name, value in where.items() if value is not None}
    conditions = "".join(f" and {columns[name]} = :{name}" for name in asked)
    rows = db.execute(
        text(
            "select e.pool_id, e.seq, e.at, e.actor, e.action, d.subject, d.detail, e.hash"
            " from audit_event e left join audit_detail d using (pool_id, seq)"
            f" where e.pool_id = :pool and e.seq > :after{conditions}"
            " order by e.seq limit :most"
        ),
        {"pool": pool_id, "after": after, "most": size, **asked},
    )
    return [Event(*row) for row in rows]
