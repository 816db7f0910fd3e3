"""Questions to the solver: what a run of kind what_if is asked (matcher.domain.questions)."""

import uuid
from typing import Annotated, Any, Literal

from pydantic import Field

from api.schemas.common import ApiModel, Code, Line, Scale, Short
from matcher.domain.changes import MOST_ADDED
from matcher.domain.columns import BEARING_DEMANDS
from matcher.domain.imagining import MOST_HOURS, MOST_OPENINGS, MOST_TASKS
from matcher.domain.questions import MOST_ASKED, MOST_CHANGES

Top = Annotated[
    int, Field(ge=1, le=MOST_ASKED, description="The most elements of each list in the answer.")
]
_Hours = Annotated[int, Field(ge=1, le=MOST_HOURS)]
_Added = Annotated[int, Field(ge=-MOST_ADDED, le=MOST_ADDED)]
_Value = Annotated[
    Any, Field(description="In the type of the column; null means it is not recorded.")
]


class SetCandidate(ApiModel):
    """Another value for one fact of a person, such as `hours_max`; `home` moves the person."""

    change: Literal["set_candidate"]
    candidate: uuid.UUID
    column: Code = Field(description="The code of the column, as in the evidence of a proposal.")
    value: _Value = None


class SetPlacement(ApiModel):
    """Another value for one fact of a placement, such as `guidance_offered`; `site` moves it."""

    change: Literal["set_placement"]
    placement: uuid.UUID
    column: Code = Field(description="The code of the column, as in the evidence of a proposal.")
    value: _Value = None


class AddOpenings(ApiModel):
    """More openings of a placement; below 0 fewer, but never below those taken."""

    change: Literal["add_openings"]
    placement: uuid.UUID
    add: _Added = 1


class RemoveCandidate(ApiModel):
    """A person is gone."""

    change: Literal["remove_candidate"]
    candidate: uuid.UUID


class RemovePlacement(ApiModel):
    """A placement is gone: the employer closes it."""

    change: Literal["remove_placement"]
    placement: uuid.UUID


class Imagine(ApiModel):
    """A placement that is not there yet; what is not said is as usual for its tasks or kind."""

    change: Literal["imagine"]
    kind: Literal[
        "wage_earning", "sheltered", "learning", "work_experience", "voluntary", "regular"
    ]
    place: Line = Field(description="A postcode area (PC4) of the pool, or the name of a place.")
    hours: _Hours | Annotated[list[_Hours], Field(min_length=2, max_length=2)] = Field(
        description="A week: a number, or fewest and most."
    )
    guidance: Literal["none", "light", "medium", "intensive"] = "light"
    openings: int = Field(default=1, ge=1, le=MOST_OPENINGS)
    tasks: list[Short] = Field(
        default=[], max_length=MOST_TASKS, description="Tags of the work, as placements have them."
    )
    demands: dict[str, Scale] = Field(
        default={}, description=f"0 none to 3 heavy, of {', '.join(BEARING_DEMANDS)}."
    )


class AddCapacity(ApiModel):
    """More of a resource, such as a coach's hours; below 0 less."""

    change: Literal["add_capacity"]
    limit: Code
    group: Short
    add: _Added = Field(default=1, description="In the unit of the limit.")


class SetPolicy(ApiModel):
    """Another value in the policy: a rule's parameter, a term's points, the order of tiers."""

    change: Literal["set_policy"]
    table: Code = Field(description="A rule, term, tier or gate, or `tiers`, `journey`, `run`.")
    name: Code = Field(description="A parameter of it, such as `points`, or `order` of `tiers`.")
    value: Any


Change = Annotated[
    SetCandidate
    | SetPlacement
    | AddOpenings
    | RemoveCandidate
    | RemovePlacement
    | Imagine
    | AddCapacity
    | SetPolicy,
    Field(discriminator="change"),
]


class Question(ApiModel):
    """
    What only the solver can answer.

    `difference`: the plan with all changes beside the plan without. `candidate`: what every other
    placement would cost, and why somebody has none. `placement`: the same from its side. `pair`:
    the cheapest single change that opens a refused pair. `advice`: where one more opening or
    supervisor helps most. `imagined`: what each imagined placement would bring, on its own.
    """

    kind: Literal["difference", "candidate", "placement", "pair", "advice", "imagined"]
    candidate: uuid.UUID | None = Field(default=None, description="For `candidate` and `pair`.")
    placement: uuid.UUID | None = Field(default=None, description="For `placement` and `pair`.")
    changes: list[Change] = Field(
        default=[], max_length=MOST_CHANGES, description="For `difference` and `imagined`."
    )
    top: Top = 10


class CandidateQuestion(ApiModel):
    """A question about one person, or about that person and one placement."""

    placement_id: uuid.UUID | None = Field(
        default=None, description="Why not this one, and what would open it."
    )
    top: Top = 10


class PlacementQuestion(ApiModel):
    """A question about one placement: who else could come, and what one more opening brings."""

    top: Top = 10
