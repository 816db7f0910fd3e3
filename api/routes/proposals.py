"""Proposals (voorstellen), and the decisions of people on them."""

import uuid
from typing import Annotated, get_args

from fastapi import APIRouter, Path, Query
from sqlmodel import Session
from starlette.responses import Response

from api.answers import answer, in_camel_case, made, once, page_of, record_of
from api.dependencies import (
    CREATED,
    MADE,
    READ,
    Cursor,
    Id,
    IdempotencyKey,
    IfMatch,
    PageSize,
    PoolFilter,
)
from api.fields import shown
from api.identity import present
from api.middleware import PREFIX
from api.schemas.common import Page
from api.schemas.proposals import (
    Choice,
    Decision,
    DecisionCreate,
    Proposal,
    ProposalCard,
    ProposalState,
)
from api.strict import StrictRoute
from matcher.domain.actors import ActorRole
from matcher.domain.reasons import REASONS, Role
from matcher.errors import NotFound
from matcher.service import decisions, records
from matcher.service.choosing import choose
from matcher.service.decisions import DECISIONS, Saying
from matcher.service.progress import PROPOSALS
from matcher.store import scopes
from matcher.store.database import transaction
from matcher.store.tables import Candidate, Placement
from matcher.store.tables import Proposal as ProposalRow

router = APIRouter(prefix="/proposals", tags=["proposals"], route_class=StrictRoute)
choices = APIRouter(prefix="/candidates", tags=["proposals"], route_class=StrictRoute)

ASKED = (
    "The coach accepts with the person: one opening is reserved for 10 working days and the "
    "proposal goes to the employer. The employer accepts, or the account manager for them: the "
    "deployment is made. Coach, person or employer decline with a reason; the coach holds for at "
    "most 10 working days. Who decides, and in which role, is who is signed in.\n\nReasons: "
    + "; ".join(
        f"`{reason.code}` ({reason.dutch}; {', '.join(reason.used_by)})" for reason in REASONS
    )
    + "."
)


@router.get(
    "", response_model=Page[Proposal | ProposalCard], summary="List proposals, the newest first"
)
def list_proposals(
    pool_id: PoolFilter = None,
    candidate_id: Annotated[uuid.UUID | None, Query(alias="candidateId")] = None,
    placement_id: Annotated[uuid.UUID | None, Query(alias="placementId")] = None,
    run_id: Annotated[
        uuid.UUID | None, Query(alias="runId", description="Last proposed by this run.")
    ] = None,
    state: Annotated[ProposalState | None, Query()] = None,
    cursor: Cursor = None,
    page_size: PageSize = 50,
) -> Response:
    where = {
        "pool_id": pool_id,
        "candidate_id": candidate_id,
        "placement_id": placement_id,
        "run_id": run_id,
        "state": state,
    }
    return page_of(PROPOSALS, where, cursor, page_size, newest_first=True)


@router.get(
    "/{id}", response_model=Proposal | ProposalCard, responses=READ, summary="Read a proposal"
)
def read_proposal(record_id: Id) -> Response:
    return record_of(PROPOSALS, record_id)


@router.post(
    "/{id}/decisions",
    status_code=201,
    response_model=Decision,
    responses=MADE,
    summary="Decide on a proposal",
    description=ASKED,
)
def create_decision(
    record_id: Id, body: DecisionCreate, version: IfMatch, idempotency_key: IdempotencyKey = None
) -> Response:
    route = f"proposals/{record_id}/decisions"
    actor = present()
    saying = Saying(actor=actor.name, role=_deciding(actor.role), **body.model_dump())
    with transaction() as db:
        scopes.require(db, ProposalRow, record_id)
        decision_id = once(
            db,
            route,
            idempotency_key,
            lambda: decisions.decide(db, record_id, version, saying),
            body,
        )
        record = records.read(db, DECISIONS, decision_id)
    return answer(_told(record), 201, {"Location": f"{PREFIX}/{route}/{decision_id}"})


@router.get(
    "/{id}/decisions",
    response_model=Page[Decision],
    summary="List the decisions on a proposal, the first one first",
)
def list_decisions(record_id: Id, cursor: Cursor = None, page_size: PageSize = 50) -> Response:
    with transaction() as db:
        records.read(db, PROPOSALS, record_id)
        found = records.page(
            db, DECISIONS, {"proposal_id": record_id}, after=cursor, size=page_size
        )
    return answer({"items": list(map(_told, found.items)), "nextCursor": found.next_cursor})


@router.get("/{id}/decisions/{decisionId}", response_model=Decision, summary="Read a decision")
def read_decision(
    record_id: Id, decision_id: Annotated[uuid.UUID, Path(alias="decisionId")]
) -> Response:
    with transaction() as db:
        records.read(db, PROPOSALS, record_id)
        record = records.read(db, DECISIONS, decision_id)
    if record["proposal_id"] != record_id:
        raise NotFound("There is no such decision.")
    return answer(_told(record))


@choices.post(
    "/{id}/proposals",
    status_code=201,
    response_model=Proposal,
    responses=CREATED,
    summary="Propose a placement by hand",
)
def create_choice(record_id: Id, body: Choice, idempotency_key: IdempotencyKey = None) -> Response:
    """
    A coach's own choice: any open placement with an opening, whatever the rules say. The rules
    that refuse the pair stand in its evidence, and accepting it counts as an override. The
    person's undecided proposal is declined for it. Accept or hold it: a run may replace an
    undecided one.
    """

    def choice(db: Session) -> uuid.UUID:
        scopes.require(db, Candidate, record_id)
        scopes.require(db, Placement, body.placement_id)
        name = present().name
        return choose(db, record_id, body.placement_id, actor=name, reason=body.reason)

    return made(
        PROPOSALS,
        "proposals",
        body,
        idempotency_key,
        choice,
        asked_at=f"candidates/{record_id}/proposals",
    )


def _deciding(role: ActorRole) -> Role:
    """Return a role as decisions know it; the access table lets no other one in."""
    found = next((known for known in get_args(Role) if known == role), None)
    assert found is not None
    return found  # type: ignore[no-any-return]


def _told(record: records.Record) -> records.Record:
    """Return a decision as people see it."""
    plain = {
        name: value
        for name, value in shown(DECISIONS, record).items()
        if name not in ("pool_id", "actor_id")
    }
    return in_camel_case(plain | {"decided_by": record["actor_id"]})
