"""Health, for the orchestrator: alive, and able to serve."""

from collections.abc import Callable

import redis
from fastapi import APIRouter
from redis.exceptions import RedisError
from sqlalchemy import text
from starlette.responses import Response

from api.answers import answer
from api.problems import problem
from api.schemas.health import Live, Ready
from api.strict import StrictRoute
from matcher.settings import settings
from matcher.store.database import transaction

OLDEST_SWEEP_SECONDS = 60.0
REDIS_SECONDS = 1.0

router = APIRouter(prefix="/health", tags=["health"], route_class=StrictRoute)


@router.get("/live", response_model=Live, summary="Is the process alive")
async def read_live() -> Response:
    return answer({"status": "ok"})


@router.get("/ready", response_model=Ready, summary="Can it serve")
def read_ready() -> Response:
    """
    503 when the database is out of reach, or nothing swept for a minute: then nights do not start.

    Missing Redis only slows down the start of runs: degraded.
    """
    with transaction() as db:
        row = db.execute(
            text(
                "select at, extract(epoch from now() - at)::float8 as age"
                " from service_state where name = 'sweep'"
            )
        ).first()
    age = row.age if row else None
    if age is None or age > OLDEST_SWEEP_SECONDS:
        told = "never" if age is None else f"{age:.0f} seconds ago"
        return problem(
            503,
            f"The last sweep was {told}. Maybe: beat or the control worker is not running.",
            code="no_sweep",
        )
    reached = _answers(_ping)
    return answer(
        {
            "status": "ok" if reached else "degraded",
            "database": "ok",
            "redis": "ok" if reached else "missing",
            "lastSweepAt": row.at if row else None,
            "sweepAgeSeconds": age,
        }
    )


def _answers(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except (RedisError, OSError, ValueError):
        return False
    return True


def _ping() -> None:
    url = settings().redis_url
    if url is None:
        raise ValueError("No Redis is set.")
    with redis.Redis.from_url(
        url, socket_timeout=REDIS_SECONDS, socket_connect_timeout=REDIS_SECONDS
    ) as client:
        client.ping()
