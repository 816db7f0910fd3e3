"""Coaches (jobcoaches)."""

import uuid

from pydantic import Field

from api.schemas.common import ApiModel, Changing, Key, Line, Short


class CoachFields(ApiModel):
    """What people set of a coach."""

    name: Line
    hours_per_week: float | None = Field(default=None, ge=0, le=60)
    caseload_max: int | None = Field(default=None, ge=0, le=1000)
    region: Short | None = None
    specialisms: list[Short] = Field(default=[], max_length=50)
    sites: list[uuid.UUID] = Field(
        default=[], max_length=500, description="Sites that the coach serves."
    )


class CoachCreate(CoachFields):
    """A new coach."""

    pool_id: uuid.UUID
    key: Key = Field(description="Your own key of the coach, unique in the pool.")


class CoachChange(CoachFields, Changing):
    """What to change of a coach; a list is replaced whole."""

    name: Line = ""
    key: Key = ""


class Coach(CoachFields):
    """A job coach (jobcoach): hours and people they can carry."""

    id: uuid.UUID
    pool_id: uuid.UUID
    key: str
    version: int
