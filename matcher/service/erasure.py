"""
Erasing a person: one transaction that takes everything, and leaves every figure as it was.

It works beside a night: publishing shares the person's row, so either the plan waits and leaves
the person out, or the erasure waits and takes the new proposal too. A file in the queue or a backup
from before it is told by keyed hashes (`matcher.store.erased`).
"""

import hashlib
import hmac
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlmodel import Session

from matcher.errors import Conflict
from matcher.service.people import CANDIDATES
from matcher.service.records import Kind
from matcher.store import audit, erased, erasing, vault
from matcher.store.tables import Erasure

ERASURES = Kind(
    "erasure",
    Erasure,
    ("id", "pool_id", "state", "ground", "actor", "at", "counts"),
    order=("at", "id"),
)
"""Receipts; none says who."""


@dataclass(frozen=True)
class Receipt:
    """
    What an erasure did, would do (``dry_run``), or why it was ``refused``.

    ``counts`` are rows by kind; ``handle`` is a keyed hash of the id, for the ledger that a
    restored backup is compared with.
    """

    state: str
    pool_id: uuid.UUID
    id: uuid.UUID | None = None
    ground: str | None = None
    handle: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    figures_unchanged: bool = True


PURPOSE = "erasures"
"""Whose key the hashes in receipts are made with."""


def erase(
    db: Session,
    candidate_id: uuid.UUID,
    *,
    actor: str | None = None,
    dry_run: bool = False,
    again: bool = False,
    receipt_id: uuid.UUID | None = None,
) -> Receipt:
    """
    Erase somebody, or with ``dry_run`` tell what that would take and change nothing.

    The data key is destroyed, and with it the meaning of every backup of the vault; profile,
    lists, consents, proposals and uploads go; work that was done stays as a count without a
    person. A legal hold refuses it, and the refusal is recorded with its ground.

    Parameters
    ----------
    again
        It was done before, and a restored backup undid it: a hold in there was lifted by then.
    receipt_id
        What to call the receipt; by default it gets an id of its own.

    Raises
    ------
    NotFound
        There is nobody with that id (any more).
    Conflict
        ``figures_changed``: a figure would not stay as it was; nothing was done.
    """
    actor = actor or audit.acting()
    pool_id = erasing.pool_of(db, candidate_id)
    if pool_id is None:
        raise CANDIDATES.not_found()
    if not dry_run:
        erased.hold_imports(db, pool_id)
    subject = erasing.lock_subject(db, candidate_id)
    if subject is None:
        raise CANDIDATES.not_found()
    ground = None if again else erasing.standing_hold(db, candidate_id)
    # The first handle makes a key, and a dry run writes nothing.
    handle = "" if dry_run else handle_of(db, candidate_id)
    if ground is not None:
        made = None
        if not dry_run:
            made = erased.keep_receipt(
                db, pool_id, handle=handle, actor=actor, counts={}, ground=ground
            )
            audit.append(
                db, pool_id, actor, "candidate.erasure_refused", {"erasure": made}, candidate_id
            )
        return Receipt("refused", pool_id, made, ground, handle)
    before = erasing.figures(db, pool_id)
    saved = db.begin_nested()
    counts = erasing.erase(db, subject)
    db.expire_all()
    unchanged = erasing.figures(db, pool_id) == before
    if dry_run:
        saved.rollback()
        return Receipt("dry_run", pool_id, None, None, handle, counts, unchanged)
    if not unchanged:
        saved.rollback()
        raise Conflict("A figure would change; nobody was erased.", code="figures_changed")
    saved.commit()
    made = erased.keep_receipt(
        db,
        pool_id,
        handle=handle,
        actor=actor,
        counts=counts,
        key_handle=hash_of_key(vault.purpose_key(db, PURPOSE), pool_id, subject.key),
        receipt_id=receipt_id,
    )
    details, reads = audit.forget(db, pool_id, candidate_id)
    counts = {**counts, "audit_details": details, "reads": reads}
    audit.append(
        db,
        pool_id,
        actor,
        "candidate.erased",
        {"erasure": made, "counts": counts} | ({"again": True} if again else {}),
    )
    return Receipt("done", pool_id, made, None, handle, counts, unchanged)


def handle_of(db: Session, candidate_id: uuid.UUID) -> str:
    """Return the keyed hash that stands for a candidate in receipts and in the ledger."""
    return hash_of_person(vault.purpose_key(db, PURPOSE), candidate_id)


def hash_of_person(key: bytes, candidate_id: uuid.UUID) -> str:
    """Return the hash of a person's id under a key."""
    return hmac.new(key, candidate_id.bytes, hashlib.sha256).hexdigest()


def hash_of_key(key: bytes, pool_id: uuid.UUID, sender_key: str) -> str:
    """Return the hash of what the sender of a pool's files calls a person."""
    told = b"sender key " + pool_id.bytes + sender_key.encode()
    return hmac.new(key, told, hashlib.sha256).hexdigest()
