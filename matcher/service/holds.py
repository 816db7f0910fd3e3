"""Legal holds: grounds on which somebody's data must be kept, against an erasure too."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, update
from sqlmodel import Session

from matcher.errors import Conflict
from matcher.service import records
from matcher.service.people import CANDIDATES
from matcher.service.records import Kind
from matcher.store import audit
from matcher.store.tables import Candidate, LegalHold

HOLDS = Kind(
    "legal hold",
    LegalHold,
    (
        "id",
        "pool_id",
        "candidate_id",
        "ground",
        "until_on",
        "placed_by",
        "placed_at",
        "lifted_by",
        "lifted_at",
    ),
    order=("placed_at", "id"),
    about="candidate_id",
)


def place(
    db: Session, candidate_id: uuid.UUID, values: Mapping[str, Any], *, actor: str
) -> uuid.UUID:
    """
    Place a hold on a candidate and return its id.

    Raises
    ------
    NotFound
        There is no such candidate.
    """
    candidate = db.get(Candidate, candidate_id)
    if candidate is None:
        raise CANDIDATES.not_found()
    owner = {"pool_id": candidate.pool_id, "candidate_id": candidate_id, "placed_by": actor}
    return records.create(db, HOLDS, {**values, **owner})


def release(db: Session, candidate_id: uuid.UUID, hold_id: uuid.UUID, *, actor: str) -> uuid.UUID:
    """
    Release a hold that stands, and return its id.

    Raises
    ------
    NotFound
        There is no such hold on this candidate.
    Conflict
        ``released_already``.
    """
    hold = records.read(db, HOLDS, hold_id)
    if hold["candidate_id"] != candidate_id:
        raise HOLDS.not_found()
    table = HOLDS.table
    lifted = db.execute(
        update(table)
        .where(table.c.id == hold_id, table.c.lifted_at.is_(None))
        .values(lifted_by=actor, lifted_at=func.now())
        .returning(table.c.id)
    ).first()
    if lifted is None:
        raise Conflict("It was released already.", code="released_already")
    audit.append(db, hold["pool_id"], actor, "legal_hold.release", {"hold": hold_id}, candidate_id)
    return hold_id
