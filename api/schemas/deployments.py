"""Deployments (plaatsingen)."""

import uuid
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from api.schemas.common import ApiModel, Changing, Code, Day, Line

DeploymentState = Literal["planned", "active", "ended"]
Phase = Literal["introduction", "trial", "subsidised", "regular", "aftercare"]
WeekHours = Annotated[float, Field(ge=0, le=99)]


class Deployment(ApiModel):
    """A deployment (plaatsing): somebody at work, before, now or soon."""

    id: uuid.UUID
    pool_id: uuid.UUID
    key: str
    version: int
    candidate_id: uuid.UUID | None = Field(description="Null once the person is erased.")
    placement_id: uuid.UUID
    proposal_id: uuid.UUID | None = Field(description="Null for work that was imported.")
    from_on: Day
    until_on: Day | None
    state: DeploymentState
    phase: Phase | None
    hours_per_week: float | None
    formal_employer: str | None
    end_reason: str | None


class DeploymentChange(Changing):
    """A change of a deployment; an ended one stays as it is."""

    state: Literal["active", "ended"] = Field(
        default="active", description="`ended` gives the opening back and needs `endReason`."
    )
    phase: Phase | None = None
    from_on: Day = date(1900, 1, 1)
    until_on: Day | None = None
    hours_per_week: WeekHours | None = None
    formal_employer: Line | None = None
    end_reason: Code | None = None
