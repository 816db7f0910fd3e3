"""The record (logboek): read by an auditor, and verified."""

import uuid
from typing import Annotated

import orjson
from fastapi import APIRouter, Query
from starlette.responses import Response

from api.answers import answer, in_camel_case
from api.dependencies import PageSize
from api.schemas.audit import AuditPage, AuditVerification
from api.schemas.common import Code, Line
from api.strict import StrictRoute
from matcher.errors import NotFound
from matcher.service import auditing
from matcher.store import audit_trail
from matcher.store.database import transaction

router = APIRouter(prefix="/audit-events", tags=["audit-events"], route_class=StrictRoute)

OfPool = Annotated[uuid.UUID, Query(alias="poolId", description="Whose record.")]


@router.get("", response_model=AuditPage, summary="Read the record, the first entry first")
def list_audit_events(
    pool_id: OfPool,
    action: Annotated[Code | None, Query(description="Such as `proposal.accept`.")] = None,
    actor: Annotated[Line | None, Query()] = None,
    subject: Annotated[uuid.UUID | None, Query(description="The candidate it is about.")] = None,
    cursor: Annotated[
        int, Query(ge=0, lt=2**63, description="`nextCursor` of the page before.")
    ] = 0,
    page_size: PageSize = 50,
) -> Response:
    """Who changed and decided what; who read about whom is linked to it in batches."""
    with transaction() as db:
        found = audit_trail.events(
            db,
            pool_id,
            after=cursor,
            size=page_size + 1,
            action=action,
            actor=actor,
            subject=subject,
        )
    items = [
        in_camel_case(
            event._asdict()
            | {"hash": event.hash.hex(), "detail": event.detail and orjson.loads(event.detail)}
        )
        for event in found[:page_size]
    ]
    last = items[-1]["seq"] if len(found) > page_size else None
    return answer({"items": items, "nextCursor": last})


@router.get("/verification", response_model=AuditVerification, summary="Verify the record")
def read_verification(pool_id: OfPool) -> Response:
    """
    Computes every hash again. A tail that was cut off shows only against a head kept elsewhere:
    `workpool audit verify --anchor`.
    """
    with transaction("REPEATABLE READ") as db:
        found = auditing.verify(db, pool_id)
    if not found:
        raise NotFound("There is no such pool.")
    return answer(in_camel_case(found[0].to_dict()))
