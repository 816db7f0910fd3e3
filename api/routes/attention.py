"""What needs attention: tasks, oversight, cards for employers, figures, retention."""

import uuid
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.answers import answer, in_camel_case, once
from api.dependencies import MADE, Id, IdempotencyKey, PageSize
from api.identity import present
from api.middleware import PREFIX
from api.schemas.attention import Impact, Oversight, TaskPage
from api.schemas.privacy import Card, Retention, RetentionRuleCreate
from api.strict import StrictRoute
from matcher.service import attention, disclosure, impact, retention
from matcher.store.database import transaction

tasks = APIRouter(prefix="/tasks", tags=["tasks"], route_class=StrictRoute)
figures = APIRouter(prefix="/pools", tags=["pools"], route_class=StrictRoute)
cards = APIRouter(prefix="/proposals", tags=["proposals"], route_class=StrictRoute)


@tasks.get("", response_model=TaskPage, summary="List what I have to do, the first due first")
def list_tasks(
    page: Annotated[int, Query(ge=1, le=10_000, description="From 1.")] = 1,
    page_size: PageSize = 50,
) -> Response:
    """
    Of who is signed in: a coach's people; an employer's proposals, work and placements, with those
    of people of other pools on work that is shared; for a pool manager what nobody else has to do.
    """
    actor = present()
    found = []
    if actor.pool_id is not None:
        with transaction() as db:
            found = attention.tasks(
                db,
                actor.pool_id,
                actor.role,
                coach_id=actor.coach_id,
                employer_ids=actor.employer_ids,
                most=page_size + 1,
                after=(page - 1) * page_size,
            )
    shown = ("kind", "due_on", "resource", "resource_id", "facts")
    items = [
        in_camel_case({name: getattr(task, name) for name in shown}) for task in found[:page_size]
    ]
    return answer({"items": items, "nextPage": page + 1 if len(found) > page_size else None})


@figures.get("/{id}/oversight", response_model=Oversight, summary="Whether people decide in a pool")
def read_oversight(record_id: Id, days: Annotated[int, Query(ge=1, le=3650)] = 90) -> Response:
    with transaction() as db:
        found = asdict(attention.oversight(db, record_id, days))
    refused = [{"code": code, "requests": number} for code, number in found["refused"].items()]
    return answer(in_camel_case({**found, "refused": refused}))


@figures.get("/{id}/impact", response_model=Impact, summary="What happened in a pool, by month")
def read_impact(record_id: Id) -> Response:
    """Counted when it happened, so that no erasure changes it; cells below ten are not told."""
    with transaction() as db:
        cells = impact.figures(db, record_id)
    return answer({"cells": [asdict(cell) for cell in cells]})


@figures.get("/{id}/retention", response_model=Retention, summary="What a pool keeps, and how long")
def read_retention(record_id: Id) -> Response:
    with transaction() as db:
        rules = retention.due(db, record_id)
    return answer({"rules": [in_camel_case(asdict(rule)) for rule in rules]})


@figures.post(
    "/{id}/retention-rules",
    status_code=201,
    response_model=Retention,
    responses=MADE,
    summary="Decide how long a pool keeps records of a class",
)
def create_retention_rule(
    record_id: Id, body: RetentionRuleCreate, idempotency_key: IdempotencyKey = None
) -> Response:
    """It takes the place of the rule before; the sweep carries it out once a day."""
    with transaction() as db:

        def decide() -> uuid.UUID:
            retention.set_rule(db, record_id, **body.model_dump(), decided_by=present().name)
            return record_id

        once(db, f"pools/{record_id}/retention-rules", idempotency_key, decide, body)
        rules = retention.due(db, record_id)
    return answer(
        {"rules": [in_camel_case(asdict(rule)) for rule in rules]},
        201,
        {"Location": f"{PREFIX}/pools/{record_id}/retention"},
    )


@cards.get("/{id}/card", response_model=Card, summary="The person as the employer sees them")
def read_card(record_id: Id) -> Response:
    """Nothing before the coach's step; then as far as consent goes at this moment."""
    with transaction() as db:
        card, _ = disclosure.card(db, record_id)
    told = asdict(card)
    bands = told.pop("bands") or dict.fromkeys(("level", "distance_km", "hours_per_week"))
    return answer(in_camel_case({**told, **bands, "shown": in_camel_case(told["shown"])}))
