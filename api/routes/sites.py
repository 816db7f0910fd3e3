"""Sites (vestigingen) of employers."""

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
from api.schemas.employers import Site, SiteChange, SiteCreate
from api.strict import StrictRoute
from matcher.service import records
from matcher.service.work import SITES
from matcher.store.database import transaction

router = APIRouter(prefix="/sites", tags=["sites"], route_class=StrictRoute)


@router.get("", response_model=Page[Site], summary="List sites")
def list_sites(
    pool_id: PoolFilter = None,
    employer_id: Annotated[uuid.UUID | None, Query(alias="employerId")] = None,
    key: KeyFilter = None,
    cursor: Cursor = None,
    page_size: PageSize = 50,
) -> Response:
    where = {"pool_id": pool_id, "employer_id": employer_id, "key": key}
    return page_of(SITES, where, cursor, page_size)


@router.post("", status_code=201, response_model=Site, responses=CREATED, summary="Create a site")
def create_site(body: SiteCreate, idempotency_key: IdempotencyKey = None) -> Response:
    return created(SITES, "sites", body, idempotency_key)


@router.get("/{id}", response_model=Site, responses=READ, summary="Read a site")
def read_site(record_id: Id) -> Response:
    return record_of(SITES, record_id)


@router.patch("/{id}", response_model=Site, responses=READ, summary="Change a site")
def change_site(record_id: Id, body: SiteChange, version: IfMatch) -> Response:
    return changed(SITES, record_id, version, body)


@router.delete("/{id}", status_code=204, summary="End a site")
def end_site(record_id: Id, version: IfMatch) -> None:
    """Remove a site that nothing refers to."""
    with transaction() as db:
        records.remove(db, SITES, record_id, version)
