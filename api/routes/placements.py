"""Placements (werkplekken)."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.answers import changed, created, page_of, record_of
from api.dependencies import (
    CREATED,
    READ,
    Cursor,
    Id,
    IdempotencyKey,
    IfMatch,
    KeyFilter,
    PageSize,
    PoolFilter,
)
from api.schemas.common import Page
from api.schemas.placements import (
    Placement,
    PlacementChange,
    PlacementCreate,
    PlacementKind,
    PlacementState,
)
from api.strict import StrictRoute
from matcher.service import work
from matcher.store.database import transaction

router = APIRouter(prefix="/placements", tags=["placements"], route_class=StrictRoute)


@router.get("", response_model=Page[Placement], summary="List placements")
def list_placements(
    pool_id: PoolFilter = None,
    employer_id: Annotated[uuid.UUID | None, Query(alias="employerId")] = None,
    state: Annotated[PlacementState | None, Query()] = None,
    kind: Annotated[PlacementKind | None, Query()] = None,
    key: KeyFilter = None,
    cursor: Cursor = None,
    page_size: PageSize = 50,
) -> Response:
    where = {
        "pool_id": pool_id,
        "employer_id": employer_id,
        "state": state,
        "kind": kind,
        "key": key,
    }
    return page_of(work.PLACEMENTS, where, cursor, page_size)


@router.post(
    "", status_code=201, response_model=Placement, responses=CREATED, summary="Create a placement"
)
def create_placement(body: PlacementCreate, idempotency_key: IdempotencyKey = None) -> Response:
    return created(work.PLACEMENTS, "placements", body, idempotency_key)


@router.get("/{id}", response_model=Placement, responses=READ, summary="Read a placement")
def read_placement(record_id: Id) -> Response:
    return record_of(work.PLACEMENTS, record_id)


@router.patch("/{id}", response_model=Placement, responses=READ, summary="Change a placement")
def change_placement(record_id: Id, body: PlacementChange, version: IfMatch) -> Response:
    return changed(work.PLACEMENTS, record_id, version, body)


@router.delete("/{id}", status_code=204, summary="End a placement")
def end_placement(record_id: Id, version: IfMatch) -> None:
    """Close a placement: undecided proposals are withdrawn. The record stays."""
    with transaction() as db:
        work.end_placement(db, record_id, version)
