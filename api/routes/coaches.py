"""Coaches (jobcoaches)."""

from fastapi import APIRouter
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
from api.schemas.coaches import Coach, CoachChange, CoachCreate
from api.schemas.common import Page
from api.strict import StrictRoute
from matcher.service import records
from matcher.service.people import COACHES
from matcher.store.database import transaction

router = APIRouter(prefix="/coaches", tags=["coaches"], route_class=StrictRoute)


@router.get("", response_model=Page[Coach], summary="List coaches")
def list_coaches(
    pool_id: PoolFilter = None,
    key: KeyFilter = None,
    cursor: Cursor = None,
    page_size: PageSize = 50,
) -> Response:
    where = {"pool_id": pool_id, "key": key}
    return page_of(COACHES, where, cursor, page_size)


@router.post("", status_code=201, response_model=Coach, responses=CREATED, summary="Create a coach")
def create_coach(body: CoachCreate, idempotency_key: IdempotencyKey = None) -> Response:
    return created(COACHES, "coaches", body, idempotency_key)


@router.get("/{id}", response_model=Coach, responses=READ, summary="Read a coach")
def read_coach(record_id: Id) -> Response:
    return record_of(COACHES, record_id)


@router.patch("/{id}", response_model=Coach, responses=READ, summary="Change a coach")
def change_coach(record_id: Id, body: CoachChange, version: IfMatch) -> Response:
    return changed(COACHES, record_id, version, body)


@router.delete("/{id}", status_code=204, summary="End a coach")
def end_coach(record_id: Id, version: IfMatch) -> None:
    """Remove a coach whom no candidate has any more."""
    with transaction() as db:
        records.remove(db, COACHES, record_id, version)
