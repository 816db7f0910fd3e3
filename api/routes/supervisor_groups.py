"""Groups of supervisors (begeleiders) at a site."""

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
from api.schemas.employers import SupervisorGroup as Group
from api.schemas.employers import SupervisorGroupChange as GroupChange
from api.schemas.employers import SupervisorGroupCreate as GroupCreate
from api.strict import StrictRoute
from matcher.service import records
from matcher.service.work import SUPERVISOR_GROUPS
from matcher.store.database import transaction

router = APIRouter(prefix="/supervisor-groups", tags=["supervisor-groups"], route_class=StrictRoute)


@router.get("", response_model=Page[Group], summary="List supervisor groups")
def list_supervisor_groups(
    pool_id: PoolFilter = None,
    site_id: Annotated[uuid.UUID | None, Query(alias="siteId")] = None,
    key: KeyFilter = None,
    cursor: Cursor = None,
    page_size: PageSize = 50,
) -> Response:
    where = {"pool_id": pool_id, "site_id": site_id, "key": key}
    return page_of(SUPERVISOR_GROUPS, where, cursor, page_size)


@router.post(
    "",
    status_code=201,
    response_model=Group,
    responses=CREATED,
    summary="Create a group",
)
def create_supervisor_group(body: GroupCreate, idempotency_key: IdempotencyKey = None) -> Response:
    return created(SUPERVISOR_GROUPS, "supervisor-groups", body, idempotency_key)


@router.get("/{id}", response_model=Group, responses=READ, summary="Read a group")
def read_supervisor_group(record_id: Id) -> Response:
    return record_of(SUPERVISOR_GROUPS, record_id)


@router.patch("/{id}", response_model=Group, responses=READ, summary="Change a group")
def change_supervisor_group(record_id: Id, body: GroupChange, version: IfMatch) -> Response:
    return changed(SUPERVISOR_GROUPS, record_id, version, body)


@router.delete("/{id}", status_code=204, summary="End a group")
def end_supervisor_group(record_id: Id, version: IfMatch) -> None:
    """Remove a group that nothing refers to."""
    with transaction() as db:
        records.remove(db, SUPERVISOR_GROUPS, record_id, version)
