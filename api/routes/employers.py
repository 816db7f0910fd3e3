"""Employers (werkgevers)."""

from uuid import UUID

from fastapi import APIRouter
from sqlmodel import Session
from starlette.responses import Response

from api.answers import changed, made, page_of, record_of
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
from api.schemas.employers import Employer, EmployerChange, EmployerCreate
from api.strict import StrictRoute
from matcher.service import accounts, records
from matcher.service.work import EMPLOYERS
from matcher.store.database import transaction

router = APIRouter(prefix="/employers", tags=["employers"], route_class=StrictRoute)


@router.get("", response_model=Page[Employer], summary="List employers")
def list_employers(
    pool_id: PoolFilter = None,
    key: KeyFilter = None,
    cursor: Cursor = None,
    page_size: PageSize = 50,
) -> Response:
    where = {"pool_id": pool_id, "key": key}
    return page_of(EMPLOYERS, where, cursor, page_size)


@router.post(
    "", status_code=201, response_model=Employer, responses=CREATED, summary="Create an employer"
)
def create_employer(body: EmployerCreate, idempotency_key: IdempotencyKey = None) -> Response:
    """An account manager's new employer is theirs."""

    def make(db: Session) -> UUID:
        return accounts.create_employer(db, body.model_dump())

    return made(EMPLOYERS, "employers", body, idempotency_key, make)


@router.get("/{id}", response_model=Employer, responses=READ, summary="Read an employer")
def read_employer(record_id: Id) -> Response:
    return record_of(EMPLOYERS, record_id)


@router.patch("/{id}", response_model=Employer, responses=READ, summary="Change an employer")
def change_employer(record_id: Id, body: EmployerChange, version: IfMatch) -> Response:
    return changed(EMPLOYERS, record_id, version, body)


@router.delete("/{id}", status_code=204, summary="End an employer")
def end_employer(record_id: Id, version: IfMatch) -> None:
    """Remove an employer that nothing refers to."""
    with transaction() as db:
        records.remove(db, EMPLOYERS, record_id, version)
