"""Candidates (kandidaten): the matching profile, under a pseudonymous id."""

import uuid
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from api.schemas.common import (
    ApiModel,
    Changing,
    Code,
    Day,
    Dayparts,
    Hours,
    Key,
    Postcode,
    Sbi,
    Scale,
    Short,
    Step,
    Tag,
    Uri,
)
from api.schemas.pools import Municipality

Skill = Literal[0, 1, 2, 3, 4, 8]


class Transport(ApiModel):
    """A means of transport; null is not known."""

    mode: Literal["car", "moped", "bicycle", "motorcycle", "public_transport", "other"]
    for_commute: bool | None = None
    for_work: bool | None = None


class Course(ApiModel):
    """A course or certificate."""

    name: Tag
    certified_on: Day | None = None
    expires_on: Day | None = None


class Experience(ApiModel):
    """Earlier work; with the employer when that is one of the pool's."""

    started_on: Day | None = None
    ended_on: Day | None = None
    organisation: Annotated[str, StringConstraints(max_length=70, pattern=r"^[^\u0000]*$")] | None
    occupation: Uri | None = None
    employer_id: uuid.UUID | None = None


class Language(ApiModel):
    """Command of a language: 0 unknown, 1 none, 2 fair, 3 good, 4 excellent, 8 not applicable."""

    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{3}$", max_length=3)]
    oral: Skill | None = None
    written: Skill | None = None
    reading: Skill | None = None
    listening: Skill | None = None


class WishedOccupation(ApiModel):
    """A wished occupation, by its URI; rank 1 is wished most."""

    rank: int | None = Field(default=None, ge=1, le=99)
    occupation: Uri


class Preference(ApiModel):
    """A mark from 0 to 10 or a veto, for an occupation, a sector or a placement (its key)."""

    target_kind: Literal["occupation", "sector", "placement"]
    target: Uri
    mark: int | None = Field(default=None, ge=0, le=10)
    veto: bool = False


class Exclusion(ApiModel):
    """An employer (its key) or a kind of placement where the person is not proposed."""

    target_kind: Literal["employer", "kind"]
    target: Key
    reason_code: Code | None = None
    until: Day | None = Field(default=None, description="Null is until withdrawn.")


class Parking(ApiModel):
    """A placement (its key), a kind of placement or the person, left out for a while."""

    target_kind: Literal["pair", "kind", "person"]
    target: Key | None = Field(default=None, description="Null for the person.")
    reason_code: Code | None = None
    until: Day | None = None


Licence = Literal[
    "A", "A1", "A2", "AM", "B", "B+", "BE", "C", "C1", "C1E", "CE", "D", "D1", "D1E", "DE", "T"
]


class CandidateFields(ApiModel):
    """
    What people set of a candidate; null is not known.

    ``limit...`` is the most they can bear and ``need...`` the least they need, on the scale
    0 none, 1 light, 2 clear, 3 heavy.
    """

    state: Literal["active", "inactive"] = "active"
    restricted: bool = Field(
        default=False, description="Kept out of runs on request; changed by `restrictions` alone."
    )
    municipality: Municipality | None = None
    mediation_postcode: Postcode | None = Field(
        default=None, description="Where matching starts from."
    )
    place: Short | None = None
    max_distance_km: int | None = Field(default=None, ge=0, le=999)
    radius_code: int | None = Field(
        default=None, ge=1, le=9, description="1-9: 5, 10, 15, 25, 50, 75, 100, 125, 150 km."
    )
    max_travel_minutes: int | None = Field(default=None, ge=0, le=999, description="One way.")
    walking: bool | None = None
    hours_min: Hours | None = Field(default=None, description="A week.")
    hours_max: Hours | None = Field(default=None, description="A week.")
    office_hours: bool | None = Field(default=None, description="Wants office hours only.")
    irregular_work_ok: bool | None = None
    dayparts: Dayparts | None = Field(
        default=None, description="21 times 0 or 1: Monday morning, afternoon, evening, Tuesday …"
    )
    available_from: Day | None = None
    available_until: Day | None = None
    heavy_work_ok: bool | None = None
    outside_wish_ok: bool | None = None
    below_level_ok: bool | None = None
    work_level: Step | None = None
    contract_type: Literal["B", "O"] | None = Field(
        default=None, description="B fixed term, O permanent."
    )
    contract_kind: Literal["01", "02", "03", "04"] | None = Field(
        default=None, description="01 regular, 02 learning, 03 voluntary, 04 work experience."
    )
    needs_adaptation: bool | None = None
    needs_guidance: bool | None = None
    needs_variation: bool | None = None
    limit_lifting: Scale | None = None
    limit_standing: Scale | None = None
    limit_walking: Scale | None = None
    limit_pace: Scale | None = None
    limit_deadlines: Scale | None = None
    limit_stimuli: Scale | None = None
    limit_public_contact: Scale | None = None
    limit_teamwork: Scale | None = None
    limit_concentration: Scale | None = None
    limit_outdoors: Scale | None = None
    need_supervision: Scale | None = None
    need_structure: Scale | None = None
    demands_by: Short | None = Field(default=None, description="The assessor's role, never a name.")
    demands_on: Day | None = None
    guidance_need: Literal["none", "light", "medium", "intensive"] | None = None
    guidance_hours: float | None = Field(default=None, ge=0, le=99)
    coach_id: uuid.UUID | None = None
    ladder_step: Step | None = Field(default=None, description="Participation ladder.")
    ladder_date: Day | None = None
    expected_ladder_step: Step | None = None
    waiting_since: Day | None = None
    sheltered_advice: Day | None = Field(
        default=None, description="Day of a positive advice for sheltered work."
    )
    distance_class: Literal["klein", "groot"] | None = None
    wanted_training: Literal["none", "praktijkverklaring", "bbl"] | None = None
    wants_to_continue: bool | None = Field(
        default=None, description="Wants to go on when the present deployment ends."
    )
    objects_to_automation: bool = False
    checked_on: Day | None = None
    transport: list[Transport] = Field(default=[], max_length=10)
    licences: list[Licence] = Field(default=[], max_length=16)
    courses: list[Course] = Field(default=[], max_length=100)
    experience: list[Experience] = Field(default=[], max_length=100)
    languages: list[Language] = Field(default=[], max_length=30)
    competences: list[Uri] = Field(default=[], max_length=200)
    interests: list[Tag] = Field(default=[], max_length=100)
    occupations: list[WishedOccupation] = Field(default=[], max_length=50)
    sectors: list[Sbi] = Field(default=[], max_length=50)
    preferences: list[Preference] = Field(default=[], max_length=200)
    exclusions: list[Exclusion] = Field(default=[], max_length=200)
    parkings: list[Parking] = Field(default=[], max_length=200)


class CandidateCreate(CandidateFields):
    """A new candidate."""

    pool_id: uuid.UUID
    key: Key = Field(description="Your own key of the candidate, unique in the pool.")


class CandidateChange(CandidateFields, Changing):
    """What to change of a candidate; a list is replaced whole."""

    key: Key = ""


class Candidate(CandidateFields):
    """A candidate (kandidaat) as the rules see them, under a pseudonymous id."""

    id: uuid.UUID
    pool_id: uuid.UUID
    key: str
    version: int
