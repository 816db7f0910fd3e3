"""The record for the Algoritmeregister."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from starlette.responses import Response

from api import registration
from api.answers import answer
from api.schemas.common import JsonObject
from api.strict import StrictRoute
from matcher.domain.policy import Policy
from matcher.service import policies, pools
from matcher.settings import settings
from matcher.store.database import transaction

router = APIRouter(
    prefix="/algorithm-registration", tags=["algorithm-registration"], route_class=StrictRoute
)


@router.get("", response_model=JsonObject, summary="Read the record for the Algoritmeregister")
def read_algorithm_registration(
    pool_id: Annotated[
        UUID | None,
        Query(alias="poolId", description="By this pool's policy; else the product's defaults."),
    ] = None,
) -> Response:
    """In the form of publication standard 1.0, whose Dutch keys it keeps, with texts in Dutch."""
    if pool_id is None:
        return answer(registration.record(Policy.default(), settings()))
    with transaction() as db:
        policy = policies.in_force(db, pool_id, pools.today(db, pool_id))
    return answer(registration.record(policy, settings(), f"workpool-{pool_id}"))
