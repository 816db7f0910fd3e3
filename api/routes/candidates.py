"""Candidates (kandidaten): the matching profile, without who they are."""

import uuid
from typing import Annotated, Literal

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
    PoolFilter,
)
from api.identity import present
from api.schemas.candidates import Candidate, CandidateChange, CandidateCreate
from api.schemas.common import Page
from api.strict import StrictRoute
from matcher.errors import Invalid
from matcher.service import people
from matcher.store.database import transaction

router = APIRouter(prefix="/candidates", tags=["candidates"], route_class=StrictRoute)


@router.get("", response_model=Page[Candidate], summary="List candidates")
def list_candidates(
    pool_id: PoolFilter = None,
    state: Annotated[Literal["active", "inactive"] | None, Query()] = None,
    coach_id: Annotated[uuid.UUID | None, Query(alias="coachId")] = None,
    cursor: Cursor = None,
    page_size: PageSize = 50,
) -> Response:
    where = {"pool_id": pool_id, "state": state, "coach_id": coach_id}
    return page_of(people.CANDIDATES, where, cursor, page_size)


@router.post(
    "", status_code=201, response_model=Candidate, responses=CREATED, summary="Create a candidate"
)
def create_candidate(body: CandidateCreate, idempotency_key: IdempotencyKey = None) -> Response:
    """A coach's new candidate is theirs, and of their municipality, unless something is said."""
    actor = present()
    if actor.role == "coach":
        body.coach_id = body.coach_id or actor.coach_id
        body.municipality = body.municipality or actor.municipality
    return created(people.CANDIDATES, "candidates", body, idempotency_key)


@router.get("/{id}", response_model=Candidate, responses=READ, summary="Read a candidate")
def read_candidate(record_id: Id) -> Response:
    return record_of(people.CANDIDATES, record_id)


@router.patch("/{id}", response_model=Candidate, responses=READ, summary="Change a candidate")
def change_candidate(record_id: Id, body: CandidateChange, version: IfMatch) -> Response:
    if "restricted" in body.model_fields_set:
        raise Invalid(
            "A restriction has a ground: POST candidates/{id}/restrictions, and to lift it "
            "POST candidates/{id}/restrictions/{restrictionId}/lifting.",
            code="restricted_apart",
        )
    return changed(people.CANDIDATES, record_id, version, body)


@router.delete("/{id}", status_code=204, summary="End a candidate")
def end_candidate(record_id: Id, version: IfMatch) -> None:
    """Let a candidate leave: inactive, undecided proposals withdrawn. The record stays."""
    with transaction() as db:
        people.end_candidate(db, record_id, version)
