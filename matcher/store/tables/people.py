"""Coaches and candidates: the profile that rules read, and apart from it who they are."""

import uuid
from datetime import date

from sqlalchemy import CheckConstraint, Index, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from matcher.domain.columns import BEARING_DEMANDS, GUIDANCE_LEVELS, TRAININGS
from matcher.store.tables.base import (
    DAYPARTS_PATTERN,
    EMPTY_LIST,
    FALSE,
    ONE,
    PC6_PATTERN,
    TEXTS,
    TODAY,
    KeyedRow,
    belongs_to,
    between,
    filled,
    in_order,
    keyed,
    matches,
    one_of,
    part_of,
)


class Coach(KeyedRow, table=True):
    """A job coach: hours and people they can carry."""

    __table_args__ = (
        *keyed(),
        filled("name"),
        CheckConstraint("hours_per_week between 0 and 60", name="hours_per_week"),
        *between(0, 1000, "caseload_max"),
    )

    name: str = Field(max_length=200)
    hours_per_week: float | None = None
    caseload_max: int | None = None
    region: str | None = Field(default=None, max_length=100)
    specialisms: list[str] = Field(default_factory=list, sa_type=TEXTS, sa_column_kwargs=EMPTY_LIST)


class CoachSite(SQLModel, table=True):
    """A site that a coach serves."""

    __tablename__ = "coach_site"
    __table_args__ = (part_of("coach"), part_of("site"))

    pool_id: uuid.UUID = Field(primary_key=True)
    coach_id: uuid.UUID = Field(primary_key=True)
    site_id: uuid.UUID = Field(primary_key=True)


class Candidate(KeyedRow, table=True):
    """
    A candidate as the rules see them: wishes, limits and needs, under a pseudonymous id.

    Who they are stands in `CandidateIdentity`. A yes / no answer that is null is not known.
    Of the demands, ``limit_*`` is the most they can bear and ``need_*`` the least they need,
    on the scale 0 none, 1 light, 2 clear, 3 heavy.
    """

    __table_args__ = (
        *keyed(),
        belongs_to("coach"),
        one_of("state", "active", "inactive"),
        matches("municipality", "^[0-9]{4}$"),
        matches("mediation_postcode", PC6_PATTERN, any_case=True),
        *between(0, 999, "max_distance_km", "max_travel_minutes"),
        *between(1, 9, "radius_code"),
        *between(0, 99, "hours_min", "hours_max"),
        in_order("hours_min", "hours_max"),
        matches("dayparts", DAYPARTS_PATTERN),
        in_order("available_from", "available_until"),
        *between(1, 6, "work_level", "ladder_step", "expected_ladder_step"),
        one_of("contract_type", "B", "O"),
        one_of("contract_kind", "01", "02", "03", "04"),
        *between(0, 3, *(f"limit_{demand}" for demand in BEARING_DEMANDS)),
        *between(0, 3, "need_supervision", "need_structure"),
        one_of("guidance_need", *GUIDANCE_LEVELS),
        CheckConstraint("guidance_hours between 0 and 99", name="guidance_hours"),
        *between(0, 100, "wage_value_low", "wage_value_high"),
        in_order("wage_value_low", "wage_value_high"),
        one_of("distance_class", "groot", "klein"),
        one_of("wanted_training", *TRAININGS),
    )

    state: str = Field(default="active", sa_column_kwargs={"server_default": "active"})
    # When this record was made: how many people come is counted from it.
    entered_on: date | None = Field(default=None, nullable=False, sa_column_kwargs=TODAY)
    # Since when inactive, by a trigger: what retention counts from.
    inactive_since: date | None = None
    # Kept out of runs on the person's request (GDPR art. 18), while the record stays.
    restricted: bool = Field(default=False, sa_column_kwargs=FALSE)
    municipality: str | None = None
    mediation_postcode: str | None = None
    place: str | None = Field(default=None, max_length=100)
    max_distance_km: int | None = None
    # 1-9 stand for 5, 10, 15, 25, 50, 75, 100, 125, 150 km.
    radius_code: int | None = None
    max_travel_minutes: int | None = None
    walking: bool | None = None
    hours_min: int | None = None
    hours_max: int | None = None
    office_hours: bool | None = None
    irregular_work_ok: bool | None = None
    # 21 characters 0 or 1: Monday morning, afternoon, evening or night, then Tuesday, ...
    dayparts: str | None = None
    available_from: date | None = None
    available_until: date | None = None
    heavy_work_ok: bool | None = None
    outside_wish_ok: bool | None = None
    below_level_ok: bool | None = None
    work_level: int | None = None
    # B fixed term, O permanent; 01 regular, 02 learning, 03 voluntary, 04 work experience.
    contract_type: str | None = None
    contract_kind: str | None = None
    needs_adaptation: bool | None = None
    needs_guidance: bool | None = None
    needs_variation: bool | None = None
    limit_lifting: int | None = None
    limit_standing: int | None = None
    limit_walking: int | None = None
    limit_pace: int | None = None
    limit_deadlines: int | None = None
    limit_stimuli: int | None = None
    limit_public_contact: int | None = None
    limit_teamwork: int | None = None
    limit_concentration: int | None = None
    limit_outdoors: int | None = None
    need_supervision: int | None = None
    need_structure: int | None = None
    # The role of who assessed the demands, never a name, and when.
    demands_by: str | None = Field(default=None, max_length=100)
    demands_on: date | None = None
    guidance_need: str | None = None
    guidance_hours: float | None = None
    coach_id: uuid.UUID | None = None
    ladder_step: int | None = None
    ladder_date: date | None = None
    expected_ladder_step: int | None = None
    waiting_since: date | None = None
    scheme: str | None = Field(default=None, max_length=100)
    payer: str | None = Field(default=None, max_length=100)
    sheltered_advice: date | None = None
    register_flag: bool | None = None
    wage_value_low: int | None = None
    wage_value_high: int | None = None
    wage_value_on: date | None = None
    distance_class: str | None = None
    wanted_training: str | None = None
    # Wants to go on working when the present deployment ends.
    wants_to_continue: bool | None = None
    objects_to_automation: bool = Field(default=False, sa_column_kwargs=FALSE)
    checked_on: date | None = None


class CandidateIdentity(SQLModel, table=True):
    """
    Who a candidate is, each value encrypted under the person's own key; null is not known.

    Apart from the matching profile: no rule, term or run reads it. `matcher.store.vault` alone
    reads and writes it.
    """

    __tablename__ = "candidate_identity"
    __table_args__ = (part_of("candidate"),)

    pool_id: uuid.UUID = Field(primary_key=True)
    candidate_id: uuid.UUID = Field(primary_key=True)
    name: bytes | None = Field(default=None, sa_type=LargeBinary)
    phone: bytes | None = Field(default=None, sa_type=LargeBinary)
    email: bytes | None = Field(default=None, sa_type=LargeBinary)
    street: bytes | None = Field(default=None, sa_type=LargeBinary)
    house_number: bytes | None = Field(default=None, sa_type=LargeBinary)
    house_number_addition: bytes | None = Field(default=None, sa_type=LargeBinary)
    birth_date: bytes | None = Field(default=None, sa_type=LargeBinary)
    notes: bytes | None = Field(default=None, sa_type=LargeBinary)
    version: int = Field(default=1, sa_column_kwargs=ONE)


class CandidateNumber(SQLModel, table=True):
    """A citizen service number (BSN), encrypted, and a keyed hash to find it by. Off by default."""

    __tablename__ = "candidate_number"
    __table_args__ = (part_of("candidate"), UniqueConstraint("pool_id", "blind"))

    pool_id: uuid.UUID = Field(primary_key=True)
    candidate_id: uuid.UUID = Field(primary_key=True)
    bsn: bytes = Field(sa_type=LargeBinary)
    blind: bytes = Field(sa_type=LargeBinary)


class SubjectKey(SQLModel, table=True):
    """The key of one person's values, itself encrypted under the master key. Without it: noise."""

    __tablename__ = "subject_key"
    __table_args__ = (part_of("candidate"), Index(None, "master"))

    pool_id: uuid.UUID = Field(primary_key=True)
    candidate_id: uuid.UUID = Field(primary_key=True)
    wrapped: bytes = Field(sa_type=LargeBinary)
    # Which master key it is wrapped under, by a fingerprint that says nothing of it.
    master: str = Field(max_length=16)


class PurposeKey(SQLModel, table=True):
    """A key of the installation for one purpose, wrapped: it outlives a rotation of the master."""

    __tablename__ = "purpose_key"

    purpose: str = Field(max_length=40, primary_key=True)
    wrapped: bytes = Field(sa_type=LargeBinary)
    master: str = Field(max_length=16)


class AuditAttribute(SQLModel, table=True):
    """Attributes for the aggregated fairness report alone; never joined to the profile."""

    __tablename__ = "audit_attribute"
    __table_args__ = (part_of("candidate"),)

    pool_id: uuid.UUID = Field(primary_key=True)
    candidate_id: uuid.UUID = Field(primary_key=True)
    sex: str | None = Field(default=None, max_length=20)
    age_class: str | None = Field(default=None, max_length=20)
    origin_class: str | None = Field(default=None, max_length=40)
