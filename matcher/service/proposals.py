"""Proposals as people read them: the pairs put to coaches, and how far each one is."""

import uuid
from collections.abc import Collection
from typing import TypeVar

from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from matcher.errors import NotFound
from matcher.store.tables import Proposal

Row = TypeVar("Row")


def get(db: Session, proposal_id: uuid.UUID) -> Proposal:
    """Return a proposal; NotFound without it."""
    found = db.get(Proposal, proposal_id, populate_existing=True)
    if found is None:
        raise NotFound(f"There is no proposal {proposal_id}.")
    return found


def listing(
    db: Session,
    pool_id: uuid.UUID | None = None,
    *,
    run_id: uuid.UUID | None = None,
    candidate_id: uuid.UUID | None = None,
    placement_id: uuid.UUID | None = None,
    states: Collection[str] = (),
    limit: int = 50,
    offset: int = 0,
) -> list[Proposal]:
    """Return proposals, the newest first; of several filters all hold."""
    query = _filtered(
        select(Proposal), pool_id, run_id, candidate_id, placement_id, states
    ).order_by(col(Proposal.first_proposed_at).desc(), col(Proposal.id))
    return list(db.exec(query.limit(limit).offset(offset)))


def count(
    db: Session,
    pool_id: uuid.UUID | None = None,
    *,
    run_id: uuid.UUID | None = None,
    candidate_id: uuid.UUID | None = None,
    placement_id: uuid.UUID | None = None,
    states: Collection[str] = (),
) -> int:
    """Return how many proposals the same filters of `listing` leave."""
    query = _filtered(
        select(func.count()).select_from(Proposal),
        pool_id,
        run_id,
        candidate_id,
        placement_id,
        states,
    )
    return db.exec(query).one()


def _filtered(
    query: SelectOfScalar[Row],
    pool_id: uuid.UUID | None,
    run_id: uuid.UUID | None,
    candidate_id: uuid.UUID | None,
    placement_id: uuid.UUID | None,
    states: Collection[str],
) -> SelectOfScalar[Row]:
    for column, value in (
        (Proposal.pool_id, pool_id),
        (Proposal.run_id, run_id),
        (Proposal.candidate_id, candidate_id),
        (Proposal.placement_id, placement_id),
    ):
        if value is not None:
            query = query.where(col(column) == value)
    return query.where(col(Proposal.state).in_(states)) if states else query
