"""Pools by their short name, and what day it is there."""

from datetime import date
from uuid import UUID

from sqlmodel import Session, col, func, select

from matcher.errors import NotFound
from matcher.service import records
from matcher.service.people import POOLS
from matcher.settings import settings
from matcher.store import runs as store
from matcher.store.tables.people import Candidate
from matcher.store.tables.pools import Pool


def create(db: Session, key: str, name: str) -> UUID:
    """
    Create a pool in the time zone of the settings and return its id.

    Raises
    ------
    Conflict
        A pool has that key already.
    Invalid
        The key is not made of small letters, digits and dashes.
    """
    return records.create(db, POOLS, {"key": key, "name": name, "timezone": settings().timezone})


def find(db: Session, key: str) -> UUID | None:
    """Return the id of the pool with that short name, if there is one."""
    return db.exec(select(Pool.id).where(Pool.key == key)).first()


def keys(db: Session) -> list[str]:
    """Return the short names of all pools, in order."""
    return list(db.exec(select(Pool.key).order_by(col(Pool.key))).all())


def people(db: Session, pool_id: UUID) -> int:
    """Return how many candidates a pool holds."""
    return db.exec(
        select(func.count()).select_from(Candidate).where(Candidate.pool_id == pool_id)
    ).one()


def today(db: Session, pool_id: UUID) -> date:
    """
    Return today's date in the pool's time zone.

    Raises
    ------
    NotFound
        No such pool.
    """
    found = store.local_date(db, pool_id)
    if found is None:
        raise NotFound(f"There is no pool {pool_id}.")
    return found
