"""Employers, their sites and placements, and who is at work there."""

import uuid
from datetime import date
from decimal import Decimal

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Integer,
    UniqueConstraint,
    text,
)
from sqlmodel import Field, SQLModel

from matcher.domain.columns import (
    BEARING_DEMANDS,
    GUIDANCE_LEVELS,
    PLACEMENT_KINDS,
    PLACEMENT_STATES,
    PSO_LEVELS,
    TRAININGS,
)
from matcher.store.tables.base import (
    DAYPARTS_PATTERN,
    EMPTY_LIST,
    FALSE,
    KEY_LENGTH,
    PC6_PATTERN,
    SBI_PATTERN,
    TEXTS,
    TODAY,
    ZERO,
    KeyedRow,
    PoolRow,
    belongs_to,
    between,
    filled,
    in_order,
    keyed,
    matches,
    one_of,
    part_of,
)


class Employer(KeyedRow, table=True):
    """An organisation that posts placements."""

    __table_args__ = (
        *keyed(),
        filled("trade_name"),
        matches("kvk_number", "^[0-9]{8}$"),
        matches("sbi_code", SBI_PATTERN),
        *between(0, 10_000, "starts_per_week"),
        one_of("pso_level", *PSO_LEVELS),
    )

    kvk_number: str | None = None
    trade_name: str = Field(max_length=500)
    sbi_code: str | None = None
    # Recognised to train for a diploma, and for which qualifications (crebo numbers).
    training_firm: bool | None = None
    crebo: list[str] = Field(default_factory=list, sa_type=TEXTS, sa_column_kwargs=EMPTY_LIST)
    starts_per_week: int | None = None
    pso_level: str | None = None
    pso_until: date | None = None
    # Listed in the Code Sociale Ondernemingen until this day.
    code_until: date | None = None
    # The yearly declaration that nobody's paid work is displaced.
    no_displacement_on: date | None = None
    impact_first: bool | None = None
    independent: bool | None = None
    self_supporting: bool | None = None
    governance: bool | None = None
    marks_on: date | None = None


class EmployerContact(PoolRow, table=True):
    """Whom to call at an employer."""

    __tablename__ = "employer_contact"
    __table_args__ = (
        part_of("employer"),
        Index(None, "pool_id", "employer_id"),
        filled("name"),
    )

    employer_id: uuid.UUID
    name: str = Field(max_length=35)
    function: str | None = Field(default=None, max_length=100)
    email: str | None = Field(default=None, max_length=254)
    phone: str | None = Field(default=None, max_length=50)


class Site(KeyedRow, table=True):
    """A place where an employer has people at work."""

    __table_args__ = (
        *keyed(),
        belongs_to("employer"),
        Index(None, "pool_id", "employer_id"),
        matches("postcode", PC6_PATTERN, any_case=True),
        *between(0, 10_000, "max_guided_site"),
    )

    employer_id: uuid.UUID
    postcode: str | None = None
    place: str | None = Field(default=None, max_length=100)
    street: str | None = Field(default=None, max_length=200)
    house_number: str | None = Field(default=None, max_length=20)
    max_guided_site: int | None = None


class SupervisorGroup(KeyedRow, table=True):
    """Supervisors at a site, and how many guided people they can carry together."""

    __tablename__ = "supervisor_group"
    __table_args__ = (
        *keyed(),
        belongs_to("site"),
        Index(None, "pool_id", "site_id"),
        *between(0, 1000, "supervisors"),
        *between(0, 10_000, "max_guided"),
    )

    site_id: uuid.UUID
    supervisors: int = Field(default=0, sa_column_kwargs=ZERO)
    # Null: four per supervisor.
    max_guided: int | None = None


class Placement(KeyedRow, table=True):
    """
    Work that an employer posts, with a number of openings.

    ``demand_*`` is what the work asks and ``offer_*`` what it gives, 0 none to 3 heavy, null when
    the employer has not said; a yes / no answer that is null is not known.
    """

    __table_args__ = (
        *keyed(),
        belongs_to("employer"),
        belongs_to("site"),
        belongs_to("supervisor_group"),
        Index(None, "pool_id", "employer_id"),
        filled("title"),
        one_of("kind", *PLACEMENT_KINDS),
        one_of("contract_type", "B", "O"),
        *between(1, 10_000, "openings"),
        # The last guard against giving one opening to two people.
        CheckConstraint("taken between 0 and openings", name="taken"),
        *between(0, 99, "hours_min", "hours_max"),
        in_order("hours_min", "hours_max"),
        matches("dayparts", DAYPARTS_PATTERN),
        in_order("start_earliest", "start_latest"),
        in_order("start_earliest", "ends_on"),
        CheckConstraint("season_months <@ array[1,2,3,4,5,6,7,8,9,10,11,12]", name="season_months"),
        CheckConstraint("hourly_wage >= 0", name="hourly_wage"),
        *between(1, 6, "level_min", "ladder_min", "ladder_step_up"),
        matches("sector", SBI_PATTERN),
        *between(0, 3, *(f"demand_{demand}" for demand in BEARING_DEMANDS)),
        *between(0, 3, "offer_supervision", "offer_structure"),
        one_of("guidance_offered", *GUIDANCE_LEVELS),
        one_of("training_offered", *TRAININGS),
        *between(0, 52, "trial_weeks"),
        matches("shuttle_postcode", PC6_PATTERN, any_case=True),
        *between(0, 999, "shuttle_minutes"),
        one_of("state", *PLACEMENT_STATES),
    )

    employer_id: uuid.UUID
    site_id: uuid.UUID | None = None
    supervisor_group_id: uuid.UUID | None = None
    number: str | None = Field(default=None, max_length=11)
    title: str = Field(max_length=120)
    description: str | None = Field(default=None, max_length=2000)
    kind: str = Field(default="wage_earning", sa_column_kwargs={"server_default": "wage_earning"})
    contract_type: str | None = None
    openings: int = Field(default=1, sa_column_kwargs={"server_default": text("1")})
    # Taking or releasing an opening changes no content, so it leaves the version alone.
    taken: int = Field(default=0, sa_column_kwargs=ZERO)
    # When this record was made, and since when it is closed, by a trigger: a pool's own past.
    posted_on: date | None = Field(default=None, nullable=False, sa_column_kwargs=TODAY)
    closed_on: date | None = None
    # It takes all of its openings as one team, or nobody.
    team: bool = Field(default=False, sa_column_kwargs=FALSE)
    hours_min: int | None = None
    hours_max: int | None = None
    dayparts: str | None = None
    office_hours: bool | None = None
    irregular_work: bool | None = None
    start_earliest: date | None = None
    start_latest: date | None = None
    ends_on: date | None = None
    # Months 1-12 in which there is work; empty: all year.
    season_months: list[int] = Field(
        default_factory=list, sa_type=ARRAY(Integer), sa_column_kwargs=EMPTY_LIST
    )
    closes_on: date | None = None
    hourly_wage: Decimal | None = Field(default=None, max_digits=8, decimal_places=2)
    # A legal youth scale is paid, so the adult minimum wage does not bind.
    youth_scale: bool = Field(default=False, sa_column_kwargs=FALSE)
    neighbourhood: str | None = Field(default=None, max_length=100)
    level_min: int | None = None
    occupation: str | None = Field(default=None, max_length=500)
    sector: str | None = None
    demand_lifting: int | None = None
    demand_standing: int | None = None
    demand_walking: int | None = None
    demand_pace: int | None = None
    demand_deadlines: int | None = None
    demand_stimuli: int | None = None
    demand_public_contact: int | None = None
    demand_teamwork: int | None = None
    demand_concentration: int | None = None
    demand_outdoors: int | None = None
    offer_supervision: int | None = None
    offer_structure: int | None = None
    guidance_offered: str | None = None
    adaptation_possible: bool | None = None
    adaptation_note: str | None = Field(default=None, max_length=500)
    variation_offered: bool | None = None
    ladder_min: int | None = None
    # The ladder step that this work is expected to lead to.
    ladder_step_up: int | None = None
    own_vehicle_for_work: bool | None = None
    training_offered: str | None = None
    training_crebo: str | None = Field(default=None, max_length=10)
    with_trial: bool = Field(default=False, sa_column_kwargs=FALSE)
    trial_weeks: int | None = None
    subsidised: bool = Field(default=False, sa_column_kwargs=FALSE)
    shuttle_postcode: str | None = None
    shuttle_place: str | None = Field(default=None, max_length=100)
    shuttle_minutes: int | None = None
    state: str = Field(default="draft", sa_column_kwargs={"server_default": "draft"})


class PlacementRequirement(PoolRow, table=True):
    """Something a placement asks of a person: essential, which is a rule, or wished."""

    __tablename__ = "placement_requirement"
    __table_args__ = (
        part_of("placement"),
        Index(None, "pool_id", "placement_id"),
        one_of("field", "level", "language", "licence", "certificate", "competence", "experience"),
        *between(0, 99, "level"),
    )

    placement_id: uuid.UUID
    field: str
    # What is asked: a licence, a certificate's name, a competence's URI, ``nld:oral``.
    value: str | None = Field(default=None, max_length=500)
    # How much of it: a language level 1-4, a working level 1-6, years of experience.
    level: int | None = None
    essential: bool = Field(default=False, sa_column_kwargs=FALSE)
    # Asked for safety: then unknown refuses, where it would otherwise be asked.
    safety: bool = Field(default=False, sa_column_kwargs=FALSE)
    reason: str | None = Field(default=None, max_length=500)


class PlacementTask(PoolRow, table=True):
    """A task within a placement, with its share of the week."""

    __tablename__ = "placement_task"
    __table_args__ = (
        part_of("placement"),
        Index(None, "pool_id", "placement_id"),
        filled("name"),
        CheckConstraint("share_percent between 0 and 100", name="share_percent"),
        *between(0, 1440, "minutes_a_day"),
    )

    placement_id: uuid.UUID
    name: str = Field(max_length=200)
    share_percent: float | None = None
    minutes_a_day: int | None = None


class PlacementTag(SQLModel, table=True):
    """A word about a placement that interests are compared with."""

    __tablename__ = "placement_tag"
    __table_args__ = (part_of("placement"), filled("tag"))

    pool_id: uuid.UUID = Field(primary_key=True)
    placement_id: uuid.UUID = Field(primary_key=True)
    tag: str = Field(max_length=120, primary_key=True)


class Deployment(KeyedRow, table=True):
    """Somebody at work from a day on: an accepted proposal in force."""

    __table_args__ = (
        *keyed(),
        belongs_to("candidate"),
        # On its id alone: the placement may be of a pool that shares it.
        ForeignKeyConstraint(["placement_id"], ["placement.id"]),
        belongs_to("proposal", ondelete="SET NULL (proposal_id)"),
        UniqueConstraint("proposal_id"),
        Index(None, "pool_id", "placement_id"),
        Index(None, "pool_id", "candidate_id"),
        # One at work and one planned after it, and no more.
        Index(
            "deployment_one_of_each_idx",
            "candidate_id",
            "state",
            unique=True,
            postgresql_where=text("state in ('planned', 'active')"),
        ),
        CheckConstraint("candidate_id is not null or tombstone is not null", name="candidate_id"),
        in_order("from_on", "until_on"),
        one_of("state", "planned", "active", "ended"),
        one_of("phase", "introduction", "trial", "subsidised", "regular", "aftercare"),
        CheckConstraint("hours_per_week between 0 and 99", name="hours_per_week"),
    )

    # Null once the person is erased: the tombstone, which says nothing of them, stays for counts.
    candidate_id: uuid.UUID | None = None
    tombstone: str | None = Field(default=None, max_length=KEY_LENGTH)
    placement_id: uuid.UUID
    proposal_id: uuid.UUID | None = None
    from_on: date
    until_on: date | None = None
    state: str = Field(default="planned", sa_column_kwargs={"server_default": "planned"})
    phase: str | None = None
    hours_per_week: float | None = None
    formal_employer: str | None = Field(default=None, max_length=200)
    end_reason: str | None = Field(default=None, max_length=60)
