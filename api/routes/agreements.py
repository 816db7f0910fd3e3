"""Pins of coaches, and people who go apart or together, under their candidate."""

import uuid
from typing import Annotated

from fastapi import APIRouter, Path
from sqlmodel import Session
from starlette.responses import Response

from api.answers import answer, in_camel_case, made
from api.dependencies import (
    CREATED,
    READ,
    Cursor,
    Id,
    IdempotencyKey,
    IfMatch,
    PageSize,
    etag,
)
from api.identity import present
from api.schemas.agreements import Companion, CompanionCreate, Pin, PinCreate
from api.schemas.common import Page
from api.strict import StrictRoute
from matcher.service import agreements, records
from matcher.service.agreements import COMPANIONS, PINS
from matcher.service.people import CANDIDATES
from matcher.service.records import Found, Kind, Record
from matcher.store import scopes
from matcher.store.database import transaction

pins = APIRouter(prefix="/candidates", tags=["pins"], route_class=StrictRoute)
companions = APIRouter(prefix="/candidates", tags=["companions"], route_class=StrictRoute)
PinId = Annotated[uuid.UUID, Path(alias="pinId")]
CompanionId = Annotated[uuid.UUID, Path(alias="companionId")]


@pins.post(
    "/{id}/pins", status_code=201, response_model=Pin, responses=CREATED, summary="Pin a pair"
)
def create_pin(record_id: Id, body: PinCreate, idempotency_key: IdempotencyKey = None) -> Response:
    """
    The plan of every run from now on holds this pair, whatever rules would rather ask; what the
    law or the person rules out stays out. Pins that do not fit together are named in the run's
    `totals.pin_conflicts`; the older ones are kept.
    """
    values = {**body.model_dump(), "actor": present().name}
    return made(
        PINS,
        f"candidates/{record_id}/pins",
        body,
        idempotency_key,
        lambda db: agreements.pin(db, record_id, **values),
    )


@pins.get("/{id}/pins", response_model=Page[Pin], summary="List a person's pins, the first first")
def list_pins(record_id: Id, cursor: Cursor = None, page_size: PageSize = 50) -> Response:
    with transaction() as db:
        records.read(db, CANDIDATES, record_id)
        found = records.page(db, PINS, {"candidate_id": record_id}, after=cursor, size=page_size)
        records.note_reading(db, PINS, found.items, "list")
    return _page(found)


@pins.get("/{id}/pins/{pinId}", response_model=Pin, responses=READ, summary="Read a pin")
def read_pin(record_id: Id, pin_id: PinId) -> Response:
    with transaction() as db:
        return _told(db, PINS, agreements.read_pin(db, record_id, pin_id))


@pins.delete("/{id}/pins/{pinId}", status_code=204, summary="Withdraw a pin")
def withdraw_pin(record_id: Id, pin_id: PinId, version: IfMatch) -> None:
    """The record stays, with when and by whom."""
    with transaction() as db:
        agreements.withdraw_pin(db, record_id, pin_id, version, present().name)


@companions.post(
    "/{id}/companions",
    status_code=201,
    response_model=Companion,
    responses=CREATED,
    summary="Keep two people apart or together",
)
def create_companion(
    record_id: Id, body: CompanionCreate, idempotency_key: IdempotencyKey = None
) -> Response:
    def join(db: Session) -> uuid.UUID:
        scopes.check_references(db, {"other_id": body.other_id})
        return agreements.join(db, record_id, body.model_dump())

    return made(COMPANIONS, f"candidates/{record_id}/companions", body, idempotency_key, join)


@companions.get(
    "/{id}/companions",
    response_model=Page[Companion],
    summary="List who goes apart from a person or together with them",
)
def list_companions(record_id: Id, cursor: Cursor = None, page_size: PageSize = 50) -> Response:
    with transaction() as db:
        return _page(agreements.companions_of(db, record_id, cursor, page_size))


@companions.get(
    "/{id}/companions/{companionId}",
    response_model=Companion,
    responses=READ,
    summary="Read a companion",
)
def read_companion(record_id: Id, companion_id: CompanionId) -> Response:
    with transaction() as db:
        return _told(db, COMPANIONS, agreements.read_companion(db, record_id, companion_id))


@companions.delete(
    "/{id}/companions/{companionId}", status_code=204, summary="Take back a companion"
)
def end_companion(record_id: Id, companion_id: CompanionId, version: IfMatch) -> None:
    with transaction() as db:
        agreements.part(db, record_id, companion_id, version)


def _told(db: Session, kind: Kind, record: Record) -> Response:
    records.note_reading(db, kind, [record], "read")
    return answer(in_camel_case(record), 200, {"ETag": etag(record["version"])})


def _page(found: Found) -> Response:
    items = [in_camel_case(item) for item in found.items]
    return answer({"items": items, "nextCursor": found.next_cursor})
