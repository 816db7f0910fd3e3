"""
When a placement takes part in a match run at all: the gates.

A placement that fails one is not matched, and its account manager is told why. Unknown fails:
what is missing here belongs to the placement and can be filled in.
"""

from typing import Annotated

import polars as pl

from matcher.domain.columns import placement
from matcher.domain.definitions import Within, gate

PAID_KINDS = ("wage_earning", "sheltered", "regular")


@gate(refusal="its state is {placement.state}", source="pool policy")
def is_open() -> pl.Expr:
    """Is the placement open?"""
    return placement.state == "open"


@gate(refusal="it closed on {placement.closes_on}", source="VUM, sluitingsdatumVacature")
def not_past_closing() -> pl.Expr:
    """Can people still apply?"""
    return placement.days_until_close.is_null() | (placement.days_until_close >= 0)


@gate(
    refusal="no opening left: {placement.openings} openings, {placement.taken} taken, its "
    "supervisors can take {placement.group_free} more",
    source="pool policy: at most 4 people to a supervisor unless stated",
)
def has_openings_left() -> pl.Expr:
    """Is an opening left that its supervisors can take?"""
    return placement.openings_free > 0


@gate(refusal="its months do not fall within the horizon", source="pool policy: seasons")
def is_in_season() -> pl.Expr:
    """Does its season fall within the horizon?"""
    return placement.in_season


@gate(refusal="no postcode or place of the site is known", source="VUM v3, Adres.postcode")
def site_known() -> pl.Expr:
    """Is it known where the work is?"""
    return placement.latitude.is_not_null() & placement.longitude.is_not_null()


@gate(
    refusal="{placement.essentials_without_reason} essential requirements have no reason",
    source="equal treatment: a requirement must be needed for the work",
)
def essentials_have_reason() -> pl.Expr:
    """Does every essential requirement have a reason?"""
    return placement.essentials_without_reason == 0


@gate(
    refusal="pays {placement.hourly_wage} an hour, the minimum wage is {placement.minimum_wage}",
    source="Wet minimumloon en minimumvakantiebijslag",
)
def pays_minimum_wage() -> pl.Expr:
    """Do paid kinds of work pay the minimum wage?"""
    return (
        ~placement.kind.is_in(PAID_KINDS)
        | placement.youth_scale
        | (placement.hourly_wage >= placement.minimum_wage)
    )


@gate(
    refusal="learning work needs a recognised training firm and its crebo",
    source="Wet educatie en beroepsonderwijs; SBB",
)
def training_is_recognised() -> pl.Expr:
    """Is the firm recognised, if the work is learning?"""
    return (placement.kind != "learning") | placement.training_recognised


@gate(
    refusal="no declaration of no displacement in force "
    "(days old: {placement.declaration_age_days})",
    source="Participatiewet: no displacement of paid work",
)
def no_displacement_declared(
    valid_days: Annotated[int, Within(30, 1830, "days")] = 365,
) -> pl.Expr:
    """Is a declaration of no displacement in force, where it is needed?"""
    needed = placement.with_trial | placement.subsidised | (placement.kind == "work_experience")
    return ~needed | (placement.declaration_age_days <= valid_days)


@gate(
    refusal="offers guidance {placement.guidance_offered} without a supervisor",
    source="pool policy: who offers guidance has somebody to give it",
)
def supervisor_present() -> pl.Expr:
    """Is there a supervisor, if guidance is offered?"""
    # guidance not stated is asked about per person, by the rule support_offered
    offers_none = placement.guidance_offered.is_null() | (placement.guidance_offered == "none")
    return offers_none | (placement.supervisors >= 1)


GATES = (
    is_open,
    not_past_closing,
    has_openings_left,
    is_in_season,
    site_known,
    essentials_have_reason,
    pays_minimum_wage,
    training_is_recognised,
    no_displacement_declared,
    supervisor_present,
)
