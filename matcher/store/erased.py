"""
What stays of the erased: receipts with keyed hashes, by which a file or a backup is told of them.

A file that was sent before an erasure and a backup that was made before it still hold the person.
Erasures and imports of a pool go one after the other, so that no file slips between the look at
the receipts and its own writing.
"""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import text
from sqlmodel import Session

# An import writes for some seconds, an erasure waits for a plan that is being published.
TURN_SECONDS = 60
_TURN = "hashtextextended('erasure ' || :pool, 0)"


@dataclass(frozen=True)
class Receipt:
    """An erasure that was done; ``person`` and ``sender_key`` are keyed hashes."""

    erasure: uuid.UUID
    pool: uuid.UUID
    on: date
    person: str
    sender_key: str | None


def hold_imports(db: Session, pool_id: uuid.UUID) -> None:
    """Wait for a file that is being written into a pool, and let the next one wait."""
    _wait(db, "pg_advisory_xact_lock", pool_id)


def hold_erasures(db: Session, pool_id: uuid.UUID) -> None:
    """Wait for erasures in a pool, and let the next one wait until this transaction ends."""
    _wait(db, "pg_advisory_xact_lock_shared", pool_id)


def _wait(db: Session, function: str, pool_id: uuid.UUID) -> None:
    db.execute(
        text("select set_config('lock_timeout', :limit, true)"), {"limit": f"{TURN_SECONDS}s"}
    )
    db.execute(text(f"select {function}({_TURN})"), {"pool": str(pool_id)})


def sender_keys(db: Session, pool_id: uuid.UUID, since: datetime | None) -> frozenset[str]:
    """Return the hashes of keys erased in a pool since a moment, or in this transaction's time."""
    rows = db.execute(
        text(
            "select key_handle from erasure where pool_id = :pool and state = 'done'"
            " and key_handle is not null and at >= coalesce(:since, now())"
        ),
        {"pool": pool_id, "since": since},
    )
    return frozenset(rows.scalars())


def receipts(db: Session) -> list[Receipt]:
    """Return every erasure that was done, the oldest first."""
    rows = db.execute(
        text(
            "select id, pool_id, (at at time zone 'UTC')::date, handle, key_handle from erasure"
            " where state = 'done' order by at, id"
        )
    )
    return [Receipt(*row) for row in rows]


def done_since_note(db: Session, name: str) -> bool:
    """Return whether anybody was erased since an hour before a note, or ever without one."""
    found: bool = db.execute(
        text(
            "select exists (select from erasure where state = 'done' and at > coalesce("
            " (select at - interval '1 hour' from service_state where name = :name), '-infinity'))"
        ),
        {"name": name},
    ).scalar_one()
    return found


def people(db: Session) -> list[uuid.UUID]:
    """Return the ids of everybody there is, in every pool."""
    return list(db.execute(text("select id from candidate order by id")).scalars())


def pools(db: Session) -> set[uuid.UUID]:
    """Return the ids of the pools there are."""
    return set(db.execute(text("select id from pool")).scalars())


def keep_receipt(
    db: Session,
    pool_id: uuid.UUID,
    *,
    handle: str,
    actor: str,
    counts: Mapping[str, int],
    ground: str | None = None,
    key_handle: str | None = None,
    receipt_id: uuid.UUID | None = None,
) -> uuid.UUID:
    """
    Write that somebody was erased, or with a ground that it was refused; return its id.

    Its moment is that of the writing and not the beginning of the transaction, which may have
    waited: a file that came in the meantime counts as sent before.
    """
    made: uuid.UUID = db.execute(
        text(
            "insert into erasure"
            " (id, pool_id, state, handle, key_handle, ground, actor, at, counts) values"
            " (coalesce(:id, gen_random_uuid()), :pool, :state, :handle, :key_handle,"
            " :ground, :actor, clock_timestamp(), cast(:counts as jsonb)) returning id"
        ),
        {
            "id": receipt_id,
            "pool": pool_id,
            "state": "done" if ground is None else "refused",
            "handle": handle,
            "key_handle": key_handle,
            "ground": ground,
            "actor": actor,
            "counts": json.dumps(dict(counts)),
        },
    ).scalar_one()
    return made
