"""Placements (werkplekken)."""

import uuid
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from api.schemas.common import (
    ApiModel,
    Changing,
    Day,
    Dayparts,
    Hours,
    Key,
    Money,
    Postcode,
    Prose,
    Sbi,
    Scale,
    Short,
    Step,
    Tag,
    Uri,
)

Guidance = Literal["none", "light", "medium", "intensive"]
PlacementKind = Literal[
    "wage_earning", "sheltered", "learning", "work_experience", "voluntary", "regular"
]
PlacementState = Literal["draft", "open", "paused", "full", "closed"]


class Requirement(ApiModel):
    """What a placement asks: essential, which is a rule and has a reason, or wished."""

    field: Literal["level", "language", "licence", "certificate", "competence", "experience"]
    value: Uri | None = Field(default=None, description="Such as `nld:oral` for a language.")
    level: int | None = Field(default=None, ge=0, le=99)
    essential: bool = False
    safety: bool = Field(default=False, description="Unknown refuses, where else it is asked.")
    reason: Uri | None = None


class Task(ApiModel):
    """A task, with its share of the week."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\u0000]*$")]
    share_percent: float | None = Field(default=None, ge=0, le=100)
    minutes_a_day: int | None = Field(default=None, ge=0, le=1440)


class PlacementFields(ApiModel):
    """
    What people set of a placement; null is not known.

    ``demand...`` is what the work asks and ``offer...`` what it gives, on the scale 0 none,
    1 light, 2 clear, 3 heavy.
    """

    site_id: uuid.UUID | None = None
    supervisor_group_id: uuid.UUID | None = None
    number: Annotated[str, StringConstraints(max_length=11, pattern=r"^[^\u0000]*$")] | None = None
    title: Tag
    description: Prose | None = None
    state: PlacementState = "draft"
    kind: PlacementKind = "wage_earning"
    contract_type: Literal["B", "O"] | None = Field(
        default=None, description="B fixed term, O permanent."
    )
    openings: int = Field(default=1, ge=1, le=10_000, description="How many people it takes.")
    team: bool = Field(default=False, description="Takes all of its openings as one team, or none.")
    hours_min: Hours | None = Field(default=None, description="A week.")
    hours_max: Hours | None = Field(default=None, description="A week.")
    dayparts: Dayparts | None = Field(
        default=None, description="21 times 0 or 1: Monday morning, afternoon, evening, Tuesday …"
    )
    office_hours: bool | None = None
    irregular_work: bool | None = None
    start_earliest: Day | None = None
    start_latest: Day | None = None
    ends_on: Day | None = None
    season_months: list[Annotated[int, Field(ge=1, le=12)]] = Field(
        default=[], max_length=12, description="Empty is all year."
    )
    closes_on: Day | None = None
    hourly_wage: Money | None = Field(default=None, description="Gross, in euro.")
    youth_scale: bool = False
    level_min: Step | None = None
    occupation: Uri | None = None
    sector: Sbi | None = None
    demand_lifting: Scale | None = None
    demand_standing: Scale | None = None
    demand_walking: Scale | None = None
    demand_pace: Scale | None = None
    demand_deadlines: Scale | None = None
    demand_stimuli: Scale | None = None
    demand_public_contact: Scale | None = None
    demand_teamwork: Scale | None = None
    demand_concentration: Scale | None = None
    demand_outdoors: Scale | None = None
    offer_supervision: Scale | None = None
    offer_structure: Scale | None = None
    guidance_offered: Guidance | None = None
    adaptation_possible: bool | None = None
    adaptation_note: Uri | None = None
    variation_offered: bool | None = None
    ladder_min: Step | None = None
    ladder_step_up: Step | None = None
    own_vehicle_for_work: bool | None = None
    training_offered: Literal["none", "praktijkverklaring", "bbl"] | None = None
    training_crebo: (
        Annotated[str, StringConstraints(max_length=10, pattern=r"^[^\u0000]*$")] | None
    ) = None
    with_trial: bool = False
    trial_weeks: int | None = Field(default=None, ge=0, le=52)
    subsidised: bool = False
    shuttle_postcode: Postcode | None = None
    shuttle_place: Short | None = None
    shuttle_minutes: int | None = Field(default=None, ge=0, le=999)
    requirements: list[Requirement] = Field(default=[], max_length=100)
    tasks: list[Task] = Field(default=[], max_length=50)
    tags: list[Tag] = Field(default=[], max_length=50)


class PlacementCreate(PlacementFields):
    """A new placement."""

    pool_id: uuid.UUID
    employer_id: uuid.UUID
    key: Key = Field(description="Your own key of the placement, unique in the pool.")


class PlacementChange(PlacementFields, Changing):
    """What to change of a placement; a list is replaced whole."""

    title: Tag = ""
    key: Key = ""


class Placement(PlacementFields):
    """A placement (werkplek): guided, wage-earning work with a number of openings."""

    id: uuid.UUID
    pool_id: uuid.UUID
    employer_id: uuid.UUID
    key: str
    version: int
    taken: int = Field(description="Openings taken or reserved.")
