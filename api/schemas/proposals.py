"""Proposals (voorstellen)."""

import uuid
from typing import Literal

from pydantic import Field

from api.schemas.common import ApiModel, Instant, JsonObject

ProposalState = Literal[
    "open", "with_employer", "accepted", "declined", "expired", "withdrawn", "superseded"
]


class Proposal(ApiModel):
    """A proposal (voorstel): a pair put to a coach, with what explains it."""

    id: uuid.UUID
    pool_id: uuid.UUID
    candidate_id: uuid.UUID
    placement_id: uuid.UUID
    state: ProposalState
    version: int
    first_run_id: uuid.UUID
    run_id: uuid.UUID
    first_proposed_at: Instant
    held_until: Instant | None
    reserved_until: Instant | None = Field(
        description="Until then one opening is kept for the employer's answer."
    )
    points: int
    points_by_term: JsonObject
    unknowns: list[str] = Field(description="Rules that the coach has to settle first.")
    evidence: JsonObject = Field(description="The values that the rules read, by column.")
    price: int
    surplus: int
    minutes: float | None
    mode: str | None
    journey_source: str | None
    tier: str | None = Field(description="The code of the tier (voorrangsgroep) of the person.")
