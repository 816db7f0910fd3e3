"""Who somebody is, what they consented to, erasing, and the legal grounds against it."""

import uuid
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Path
from sqlmodel import Session
from starlette.responses import Response

from api.answers import answer, in_camel_case, made, once, page_of
from api.dependencies import (
    MADE,
    READ,
    Cursor,
    Id,
    IdempotencyKey,
    IfMatch,
    PageSize,
    PoolFilter,
    etag,
)
from api.identity import present
from api.middleware import PREFIX
from api.rates import SEARCHES_BY_NUMBER, counters
from api.schemas.common import Page
from api.schemas.privacy import (
    CandidateFound,
    CandidateSearch,
    Consent,
    ConsentCreate,
    ErasurePreview,
    ErasureRow,
    Identity,
    IdentityChange,
    LegalHold,
    LegalHoldCreate,
    Withdrawal,
)
from api.strict import StrictRoute
from matcher.service import citizen_numbers, consents, erasure, holds, identity, records
from matcher.service.consents import CONSENTS
from matcher.service.erasure import ERASURES
from matcher.service.holds import HOLDS
from matcher.store.database import transaction

router = APIRouter(prefix="/candidates", tags=["candidates"], route_class=StrictRoute)
receipts = APIRouter(prefix="/erasures", tags=["erasures"], route_class=StrictRoute)

ConsentId = Annotated[uuid.UUID, Path(alias="consentId")]
HoldId = Annotated[uuid.UUID, Path(alias="holdId")]


@router.get(
    "/{id}/identity", response_model=Identity, responses=READ, summary="Read who a candidate is"
)
def read_identity(record_id: Id) -> Response:
    """Each reading is noted in the record."""
    with transaction() as db:
        return _identity(identity.read(db, record_id))


@router.patch(
    "/{id}/identity", response_model=Identity, responses=READ, summary="Change who a candidate is"
)
def change_identity(record_id: Id, body: IdentityChange, version: IfMatch) -> Response:
    """Kept encrypted, apart from the profile. `If-Match: "0"` before anything is known."""
    told = body.model_dump(exclude_unset=True)
    values = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in told.items()
    }
    with transaction() as db:
        return _identity(identity.change(db, record_id, values, version))


@router.post("/searches", response_model=CandidateFound, summary="Find a person by their number")
def search_candidates(body: CandidateSearch) -> Response:
    """
    By citizen service number: within a coach's caseload, or a manager's pool.

    Each search is noted in the record, without the number; at most 60 an hour.
    """
    actor = present()
    counters.take(SEARCHES_BY_NUMBER, actor.name)
    assert actor.pool_id is not None
    with transaction() as db:
        found = citizen_numbers.find(db, actor.pool_id, body.bsn)
    return answer({"candidateId": found})


@router.get(
    "/{id}/consents", response_model=Page[Consent], summary="List what a candidate consented to"
)
def list_consents(record_id: Id, cursor: Cursor = None, page_size: PageSize = 50) -> Response:
    return page_of(CONSENTS, {"candidate_id": record_id}, cursor, page_size)


@router.post(
    "/{id}/consents",
    status_code=201,
    response_model=Consent,
    responses=MADE,
    summary="Record a consent",
)
def create_consent(
    record_id: Id, body: ConsentCreate, idempotency_key: IdempotencyKey = None
) -> Response:
    """It decides from the next request on what an employer sees after the coach's step."""
    return made(
        CONSENTS,
        f"candidates/{record_id}/consents",
        body,
        idempotency_key,
        lambda db: consents.give(db, record_id, body.model_dump(), actor=present().name),
    )


@router.post(
    "/{id}/consents/{consentId}/withdrawal",
    status_code=201,
    response_model=Withdrawal,
    responses=MADE,
    summary="Withdraw a consent",
)
def create_withdrawal(
    record_id: Id, consent_id: ConsentId, idempotency_key: IdempotencyKey = None
) -> Response:
    """
    Nothing is shown any more from the next request on. Proposals in play close, and a plan under
    way drops the person.
    """
    route = f"candidates/{record_id}/consents/{consent_id}/withdrawal"
    closed = 0

    def withdraw() -> uuid.UUID:
        nonlocal closed
        closed = consents.withdraw(db, record_id, consent_id, actor=present().name)
        return consent_id

    with transaction() as db:
        once(db, route, idempotency_key, withdraw)
        record = in_camel_case(records.read(db, CONSENTS, consent_id))
    return answer(
        {"consent": record, "proposalsClosed": closed}, 201, {"Location": f"{PREFIX}/{route}"}
    )


@router.get(
    "/{id}/erasure-preview",
    response_model=ErasurePreview,
    summary="What erasing a candidate would take",
)
def read_erasure_preview(record_id: Id) -> Response:
    """Counts, and changes nothing."""
    with transaction() as db:
        receipt = erasure.erase(db, record_id, dry_run=True)
    told = {name: getattr(receipt, name) for name in ErasurePreview.model_fields}
    return answer(in_camel_case(told))


@router.post(
    "/{id}/erasures",
    status_code=201,
    response_model=ErasureRow,
    responses=MADE,
    summary="Erase a candidate",
)
def create_erasure(record_id: Id, idempotency_key: IdempotencyKey = None) -> Response:
    """
    Names, profile, proposals and uploads go, and every figure stays as it was. A legal hold refuses
    it: then the receipt is `refused` with its ground.
    """
    with transaction() as db:
        route = f"candidates/{record_id}/erasures"
        receipt_id = once(db, route, idempotency_key, lambda: _erased(db, record_id))
        record = records.read(db, ERASURES, receipt_id)
    return answer(_receipt(record), 201, {"Location": f"{PREFIX}/erasures/{receipt_id}"})


@receipts.get("", response_model=Page[ErasureRow], summary="List receipts of erasures")
def list_erasures(
    pool_id: PoolFilter = None, cursor: Cursor = None, page_size: PageSize = 50
) -> Response:
    with transaction() as db:
        found = records.page(db, ERASURES, {"pool_id": pool_id}, after=cursor, size=page_size)
    return answer({"items": list(map(_receipt, found.items)), "nextCursor": found.next_cursor})


@receipts.get("/{id}", response_model=ErasureRow, summary="Read the receipt of an erasure")
def read_erasure(record_id: Id) -> Response:
    with transaction() as db:
        record = records.read(db, ERASURES, record_id)
    return answer(_receipt(record))


@router.get(
    "/{id}/legal-holds", response_model=Page[LegalHold], summary="List legal holds on a candidate"
)
def list_legal_holds(record_id: Id, cursor: Cursor = None, page_size: PageSize = 50) -> Response:
    return page_of(HOLDS, {"candidate_id": record_id}, cursor, page_size)


@router.post(
    "/{id}/legal-holds",
    status_code=201,
    response_model=LegalHold,
    responses=MADE,
    summary="Place a legal hold",
)
def create_legal_hold(
    record_id: Id, body: LegalHoldCreate, idempotency_key: IdempotencyKey = None
) -> Response:
    """Until it is released it refuses an erasure and stops retention."""
    return made(
        HOLDS,
        f"candidates/{record_id}/legal-holds",
        body,
        idempotency_key,
        lambda db: holds.place(db, record_id, body.model_dump(), actor=present().name),
    )


@router.post(
    "/{id}/legal-holds/{holdId}/release",
    status_code=201,
    response_model=LegalHold,
    responses=MADE,
    summary="Release a legal hold",
)
def create_release(
    record_id: Id, hold_id: HoldId, idempotency_key: IdempotencyKey = None
) -> Response:
    route = f"candidates/{record_id}/legal-holds/{hold_id}/release"
    with transaction() as db:
        once(
            db,
            route,
            idempotency_key,
            lambda: holds.release(db, record_id, hold_id, actor=present().name),
        )
        record = records.read(db, HOLDS, hold_id)
    return answer(in_camel_case(record), 201, {"Location": f"{PREFIX}/{route}"})


def _identity(known: identity.Known) -> Response:
    told = in_camel_case(known.values) | {
        "bsn": known.number,
        "version": known.version,
        "warnings": list(known.warnings),
    }
    return answer(told, 200, {"ETag": etag(known.version)})


def _erased(db: Session, candidate_id: uuid.UUID) -> uuid.UUID:
    receipt = erasure.erase(db, candidate_id, actor=present().name)
    assert receipt.id is not None
    return receipt.id


def _receipt(record: records.Record) -> dict[str, Any]:
    told = in_camel_case(record)
    return {"erasedAt" if name == "at" else name: value for name, value in told.items()}
