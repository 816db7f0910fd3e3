"""
Citizen service numbers (BSN): in the vault, apart from who people are, and off by default.

Each is sealed under the person's own key. Beside it stands a keyed hash of the pool and the number,
so that it is found, and refused a second time, without being opened.
"""

import hashlib
import hmac
import uuid

from sqlalchemy import text
from sqlmodel import Session

from matcher.domain.citizen_numbers import citizen_number
from matcher.errors import Conflict, Invalid
from matcher.settings import settings
from matcher.store import vault

TABLE = "candidate_number"
COLUMN = "bsn"
PURPOSE = "blind index"
_HELD = """exists (
    select from legal_hold h where h.candidate_id = n.candidate_id and h.lifted_at is null
        and coalesce(h.until_on >= current_date, true)
)"""


def keep(db: Session, pool_id: uuid.UUID, candidate_id: uuid.UUID, told: str) -> None:
    """
    Keep somebody's number, in place of the one before.

    Raises
    ------
    Invalid
        ``bsn_not_kept``, ``bad_bsn``.
    Conflict
        ``bsn_taken``: somebody else in the pool has it.
    """
    require_kept()
    number = citizen_number(told)
    blind = _blind(db, pool_id, number)
    # Of two who write one number at the same moment, the second waits here and is told.
    lock = int.from_bytes(blind[:8], "big", signed=True)
    db.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": lock})
    if _who_has(db, pool_id, blind) not in (None, candidate_id):
        raise Conflict(
            "Somebody else in this pool has this citizen service number. Maybe: look for it with "
            "POST /candidates/searches, or ask the pool manager.",
            code="bsn_taken",
        )
    sealed = vault.seal_about(db, pool_id, candidate_id, number, TABLE, COLUMN, candidate_id)
    db.execute(
        text(
            f"insert into {TABLE} (pool_id, candidate_id, bsn, blind) "
            "values (:pool_id, :id, :bsn, :blind) on conflict (pool_id, candidate_id) "
            "do update set bsn = excluded.bsn, blind = excluded.blind"
        ),
        {"pool_id": pool_id, "id": candidate_id, "bsn": sealed, "blind": blind},
    )


def remove(db: Session, candidate_id: uuid.UUID) -> None:
    """Remove somebody's number, if it is kept; that needs no setting."""
    db.execute(text(f"delete from {TABLE} where candidate_id = :id"), {"id": candidate_id})


def opened(db: Session, candidate_id: uuid.UUID) -> str | None:
    """Return somebody's number if it is kept, whatever the settings say now."""
    sealed = db.execute(
        text(f"select bsn from {TABLE} where candidate_id = :id"), {"id": candidate_id}
    ).scalar()
    if sealed is None:
        return None
    return vault.open_about(db, candidate_id, sealed, TABLE, COLUMN, candidate_id)


def find(db: Session, pool_id: uuid.UUID, told: str) -> uuid.UUID | None:
    """
    Return who in a pool has a number.

    Raises
    ------
    Invalid
        ``bsn_not_kept``, ``bad_bsn``.
    """
    require_kept()
    return _who_has(db, pool_id, _blind(db, pool_id, citizen_number(told)))


def count(db: Session, pool_id: uuid.UUID) -> tuple[int, int]:
    """Return of how many people of a pool a number is kept, without and with a legal hold."""
    row = db.execute(
        text(
            f"select count(*) filter (where not {_HELD}), count(*) filter (where {_HELD})"
            f" from {TABLE} n where n.pool_id = :pool"
        ),
        {"pool": pool_id},
    ).one()
    return row[0], row[1]


def remove_all(db: Session, pool_id: uuid.UUID) -> None:
    """Remove every number of a pool but of those whom a legal hold protects."""
    db.execute(
        text(f"delete from {TABLE} n where n.pool_id = :pool and not {_HELD}"), {"pool": pool_id}
    )


def require_kept() -> None:
    """
    Check that the settings let numbers be kept.

    Raises
    ------
    Invalid
        ``bsn_not_kept``.
    """
    if not settings().keep_bsn:
        raise Invalid(
            "Citizen service numbers are not kept here. Maybe: set WORKPOOL_KEEP_BSN, if the law "
            "allows this organisation to.",
            code="bsn_not_kept",
        )


def _who_has(db: Session, pool_id: uuid.UUID, blind: bytes) -> uuid.UUID | None:
    found: uuid.UUID | None = db.execute(
        text(f"select candidate_id from {TABLE} where pool_id = :pool_id and blind = :blind"),
        {"pool_id": pool_id, "blind": blind},
    ).scalar()
    return found


def _blind(db: Session, pool_id: uuid.UUID, number: str) -> bytes:
    key = vault.purpose_key(db, PURPOSE)
    return hmac.new(key, pool_id.bytes + number.encode(), hashlib.sha256).digest()
