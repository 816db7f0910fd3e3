"""Whether a restriction stands, and the mark in the profile that runs go by."""

from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session


def apply(db: Session, candidate_id: UUID) -> None:
    """Mark a locked person as restricted while one stands; a plan under way drops them."""
    db.execute(
        text(
            "update candidate set version = version + 1, restricted = exists ("
            " select from restriction r where r.candidate_id = :id and r.lifted_at is null)"
            " where id = :id"
        ),
        {"id": candidate_id},
    )
