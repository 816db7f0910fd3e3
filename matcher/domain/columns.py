"""
Every column that a rule, term, tier or gate may read: its type, unit and meaning.

Three namespaces, ``candidate``, ``placement`` and ``pair``, give polars expressions by attribute:
``candidate.hours_min`` is ``pl.col("candidate.hours_min")``, and a name that is not declared here
fails at import with the nearest names. A column with ``made_from`` is computed from those columns
(by `matcher.optimisation.facts` for a person or a placement, by `matcher.optimisation.pairing` for
a pair); all others are read from the database exactly as declared. So this page is also the list
of what a snapshot holds about people: what no definition reads is not in it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import polars as pl

from matcher.domain.near_names import near

PLACEMENT_KINDS = (
    "wage_earning",
    "sheltered",
    "learning",
    "work_experience",
    "voluntary",
    "regular",
)
GUIDANCE_LEVELS = ("none", "light", "medium", "intensive")
TRAININGS = ("none", "praktijkverklaring", "bbl")
PLACEMENT_STATES = ("draft", "open", "paused", "full", "closed")
PSO_LEVELS = ("none", "aspirant", "basis", "1", "2", "3", "30plus")
DISTANCE_CLASSES = ("klein", "groot")
MODES = (
    "walking",
    "bicycle",
    "moped",
    "car",
    "motorcycle",
    "public_transport",
    "other",
    "shuttle",
)
BEARING_DEMANDS = (
    "lifting",
    "standing",
    "walking",
    "pace",
    "deadlines",
    "stimuli",
    "public_contact",
    "teamwork",
    "concentration",
    "outdoors",
)
"""What work asks, 0 none to 3 heavy; a candidate's figure is the most they can bear."""

GUIDANCE = pl.Enum(GUIDANCE_LEVELS)
KIND = pl.Enum(PLACEMENT_KINDS)
TRAINING = pl.Enum(TRAININGS)
STATE = pl.Enum(PLACEMENT_STATES)
PSO = pl.Enum(PSO_LEVELS)
DISTANCE = pl.Enum(DISTANCE_CLASSES)
MODE = pl.Enum(MODES)
TEXTS = pl.List(pl.String)

PROTECTED = frozenset(
    {
        "sex", "gender", "pregnancy", "age", "age_class", "birth_date", "date_of_birth", "race",
        "colour", "descent", "origin", "origin_class", "country_of_birth", "nationality",
        "residence_status", "status_holder", "religion", "belief", "political_opinion",
        "trade_union", "sexual_orientation", "civil_status", "marital_status", "children",
        "household", "health", "diagnosis", "medication", "treatment", "disability",
        "register_flag", "wage_value", "wage_value_low", "wage_value_high", "wage_value_on",
        "criminal_record", "genetic_data", "biometric_data", "name", "photo", "email", "phone",
        "address", "street", "house_number", "mother_tongue", "neighbourhood", "scheme", "payer",
    }
)  # fmt: skip
"""
Characteristics that no rule, term, tier or gate may read, and their usual stand-ins.

Grounds of the Dutch equal-treatment acts (Awgb, WGB, WGBL, WGBH/CZ, WOA, WOBOT), special
categories of the GDPR (art. 9), and what identifies a person.
"""

SCHEME_COLUMNS = frozenset({"candidate.sheltered_advice_in_force"})
"""Statuses that a law makes a condition; only a rule listed as scheme rule may read them."""


@dataclass(frozen=True, slots=True)
class Column:
    """One declared column: full name, polars type, unit, meaning, and what it is made from."""

    name: str
    dtype: pl.DataType | type[pl.DataType]
    unit: str
    meaning: str
    made_from: tuple[str, ...] = ()

    @property
    def is_made(self) -> bool:
        """Whether the column is computed from other columns instead of read."""
        return bool(self.made_from)


class Namespace:
    """The columns of one kind of row, as polars expressions by attribute."""

    def __init__(self, name: str, columns: Iterable[Column]) -> None:
        self._name = name
        self._columns: Mapping[str, Column] = {
            column.name.removeprefix(f"{name}."): column for column in columns
        }

    def __getattr__(self, short_name: str) -> pl.Expr:
        """Return the expression of a column; an undeclared name raises AttributeError."""
        if short_name.startswith("__"):
            raise AttributeError(short_name)
        if short_name not in self._columns:
            hint = near(short_name, self._columns)
            raise AttributeError(f"{self._name} has no column '{short_name}'.{hint}")
        return pl.col(self._columns[short_name].name)

    def columns(self) -> tuple[Column, ...]:
        """Return the declared columns in order."""
        return tuple(self._columns.values())


def _namespace(
    name: str, rows: Iterable[tuple[str, pl.DataType | type[pl.DataType], str, str, str]]
) -> Namespace:
    """Read rows of (short name, type, unit, meaning, names it is made from)."""
    return Namespace(
        name,
        (
            Column(f"{name}.{short}", dtype, unit, meaning, tuple(made_from.split()))
            for short, dtype, unit, meaning, made_from in rows
        ),
    )


_LIMITS = [
    (f"limit_{demand}", pl.Int8, "0-3", f"the most {demand.replace('_', ' ')} they can bear", "")
    for demand in BEARING_DEMANDS
]
_DEMANDS = [
    (f"demand_{demand}", pl.Int8, "0-3", f"how much {demand.replace('_', ' ')} the work asks", "")
    for demand in BEARING_DEMANDS
]

candidate = _namespace(
    "candidate",
    [
        ("id", pl.String, "uuid", "the person's pseudonymous id", ""),
        ("version", pl.Int64, "", "rises when the profile changes", ""),
        ("pool", pl.String, "uuid", "the pool the person belongs to", ""),
        ("coach", pl.String, "uuid", "the present coach", ""),
        ("municipality", pl.String, "CBS code", "the municipality that is responsible", ""),
        ("home", pl.String, "PC4", "first four digits of the postcode matching starts from", ""),
        ("latitude", pl.Float64, "degrees", "centre of the home area", ""),
        ("longitude", pl.Float64, "degrees", "centre of the home area", ""),
        ("max_travel_minutes", pl.Int16, "minutes one way", "own limit", ""),
        ("max_distance_km", pl.Int16, "km", "own limit", ""),
        ("radius_code", pl.Int8, "1-9", "5, 10, 15, 25, 50, 75, 100, 125 or 150 km", ""),
        ("walks", pl.Boolean, "", "can walk to work", ""),
        ("transport", TEXTS, "modes", "means of transport not ruled out for commuting", ""),
        ("vehicle_for_work", pl.Boolean, "", "has a vehicle for use during work", ""),
        ("licences", TEXTS, "licences", "driving licences held, as recorded", ""),
        ("certificates", TEXTS, "names", "certificates held and not expired", ""),
        ("languages", TEXTS, "language:skill:level", "language skills on 1-4", ""),
        ("competences", TEXTS, "URIs", "competences held", ""),
        ("interests", TEXTS, "tags", "what the person likes", ""),
        ("occupations_wished", TEXTS, "URIs", "wished occupations, best first", ""),
        ("sectors_wished", TEXTS, "SBI, 5 digits", "wished sectors", ""),
        ("preferences", TEXTS, "kind:target:mark", "own marks 0-10 for work", ""),
        ("exclusions", TEXTS, "kind:target", "vetoes and exclusions in force", ""),
        ("parkings", TEXTS, "kind:target", "parkings in force", ""),
        ("hours_min", pl.Int16, "hours a week", "fewest wished; null is open", ""),
        ("hours_max", pl.Int16, "hours a week", "most wished; null is open", ""),
        ("office_hours", pl.Boolean, "", "wants office hours only", ""),
        ("irregular_work_ok", pl.Boolean, "", "accepts irregular work or shifts", ""),
        ("dayparts", pl.String, "21 x 0/1", "dayparts available, Monday morning first", ""),
        ("available_from", pl.Date, "", "first day available", ""),
        ("available_until", pl.Date, "", "last day available; null is open", ""),
        ("heavy_work_ok", pl.Boolean, "", "accepts heavy work", ""),
        ("work_level", pl.Int8, "1-6", "working and thinking level", ""),
        *_LIMITS,
        ("need_supervision", pl.Int8, "0-3", "supervision needed", ""),
        ("need_structure", pl.Int8, "0-3", "fixed structure needed", ""),
        ("needs_adaptation", pl.Boolean, "", "needs the workplace adapted", ""),
        ("needs_variation", pl.Boolean, "", "needs variation in the work", ""),
        ("guidance_need", GUIDANCE, "", "guidance needed on the work floor", ""),
        ("ladder_step", pl.Int8, "1-6", "step on the participation ladder", ""),
        ("wanted_training", TRAINING, "", "training the person wants", ""),
        ("waiting_since", pl.Date, "", "first day of waiting; a pause does not reset it", ""),
        ("sheltered_advice", pl.Date, "", "date of a positive advice for sheltered work", ""),
        ("distance_class", DISTANCE, "", "distance to the labour market", ""),
        ("experience_recorded", pl.Boolean, "", "whether any work experience is recorded", ""),
        ("experience", TEXTS, "employer:occupation", "work done before, with a known employer", ""),
        ("objects_to_automation", pl.Boolean, "", "wants no automated proposals", ""),
        ("deployed", pl.Boolean, "", "has an active or planned deployment", ""),
        ("deployed_until", pl.Date, "", "its last day; null with deployed is open-ended", ""),
        ("follow_up_planned", pl.Boolean, "", "a next deployment is planned already", ""),
        ("wants_to_continue", pl.Boolean, "", "wants to go on when the deployment ends", ""),
        # computed for a person, once per snapshot
        ("waiting_days", pl.Int32, "days", "waiting time up to today", "candidate.waiting_since"),
        (
            "among_longest_waiting",
            pl.Boolean,
            "",
            "in the longest-waiting tenth of the people seeking a placement",
            "candidate.waiting_since",
        ),
        (
            "travel_limit_minutes",
            pl.Int16,
            "minutes one way",
            "own limit, else the pool's",
            "candidate.max_travel_minutes",
        ),
        (
            "travel_limit_km",
            pl.Int16,
            "km",
            "own limit, else from the radius code; null is none",
            "candidate.max_distance_km candidate.radius_code",
        ),
        (
            "deployment_days_left",
            pl.Int32,
            "days",
            "days until the present deployment ends",
            "candidate.deployed_until",
        ),
        (
            "sheltered_advice_in_force",
            pl.Boolean,
            "",
            "has a positive advice for sheltered work",
            "candidate.sheltered_advice",
        ),
    ],
)

placement = _namespace(
    "placement",
    [
        ("id", pl.String, "uuid", "the placement's id", ""),
        ("version", pl.Int64, "", "rises when the content changes", ""),
        ("pool", pl.String, "uuid", "the pool that posts it", ""),
        ("shared", pl.Boolean, "", "shared with this pool by an agreement in force", ""),
        ("employer", pl.String, "uuid", "the employer", ""),
        ("title", pl.String, "", "what people call it", ""),
        ("workplace", pl.String, "uuid", "the site, which may hold several placements", ""),
        ("supervisor_group", pl.String, "uuid", "who guide there; null no group", ""),
        ("site", pl.String, "PC4", "first four digits of the site's postcode", ""),
        ("latitude", pl.Float64, "degrees", "centre of the site's area", ""),
        ("longitude", pl.Float64, "degrees", "centre of the site's area", ""),
        ("shuttle_latitude", pl.Float64, "degrees", "stop of its shuttle; null is none", ""),
        ("shuttle_longitude", pl.Float64, "degrees", "stop of its shuttle; null is none", ""),
        ("shuttle_minutes", pl.Int16, "minutes", "ride from the stop to the site", ""),
        ("kind", KIND, "", "kind of work", ""),
        ("state", STATE, "", "only open placements are matched", ""),
        ("openings", pl.Int32, "people", "how many it takes in all", ""),
        ("taken", pl.Int32, "people", "openings taken or reserved", ""),
        ("team", pl.Boolean, "", "takes all of its openings as one team, or nobody", ""),
        (
            "group_free",
            pl.Int32,
            "people",
            "whom its supervisors can still take; null no group",
            "",
        ),
        ("hours_min", pl.Int16, "hours a week", "fewest; null is open", ""),
        ("hours_max", pl.Int16, "hours a week", "most; null is open", ""),
        ("office_hours", pl.Boolean, "", "within office hours", ""),
        ("irregular_work", pl.Boolean, "", "has irregular work or shifts", ""),
        ("dayparts", pl.String, "21 x 0/1", "dayparts needed, Monday morning first", ""),
        ("start_earliest", pl.Date, "", "first possible day; null is now", ""),
        ("start_latest", pl.Date, "", "last possible first day; null is open", ""),
        ("closes_on", pl.Date, "", "last day to apply; null is none", ""),
        ("season_months", pl.List(pl.Int8), "months 1-12", "empty is all year", ""),
        ("hourly_wage", pl.Float64, "euro", "gross hourly wage", ""),
        ("minimum_wage", pl.Float64, "euro", "adult minimum wage on its start date", ""),
        ("youth_scale", pl.Boolean, "", "a legal youth scale is declared", ""),
        ("licences_required", TEXTS, "licences", "essential driving licences", ""),
        ("certificates_required", TEXTS, "names", "essential certificates", ""),
        ("languages_required", TEXTS, "language:skill:level", "essential, not for safety", ""),
        ("safety_languages_required", TEXTS, "language:skill:level", "essential for safety", ""),
        ("level_required", pl.Int8, "1-6", "essential working level; null is none", ""),
        ("competences_wished", TEXTS, "URIs", "competences wished", ""),
        ("essentials_without_reason", pl.Int16, "requirements", "essentials lacking a reason", ""),
        ("occupation", pl.String, "URI", "occupation", ""),
        ("sector", pl.String, "SBI, 5 digits", "sector", ""),
        ("tags", TEXTS, "tags", "what the work is about", ""),
        *_DEMANDS,
        ("offer_supervision", pl.Int8, "0-3", "supervision offered", ""),
        ("offer_structure", pl.Int8, "0-3", "fixed structure offered", ""),
        ("guidance_offered", GUIDANCE, "", "guidance offered", ""),
        ("supervisors", pl.Int16, "people", "supervisors of its group; null no group", ""),
        ("adaptation_possible", pl.Boolean, "", "the workplace can be adapted", ""),
        ("adaptation_note", pl.String, "", "which adaptation, and who pays", ""),
        ("variation_offered", pl.Boolean, "", "variation in the work is possible", ""),
        ("ladder_min", pl.Int8, "1-6", "lowest step it suits; null is any", ""),
        ("ladder_step_up", pl.Int8, "1-6", "step it is expected to lead to", ""),
        ("own_vehicle_for_work", pl.Boolean, "", "the work needs an own vehicle", ""),
        ("training_offered", TRAINING, "", "training offered", ""),
        ("training_recognised", pl.Boolean, "", "recognised training firm, with its crebo", ""),
        ("with_trial", pl.Boolean, "", "starts with a trial placement", ""),
        ("subsidised", pl.Boolean, "", "the wage is subsidised", ""),
        ("no_displacement_on", pl.Date, "", "the employer's last declaration", ""),
        ("pso_level", PSO, "", "the employer's PSO level in force", ""),
        ("code_in_force", pl.Boolean, "", "in the register of the Code Sociale Ondernemingen", ""),
        ("coaches", TEXTS, "uuids", "coaches who serve the site", ""),
        # computed for a placement, once per snapshot
        (
            "openings_free",
            pl.Int32,
            "people",
            "openings left, cut to what its supervisors can take",
            "placement.openings placement.taken placement.group_free",
        ),
        ("days_until_close", pl.Int32, "days", "from today", "placement.closes_on"),
        ("declaration_age_days", pl.Int32, "days", "up to today", "placement.no_displacement_on"),
        (
            "in_season",
            pl.Boolean,
            "",
            "a month of the season falls between its first possible day and the horizon",
            "placement.season_months placement.start_earliest",
        ),
    ],
)

_HOME_AND_SITE = (
    "candidate.home candidate.latitude candidate.longitude "
    "placement.site placement.latitude placement.longitude"
)
_DEMAND_COLUMNS = " ".join(
    f"candidate.limit_{demand} placement.demand_{demand}" for demand in BEARING_DEMANDS
)
_WORK = "placement.occupation placement.sector"

pair = _namespace(
    "pair",
    [
        ("km", pl.Float32, "km", "great-circle distance from home to site", _HOME_AND_SITE),
        (
            "minutes",
            pl.Int16,
            "minutes one way",
            "journey by the fastest mode, an estimate unless measured; null is no way to get there",
            f"{_HOME_AND_SITE} candidate.transport candidate.walks placement.shuttle_latitude "
            "placement.shuttle_longitude placement.shuttle_minutes",
        ),
        ("mode", MODE, "", "the fastest mode", "candidate.transport candidate.walks"),
        ("mode_assumed", pl.Boolean, "", "no transport recorded: bicycle", "candidate.transport"),
        (
            "journey_measured",
            pl.Boolean,
            "",
            "minutes come from a travel-time service",
            "candidate.home placement.site",
        ),
        (
            "dayparts_missing",
            pl.Int8,
            "dayparts",
            "needed and not available; null when not recorded",
            "candidate.dayparts placement.dayparts",
        ),
        (
            "licences_missing",
            pl.Int8,
            "licences",
            "required and not held or implied; null when not recorded",
            "candidate.licences placement.licences_required",
        ),
        (
            "certificates_missing",
            pl.Int16,
            "certificates",
            "required and not held; null when not recorded",
            "candidate.certificates placement.certificates_required",
        ),
        (
            "language_gap",
            pl.Int8,
            "levels",
            "largest shortfall in a required skill that is recorded",
            "candidate.languages placement.languages_required",
        ),
        (
            "languages_unknown",
            pl.Int8,
            "skills",
            "required skills that are not recorded",
            "candidate.languages placement.languages_required",
        ),
        (
            "safety_language_gap",
            pl.Int8,
            "levels",
            "largest shortfall in a skill required for safety",
            "candidate.languages placement.safety_languages_required",
        ),
        (
            "safety_languages_unknown",
            pl.Int8,
            "skills",
            "skills required for safety that are not recorded",
            "candidate.languages placement.safety_languages_required",
        ),
        (
            "demand_gap",
            pl.Int8,
            "levels",
            "how far the heaviest demand goes above what the person can bear",
            _DEMAND_COLUMNS,
        ),
        (
            "demands_unknown",
            pl.Int8,
            "demands",
            "demands above none whose limit is not recorded",
            _DEMAND_COLUMNS,
        ),
        (
            "same_work_before",
            pl.Boolean,
            "",
            "did similar work at this employer; null when no experience is recorded",
            "candidate.experience candidate.experience_recorded placement.employer "
            "placement.occupation",
        ),
        (
            "excluded",
            pl.Boolean,
            "",
            "a veto or an exclusion covers it",
            f"candidate.exclusions placement.id placement.employer placement.kind {_WORK}",
        ),
        (
            "parked",
            pl.Boolean,
            "",
            "a parking covers the pair, the kind or the person",
            "candidate.parkings placement.id placement.kind",
        ),
        (
            "preference_mark",
            pl.Int8,
            "0-10",
            "own mark for the placement, else its occupation, else its sector; null not asked",
            f"candidate.preferences placement.id {_WORK}",
        ),
        (
            "occupation_match",
            pl.Int8,
            "0-3",
            "3 wished, 2 same group, 1 same sector, 0 none; null no wish recorded",
            f"candidate.occupations_wished candidate.sectors_wished {_WORK}",
        ),
        (
            "competences_shared",
            pl.Int16,
            "competences",
            "wished by the placement and held; null when none is recorded",
            "candidate.competences placement.competences_wished",
        ),
        (
            "competences_asked",
            pl.Int16,
            "competences",
            "wished by the placement",
            "placement.competences_wished",
        ),
        (
            "tags_shared",
            pl.Int16,
            "tags",
            "the person's interests among the placement's tags; null when none is recorded",
            "candidate.interests placement.tags",
        ),
        ("tags_asked", pl.Int16, "tags", "tags of the placement", "placement.tags"),
        (
            "coach_serves_site",
            pl.Boolean,
            "",
            "the present coach serves the site",
            "candidate.coach placement.coaches",
        ),
        (
            "proposed_last_run",
            pl.Boolean,
            "",
            "proposed in the last published run and still undecided",
            "candidate.id placement.id",
        ),
    ],
)

COLUMNS: Mapping[str, Column] = {
    column.name: column
    for namespace in (candidate, placement, pair)
    for column in namespace.columns()
}


def base_columns(names: Iterable[str]) -> frozenset[str]:
    """Return the columns, read and not made, that the given columns come from."""
    found: set[str] = set()
    for name in names:
        column = COLUMNS[name]
        found |= base_columns(column.made_from) if column.is_made else {name}
    return frozenset(found)


def read_schema(namespace: Namespace) -> dict[str, pl.DataType | type[pl.DataType]]:
    """Return name -> polars type of the columns of a namespace that are read, in order."""
    return {column.name: column.dtype for column in namespace.columns() if not column.is_made}
