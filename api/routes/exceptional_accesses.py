"""Records opened outside the own caseload: by a coach who stands in, seen by all who should."""

import logging
import uuid
from typing import Protocol

from fastapi import APIRouter
from sqlmodel import Session
from starlette.responses import Response

from api.access import AUDITOR
from api.answers import answer, in_camel_case, once, page_of
from api.dependencies import MADE, Cursor, Id, IdempotencyKey, PageSize
from api.identity import present
from api.middleware import PREFIX
from api.rates import EXCEPTIONAL_ACCESSES, counters
from api.schemas.common import Page
from api.schemas.exceptional import ExceptionalAccess, ExceptionalAccessCreate, ExplainedAccess
from api.strict import StrictRoute
from matcher.errors import NotFound
from matcher.service import exceptional, records
from matcher.service.exceptional import ACCESSES
from matcher.store.database import transaction

log = logging.getLogger(__name__)

PATH = "exceptional-accesses"
router = APIRouter(prefix=f"/{PATH}", tags=[PATH], route_class=StrictRoute)


@router.post(
    "",
    status_code=201,
    response_model=ExplainedAccess,
    responses=MADE,
    summary="Open the record of somebody outside the caseload",
)
def create_exceptional_access(
    body: ExceptionalAccessCreate, idempotency_key: IdempotencyKey = None
) -> Response:
    """
    For a coach who stands in: until `openUntil` the record of `candidateId` can be read as one's
    own, and a withdrawal of consent be recorded; nothing else is changed by who stands in. It is in
    the record at once, and in the task lists of the pool manager and of the person's own coach. A
    key that the pool does not have is 404, as one of another pool is.
    """
    actor = present()
    counters.take(EXCEPTIONAL_ACCESSES, actor.name)
    try:
        with transaction() as db:
            made = once(
                db,
                PATH,
                idempotency_key,
                lambda: exceptional.open_record(
                    db, actor, body.candidate_key, body.reason_code, body.words
                ),
                body,
            )
            told = _told(db, made)
    except NotFound:
        with transaction() as db:
            exceptional.note_refusal(db, actor)
        log.info("refused operation=createExceptionalAccess why=unknown account=%s", actor.name)
        raise
    log.info("exceptional_access_opened account=%s", actor.name)
    return answer(told, 201, {"Location": f"{PREFIX}/{PATH}/{made}"})


@router.get(
    "",
    response_model=Page[ExceptionalAccess],
    summary="List the records that were opened outside a caseload, the last one first",
)
def list_exceptional_accesses(cursor: Cursor = None, page_size: PageSize = 50) -> Response:
    """A coach's own, and those of the coach's people; the pool's for manager and auditor."""
    return page_of(ACCESSES, {}, cursor, page_size, newest_first=True)


@router.get("/{id}", response_model=ExplainedAccess, summary="Read why a record was opened")
def read_exceptional_access(record_id: Id) -> Response:
    with transaction() as db:
        return answer(_told(db, record_id, noted=True))


@router.post(
    "/{id}/closure",
    status_code=201,
    response_model=ExplainedAccess,
    responses=MADE,
    summary="Close a record before its time",
)
def create_closure(record_id: Id, idempotency_key: IdempotencyKey = None) -> Response:
    return _step(exceptional.close, record_id, "closure", idempotency_key)


@router.post(
    "/{id}/review",
    status_code=201,
    response_model=ExplainedAccess,
    responses=MADE,
    summary="Say that a manager has looked at it",
)
def create_review(record_id: Id, idempotency_key: IdempotencyKey = None) -> Response:
    """It leaves the task lists with this."""
    return _step(exceptional.review, record_id, "review", idempotency_key)


class _Step(Protocol):
    def __call__(self, db: Session, access_id: uuid.UUID, *, actor: str) -> uuid.UUID: ...


def _step(take: _Step, record_id: uuid.UUID, name: str, key: str | None) -> Response:
    route = f"{PATH}/{record_id}/{name}"
    with transaction() as db:
        once(db, route, key, lambda: take(db, record_id, actor=present().name))
        told = _told(db, record_id)
    return answer(told, 201, {"Location": f"{PREFIX}/{route}"})


def _told(db: Session, record_id: uuid.UUID, *, noted: bool = False) -> records.Record:
    """Return a look with the words, which are not an auditor's; that it is read may be noted."""
    record = records.read(db, ACCESSES, record_id)
    if noted:
        records.note_reading(db, ACCESSES, [record], "read")
    words = None if present().role == AUDITOR else exceptional.words_of(db, record_id)
    return in_camel_case({**record, "words": words})
