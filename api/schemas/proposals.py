"""Proposals (voorstellen)."""

import uuid
from typing import Literal

from pydantic import Field

from api.schemas.common import ApiModel, Code, Day, Instant, JsonObject, Moment, Prose
from matcher.domain.reasons import Role
from matcher.service.decisions import Outcome

ProposalState = Literal[
    "open", "with_employer", "accepted", "declined", "expired", "withdrawn", "superseded"
]


class AlternativePlacement(ApiModel):
    """Another placement of the person, and what the whole plan would lose with it, exactly."""

    placement: uuid.UUID
    people: dict[str, int] = Field(
        description="By tier, people who would have a proposal less; below 0 more."
    )
    points: int = Field(description="Points that the whole plan would have less.")
    others: int = Field(description="How many others would get another placement, or none, or one.")
    exact: bool = Field(
        default=True,
        description="Solving the whole pool again with that pair fixed gives just this. If false, "
        "limits had to be searched: this plan keeps to them, a better one may exist.",
    )


class Note(ApiModel):
    """What a proposal hangs on: with how many other people, never with whom."""

    code: Literal["team", "starts_together"]
    others: int


class Proposal(ApiModel):
    """A proposal (voorstel): a pair put to a coach, with what explains it."""

    id: uuid.UUID
    pool_id: uuid.UUID
    candidate_id: uuid.UUID
    placement_id: uuid.UUID
    state: ProposalState
    version: int
    first_run_id: uuid.UUID | None = Field(description="Null while only a coach has chosen it.")
    run_id: uuid.UUID | None
    first_proposed_at: Instant
    held_until: Instant | None
    reserved_until: Instant | None = Field(
        description="Until then one opening is kept for the employer's answer."
    )
    points: int
    points_by_term: JsonObject
    unknowns: list[str] = Field(description="Rules that the coach has to settle first.")
    evidence: JsonObject = Field(
        description="The values that the rules read, by column; for a coach's own choice also "
        "`choice`: by whom, why, and which rules refuse the pair."
    )
    alternatives: list[AlternativePlacement] = Field(
        description="The best other placements of the person as the plan was published."
    )
    superseded_because: JsonObject | None = Field(
        description="Of a superseded proposal: the `cause`, what is behind it (`rules`, `gates`, "
        "`points`, `instead`, `others` by tier), and the `run`."
    )
    pinned: bool = Field(description="A coach pinned the pair: the plan had to hold it.")
    notes: list[Note] = Field(description="What of others it hangs on.")
    price: int
    surplus: int
    minutes: float | None
    mode: str | None
    journey_source: str | None
    tier: str | None = Field(description="The code of the tier (voorrangsgroep) of the person.")


class ProposalCard(ApiModel):
    """A proposal as the employer is told it: that somebody suits the work, and not who."""

    id: uuid.UUID
    pool_id: uuid.UUID
    placement_id: uuid.UUID
    state: ProposalState
    version: int
    first_proposed_at: Instant
    reserved_until: Instant | None


class DecisionCreate(ApiModel):
    """What the one who is signed in says of a proposal."""

    outcome: Outcome
    reason_code: Code | None = Field(
        default=None, description="Why, for a decline: a code that this role may give."
    )
    until: Day | None = Field(
        default=None, description="Last day of a hold, or of the decline `not_now`."
    )
    starts_on: Day | None = Field(
        default=None, description="First day of work, with the employer's accept."
    )
    seen_at: Moment | None = Field(
        default=None, description="When the proposal and its reasons were shown."
    )


class Decision(ApiModel):
    """A decision (besluit) on a proposal; it is never changed."""

    id: uuid.UUID
    proposal_id: uuid.UUID
    outcome: Outcome
    decided_by: str = Field(description="The account that decided.")
    role: Role
    reason_code: str | None
    overrides: bool = Field(description="Another placement was taken than the plan proposed.")
    next_proposal_id: uuid.UUID | None = Field(
        description="Of a decline: the proposal that came at once in its place, if one could."
    )
    seen_at: Instant | None
    decided_at: Instant


class Choice(ApiModel):
    """A placement that a coach chose for a person, whatever the plan says."""

    placement_id: uuid.UUID
    reason: Prose | None = Field(default=None, description="Why, without personal data.")
