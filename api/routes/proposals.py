"""Proposals (voorstellen): read; decisions on them are made elsewhere."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.answers import page_of, record_of
from api.dependencies import READ, Cursor, Id, PageSize, PoolFilter
from api.schemas.common import Page
from api.schemas.proposals import Proposal, ProposalState
from api.strict import StrictRoute
from matcher.service.progress import PROPOSALS

router = APIRouter(prefix="/proposals", tags=["proposals"], route_class=StrictRoute)


@router.get("", response_model=Page[Proposal], summary="List proposals, the newest first")
def list_proposals(
    pool_id: PoolFilter = None,
    candidate_id: Annotated[uuid.UUID | None, Query(alias="candidateId")] = None,
    placement_id: Annotated[uuid.UUID | None, Query(alias="placementId")] = None,
    run_id: Annotated[
        uuid.UUID | None, Query(alias="runId", description="Last proposed by this run.")
    ] = None,
    state: Annotated[ProposalState | None, Query()] = None,
    cursor: Cursor = None,
    page_size: PageSize = 50,
) -> Response:
    where = {
        "pool_id": pool_id,
        "candidate_id": candidate_id,
        "placement_id": placement_id,
        "run_id": run_id,
        "state": state,
    }
    return page_of(PROPOSALS, where, cursor, page_size, newest_first=True)


@router.get("/{id}", response_model=Proposal, responses=READ, summary="Read a proposal")
def read_proposal(record_id: Id) -> Response:
    return record_of(PROPOSALS, record_id)
