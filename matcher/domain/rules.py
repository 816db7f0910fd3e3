"""
When a candidate and a placement can go together: the eligibility rules.

To add one: write the function (its name is the code, its docstring the question people read),
put it in the tuple at the end, and give it a case in ``tests/cases``. A new fact is a line in
`matcher.domain.columns`. An expression gives true (passed), false (failed) or null (unknown);
polars' three-valued logic keeps unknown as it is, so no rule fills a missing value. Never read
what is protected: the decorator refuses it at import.
"""

from typing import Annotated

import polars as pl

from matcher.domain.columns import candidate, pair, placement
from matcher.domain.definitions import Within, eligibility_rule


@eligibility_rule(
    refusal="available {candidate.available_from} to {candidate.available_until}; "
    "the work starts {placement.start_earliest} to {placement.start_latest}",
    source="VUM, flexibiliteit",
)
def available_in_window(
    shortest_stay_days: Annotated[int, Within(0, 366, "days")] = 28,
) -> pl.Expr:
    """Is the person free when the work starts, and long enough after?"""
    starts_in_time = placement.start_latest.is_null() | (
        candidate.available_from <= placement.start_latest
    )
    stays_long_enough = (
        candidate.available_until.is_null()
        | placement.start_earliest.is_null()
        | (
            candidate.available_until
            >= placement.start_earliest + pl.duration(days=shortest_stay_days)
        )
    )
    return starts_in_time & stays_long_enough


@eligibility_rule(
    refusal="wishes {candidate.hours_min} to {candidate.hours_max} hours a week, "
    "the work has {placement.hours_min} to {placement.hours_max}",
    source="VUM explanation 2.0.0, werktijden: a missing bound is open",
)
def hours_overlap() -> pl.Expr:
    """Is there a number of hours that suits both?"""
    enough = (
        placement.hours_max.is_null()
        | candidate.hours_min.is_null()
        | (placement.hours_max >= candidate.hours_min)
    )
    not_too_many = (
        placement.hours_min.is_null()
        | candidate.hours_max.is_null()
        | (placement.hours_min <= candidate.hours_max)
    )
    return enough & not_too_many


@eligibility_rule(
    refusal="{pair.dayparts_missing} of the dayparts needed are not available",
    source="GGM, BeschikbaarVoorArbeid.DagBeschikbaarheid",
)
def dayparts_covered() -> pl.Expr:
    """Is the person available on every part of the week that the work needs?"""
    return pair.dayparts_missing == 0


@eligibility_rule(
    refusal="the work has irregular hours or shifts, the person does not want them",
    source="VUM, flexibiliteit.indicatieOnregelmatigWerkOfPloegendienst",
)
def irregular_work_accepted() -> pl.Expr:
    """Does the person accept irregular hours or shifts, if there are any?"""
    return ~placement.irregular_work | candidate.irregular_work_ok


@eligibility_rule(
    refusal="the person wants office hours, the work has others",
    source="VUM, werktijden.indicatieKantoortijden",
)
def office_hours_kept() -> pl.Expr:
    """Are office hours kept for who wants them?"""
    return ~candidate.office_hours | placement.office_hours


@eligibility_rule(
    refusal="no postcode or place of the person is known",
    source="VUM v3, mobiliteit.bemiddelingspostcode is required",
    if_unknown="refuse",
)
def home_known() -> pl.Expr:
    """Is it known where the journey starts?"""
    return pl.when(candidate.latitude.is_not_null() & candidate.longitude.is_not_null()).then(True)


@eligibility_rule(
    refusal="a journey of {pair.minutes} minutes ({pair.mode}) over {pair.km} km; the limit is "
    "{candidate.travel_limit_minutes} minutes, and in km: {candidate.travel_limit_km}",
    source="VUM, mobiliteit; municipal rules: at most 3 hours of travel a day",
)
def reachable(margin_minutes: Annotated[int, Within(0, 60, "minutes")] = 0) -> pl.Expr:
    """Is the journey within the person's limit?"""
    within = (pair.minutes <= candidate.travel_limit_minutes + margin_minutes) & (
        candidate.travel_limit_km.is_null() | (pair.km <= candidate.travel_limit_km)
    )
    no_way = pair.km.is_not_null() & pair.minutes.is_null()
    # no transport recorded: judged by bicycle, and a journey that works out is asked about
    return pl.when(no_way).then(False).when(within & pair.mode_assumed).then(None).otherwise(within)


@eligibility_rule(
    refusal="driving licences {placement.licences_required} are required; "
    "recorded: {candidate.licences}",
    source="VUM, arbeidsmarktkwalificatie.rijbewijs",
    if_unknown="refuse",
)
def licence_held() -> pl.Expr:
    """Does the person hold the driving licences that the work requires?"""
    return pair.licences_missing == 0


@eligibility_rule(
    refusal="the work needs an own vehicle, the person has none for it",
    source="VUM, vervoermiddel.indicatieBeschikbaarVoorUitvoeringWerk",
)
def vehicle_for_work() -> pl.Expr:
    """Does the person have a vehicle for the work, if it needs one?"""
    return ~placement.own_vehicle_for_work | candidate.vehicle_for_work


@eligibility_rule(
    refusal="level {placement.level_required} is required, the person has {candidate.work_level}",
    source="VUM, codeWerkEnDenkniveau: 0 and 7 are no levels",
)
def level_met() -> pl.Expr:
    """Is the required working and thinking level reached?"""
    return placement.level_required.is_null() | (candidate.work_level >= placement.level_required)


def _skills_met(gap: pl.Expr, unknown: pl.Expr) -> pl.Expr:
    return pl.when(gap > 0).then(False).when(unknown > 0).then(None).otherwise(True)


@eligibility_rule(
    refusal="{placement.languages_required} is required; recorded: {candidate.languages}",
    source="VUM, taalbeheersing; equal treatment: only what the work really asks",
)
def language_met() -> pl.Expr:
    """Does the person speak, read or write what the work requires?"""
    return _skills_met(pair.language_gap, pair.languages_unknown)


@eligibility_rule(
    refusal="{placement.safety_languages_required} is required for safety; "
    "recorded: {candidate.languages}",
    source="VUM, taalbeheersing; working-conditions act: instructions must be understood",
    if_unknown="refuse",
)
def safety_language_met() -> pl.Expr:
    """Does the person understand what safety requires?"""
    return _skills_met(pair.safety_language_gap, pair.safety_languages_unknown)


@eligibility_rule(
    refusal="certificates {placement.certificates_required} are required; "
    "held: {candidate.certificates}",
    source="VUM, cursus",
    if_unknown="refuse",
)
def certificate_held() -> pl.Expr:
    """Does the person hold the certificates that the work requires?"""
    return pair.certificates_missing == 0


@eligibility_rule(
    refusal="the work asks {pair.demand_gap} more than the person can bear "
    "(adaptation possible: {placement.adaptation_possible})",
    source="WGBH/CZ art. 2: effective adaptation; scale after occupational practice (AKC)",
    remark="only with an adaptation of the workplace: {placement.adaptation_note}",
    remark_when="pair.demand_gap",
)
def demands_bearable(
    adaptation_levels: Annotated[int, Within(0, 3, "levels")] = 1,
) -> pl.Expr:
    """Can the person bear what the work asks, an offered adaptation counted?"""
    bearable = (pair.demand_gap <= 0) | (
        (pair.demand_gap <= adaptation_levels) & placement.adaptation_possible
    )
    # a gap known to be too large refuses, whatever else is not recorded
    return bearable & pl.when(pair.demands_unknown == 0).then(True)


@eligibility_rule(
    refusal="needs guidance {candidate.guidance_need}, supervision {candidate.need_supervision}, "
    "structure {candidate.need_structure}; offered {placement.guidance_offered}, "
    "{placement.offer_supervision}, {placement.offer_structure}",
    source="VUM, eisAanWerk",
)
def support_offered() -> pl.Expr:
    """Does the placement offer the support that the person needs?"""
    return (
        (candidate.guidance_need <= placement.guidance_offered)
        & (candidate.need_supervision <= placement.offer_supervision)
        & (candidate.need_structure <= placement.offer_structure)
        & (~candidate.needs_adaptation | placement.adaptation_possible)
        & (~candidate.needs_variation | placement.variation_offered)
    )


@eligibility_rule(
    refusal="the work is heavy (lifting {placement.demand_lifting}, standing "
    "{placement.demand_standing}, walking {placement.demand_walking}), "
    "the person does not want heavy work",
    source="GGM, IndicatieBereidheidZwaarWerk",
)
def heavy_work_accepted(heavy_from: Annotated[int, Within(1, 3, "level")] = 3) -> pl.Expr:
    """Does the person accept heavy work, if it is heavy?"""
    light = (
        (placement.demand_lifting < heavy_from)
        & (placement.demand_standing < heavy_from)
        & (placement.demand_walking < heavy_from)
    )
    return light | candidate.heavy_work_ok


@eligibility_rule(
    refusal="suits from ladder step {placement.ladder_min}, "
    "the person is on {candidate.ladder_step}",
    source="Participatieladder",
)
def ladder_reached() -> pl.Expr:
    """Has the person reached the step of the ladder that the work suits?"""
    return placement.ladder_min.is_null() | (candidate.ladder_step >= placement.ladder_min)


@eligibility_rule(
    refusal="sheltered work needs a positive advice of UWV first",
    source="Participatiewet",
    if_unknown="refuse",
    scheme_article="Participatiewet art. 10b",
)
def sheltered_has_advice() -> pl.Expr:
    """Is there a positive advice, if the work is sheltered?"""
    return (placement.kind != "sheltered") | candidate.sheltered_advice_in_force


@eligibility_rule(
    refusal="a trial placement, but the person did this work here before",
    source="UWV and business.gov.nl: no trial placement in work done before at that employer",
)
def trial_is_new_work() -> pl.Expr:
    """Is the work new to the person, if it starts with a trial?"""
    return ~placement.with_trial | ~pair.same_work_before


@eligibility_rule(
    refusal="the person or the coach has excluded this placement, employer or kind of work",
    source="pool policy: a veto is kept",
    binds_pins=True,
)
def not_excluded() -> pl.Expr:
    """Is it free of vetoes and exclusions?"""
    return ~pair.excluded


@eligibility_rule(
    refusal="set aside after an earlier answer, until its end date or condition",
    source="pool policy: a decline parks the pair, not the person",
)
def not_parked() -> pl.Expr:
    """Is it free of parkings?"""
    return ~pair.parked


@eligibility_rule(
    refusal="at work until {candidate.deployed_until}; the work starts before, or that is "
    "further ahead than the horizon, or a next deployment is planned",
    source="pool policy: one deployment at a time, and one that follows it",
    binds_pins=True,
)
def not_deployed_then(horizon_days: Annotated[int, Within(0, 366, "days")] = 42) -> pl.Expr:
    """Is the person free of another deployment when the work starts?"""
    ends_soon = (candidate.deployment_days_left <= horizon_days).fill_null(False)
    ends_in_time = placement.start_latest.is_null() | (
        candidate.deployed_until < placement.start_latest
    )
    return ~candidate.deployed | (ends_soon & ~candidate.follow_up_planned & ends_in_time)


@eligibility_rule(
    refusal="the placement belongs to another pool that does not share it",
    source="pool policy: sharing agreements",
    if_unknown="refuse",
)
def same_pool_or_shared() -> pl.Expr:
    """Is the placement of the person's own pool, or shared with it?"""
    return (candidate.pool == placement.pool) | placement.shared


@eligibility_rule(
    refusal="the person objects to automated proposals; the coach can still choose by hand",
    source="GDPR art. 21",
)
def no_objection() -> pl.Expr:
    """Does the person allow automated proposals?"""
    return ~candidate.objects_to_automation


ELIGIBILITY_RULES = (
    same_pool_or_shared,
    no_objection,
    not_deployed_then,
    available_in_window,
    hours_overlap,
    dayparts_covered,
    office_hours_kept,
    irregular_work_accepted,
    home_known,
    reachable,
    licence_held,
    vehicle_for_work,
    level_met,
    language_met,
    safety_language_met,
    certificate_held,
    demands_bearable,
    support_offered,
    heavy_work_accepted,
    ladder_reached,
    sheltered_has_advice,
    trial_is_new_work,
    not_excluded,
    not_parked,
)
