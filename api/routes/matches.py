"""Matches: the coach's question, its mirror image, and one pair in full."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from api.answers import answer, in_camel_case
from api.dependencies import Id
from api.desk import together
from api.identity import present
from api.schemas.matches import ExplainedMatch, MatchPage
from api.strict import StrictRoute
from matcher.domain.actors import NOBODY
from matcher.domain.rules import ELIGIBILITY_RULES
from matcher.optimisation.evaluation import criteria_of
from matcher.optimisation.sheets import Sheet
from matcher.service import matching
from matcher.service.agreements import pin_of_pair
from matcher.service.matching import Answer, Question
from matcher.store import scopes
from matcher.store.audit import acting, note_reads
from matcher.store.database import transaction
from matcher.store.tables import Candidate, Placement

router = APIRouter(tags=["matches"], route_class=StrictRoute)

PageNumber = Annotated[int, Query(ge=1, le=100_000, description="From 1.")]
PageSize = Annotated[int, Query(alias="pageSize", ge=1, le=200, description="Pairs on a page.")]
Include = Annotated[
    Literal["ineligible"] | None,
    Query(description="Also the pairs that are refused, after the others, with every reason."),
]

RULES = [
    {"code": rule.code, "question": rule.text, "ifUnknown": rule.if_unknown}
    for rule in ELIGIBILITY_RULES
]


@router.get(
    "/candidates/{id}/matches", response_model=MatchPage, summary="Which placements suit a person"
)
async def list_matches_of_candidate(
    candidate_id: Id, page: PageNumber = 1, page_size: PageSize = 25, include: Include = None
) -> Response:
    """By the rules of the nightly run, in the order of points less price."""
    actor = present()
    asked = Question(candidate_id, page, page_size, include is not None, actor)
    # Of one pool, for a transaction sees one; whose each person is, is settled for each of them.
    return await together(answer_together, actor.pool_id, asked)


@router.get(
    "/placements/{id}/matches", response_model=MatchPage, summary="Which people suit a placement"
)
def list_matches_of_placement(
    placement_id: Id, page: PageNumber = 1, page_size: PageSize = 25, include: Include = None
) -> Response:
    """Of the people that a run would plan for."""
    with transaction("REPEATABLE READ") as db:
        scopes.require(db, Placement, placement_id)
        found = matching.best_people(
            db,
            placement_id,
            page=page,
            page_size=page_size,
            include_ineligible=include is not None,
        )
        people = found.sheet.values("candidate.id")
        read = [(found.pool_id, acting(), UUID(people[row])) for row in found.rows]
        note_reads(db, read, "placement.match")
    return _page(found)


@router.get(
    "/candidates/{id}/matches/{placementId}",
    response_model=ExplainedMatch,
    summary="Explain one pair in full",
)
def read_match(
    candidate_id: Id, placement_id: Annotated[UUID, Path(alias="placementId")]
) -> Response:
    with transaction("REPEATABLE READ") as db:
        scopes.require(db, Candidate, candidate_id)
        scopes.require(db, Placement, placement_id)
        found = matching.explain_pair(db, candidate_id, placement_id)
        pin = pin_of_pair(db, candidate_id, placement_id)
        note_reads(db, [(found.pool_id, acting(), candidate_id)], "candidate.explain")
    return answer(
        {
            **_answered(found),
            "match": _item(found.sheet, found.rows[0]),
            "pin": None if pin is None else in_camel_case(pin),
        }
    )


def answer_together(questions: Sequence[Question]) -> list[Response | Exception]:
    """Answer several questions of one pool, each to who asks it, and note whom they read."""
    # One moment for the whole group: what is kept in memory and what is read must agree.
    with transaction("REPEATABLE READ") as db:
        answers = matching.answer_all(db, questions)
        read = [
            (answer.pool_id, (question.actor or NOBODY).name, question.candidate_id)
            for question, answer in zip(questions, answers, strict=True)
            if isinstance(answer, Answer)
        ]
        note_reads(db, read, "candidate.match")
    return [_page(each) if isinstance(each, Answer) else each for each in answers]


def _page(found: Answer) -> Response:
    return answer(
        {
            **_answered(found),
            "page": found.page,
            "pageSize": found.page_size,
            "eligible": found.eligible,
            "ineligible": found.ineligible,
            "items": [_item(found.sheet, row) for row in found.rows],
        }
    )


def _answered(found: Answer) -> dict[str, Any]:
    terms = criteria_of(found.policy).terms
    return {
        "poolId": found.pool_id,
        "today": found.today,
        "policyVersion": found.policy.version,
        "runId": found.run_id,
        "terms": [
            {"code": code, "label": term.text, "points": most, "planTerm": term.plan_term}
            for code, (term, most, _) in terms.items()
        ],
        "rules": RULES,
    }


def _item(sheet: Sheet, row: int) -> dict[str, Any]:
    """Return one pair as people are told of it; only a refused one is explained by itself."""
    eligible = sheet.values("eligible")[row]
    refusals = () if eligible else sheet.explanation(row).refusals
    return {
        "candidateId": sheet.values("candidate.id")[row],
        "placementId": sheet.values("placement.id")[row],
        "title": sheet.values("placement.title")[row],
        "eligible": eligible,
        "points": sheet.values("points")[row],
        "price": sheet.values("price")[row],
        "surplus": sheet.values("surplus")[row],
        "potential": sheet.values("potential")[row],
        "heldUntil": sheet.values("held_until")[row],
        "pointsByTerm": sheet.parts(row),
        "journey": {
            "minutes": sheet.values("pair.minutes")[row],
            "mode": sheet.values("pair.mode")[row],
            "km": sheet.kilometres[row],
            "source": "measured" if sheet.values("pair.journey_measured")[row] else "estimate",
            "modeAssumed": sheet.values("pair.mode_assumed")[row],
        },
        "unknowns": [{"code": code, "columns": columns} for code, columns in sheet.unknowns(row)],
        "conditions": [{"code": each.code, "text": each.text} for each in sheet.conditions(row)],
        "refusals": [
            {
                "code": each.code,
                "question": each.question,
                "text": each.text,
                "evidence": each.evidence,
            }
            for each in refusals
        ],
    }
