"""Tables about employers, their sites and their placements, as they can be imported."""

import polars as pl

from matcher.domain.columns import (
    BEARING_DEMANDS,
    GUIDANCE_LEVELS,
    PLACEMENT_KINDS,
    PLACEMENT_STATES,
    PSO_LEVELS,
    TRAININGS,
)
from matcher.domain.formats.candidate_lists import LICENCES
from matcher.domain.formats.fields import (
    DATE,
    DAYPARTS,
    KVK,
    PC6,
    SBI,
    URI,
    YES_NO,
    Check,
    Field,
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

EMPLOYERS = Table(
    "employers",
    "organisations that post placements",
    fields(
        key(),
        Field("kvk_number", KVK, "number in the trade register"),
        Field("trade_name", text(500), "name", required=True),
        Field("sbi_code", SBI, "sector, SBI"),
        Field("training_firm", YES_NO, "recognised training firm; empty: not known"),
        Field("crebo", list_of(text(10)), "qualifications it may train for", default=[]),
        Field("starts_per_week", whole(0, 10_000), "most people starting in one week"),
        Field("pso_level", choice(*PSO_LEVELS), "PSO level"),
        Field("pso_until", DATE, "last day of that level"),
        Field("code_until", DATE, "in the Code Sociale Ondernemingen until"),
        Field("no_displacement_on", DATE, "last declaration that nobody is displaced"),
        Field("impact_first", YES_NO, "social enterprise: impact first"),
        Field("independent", YES_NO, "social enterprise: independent organisation"),
        Field("self_supporting", YES_NO, "social enterprise: supports itself"),
        Field("governance", YES_NO, "social enterprise: social governance"),
        Field("marks_on", DATE, "when these four were checked"),
    ),
)

EMPLOYER_CONTACTS = Table(
    "employer_contacts",
    "whom to call at an employer",
    fields(
        refers("employer", "employers", "the employer"),
        Field("name", text(35), "name", required=True, secret=True),
        Field("function", text(100), "function"),
        Field("email", text(254), "e-mail address", secret=True),
        Field("phone", text(50), "telephone number", secret=True),
    ),
    identity=(),
    part_of="employer",
)

SITES = Table(
    "sites",
    "where an employer has people at work",
    fields(
        key(),
        refers("employer", "employers", "the employer"),
        Field("postcode", PC6, "postcode"),
        Field("place", text(100), "place name"),
        Field("street", text(200), "street"),
        Field("house_number", text(20), "house number"),
        Field("max_guided_site", whole(0, 10_000), "most guided people at once"),
    ),
)

SUPERVISOR_GROUPS = Table(
    "supervisor_groups",
    "supervisors at a site",
    fields(
        key(),
        refers("site", "sites", "the site"),
        Field("supervisors", whole(0, 1000), "how many", default=0),
        Field("max_guided", whole(0, 10_000), "whom they can guide; empty: 4 per supervisor"),
    ),
)

PLACEMENTS = Table(
    "placements",
    "guided work that an employer posts",
    fields(
        key(),
        refers("employer", "employers", "the employer"),
        refers("site", "sites", "the site", required=False),
        refers("supervisor_group", "supervisor_groups", "who guide there", required=False),
        Field("number", text(11), "the employer's number for it"),
        Field("title", text(120), "what people call it", required=True),
        Field("description", text(2000, lines=True), "what the work is"),
        Field("kind", choice(*PLACEMENT_KINDS), "kind of work", default="wage_earning"),
        Field("contract_type", choice("B", "O"), "B fixed term, O permanent"),
        Field("openings", whole(1, 10_000), "how many people it takes in all", required=True),
        Field(
            "taken",
            whole(0, 10_000),
            "openings taken when the placement is first imported; counted here from then on",
            default=0,
        ),
        Field("team", YES_NO, "takes all of its openings as one team, or nobody", default=False),
        Field("hours_min", whole(0, 99), "fewest hours a week"),
        Field("hours_max", whole(0, 99), "most hours a week"),
        Field("dayparts", DAYPARTS, "dayparts needed"),
        Field("office_hours", YES_NO, "within office hours"),
        Field("irregular_work", YES_NO, "has irregular work or shifts"),
        Field("start_earliest", DATE, "first possible day; empty: now"),
        Field("start_latest", DATE, "last possible first day; empty: open"),
        Field("ends_on", DATE, "last day of the work; empty: open"),
        Field("season_months", list_of(whole(1, 12)), "months with work; empty: all", default=[]),
        Field("closes_on", DATE, "last day to apply"),
        Field("hourly_wage", decimal(0, 999_999, 2), "gross hourly wage in euro"),
        Field("youth_scale", YES_NO, "a legal youth scale is paid", default=False),
        Field("neighbourhood", text(100), "neighbourhood it serves"),
        Field("level_min", whole(1, 6), "lowest working level"),
        Field("occupation", URI, "CompetentNL address"),
        Field("sector", SBI, "sector, SBI"),
        [
            Field(f"demand_{each}", whole(0, 3), f"how much {each.replace('_', ' ')} it asks")
            for each in BEARING_DEMANDS
        ],
        Field("offer_supervision", whole(0, 3), "supervision offered"),
        Field("offer_structure", whole(0, 3), "fixed structure offered"),
        Field("guidance_offered", choice(*GUIDANCE_LEVELS), "guidance offered"),
        Field("adaptation_possible", YES_NO, "the workplace can be adapted"),
        Field("adaptation_note", text(500), "which adaptation, and who pays"),
        Field("variation_offered", YES_NO, "variation in the work is possible"),
        Field("ladder_min", whole(1, 6), "lowest ladder step it suits"),
        Field("ladder_step_up", whole(1, 6), "ladder step it is expected to lead to"),
        Field("own_vehicle_for_work", YES_NO, "needs an own vehicle"),
        Field("training_offered", choice(*TRAININGS), "training offered"),
        Field("training_crebo", text(10), "qualification trained for"),
        Field("with_trial", YES_NO, "starts with a trial placement", default=False),
        Field("trial_weeks", whole(0, 52), "weeks of trial"),
        Field("subsidised", YES_NO, "the wage is subsidised", default=False),
        Field("shuttle_postcode", PC6, "postcode of the shuttle's stop"),
        Field("shuttle_place", text(100), "place of the shuttle's stop"),
        Field("shuttle_minutes", whole(0, 999), "minutes from the stop to the site"),
        Field("state", choice(*PLACEMENT_STATES), "only open ones are matched", default="draft"),
    ),
    checks=(
        in_order("hours_min", "hours_max"),
        in_order("start_earliest", "start_latest"),
        in_order("start_earliest", "ends_on"),
        Check("taken", pl.col("taken") <= pl.col("openings"), "not above openings", "out_of_order"),
    ),
)

PLACEMENT_REQUIREMENTS = Table(
    "placement_requirements",
    "what a placement asks of a person",
    fields(
        refers("placement", "placements", "the placement"),
        Field(
            "field",
            choice("level", "language", "licence", "certificate", "competence", "experience"),
            "what it is about",
            required=True,
        ),
        Field("value", URI, "a licence, a certificate, an address, a language as nld:oral"),
        Field("level", whole(0, 99), "language 1-4, working level 1-6, years of experience"),
        Field("essential", YES_NO, "must have, else wished", default=False),
        Field("safety", YES_NO, "asked for safety", default=False),
        Field("reason", text(500), "why it is essential"),
    ),
    identity=(),
    part_of="placement",
    checks=(
        Check(
            "value",
            pl.col("field").is_in(["level", "experience"]) | pl.col("value").is_not_null(),
            "what is asked",
            "missing",
        ),
        Check(
            "value",
            (pl.col("field") != "licence") | pl.col("value").is_in(list(LICENCES)),
            f"one of {', '.join(LICENCES)}",
        ),
        Check(
            "value",
            (pl.col("field") != "language")
            | pl.col("value").str.contains("^[a-z]{3}:(oral|written|reading|listening)$"),
            "a language and a skill, such as nld:oral",
        ),
        Check(
            "level",
            (pl.col("field") != "language") | pl.col("level").is_between(1, 4).fill_null(False),
            "a whole number from 1 to 4 for a language",
        ),
        Check(
            "level",
            (pl.col("field") != "level") | pl.col("level").is_between(1, 6).fill_null(False),
            "a whole number from 1 to 6 for a working level",
        ),
    ),
)

PLACEMENT_TASKS = Table(
    "placement_tasks",
    "tasks within a placement",
    fields(
        refers("placement", "placements", "the placement"),
        Field("name", text(200), "the task", required=True),
        Field("share_percent", decimal(0, 100, 2), "share of the week in %"),
        Field("minutes_a_day", whole(0, 1440), "minutes a day"),
    ),
    identity=(),
    part_of="placement",
)

PLACEMENT_TAGS = Table(
    "placement_tags",
    "words that interests are compared with",
    fields(
        refers("placement", "placements", "the placement"),
        Field("tag", text(120), "one word or phrase", required=True),
    ),
    identity=("placement", "tag"),
    part_of="placement",
)
