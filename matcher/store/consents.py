"""Consents as they stand: which words are in force for an employer, asked at every reading."""

import uuid
from collections.abc import Sequence

from sqlalchemy import text
from sqlmodel import Session

from matcher.domain.disclosure import EVERY_EMPLOYER


def in_force(
    db: Session, candidate_ids: Sequence[uuid.UUID], employer_id: uuid.UUID
) -> dict[uuid.UUID, list[str]]:
    """
    Return the words of the consents in force for an employer, by person; without those of none.

    One that a file brought does not stand against a withdrawal that was recorded here: the sender
    may not know of it.
    """
    rows = db.execute(
        text(
            """
            select x.candidate_id, array_agg(distinct w.word) filter (where w.word is not null)
            from candidate_consent x
            join employer e on e.id = :employer
            left join lateral unnest(x.fields) w (word) on true
            where x.candidate_id = any(:people) and x.withdrawn_at is null
                and coalesce(x.from_on <= current_date, true)
                and coalesce(x.until_on >= current_date, true)
                and (
                    x.employer_id = e.id
                    or x.employer_id is null and (
                        x.receiver is null or x.receiver = e.key
                        or lower(x.receiver) = any(:everybody)
                    )
                )
                and not (x.recorded_by is null and exists (
                    select from candidate_consent y
                    where y.pool_id = x.pool_id and y.candidate_id = x.candidate_id
                        and y.recorded_by is not null and y.withdrawn_at is not null
                        and y.fields = x.fields and y.receiver is not distinct from x.receiver
                ))
            group by x.candidate_id
            """
        ),
        {"employer": employer_id, "people": list(candidate_ids), "everybody": list(EVERY_EMPLOYER)},
    )
    return {row[0]: row[1] or [] for row in rows}


def withdraw(db: Session, consent_id: uuid.UUID, actor: str) -> uuid.UUID | None:
    """Withdraw a consent that stands; return its employer's id or None, and None without one."""
    return db.execute(
        text(
            "update candidate_consent set withdrawn_at = now(), recorded_by = :actor"
            " where id = :id and withdrawn_at is null returning id"
        ),
        {"id": consent_id, "actor": actor},
    ).scalar()


def lock_for_closing(db: Session, candidate_id: uuid.UUID, employer_id: uuid.UUID | None) -> None:
    """Lock the placements of a person's proposals in play, of one employer or of all."""
    db.execute(
        text(
            "select from placement where id in (select placement_id from proposal"
            " where candidate_id = :id and state = 'with_employer')"
            " and (cast(:employer as uuid) is null or employer_id = :employer)"
            " order by id for no key update"
        ),
        {"id": candidate_id, "employer": employer_id},
    )


def close_proposals(db: Session, candidate_id: uuid.UUID, employer_id: uuid.UUID | None) -> int:
    """
    Withdraw a person's proposals in play, of one employer or of all; return how many.

    An opening that was reserved is given back. The placements and the person are locked.
    """
    closed: int = db.execute(
        text(
            """
            with closed as (
                update proposal q set state = 'withdrawn', held_until = null,
                    reserved_until = null, version = q.version + 1
                from proposal was join placement p on p.id = was.placement_id
                where was.id = q.id and q.candidate_id = :id
                    and q.state in ('open', 'with_employer')
                    and (cast(:employer as uuid) is null or p.employer_id = :employer)
                returning was.placement_id, was.state
            ), freed as (
                update placement p set taken = greatest(p.taken - 1, 0)
                from closed c where p.id = c.placement_id and c.state = 'with_employer'
            )
            select count(*) from closed
            """
        ),
        {"id": candidate_id, "employer": employer_id},
    ).scalar_one()
    return closed


def raise_version(db: Session, candidate_id: uuid.UUID) -> None:
    """Raise a person's version: a plan under way drops what it made of the old one."""
    db.execute(
        text("update candidate set version = version + 1 where id = :id"), {"id": candidate_id}
    )
