"""
Restriction (GDPR art. 18): somebody's data are kept, and not used as long as it stands.

No run plans for the person and no employer sees them; what is in play closes at once. It stands in
a record of its own, with its ground and reason, so that no file and no change of the profile lifts
it.
"""

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import func, update
from sqlmodel import Session

from matcher.errors import Conflict, Invalid, NotFound
from matcher.service import records
from matcher.service.records import Kind
from matcher.store import audit
from matcher.store import consents as store
from matcher.store import restrictions as standing
from matcher.store.decisions import clock, lock
from matcher.store.tables import Candidate, Restriction

RESTRICTIONS = Kind(
    "restriction",
    Restriction,
    (
        "id",
        "pool_id",
        "candidate_id",
        "ground",
        "reason",
        "placed_by",
        "placed_at",
        "informed_on",
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
    Restrict the use of a candidate's data and return the restriction's id.

    Proposals in play are withdrawn, an opening that was reserved is free again, and a plan under
    way drops the person. Work that has begun goes on.

    Raises
    ------
    NotFound
        There is no such candidate.
    """
    store.lock_for_closing(db, candidate_id, None)
    candidate = lock(db, Candidate, candidate_id)
    if candidate is None:
        raise NotFound("There is no such candidate.")
    owner = {"pool_id": candidate.pool_id, "candidate_id": candidate_id, "placed_by": actor}
    made = records.create(db, RESTRICTIONS, {**values, **owner})
    closed = store.close_proposals(db, candidate_id, None)
    standing.apply(db, candidate_id)
    detail = {"restriction": made, "ground": values["ground"], "proposals_closed": closed}
    audit.append(db, candidate.pool_id, actor, "restriction.place", detail, candidate_id)
    db.expire_all()
    return made


def lift(
    db: Session,
    candidate_id: uuid.UUID,
    restriction_id: uuid.UUID,
    informed_on: date,
    *,
    actor: str,
) -> uuid.UUID:
    """
    Lift a restriction, and return its id; the data are used again when no other one stands.

    Parameters
    ----------
    informed_on
        When the person was told that it would be lifted, as the law asks (18(3)).

    Raises
    ------
    NotFound
        There is no such restriction of this candidate.
    Invalid
        ``informed_later``: the person has not been told yet.
    Conflict
        ``lifted_already``.
    """
    candidate = lock(db, Candidate, candidate_id)
    restriction = records.read(db, RESTRICTIONS, restriction_id)
    if candidate is None or restriction["candidate_id"] != candidate_id:
        raise RESTRICTIONS.not_found()
    if informed_on > clock(db, candidate.pool_id).today:
        raise Invalid("informedOn must not lie in the future.", code="informed_later")
    table = RESTRICTIONS.table
    lifted = db.execute(
        update(table)
        .where(table.c.id == restriction_id, table.c.lifted_at.is_(None))
        .values(lifted_by=actor, lifted_at=func.now(), informed_on=informed_on)
        .returning(table.c.id)
    ).first()
    if lifted is None:
        raise Conflict("It was lifted already.", code="lifted_already")
    standing.apply(db, candidate_id)
    detail = {"restriction": restriction_id, "informed_on": informed_on}
    audit.append(db, candidate.pool_id, actor, "restriction.lift", detail, candidate_id)
    db.expire_all()
    return restriction_id
