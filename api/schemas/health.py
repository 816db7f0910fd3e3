"""Health, for the orchestrator."""

from typing import Literal

from pydantic import Field

from api.schemas.common import ApiModel, Instant


class Live(ApiModel):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Ready(ApiModel):
    """Whether it can serve, and what is missing."""

    status: Literal["ok", "degraded"] = Field(
        description="Degraded serves: runs wait for the sweep instead of starting at once."
    )
    database: Literal["ok"]
    redis: Literal["ok", "missing"]
    last_sweep_at: Instant | None
    sweep_age_seconds: float | None = Field(description="Over 60 is not ready (503).")
