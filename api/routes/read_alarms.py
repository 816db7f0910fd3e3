"""Alarms of coaches who read about very many people within an hour."""

from fastapi import APIRouter
from starlette.responses import Response

from api.answers import answer, in_camel_case, once, page_of
from api.dependencies import MADE, Cursor, Id, IdempotencyKey, PageSize
from api.identity import present
from api.middleware import PREFIX
from api.schemas.common import Page
from api.schemas.exceptional import ReadAlarm
from api.strict import StrictRoute
from matcher.service import read_alarms, records
from matcher.service.read_alarms import ALARMS
from matcher.store.database import transaction

PATH = "read-alarms"
router = APIRouter(prefix=f"/{PATH}", tags=[PATH], route_class=StrictRoute)


@router.get(
    "", response_model=Page[ReadAlarm], summary="List alarms of reading, the last one first"
)
def list_read_alarms(cursor: Cursor = None, page_size: PageSize = 50) -> Response:
    return page_of(ALARMS, {}, cursor, page_size, newest_first=True)


@router.get("/{id}", response_model=ReadAlarm, summary="Read an alarm of reading")
def read_read_alarm(record_id: Id) -> Response:
    with transaction() as db:
        record = records.read(db, ALARMS, record_id)
    return answer(in_camel_case(record))


@router.post(
    "/{id}/review",
    status_code=201,
    response_model=ReadAlarm,
    responses=MADE,
    summary="Say that a manager has looked into it",
)
def create_alarm_review(record_id: Id, idempotency_key: IdempotencyKey = None) -> Response:
    """It leaves the task list with this."""
    route = f"{PATH}/{record_id}/review"
    name = present().name
    with transaction() as db:
        once(db, route, idempotency_key, lambda: read_alarms.review(db, record_id, actor=name))
        record = records.read(db, ALARMS, record_id)
    return answer(in_camel_case(record), 201, {"Location": f"{PREFIX}/{route}"})
