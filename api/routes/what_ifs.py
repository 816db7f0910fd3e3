"""Questions about one person or one placement that only the solver can answer."""

from fastapi import APIRouter
from starlette.responses import Response

from api.dependencies import ACCEPTED, Id, IdempotencyKey
from api.identity import present
from api.routes.match_runs import asked
from api.schemas.inquiries import RunInFull
from api.schemas.questions import CandidateQuestion, PlacementQuestion
from api.strict import StrictRoute
from matcher.domain.questions import Question
from matcher.service import records, runs
from matcher.service.people import CANDIDATES
from matcher.service.work import PLACEMENTS

router = APIRouter(tags=["match-runs"], route_class=StrictRoute)


@router.post(
    "/candidates/{id}/what-ifs",
    status_code=202,
    response_model=RunInFull,
    responses=ACCEPTED,
    summary="Ask what was possible for a person",
)
def create_what_if_of_candidate(
    candidate_id: Id, body: CandidateQuestion, idempotency_key: IdempotencyKey = None
) -> Response:
    """
    Why this proposal, what else was possible and what it would have cost others.

    With a placement: the cheapest single change that opens the pair. A match run of kind
    `what_if` answers it within seconds, beside a night, and publishes nothing.
    """
    placement = None if body.placement_id is None else str(body.placement_id)
    question = Question(
        "candidate" if placement is None else "pair",
        candidate=str(candidate_id),
        placement=placement,
        top=body.top,
    )
    return asked(
        f"candidates/{candidate_id}/what-ifs",
        body,
        idempotency_key,
        "what_if",
        lambda db: runs.request(
            db,
            records.read(db, CANDIDATES, candidate_id)["pool_id"],
            "what_if",
            present().name,
            question,
        ),
    )


@router.post(
    "/placements/{id}/what-ifs",
    status_code=202,
    response_model=RunInFull,
    responses=ACCEPTED,
    summary="Ask who else could come to a placement",
)
def create_what_if_of_placement(
    placement_id: Id, body: PlacementQuestion, idempotency_key: IdempotencyKey = None
) -> Response:
    """Who else could come and what it would cost, and what one more opening would bring."""
    question = Question("placement", placement=str(placement_id), top=body.top)
    return asked(
        f"placements/{placement_id}/what-ifs",
        body,
        idempotency_key,
        "what_if",
        lambda db: runs.request(
            db,
            records.read(db, PLACEMENTS, placement_id)["pool_id"],
            "what_if",
            present().name,
            question,
        ),
    )
