"""Matches: who fits which placement, and why."""

import uuid
from datetime import date
from typing import Annotated

from pydantic import Field

from api.schemas.common import ApiModel, Instant, JsonObject


class TermShare(ApiModel):
    """What a term gives a pair."""

    code: str
    share: float = Field(ge=0, le=1)
    points: int
    unknown: bool = Field(description="Not recorded, so counted half.")


class UnknownRule(ApiModel):
    """A rule that cannot tell, for the coach to settle first."""

    code: str
    columns: list[str] = Field(description="The facts that are not recorded.")


class Refusal(ApiModel):
    """A gate or rule that refuses the pair."""

    code: str
    question: str
    text: str
    evidence: JsonObject = Field(description="The values that it read, by column.")


class Condition(ApiModel):
    """What has to be arranged for a pair that passes."""

    code: str
    text: str


class Journey(ApiModel):
    """The journey one way."""

    minutes: int | None
    mode: str | None
    km: float | None
    source: str = Field(description="`measured` or `estimate`.")
    mode_assumed: bool = Field(description="No transport is recorded, so a bicycle.")


class Match(ApiModel):
    """A pair, with its points by term and the price of its opening."""

    candidate_id: uuid.UUID
    placement_id: uuid.UUID
    title: str
    eligible: bool
    points: int = Field(description="The sum of points by term.")
    price: int = Field(description="What the opening would cost the published plan.")
    surplus: int = Field(description="Points less price: what the order goes by.")
    potential: int = Field(description="The part of the price kept for people still to come.")
    held_until: date | None = Field(
        description="The pair waits for people still to come, until this day at most."
    )
    points_by_term: list[TermShare]
    journey: Journey
    unknowns: list[UnknownRule]
    conditions: list[Condition]
    refusals: list[Refusal] = Field(description="Every gate and rule that refuses; none: empty.")


class Term(ApiModel):
    """A score term of the policy."""

    code: str
    label: str
    points: int = Field(description="The most that it gives.")
    plan_term: bool = Field(description="About the plan as a whole, not about how well it fits.")


class Rule(ApiModel):
    """An eligibility rule of the policy."""

    code: str
    question: str
    if_unknown: str = Field(description="`ask` keeps a pair eligible, `refuse` does not.")


class Answered(ApiModel):
    """What an answer about pairs was worked out with."""

    pool_id: uuid.UUID
    today: date
    policy_version: int
    run_id: uuid.UUID | None = Field(description="The published run whose prices count.")
    terms: list[Term]
    rules: list[Rule]


class MatchPage(Answered):
    """A page of matches, the best first; eligible ones stand before the others."""

    page: int
    page_size: int
    eligible: int = Field(description="All eligible pairs, not only those on this page.")
    ineligible: int
    items: list[Match]


class PairPin(ApiModel):
    """That a coach pinned the pair, and what the published run found against it."""

    pinned_by: str
    pinned_at: Instant
    until: date | None
    against: str | None = Field(
        description="What stood against it when the run left it out, such as `openings`."
    )
    pins: int = Field(description="With how many other pins it did not fit together.")


class ExplainedMatch(Answered):
    """One pair explained in full."""

    pin: PairPin | None = Field(description="Null where the pair is not pinned.")

    match: Annotated[Match, Field(description="The pair.")]
