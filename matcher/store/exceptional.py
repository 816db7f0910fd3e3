"""Records opened outside a caseload: the statements."""

import uuid
from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session

ONGOING = "x.closed_at is null and x.open_until > now()"
"""What makes a look last, by the database's clock; of an ``exceptional_access x``."""


@dataclass(frozen=True)
class Person:
    """Somebody of a pool, and whose they are."""

    id: uuid.UUID
    coach_id: uuid.UUID | None
    municipality: str | None


def find(db: Session, pool_id: uuid.UUID, key: str) -> Person | None:
    """Return who has this key in a pool: with their id, for whoever may be told."""
    row = db.execute(
        text("select id, coach_id, municipality from candidate where pool_id = :pool and key = :k"),
        {"pool": pool_id, "k": key},
    ).first()
    return None if row is None else Person(*row)


def is_open(db: Session, pool_id: uuid.UUID, candidate_id: uuid.UUID, opened_by: str) -> bool:
    """Return whether somebody looks at a record already."""
    query = f"""
        select exists (select from exceptional_access x where x.pool_id = :pool
            and x.candidate_id = :candidate and x.opened_by = :by and {ONGOING})
    """
    values = {"pool": pool_id, "candidate": candidate_id, "by": opened_by}
    return bool(db.execute(text(query), values).scalar())


def insert(
    db: Session,
    row_id: uuid.UUID,
    pool_id: uuid.UUID,
    candidate_id: uuid.UUID,
    *,
    opened_by: str,
    reason_code: str,
    words: bytes | None,
    hours: int,
) -> None:
    """Write that a record is open, from now on and for so many hours of the database's clock."""
    db.execute(
        text(
            "insert into exceptional_access"
            " (id, pool_id, candidate_id, opened_by, reason_code, words, open_until) values"
            " (:id, :pool, :candidate, :by, :reason, :words, now() + make_interval(hours => :h))"
        ),
        {
            "id": row_id,
            "pool": pool_id,
            "candidate": candidate_id,
            "by": opened_by,
            "reason": reason_code,
            "words": words,
            "h": hours,
        },
    )


def close(db: Session, row_id: uuid.UUID, actor: str) -> bool:
    """End a look that lasts; return whether there was one."""
    done = db.execute(
        text(
            "update exceptional_access x set closed_at = now(), closed_by = :by"
            f" where x.id = :id and {ONGOING} returning true"
        ),
        {"id": row_id, "by": actor},
    )
    return bool(done.scalar())


def sealed_words(db: Session, row_id: uuid.UUID) -> tuple[uuid.UUID, bytes] | None:
    """Return the person and the sealed words of a look; None where there are none."""
    row = db.execute(
        text(
            "select candidate_id, words from exceptional_access"
            " where id = :id and words is not null and candidate_id is not null"
        ),
        {"id": row_id},
    ).first()
    return None if row is None else (row[0], row[1])
