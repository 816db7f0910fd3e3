"""
Opening the record of somebody who is not in the own caseload: "break glass".

A coach who stands in for a colleague names the person by the key that the person, or the letter in
their hand, gives; no list tells it. For a stated reason and some hours the record can then be read,
and a withdrawal of consent, which cannot wait, be written down. Nothing else is changed by it:
deciding stays with the own coach. It is in the record at once; the own coach and the pool manager
have it in their task lists until the manager has looked at it.
"""

import uuid

from sqlmodel import Session

from matcher.domain.actors import Actor
from matcher.domain.exceptional import REASONS
from matcher.errors import Conflict, Invalid, NotFound
from matcher.service import records
from matcher.service.records import Kind
from matcher.settings import settings
from matcher.store import audit, reviews, vault
from matcher.store import exceptional as store
from matcher.store.tables import ExceptionalAccess

ACCESSES = Kind(
    "exceptional access",
    ExceptionalAccess,
    (
        "id",
        "pool_id",
        "candidate_id",
        "opened_by",
        "reason_code",
        "opened_at",
        "open_until",
        "closed_at",
        "closed_by",
        "reviewed_at",
        "reviewed_by",
    ),
    order=("opened_at", "id"),
    about="candidate_id",
)


def open_record(
    db: Session, actor: Actor, key: str, reason_code: str, words: str | None = None
) -> uuid.UUID:
    """
    Let a coach read about somebody of another caseload for a while; return the id of that look.

    Parameters
    ----------
    key
        The pool's key of the person. One that is unknown, of another pool, or of another
        municipality than the coach's own, is answered the same.
    words
        More about why; kept sealed under the person's key, and in no log.

    Raises
    ------
    NotFound
        The pool has nobody with that key whom this coach may open.
    Conflict
        ``already_yours``, ``already_open``.
    Invalid
        ``unknown_reason``: the code is none of `REASONS`.
    Unavailable
        ``no_secret_key``: there are words, and no key to seal them.
    """
    if reason_code not in REASONS:
        raise Invalid(f"reasonCode is one of {', '.join(REASONS)}.", code="unknown_reason")
    assert actor.pool_id is not None
    person = store.find(db, actor.pool_id, key)
    if person is None or not actor.may_stand_in(person.municipality):
        raise NotFound("There is no such candidate.")
    if actor.sees_candidate(person.coach_id, person.municipality):
        raise Conflict("This person is in your own caseload.", code="already_yours")
    if store.is_open(db, actor.pool_id, person.id, actor.name):
        raise Conflict(
            "You have opened this record already. Maybe: go on, or close it first.",
            code="already_open",
        )
    row_id = uuid.uuid4()
    sealed = None
    if words is not None:
        sealed = vault.seal_about(
            db, actor.pool_id, person.id, words, "exceptional_access", "words", row_id
        )
    hours = settings().exceptional_access_hours
    store.insert(
        db,
        row_id,
        actor.pool_id,
        person.id,
        opened_by=actor.name,
        reason_code=reason_code,
        words=sealed,
        hours=hours,
    )
    detail = {"id": row_id, "reason": reason_code, "hours": hours, "words": words is not None}
    audit.append(db, actor.pool_id, actor.name, "exceptional_access.open", detail, person.id)
    return row_id


def note_refusal(db: Session, actor: Actor) -> None:
    """Put into the record that somebody named a key that opens nothing; not which."""
    assert actor.pool_id is not None
    audit.append(db, actor.pool_id, actor.name, "exceptional_access.refuse", {"why": "unknown"})


def close(db: Session, access_id: uuid.UUID, *, actor: str) -> uuid.UUID:
    """
    End a look before its time, and return its id.

    Raises
    ------
    NotFound
        There is none, or it is not the present actor's to see.
    Conflict
        ``over_already``.
    """
    found = records.read(db, ACCESSES, access_id)
    if not store.close(db, access_id, actor):
        raise Conflict("It is over already.", code="over_already")
    _tell(db, found, actor, "close")
    return access_id


def review(db: Session, access_id: uuid.UUID, *, actor: str) -> uuid.UUID:
    """
    Note that a manager looked at it, and return its id; the task is then done.

    Raises
    ------
    NotFound
        There is none.
    Conflict
        ``reviewed_already``.
    """
    found = records.read(db, ACCESSES, access_id)
    if not reviews.review(db, ExceptionalAccess, access_id, actor):
        raise Conflict("Somebody looked at it already.", code="reviewed_already")
    _tell(db, found, actor, "review")
    return access_id


def words_of(db: Session, access_id: uuid.UUID) -> str | None:
    """Return what a coach said about why, opened; None where nothing was said, or is left."""
    found = store.sealed_words(db, access_id)
    if found is None:
        return None
    candidate_id, sealed = found
    return vault.open_about(db, candidate_id, sealed, "exceptional_access", "words", access_id)


def _tell(db: Session, found: records.Record, actor: str, action: str) -> None:
    name, about = f"exceptional_access.{action}", found["candidate_id"]
    audit.append(db, found["pool_id"], actor, name, {"id": found["id"]}, about)
