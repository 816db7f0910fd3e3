"""
The record: who did what, in a chain per pool; and who read about whom.

`append` only takes note. The entries are written just before the transaction commits, all of a
pool in one statement, so that the head of its chain is the last row that a transaction locks.
"""

import threading
import uuid
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import text
from sqlmodel import Session

SYSTEM = "system"
"""Who acts when nobody does: the sweep, a worker."""
LINKED_AT_ONCE = 20_000

_acting: ContextVar[str] = ContextVar("acting", default=SYSTEM)
_PENDING = "audit entries"
# The transactions of this process that wrote nothing but notes of reads, the oldest first.
_noted: dict[int, None] = {}
_noting = threading.Lock()
MOST_REMEMBERED = 10_000


@dataclass(frozen=True)
class _Entry:
    actor: str
    action: str
    detail: str
    subject: uuid.UUID | None


def acting() -> str:
    """Return on whose behalf this thread or request acts."""
    return _acting.get()


def act_as(actor: str) -> None:
    """Let the rest of this request, or of this command, be on somebody's behalf."""
    _acting.set(actor)


@contextmanager
def acting_as(actor: str) -> Iterator[None]:
    """Act on somebody's behalf for a while."""
    before = _acting.set(actor)
    try:
        yield
    finally:
        _acting.reset(before)


def append(
    db: Session,
    pool_id: uuid.UUID,
    actor: str | None,
    action: str,
    detail: Mapping[str, Any],
    subject: uuid.UUID | None = None,
) -> None:
    """
    Put an entry into a pool's chain when this transaction commits, and not at all if it does not.

    Parameters
    ----------
    actor
        An account, on one line; None for whoever is `acting`.
    action
        What was done, as ``noun.verb``: small letters, ``_`` and dots.
    detail
        Ids, codes, names of fields: nothing that names a person. Values that JSON can hold.
    subject
        The candidate whom the detail is about: erasing that person erases the detail.
    """
    pending: dict[uuid.UUID, list[_Entry]] = db.info.setdefault(_PENDING, defaultdict(list))
    # What is hashed is told apart by line ends, so a name is on one line.
    name = " ".join((actor or acting()).split())[:200] or "unnamed"
    pending[pool_id].append(_Entry(name, action, canonical(detail), subject))


def settle(db: Session) -> None:
    """Write what was appended. `matcher.store.database.transaction` does it before its commit."""
    pending: dict[uuid.UUID, list[_Entry]] = db.info.pop(_PENDING, {})
    if not pending:
        return
    # What waits in the session is sent first: it may lock rows, and the head comes last.
    db.flush()
    # Reads noted beside it may not take the wait for the disk away from what was written.
    db.execute(text("set local synchronous_commit to default"))
    for pool_id in sorted(pending):
        _write(db, pool_id, pending[pool_id])


def forget(db: Session, pool_id: uuid.UUID, subject: uuid.UUID) -> tuple[int, int]:
    """
    Erase the details of a person and from whose reading it was; the chain stays valid.

    Call it after every other lock of the transaction. What the transaction appends about this
    person afterwards stays, so let that name no subject. The entry ``subject.forgotten`` tells
    which entries lost their detail, and so what a verification may miss.

    Returns
    -------
    how many details, and how many reads.
    """
    settle(db)
    row = db.execute(
        text("select seqs, reads from audit_forget(:pool, :person)"),
        {"pool": pool_id, "person": subject},
    ).one()
    append(db, pool_id, None, "subject.forgotten", {"seqs": row.seqs, "reads": row.reads})
    return len(row.seqs), row.reads


def note_reads(
    db: Session, reads: Iterable[tuple[uuid.UUID, str, uuid.UUID | None]], action: str
) -> None:
    """
    Note that people's details were read: plain inserts, linked to the chain by the sweep.

    For transactions that only read. They do not wait for the disk then: of reads answered in the
    last half second before the database server itself dies, some may be missing.

    Parameters
    ----------
    reads
        Pool, who read, about whom (None for a list of people).
    """
    rows = list(reads)
    if not rows:
        return
    told = db.execute(
        text(
            """
            with quick as materialized (
                select set_config('synchronous_commit', 'off', true),
                    pg_current_xact_id_if_assigned() is null as only_read
            ), noted as (
                insert into access_log (pool_id, actor, action, subject)
                select r.pool_id, r.actor, :action, r.subject
                from quick, unnest(
                    cast(:pools as uuid[]), cast(:actors as text[]), cast(:subjects as uuid[])
                ) as r (pool_id, actor, subject)
            )
            select only_read, pg_current_xact_id()::text from quick
            """
        ),
        {
            "action": action,
            "pools": [pool_id for pool_id, _, _ in rows],
            "actors": [actor for _, actor, _ in rows],
            "subjects": [subject for _, _, subject in rows],
        },
    ).one()
    if told[0]:
        _remember(int(told[1]))


def nothing_ended(before: str, now: str) -> bool:
    """
    Return whether, between two ``pg_current_snapshot()``, nothing ended but notes of reads.

    Of the notes of other processes nothing is known here: they count as something.
    """
    if before == now:
        return True
    (_, first, running_then), (_, last, running_now) = _snapshot(before), _snapshot(now)
    if not 0 <= last - first <= MOST_REMEMBERED:
        return False
    begun = set(range(first, last))
    return (running_then | begun) - running_now <= _noted.keys()


def _snapshot(told: str) -> tuple[int, int, set[int]]:
    oldest, next_one, running = told.split(":")
    return int(oldest), int(next_one), {int(each) for each in running.split(",") if each}


def _remember(transaction_id: int) -> None:
    with _noting:
        _noted[transaction_id] = None
        while len(_noted) > MOST_REMEMBERED:
            del _noted[next(iter(_noted))]


def unlinked_pools(db: Session) -> list[uuid.UUID]:
    """Return the pools with reads that are not linked to their chain yet."""
    query = "select p.id from pool p where exists (select from access_log a"
    query += " where a.pool_id = p.id and a.seq is null) order by p.id"
    return list(db.execute(text(query)).scalars())


def link_reads(db: Session, pool_id: uuid.UUID) -> int:
    """Link the reads of a pool that came in to its chain, by one entry; return how many."""
    linked: int = db.execute(
        text("select audit_link(:pool, :most)"), {"pool": pool_id, "most": LINKED_AT_ONCE}
    ).scalar_one()
    return linked


def canonical(detail: Mapping[str, Any]) -> str:
    """Return a detail as the one text that its commitment is about."""
    return orjson.dumps(detail, option=orjson.OPT_SORT_KEYS, default=str).decode()


def _write(db: Session, pool_id: uuid.UUID, entries: list[_Entry]) -> None:
    db.execute(
        text(
            """
            select audit_append(
                :pool, cast(:actors as text[]), cast(:actions as text[]),
                cast(:details as text[]), cast(:subjects as uuid[])
            )
            """
        ),
        {
            "pool": pool_id,
            "actors": [entry.actor for entry in entries],
            "actions": [entry.action for entry in entries],
            "details": [entry.detail for entry in entries],
            "subjects": [entry.subject for entry in entries],
        },
    )
