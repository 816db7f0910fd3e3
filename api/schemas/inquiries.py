"""Answers of the solver: what came of a run of kind what_if."""

from typing import Literal

from pydantic import Field

from api.schemas.common import ApiModel, JsonObject
from api.schemas.questions import Imagine, Question
from api.schemas.runs import Run


class Sides(ApiModel):
    """A count without the changes and with them."""

    before: int
    after: int
    more: int = Field(description="With the changes; below 0 fewer.")


class DifferenceTotals(ApiModel):
    """What the two plans reach; points are those of each plan's own policy."""

    seeking: Sides
    placed: Sides
    points: Sides
    longest_waiting: Sides
    longest_waiting_placed: Sides
    without_eligible: Sides
    openings: Sides
    openings_left: Sides


class TierSides(Sides):
    """People of a tier who have a proposal."""

    tier: str
    people: int = Field(description="In the tier, with the changes.")


class PeopleChanged(ApiModel):
    """How many people keep their placement, move to another, gain one or lose theirs."""

    kept: int
    moved: int
    gained: int
    lost: int


class PlacementChanged(ApiModel):
    """A placement whose people are others: how many there are, came and left."""

    placement: str = Field(description="Its id; `imagined-1` and so on are imagined ones.")
    before: int
    after: int
    came: int
    left: int


class DifferenceAnswer(ApiModel):
    """The plan with the changes beside the plan without; nobody is named."""

    kind: Literal["difference"]
    totals: DifferenceTotals
    tiers: list[TierSides]
    people: PeopleChanged
    changed: int = Field(description="How many placements have other people.")
    placements: list[PlacementChanged] = Field(description="Those that change most.")
    proved: bool = Field(description="Whether both plans are proved best.")


class Loss(ApiModel):
    """What the whole plan would have less."""

    people: dict[str, int] = Field(description="Fewer people proposed, by tier; below 0 more.")
    points: int
    elsewhere: int = Field(description="How many people would be elsewhere.")


class Gain(ApiModel):
    """What the whole plan would have more."""

    people: dict[str, int] = Field(description="More people proposed, by tier; below 0 fewer.")
    placed: int
    over_a_year: int = Field(description="Of them, those who wait longer than a year.")
    points: int
    elsewhere: int = Field(description="How many people would be elsewhere.")


class Step(ApiModel):
    """Somebody who would move: from which placement and to which, null for none."""

    tier: str
    from_: str | None = Field(alias="from")
    to: str | None


class Forced(ApiModel):
    """A pair that is not in the plan: what the best plan with it loses."""

    points: int = Field(description="Of the pair itself.")
    loss: Loss
    steps: list[Step] = Field(description="The pair itself, then who makes way for it.")
    text: str
    exact: bool


class OtherPlacement(Forced):
    """Another placement that a person could have."""

    placement: str


class OtherCandidate(Forced):
    """Another person who could come to a placement."""

    candidate: str
    tier: str


class Kept(ApiModel):
    """A placement that suits a person and is kept for people still to come."""

    placement: str
    points: int
    expected: int = Field(description="What an opening there is expected to be worth, in points.")


class Why(ApiModel):
    """Why somebody has no proposal, and what goes with that reason."""

    reason: Literal[
        "not_seeking", "no_eligible_placement", "kept_for_people_to_come", "others_need_it_more"
    ]
    placement: str | None = Field(default=None, description="The one that could be had cheapest.")
    points: int | None = None
    expected: int | None = Field(default=None, description="Of an opening that is kept.")
    loss: Loss | None = None
    text: str | None = None
    exact: bool | None = None
    placements: int | None = Field(default=None, description="How many were looked at.")
    refusals: list[JsonObject] | None = Field(
        default=None, description="By rule how many placements it refuses, and how many alone."
    )
    levers: list[JsonObject] | None = Field(
        default=None, description="By lever how many placements it opens, and the first of them."
    )


class CandidateAnswer(ApiModel):
    """Everything that was possible for one person."""

    kind: Literal["candidate"]
    candidate: str
    tier: str | None
    proposed: str | None = Field(description="The placement in the best plan of this moment.")
    points: int | None
    eligible: int
    others: list[OtherPlacement] = Field(description="The least loss first.")
    kept: list[Kept] = Field(description="Kept for people still to come.")
    why: Why | None = Field(description="Why there is no proposal.")


class OneMoreOpening(ApiModel):
    """What one more opening brings."""

    gain: Gain
    steps: list[Step]
    exact: bool


class PlacementAnswer(ApiModel):
    """Who else could be at a placement, and what one more opening would bring."""

    kind: Literal["placement"]
    placement: str
    openings: int
    proposed: int
    eligible: int
    others: list[OtherCandidate] = Field(description="The least loss first.")
    kept_out_by: list[str] = Field(description="Gates that keep it out of every plan.")
    one_more_opening: OneMoreOpening | None = None


class Lever(ApiModel):
    """One change that bears on a pair, tried by the rules and by solving the pool again."""

    lever: str
    text: str
    unit: str
    arranged_by: str
    opens: bool = Field(description="Whether the pair is eligible then.")
    changes: list[JsonObject] = Field(description="As changes of a question.")
    remaining: list[str] = Field(description="Rules and gates that still refuse.")
    proposed: Literal["here", "elsewhere", "nowhere"] | None = None
    gain: Gain | None = None
    forced: Forced | None = Field(
        default=None, description="What the pair would cost then, unless it is proposed."
    )
    exact: bool | None = None


class Together(ApiModel):
    """The fewest levers that open a pair which none opens alone."""

    levers: list[str]
    changes: list[JsonObject]
    proposed: Literal["here", "elsewhere", "nowhere"]
    gain: Gain
    forced: Forced | None
    exact: bool


class PairAnswer(ApiModel):
    """What stands between a person and a placement, and what would take it away."""

    kind: Literal["pair"]
    candidate: str
    placement: str
    eligible: bool
    refused_by: list[str]
    proposed: bool
    alternative: Forced | None = Field(description="What an eligible pair would cost.")
    levers: list[Lever] = Field(description="In the policy's order.")
    cheapest: str | None = Field(description="The first lever that opens it alone.")
    together: Together | None
    remaining: list[str]


class OpeningAdvice(ApiModel):
    """A placement where one more opening, with the guidance for it, would bring much."""

    placement: str
    full_now: bool
    gain: Gain
    exact: bool


class ResourceAdvice(ApiModel):
    """A resource of which more would bring much, such as a coach's hours."""

    limit: str
    group: str
    add: int = Field(description="In the unit of the limit.")
    text: str
    gain: Gain
    exact: bool


class ImaginedAdvice(ApiModel):
    """A placement that is not there yet, and what it would bring."""

    imagine: Imagine
    gain: Gain
    filled: int = Field(description="How many of its openings would be filled.")
    eligible: int = Field(description="How many people could do it.")
    exact: bool


class Waiting(ApiModel):
    """Who has no proposal."""

    people: dict[str, int] = Field(description="By tier.")
    total: int
    over_a_year: int


class Weighed(ApiModel):
    """How many were compared to find what is told."""

    openings: int
    resources: int
    imagined: int


class AdviceAnswer(ApiModel):
    """Where more would help most, each line solved again."""

    kind: Literal["advice"]
    waiting: Waiting
    openings: list[OpeningAdvice]
    resources: list[ResourceAdvice]
    imagined: list[ImaginedAdvice]
    imagined_openings: int
    weighed: Weighed


class ImaginedAnswer(ApiModel):
    """What each of some imagined placements would bring, on its own."""

    kind: Literal["imagined"]
    imagined: list[ImaginedAdvice]


class Refusal(ApiModel):
    """What was wrong with the question."""

    code: str
    message: str


class RefusedAnswer(ApiModel):
    """The question does not suit the pool."""

    error: Refusal


class RunInFull(Run):
    """A match run (matchronde) with what it was asked and what it answers."""

    question: Question | None = Field(description="Of a run of kind `what_if`.")
    answer: (
        DifferenceAnswer
        | CandidateAnswer
        | PlacementAnswer
        | PairAnswer
        | AdviceAnswer
        | ImaginedAnswer
        | RefusedAnswer
        | None
    ) = Field(description="Of a run of kind `what_if` that ended; deleted after a day.")
