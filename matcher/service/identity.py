"""Who a candidate is: read and written by those who may, apart from the profile."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlmodel import Session

from matcher.domain.health_words import WARNING, speaks_of_health
from matcher.errors import Invalid, Stale
from matcher.service import citizen_numbers
from matcher.service.people import CANDIDATES
from matcher.store import audit, vault
from matcher.store.acting import acting
from matcher.store.tables import Candidate
from matcher.store.vault import FIELDS

BSN = "bsn"
NOTES = "notes"
"""What a coach wrote down of a person: no pool manager's to read, or to write over unread."""
READ = "identity.read"
READ_WITH_NUMBER = "identity.read_with_number"


@dataclass(frozen=True)
class Known:
    """
    Who a candidate is, the version of it, and what whoever wrote it should think of.

    ``number`` is their citizen service number, where it is kept and may be seen.
    """

    values: dict[str, str | None]
    version: int
    warnings: tuple[str, ...] = ()
    number: str | None = field(default=None, repr=False)


def read(db: Session, candidate_id: uuid.UUID) -> Known:
    """
    Return who a candidate is, and note that it was read; a field is None where it is not known.

    Raises
    ------
    NotFound
        There is no such candidate.
    Unavailable
        ``no_secret_key``, ``vault_sealed``.
    """
    pool_id = _pool_of(db, candidate_id)
    number = citizen_numbers.shown(db, candidate_id)
    action = READ if number is None else READ_WITH_NUMBER
    audit.note_reads(db, [(pool_id, audit.acting(), candidate_id)], action)
    version = vault.identity_version(db, candidate_id)
    return Known(_shown(vault.open_identity(db, candidate_id)), version, number=number)


def change(
    db: Session,
    candidate_id: uuid.UUID,
    values: Mapping[str, str | None],
    version: int | None = None,
) -> Known:
    """
    Change the given fields of who a candidate is; the others stay.

    No rule reads them, so the profile's version stays as it is.

    Parameters
    ----------
    values
        By field, and ``bsn``; None takes it away.
    version
        As it was read, 0 before anything is known; None changes it whatever it is.

    Raises
    ------
    NotFound, Stale
        There is no such candidate, or somebody changed who they are meanwhile.
    Invalid
        ``bsn_not_kept``, ``bad_bsn``: there is no place for a number here, or it is none.
        ``notes_of_coach``: a pool manager would write over notes unread.
    Conflict
        ``bsn_taken``: somebody else in the pool has the number.
    """
    pool_id = _pool_of(db, candidate_id)
    if NOTES in values and _is_managing():
        raise Invalid(
            "Notes are the coach's own: a pool manager neither reads nor changes them.",
            code="notes_of_coach",
        )
    present = vault.identity_version(db, candidate_id)
    if version not in (None, present):
        raise Stale("Somebody changed this identity since you read it. Maybe: read it again.")
    told = {name: value for name, value in values.items() if name in FIELDS}
    whole = vault.open_identity(db, candidate_id) | told
    vault.save_identities(db, pool_id, {candidate_id: whole})
    fields = [name for name in values if name in (*FIELDS, BSN)]
    if BSN in fields:
        citizen_numbers.change(db, pool_id, candidate_id, values[BSN])
    audit.append(db, pool_id, None, "identity.change", {"fields": sorted(fields)}, candidate_id)
    notes = told.get(NOTES)
    warnings = (WARNING,) if notes and speaks_of_health(notes) else ()
    number = citizen_numbers.shown(db, candidate_id)
    if number is not None and BSN not in fields:
        # The answer tells it, to somebody who did not just write it.
        audit.note_reads(db, [(pool_id, audit.acting(), candidate_id)], READ_WITH_NUMBER)
    return Known(_shown(whole), present + 1, warnings, number)


def rotate(db: Session) -> int:
    """Wrap some thousands of keys anew under the present secret key; 0 when all are."""
    return vault.rotate(db)


def _is_managing() -> bool:
    actor = acting.get()
    return actor is not None and actor.role == "pool_manager"


def _shown(values: dict[str, str | None]) -> dict[str, str | None]:
    return {**values, NOTES: None} if _is_managing() else values


def _pool_of(db: Session, candidate_id: uuid.UUID) -> uuid.UUID:
    found = db.get(Candidate, candidate_id)
    if found is None:
        raise CANDIDATES.not_found()
    return found.pool_id
