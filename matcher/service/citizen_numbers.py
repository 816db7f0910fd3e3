"""Citizen service numbers (BSN): who may look somebody up by one, and taking them all away."""

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from sqlalchemy import select
from sqlmodel import Session

from matcher.errors import Invalid
from matcher.service.records import table_of
from matcher.settings import settings
from matcher.store import audit, scopes
from matcher.store import citizen_numbers as store
from matcher.store.tables import Candidate, Pool

OpenTransaction = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True)
class Removed:
    """
    How many numbers a pool no longer keeps, or would not.

    ``held`` are people whom a legal hold protects: theirs stay.
    """

    pool: str
    people: int
    held: int


def shown(db: Session, candidate_id: uuid.UUID) -> str | None:
    """
    Return somebody's number if it is kept, and whoever asks may see it.

    Nothing of it is given out while the settings do not let numbers be kept, nor to a coach who
    only stands in for a colleague: what the law asks of the number is not done in a few hours.
    """
    if not settings().keep_bsn or not _is_own(db, candidate_id):
        return None
    return store.opened(db, candidate_id)


def change(db: Session, pool_id: uuid.UUID, candidate_id: uuid.UUID, told: str | None) -> None:
    """
    Keep somebody's number, or remove it: None, which needs no setting.

    Raises
    ------
    Invalid
        ``bsn_not_kept``, ``bad_bsn``.
    Conflict
        ``bsn_taken``: somebody else in the pool has it.
    """
    if told is None:
        store.remove(db, candidate_id)
    else:
        store.keep(db, pool_id, candidate_id, told)


def find(db: Session, pool_id: uuid.UUID, told: str) -> uuid.UUID | None:
    """
    Return who has a number: of a coach's caseload, of a manager's pool; and note the search.

    Somebody of another caseload is not there, as everywhere.

    Raises
    ------
    Invalid
        ``bsn_not_kept``, ``bad_bsn``.
    """
    found = store.find(db, pool_id, told)
    seen = found if found is not None and _is_own(db, found) else None
    audit.note_reads(db, [(pool_id, audit.acting(), seen)], "candidate.find_by_number")
    return seen


def forget(open_transaction: OpenTransaction, *, dry_run: bool = False) -> list[Removed]:
    """
    Remove all numbers, once they may no longer be kept; a pool in a transaction of its own.

    Raises
    ------
    Invalid
        ``bsn_kept``: the settings still let them be kept.
    """
    if settings().keep_bsn:
        raise Invalid(
            "WORKPOOL_KEEP_BSN lets citizen service numbers be kept. Maybe: turn it off first, "
            "for every process.",
            code="bsn_kept",
        )
    with open_transaction() as db:
        pool = table_of(Pool)
        pools = db.execute(select(pool.c.id, pool.c.key).order_by(pool.c.key)).all()
    done = []
    for pool_id, key in pools:
        with open_transaction() as db:
            people, held = store.count(db, pool_id)
            if people and not dry_run:
                store.remove_all(db, pool_id)
                audit.append(db, pool_id, None, "citizen_numbers.remove", {"people": people})
        done.append(Removed(key, people, held))
    return done


def _is_own(db: Session, candidate_id: uuid.UUID) -> bool:
    table = table_of(Candidate)
    own = select(table.c.id).where(table.c.id == candidate_id, scopes.changeable(table))
    return db.execute(own).first() is not None
