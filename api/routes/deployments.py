"""Deployments (plaatsingen): who is at work where."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.answers import page_of, record_of
from api.dependencies import READ, Cursor, Id, IfMatch, PageSize, PoolFilter
from api.schemas.common import Page
from api.schemas.deployments import Deployment, DeploymentChange, DeploymentState
from api.strict import StrictRoute
from matcher.service import deployments
from matcher.service.deployments import DEPLOYMENTS
from matcher.store import scopes
from matcher.store.database import transaction
from matcher.store.tables import Deployment as DeploymentRow

router = APIRouter(prefix="/deployments", tags=["deployments"], route_class=StrictRoute)


@router.get("", response_model=Page[Deployment], summary="List deployments")
def list_deployments(
    pool_id: PoolFilter = None,
    candidate_id: Annotated[uuid.UUID | None, Query(alias="candidateId")] = None,
    placement_id: Annotated[uuid.UUID | None, Query(alias="placementId")] = None,
    proposal_id: Annotated[uuid.UUID | None, Query(alias="proposalId")] = None,
    state: Annotated[DeploymentState | None, Query()] = None,
    cursor: Cursor = None,
    page_size: PageSize = 50,
) -> Response:
    where = {
        "pool_id": pool_id,
        "candidate_id": candidate_id,
        "placement_id": placement_id,
        "proposal_id": proposal_id,
        "state": state,
    }
    return page_of(DEPLOYMENTS, where, cursor, page_size)


@router.get("/{id}", response_model=Deployment, responses=READ, summary="Read a deployment")
def read_deployment(record_id: Id) -> Response:
    return record_of(DEPLOYMENTS, record_id)


@router.patch("/{id}", response_model=Deployment, responses=READ, summary="Change a deployment")
def change_deployment(record_id: Id, body: DeploymentChange, version: IfMatch) -> Response:
    """
    Its days, hours and phase. `state` active begins planned work; ended, with `endReason`, ends it
    and gives the opening back.
    """
    with transaction() as db:
        scopes.require(db, DeploymentRow, record_id, changing=True)
        deployments.change_deployment(db, record_id, version, body.model_dump(exclude_unset=True))
    return record_of(DEPLOYMENTS, record_id)
