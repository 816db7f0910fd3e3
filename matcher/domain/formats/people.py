"""Tables about coaches and candidates, as they can be imported."""

import polars as pl

from matcher.domain.columns import (
    BEARING_DEMANDS,
    DISTANCE_CLASSES,
    GUIDANCE_LEVELS,
    TRAININGS,
)
from matcher.domain.formats.fields import (
    DATE,
    DAYPARTS,
    MUNICIPALITY,
    PC6,
    YES_NO,
    Check,
    Field,
    Parser,
    Table,
    choice,
    decimal,
    fields,
    in_order,
    key,
    list_of,
    refers,
    text,
    whole,
)

DEGREE = whole(0, 3)
STEP = whole(1, 6)

COACHES = Table(
    "coaches",
    "job coaches",
    fields(
        key(),
        Field("name", text(200), "the coach's name", required=True, secret=True),
        Field("hours_per_week", decimal(0, 60, 2), "hours a week for coaching"),
        Field("caseload_max", whole(0, 1000), "most people at once"),
        Field("region", text(100), "region worked in"),
        Field("specialisms", list_of(text(100)), "what the coach is good at", default=[]),
    ),
)

COACH_SITES = Table(
    "coach_sites",
    "sites that a coach serves",
    fields(
        refers("coach", "coaches", "the coach"),
        refers("site", "sites", "the site"),
    ),
    identity=("coach", "site"),
    part_of="coach",
)


def _known(name: str, parser: Parser, meaning: str) -> Field:
    return Field(name, parser, f"{meaning}; empty: not known")


CANDIDATES = Table(
    "candidates",
    "people seeking work: the profile that rules read, without who they are",
    fields(
        key("the sender's own key, unique in the pool; never a BSN"),
        Field("state", choice("active", "inactive"), "inactive: in no run", default="active"),
        Field("restricted", YES_NO, "kept out of runs on the person's request", default=False),
        Field("municipality", MUNICIPALITY, "the municipality that is responsible"),
        Field("mediation_postcode", PC6, "the postcode that journeys start from"),
        Field("place", text(100), "place name, used when the postcode's area is not known"),
        Field("max_distance_km", whole(0, 999), "own limit in km"),
        Field("radius_code", whole(1, 9), "5, 10, 15, 25, 50, 75, 100, 125 or 150 km"),
        Field("max_travel_minutes", whole(0, 999), "own limit in minutes one way"),
        _known("walking", YES_NO, "can walk to work"),
        Field("hours_min", whole(0, 99), "fewest hours a week; empty: open"),
        Field("hours_max", whole(0, 99), "most hours a week; empty: open"),
        _known("office_hours", YES_NO, "wants office hours only"),
        _known("irregular_work_ok", YES_NO, "accepts irregular work or shifts"),
        _known("dayparts", DAYPARTS, "dayparts available"),
        Field("available_from", DATE, "first day available"),
        Field("available_until", DATE, "last day available; empty: open"),
        _known("heavy_work_ok", YES_NO, "accepts heavy work"),
        _known("outside_wish_ok", YES_NO, "accepts work outside the wished occupations"),
        _known("below_level_ok", YES_NO, "accepts work below the own level"),
        _known("work_level", STEP, "working and thinking level, 1 no primary school to 6 wo"),
        Field("contract_type", choice("B", "O"), "wished: B fixed term, O permanent"),
        Field(
            "contract_kind",
            choice("01", "02", "03", "04"),
            "wished: 01 regular, 02 learning, 03 voluntary, 04 work experience",
        ),
        _known("needs_adaptation", YES_NO, "needs the workplace adapted"),
        _known("needs_guidance", YES_NO, "needs guidance"),
        _known("needs_variation", YES_NO, "needs variation in the work"),
        [
            _known(f"limit_{demand}", DEGREE, f"the most {demand.replace('_', ' ')} they can bear")
            for demand in BEARING_DEMANDS
        ],
        _known("need_supervision", DEGREE, "supervision needed"),
        _known("need_structure", DEGREE, "fixed structure needed"),
        Field("demands_by", text(100), "role of who assessed the limits and needs"),
        Field("demands_on", DATE, "when they were assessed"),
        _known("guidance_need", choice(*GUIDANCE_LEVELS), "guidance needed on the work floor"),
        Field("guidance_hours", decimal(0, 99, 2), "hours of guidance a week"),
        refers("coach", "coaches", "the present coach", required=False),
        _known("ladder_step", STEP, "step on the participation ladder"),
        Field("ladder_date", DATE, "when that step was set"),
        Field("expected_ladder_step", STEP, "step expected next"),
        Field("waiting_since", DATE, "first day of waiting"),
        Field("scheme", text(100), "scheme the person falls under"),
        Field("payer", text(100), "who pays"),
        Field("sheltered_advice", DATE, "date of a positive advice for sheltered work"),
        _known("register_flag", YES_NO, "in the target-group register; report only"),
        Field("wage_value_low", whole(0, 100), "wage value in %, lower bound; report only"),
        Field("wage_value_high", whole(0, 100), "wage value in %, upper bound; report only"),
        Field("wage_value_on", DATE, "when the wage value was set"),
        Field("distance_class", choice(*DISTANCE_CLASSES), "distance to the labour market"),
        Field("wanted_training", choice(*TRAININGS), "training the person wants"),
        _known("wants_to_continue", YES_NO, "wants to go on when the present work ends"),
        Field("objects_to_automation", YES_NO, "wants no automated proposals", default=False),
        Field("checked_on", DATE, "when the profile was last checked"),
    ),
    checks=(
        in_order("hours_min", "hours_max"),
        in_order("available_from", "available_until"),
        in_order("wage_value_low", "wage_value_high"),
    ),
)

IDENTITIES = Table(
    "identities",
    "who a candidate is; kept apart and encrypted, and read by no rule",
    fields(
        refers("candidate", "candidates", "the candidate"),
        Field("name", text(200), "full name", secret=True),
        Field("phone", text(50), "telephone number", secret=True),
        Field("email", text(254), "e-mail address", secret=True),
        Field("street", text(200), "street", secret=True),
        Field("house_number", text(20), "house number", secret=True),
        Field("house_number_addition", text(20), "addition to the house number", secret=True),
        Field("birth_date", DATE, "date of birth", secret=True),
        Field("notes", text(2000, lines=True), "notes; nothing about health", secret=True),
    ),
    identity=("candidate",),
    part_of="candidate",
)

AUDIT_ATTRIBUTES = Table(
    "audit_attributes",
    "attributes for the aggregated fairness report alone",
    fields(
        refers("candidate", "candidates", "the candidate"),
        Field("sex", text(20), "as registered", secret=True),
        Field("age_class", text(20), "class of age", secret=True),
        Field("origin_class", text(40), "class of origin", secret=True),
    ),
    identity=("candidate",),
    part_of="candidate",
)

COMPANIONS = Table(
    "companions",
    "two people who must not work at one site, or who start together; each two of them once",
    fields(
        refers("candidate", "candidates", "one of the two"),
        refers("other", "candidates", "the other"),
        Field(
            "relation",
            choice("apart", "together"),
            "apart: never at the same site; together: at the same placement, both or neither",
            required=True,
        ),
        Field("reason_code", text(60), "code of the reason"),
        Field("until", DATE, "last day; empty: until taken back"),
    ),
    identity=(),
    part_of="candidate",
    checks=(
        Check("other", pl.col("candidate") != pl.col("other"), "another candidate"),
        Check(
            "other",
            pl.struct(
                pl.min_horizontal("candidate", "other"), b=pl.max_horizontal("candidate", "other")
            ).is_first_distinct(),
            "each two people once",
            "duplicate",
        ),
    ),
)

DEPLOYMENTS = Table(
    "deployments",
    "people at work, before, now or soon",
    fields(
        key(),
        refers("candidate", "candidates", "who"),
        refers("placement", "placements", "where"),
        Field("from_on", DATE, "first day", required=True),
        Field("until_on", DATE, "last day; empty: open"),
        Field("state", choice("planned", "active", "ended"), "where it stands", default="planned"),
        Field(
            "phase",
            choice("introduction", "trial", "subsidised", "regular", "aftercare"),
            "phase of it",
        ),
        Field("hours_per_week", decimal(0, 99, 2), "hours a week"),
        Field("formal_employer", text(200), "who employs the person"),
        Field("end_reason", text(60), "code of the reason it ended"),
    ),
    checks=(
        in_order("from_on", "until_on"),
        Check(
            "state",
            pl.when(pl.col("state").is_in(["planned", "active"]))
            .then(pl.struct("candidate", "state").is_first_distinct())
            .otherwise(True),
            "one planned and one active deployment per candidate",
            "second_deployment",
        ),
    ),
)
