"""What people call things: keys and ids to rows, and rows to the names that people know."""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session, col, or_, select

from matcher.errors import NotFound
from matcher.store.tables import Candidate, Coach, Employer, Placement

Keyed = type[Candidate] | type[Coach] | type[Employer] | type[Placement]


@dataclass(frozen=True)
class PlacementName:
    """What people call a placement: its title, whose it is, and the sender's key."""

    title: str
    employer: str
    key: str

    def __str__(self) -> str:
        """Return it as people read it."""
        return f"{self.title} at {self.employer} ({self.key})"


def candidate_id(db: Session, text: str) -> UUID:
    """Return the id of a candidate by the sender's key or by the id itself."""
    return _by_key_or_id(db, Candidate, text)


def placement_id(db: Session, text: str) -> UUID:
    """Return the id of a placement by the sender's key or by the id itself."""
    return _by_key_or_id(db, Placement, text)


def coach_id(db: Session, pool_id: UUID, text: str) -> UUID:
    """Return the id of a pool's coach by the sender's key or by the id itself."""
    return _by_key_or_id(db, Coach, text, pool_id)


def employer_id(db: Session, pool_id: UUID, text: str) -> UUID:
    """Return the id of a pool's employer by the sender's key or by the id itself."""
    return _by_key_or_id(db, Employer, text, pool_id)


def candidate_key(db: Session, person: UUID) -> str:
    """Return the sender's key of a candidate who is there."""
    return db.exec(select(Candidate.key).where(Candidate.id == person)).one()


def pool_of(db: Session, person: UUID) -> UUID:
    """Return the pool of a candidate who is there."""
    return db.exec(select(Candidate.pool_id).where(Candidate.id == person)).one()


def placement_names(db: Session, placements: Iterable[UUID]) -> dict[str, PlacementName]:
    """Return placement id -> what people call it; an id that names nothing is left out."""
    rows = db.exec(
        select(Placement.id, Placement.title, Employer.trade_name, Placement.key)
        .join(Employer, col(Placement.employer_id) == col(Employer.id))
        .where(col(Placement.id).in_(list(placements)))
    ).all()
    return {str(found): PlacementName(*names) for found, *names in rows}


def _by_key_or_id(db: Session, table: Keyed, text: str, pool_id: UUID | None = None) -> UUID:
    wanted = col(table.key) == text
    with suppress(ValueError):
        wanted = or_(wanted, col(table.id) == UUID(text))
    query = select(table.id).where(wanted).limit(2)
    if pool_id is not None:
        query = query.where(col(table.pool_id) == pool_id)
    found = db.exec(query).all()
    what = table.__name__.lower()
    if not found:
        where = "" if pool_id is None else " of the pool"
        raise NotFound(f"No {what}{where} has the key or id {text}.")
    if len(found) > 1:
        raise NotFound(f"More than one {what} has the key {text}; name it by its id.")
    return found[0]
