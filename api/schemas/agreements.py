"""Pins (vastgezette paren), and people who go apart or together (metgezellen)."""

import uuid
from typing import Literal

from pydantic import Field

from api.schemas.common import ApiModel, Code, Day, Instant, Line, Prose

Relation = Literal["apart", "together"]


class PinCreate(ApiModel):
    """A pair that has to be in every plan from now on."""

    placement_id: uuid.UUID
    reason: Prose | None = Field(default=None, description="Why, without personal data.")
    until: Day | None = Field(default=None, description="Last day; null is until withdrawn.")


class Pin(ApiModel):
    """A pin: a pair that a coach fixed. It is never changed, only withdrawn."""

    id: uuid.UUID
    pool_id: uuid.UUID
    candidate_id: uuid.UUID
    placement_id: uuid.UUID
    version: int
    pinned_by: Line = Field(description="The account that pinned it.")
    pinned_at: Instant
    reason: str | None
    until: Day | None
    withdrawn_at: Instant | None = Field(
        description="By hand, or because the pair was declined or withdrawn after all."
    )
    withdrawn_by: str | None


class CompanionCreate(ApiModel):
    """Somebody that this person goes apart from, or together with."""

    other_id: uuid.UUID
    relation: Relation = Field(
        description="`apart`: never at the same site. `together`: at the same placement, both or "
        "neither."
    )
    reason_code: Code | None = None
    until: Day | None = Field(default=None, description="Last day; null is until taken back.")


class Companion(ApiModel):
    """Two people who go apart or together, as seen from one of them."""

    id: uuid.UUID
    pool_id: uuid.UUID
    candidate_id: uuid.UUID
    other_id: uuid.UUID
    relation: Relation
    version: int
    reason_code: str | None
    until: Day | None
