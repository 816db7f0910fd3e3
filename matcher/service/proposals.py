"""The proposals of one person: what stands undecided, and what the last plan did not keep."""

from uuid import UUID

from sqlmodel import Session, select

from matcher.store.decisions import live_proposal
from matcher.store.tables import Proposal


def undecided(db: Session, candidate_id: UUID) -> Proposal | None:
    """Return the person's proposal that is open or with the employer."""
    found = live_proposal(db, candidate_id)
    return None if found is None else db.get_one(Proposal, found)


def superseded_by(db: Session, candidate_id: UUID, run_id: UUID) -> Proposal | None:
    """Return the person's proposal that the plan of a run did not keep."""
    return db.exec(
        select(Proposal)
        .where(Proposal.candidate_id == candidate_id, Proposal.state == "superseded")
        .where(Proposal.superseded_because["run"].astext == str(run_id))  # type: ignore[index]
    ).first()
