"""Restrictions: somebody's data are kept and not used (GDPR art. 18)."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from api.answers import answer, in_camel_case, made, once, page_of
from api.dependencies import MADE, Cursor, Id, IdempotencyKey, PageSize
from api.identity import present
from api.middleware import PREFIX
from api.schemas.common import Page
from api.schemas.privacy import Lifting, Restriction, RestrictionCreate
from api.strict import StrictRoute
from matcher.service import records, restrictions
from matcher.service.restrictions import RESTRICTIONS
from matcher.store.database import transaction

router = APIRouter(prefix="/candidates", tags=["candidates"], route_class=StrictRoute)

RestrictionId = Annotated[uuid.UUID, Path(alias="restrictionId")]


@router.get(
    "/{id}/restrictions",
    response_model=Page[Restriction],
    summary="List restrictions of the use of a candidate's data",
)
def list_restrictions(record_id: Id, cursor: Cursor = None, page_size: PageSize = 50) -> Response:
    return page_of(RESTRICTIONS, {"candidate_id": record_id}, cursor, page_size)


@router.post(
    "/{id}/restrictions",
    status_code=201,
    response_model=Restriction,
    responses=MADE,
    summary="Restrict the use of a candidate's data",
)
def create_restriction(
    record_id: Id, body: RestrictionCreate, idempotency_key: IdempotencyKey = None
) -> Response:
    """
    From now on no run plans for the person and no employer sees them. What is in play closes; no
    file and no change of the profile lifts it.
    """
    return made(
        RESTRICTIONS,
        f"candidates/{record_id}/restrictions",
        body,
        idempotency_key,
        lambda db: restrictions.place(db, record_id, body.model_dump(), actor=present().name),
    )


@router.post(
    "/{id}/restrictions/{restrictionId}/lifting",
    status_code=201,
    response_model=Restriction,
    responses=MADE,
    summary="Lift a restriction",
)
def create_lifting(
    record_id: Id,
    restriction_id: RestrictionId,
    body: Lifting,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """Only after the person was told (GDPR 18(3)): `informedOn` says when."""
    route = f"candidates/{record_id}/restrictions/{restriction_id}/lifting"
    with transaction() as db:
        once(
            db,
            route,
            idempotency_key,
            lambda: restrictions.lift(
                db, record_id, restriction_id, body.informed_on, actor=present().name
            ),
            body,
        )
        record = records.read(db, RESTRICTIONS, restriction_id)
    return answer(in_camel_case(record), 201, {"Location": f"{PREFIX}/{route}"})
