"""What candidates agree may be shown: recorded, withdrawn with effect at the next request."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlmodel import Session

from matcher.domain.disclosure import GRANTABLE
from matcher.errors import Conflict, Invalid
from matcher.service import records
from matcher.service.people import CANDIDATES
from matcher.service.records import Kind
from matcher.store import audit
from matcher.store import consents as store
from matcher.store.decisions import lock
from matcher.store.tables import Candidate, CandidateConsent

CONSENTS = Kind(
    "consent",
    CandidateConsent,
    (
        "id",
        "pool_id",
        "candidate_id",
        "purpose",
        "fields",
        "employer_id",
        "receiver",
        "from_on",
        "until_on",
        "withdrawn_at",
        "given_how",
        "recorded_by",
        "recorded_at",
    ),
    order=("recorded_at", "id"),
    about="candidate_id",
)


def give(
    db: Session, candidate_id: uuid.UUID, values: Mapping[str, Any], *, actor: str
) -> uuid.UUID:
    """
    Record a consent and return its id.

    Raises
    ------
    NotFound
        There is no such candidate.
    Invalid
        ``unknown_field``: a word is none of `matcher.domain.disclosure.GRANTABLE`; the employer
        is none of the pool.
    """
    unknown = [word for word in values.get("fields", ()) if word not in GRANTABLE]
    if unknown:
        raise Invalid(f"fields may hold {', '.join(GRANTABLE)}.", code="unknown_field")
    candidate = lock(db, Candidate, candidate_id)
    if candidate is None:
        raise CANDIDATES.not_found()
    return records.create(
        db,
        CONSENTS,
        {
            **values,
            "pool_id": candidate.pool_id,
            "candidate_id": candidate_id,
            "recorded_by": actor,
        },
    )


def withdraw(db: Session, candidate_id: uuid.UUID, consent_id: uuid.UUID, *, actor: str) -> int:
    """
    Withdraw a consent: nothing is shown from the next request on; return how many proposals closed.

    Proposals in play are withdrawn, those of its employer or, where it was for all, every one.
    The person's version rises, so that a plan under way drops the pair it made before.

    Raises
    ------
    NotFound
        There is no such consent of this candidate.
    Conflict
        ``withdrawn_already``.
    """
    consent = db.get(CandidateConsent, consent_id)
    if consent is None or consent.candidate_id != candidate_id:
        raise CONSENTS.not_found()
    employer_id = consent.employer_id
    store.lock_for_closing(db, candidate_id, employer_id)
    if lock(db, Candidate, candidate_id) is None:
        raise CONSENTS.not_found()
    if store.withdraw(db, consent_id, actor) is None:
        raise Conflict("It was withdrawn already.", code="withdrawn_already")
    closed = store.close_proposals(db, candidate_id, employer_id)
    store.raise_version(db, candidate_id)
    db.expire_all()
    audit.append(
        db,
        consent.pool_id,
        actor,
        "consent.withdrawn",
        {"consent": consent_id, "proposals_closed": closed},
        candidate_id,
    )
    return closed
