"""Match runs (matchrondes): asked for, followed, cancelled."""

from collections.abc import AsyncIterator, Callable
from typing import Annotated, Literal
from uuid import UUID

import anyio
import orjson
from fastapi import APIRouter, Query
from sqlmodel import Session
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.answers import answer, in_camel_case, in_camel_case_throughout, once, page_of
from api.dependencies import (
    ACCEPTED,
    Cursor,
    Id,
    IdempotencyKey,
    PageSize,
    PoolFilter,
)
from api.identity import present
from api.middleware import PREFIX
from api.problems import Problem
from api.rates import RUN_REQUESTS, WHAT_IFS, counters
from api.schemas.common import ApiModel, Page
from api.schemas.inquiries import RunInFull
from api.schemas.runs import Run, RunCreate, WorkState
from api.strict import EventRoute, StrictRoute
from matcher.service import records, runs, what_ifs
from matcher.service.progress import RUNS, RUNS_IN_FULL
from matcher.service.records import Record
from matcher.store.database import transaction
from matcher.store.tables.work_orders import FINAL_STATES
from workers import hints

POLL_SECONDS = 0.5
MOST_FOLLOWERS = 100
"""Each looks at its run twice a second; a program can read the run itself instead."""
LONGEST_SECONDS = 3600.0
"""After an hour the stream ends; a browser then asks again by itself."""

router = APIRouter(prefix="/match-runs", tags=["match-runs"], route_class=StrictRoute)
events = APIRouter(prefix="/match-runs", tags=["match-runs"], route_class=EventRoute)


@router.get("", response_model=Page[Run], summary="List match runs, the newest first")
def list_match_runs(
    pool_id: PoolFilter = None,
    kind: Annotated[Literal["nightly", "request", "what_if"] | None, Query()] = None,
    state: Annotated[WorkState | None, Query()] = None,
    cursor: Cursor = None,
    page_size: PageSize = 50,
) -> Response:
    where = {"pool_id": pool_id, "kind": kind, "state": state}
    return page_of(RUNS, where, cursor, page_size, newest_first=True)


@router.post(
    "", status_code=202, response_model=RunInFull, responses=ACCEPTED, summary="Ask for a match run"
)
def create_match_run(body: RunCreate, idempotency_key: IdempotencyKey = None) -> Response:
    """
    One request of a pool is open at a time: 409 tells the id of the one that is.

    A `what_if` is about one question, goes on beside other runs and publishes nothing; a pool has
    at most 20 of them open.
    """
    question = None
    if body.question is not None:
        question = what_ifs.read_question(body.question.model_dump(mode="json", exclude_unset=True))
    return asked(
        "match-runs",
        body,
        idempotency_key,
        body.kind,
        lambda db: runs.request(db, body.pool_id, body.kind, present().name, question),
    )


@router.get("/{id}", response_model=RunInFull, summary="Read a match run")
def read_match_run(run_id: Id) -> Response:
    """With the question and the answer of a `what_if`."""
    with transaction() as db:
        record = records.read(db, RUNS_IN_FULL, run_id)
    return answer(told(record))


def asked(
    where: str, body: ApiModel, key: str | None, kind: str, make: Callable[[Session], UUID]
) -> Response:
    """Queue a run, once for each ``Idempotency-Key``, hint at it, and answer with it."""
    actor = present()
    if actor.role != "service":
        rate = WHAT_IFS if kind == "what_if" else RUN_REQUESTS
        counters.take(rate, actor.name if kind == "what_if" else str(actor.pool_id))
    with transaction() as db:
        run_id = once(db, where, key, lambda: make(db), body)
        record = records.read(db, RUNS_IN_FULL, run_id)
    hints.give(hints.match_run(run_id, kind))
    return answer(told(record), 202, {"Location": f"{PREFIX}/match-runs/{run_id}"})


def told(record: Record) -> Record:
    """Return a run as people read it: its answer in camelCase too, all the way down."""
    return {**in_camel_case(record), "answer": in_camel_case_throughout(record["answer"])}


@router.post(
    "/{id}/cancellation",
    status_code=202,
    response_model=Run,
    responses=ACCEPTED,
    summary="Cancel a match run",
)
def create_cancellation(run_id: Id) -> Response:
    """A queued run ends at once; of a running one the worker confirms it within seconds."""
    with transaction() as db:
        records.read(db, RUNS, run_id)
        runs.cancel(db, run_id)
        record = records.read(db, RUNS, run_id)
    return answer(in_camel_case(record), 202, {"Location": f"{PREFIX}/match-runs/{run_id}"})


@events.get(
    "/{id}/events",
    response_class=EventSourceResponse,
    responses={200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}}},
    summary="Follow a match run",
)
async def list_events(run_id: Id) -> EventSourceResponse:
    """
    Server-sent events: ``progress`` with state, phase, done and total whenever they change, and
    ``end`` with the final state, after which the stream closes.
    """
    if len(_followers) >= MOST_FOLLOWERS:
        raise Problem(503, "Too many follow runs at the moment.", code="too_many_followers")
    first = await run_in_threadpool(_run, run_id)
    return EventSourceResponse(_follow(run_id, first))


_followers: set[object] = set()


async def _follow(run_id: UUID, run: Record) -> AsyncIterator[ServerSentEvent]:
    told, me = None, object()
    until = anyio.current_time() + LONGEST_SECONDS
    _followers.add(me)
    try:
        while anyio.current_time() < until:
            seen = {"state": run["state"], **run["progress"]}
            ended = run["state"] in FINAL_STATES
            if seen != told:
                name = "end" if ended else "progress"
                yield ServerSentEvent(orjson.dumps(seen).decode(), event=name)
                told = seen
            if ended:
                return
            await anyio.sleep(POLL_SECONDS)
            run = await run_in_threadpool(_run, run_id)
    finally:
        _followers.discard(me)


def _run(run_id: UUID) -> Record:
    with transaction() as db:
        return records.read(db, RUNS, run_id)
