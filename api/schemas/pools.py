"""Pools (arbeidspools)."""

import uuid
from typing import Annotated, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, StringConstraints

from api.schemas.common import ApiModel, Changing, Line, Short


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("is not a time zone; an example is Europe/Amsterdam")
    return name


PoolKey = Annotated[
    str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,62}$", max_length=63, min_length=1)
]
Zone = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64),
    AfterValidator(_known_zone),
    Field(examples=["Europe/Amsterdam"]),
]
Municipality = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}$", max_length=4)]


class PoolFields(ApiModel):
    """What people set of a pool."""

    name: Line
    kind: Literal["branch", "chain", "place"] = "place"
    municipalities: list[Municipality] = Field(
        default=[], max_length=400, description="CBS codes of four digits."
    )
    region: Short | None = None
    horizon_days: int = Field(
        default=42, ge=1, le=365, description="How many days ahead a placement may start."
    )


class PoolCreate(PoolFields):
    """A new pool."""

    key: PoolKey = Field(description="Its short name.")
    timezone: Zone | None = Field(default=None, description="Without it, that of the installation.")


class PoolChange(PoolFields, Changing):
    """What to change of a pool."""

    name: Line = ""
    key: PoolKey = ""
    timezone: Zone = ""


class Pool(PoolFields):
    """A labour pool (arbeidspool): candidates, placements, coaches and a policy."""

    id: uuid.UUID
    key: str
    version: int
    timezone: str
    published_run_id: uuid.UUID | None = Field(description="The run whose plan is in force.")
