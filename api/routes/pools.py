"""Pools (arbeidspools)."""

from dataclasses import replace
from typing import Annotated
from uuid import uuid4, uuid5

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
    PageSize,
)
from api.identity import present
from api.schemas.common import Page
from api.schemas.pools import Pool, PoolChange, PoolCreate, PoolKey
from api.strict import StrictRoute
from matcher.service import records
from matcher.service.people import POOLS
from matcher.settings import settings
from matcher.store.acting import acting
from matcher.store.database import transaction

router = APIRouter(prefix="/pools", tags=["pools"], route_class=StrictRoute)


@router.get("", response_model=Page[Pool], summary="List pools")
def list_pools(
    key: Annotated[PoolKey | None, Query(description="Only the pool with this short name.")] = None,
    cursor: Cursor = None,
    page_size: PageSize = 50,
) -> Response:
    where = {"key": key}
    return page_of(POOLS, where, cursor, page_size)


@router.post("", status_code=201, response_model=Pool, responses=CREATED, summary="Create a pool")
def create_pool(body: PoolCreate, idempotency_key: IdempotencyKey = None) -> Response:
    """A service that may make pools sees the one that it makes, and no other."""
    actor = present()
    # The same for a repetition of this request: it sees what the first one made.
    new_id = uuid5(actor.account_id, idempotency_key) if idempotency_key else uuid4()
    acting.set(replace(actor, pool_id=new_id))
    zone = body.timezone or settings().timezone
    return created(POOLS, "pools", body, idempotency_key, id=new_id, timezone=zone)


@router.get("/{id}", response_model=Pool, responses=READ, summary="Read a pool")
def read_pool(record_id: Id) -> Response:
    return record_of(POOLS, record_id)


@router.patch("/{id}", response_model=Pool, responses=READ, summary="Change a pool")
def change_pool(record_id: Id, body: PoolChange, version: IfMatch) -> Response:
    return changed(POOLS, record_id, version, body)


@router.delete("/{id}", status_code=204, summary="End a pool")
def end_pool(record_id: Id, version: IfMatch) -> None:
    """Remove a pool that is empty."""
    with transaction() as db:
        records.remove(db, POOLS, record_id, version)
