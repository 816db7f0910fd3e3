"""
What people at work use up beside openings: the limits.

Each gives the amount that a pair uses, a whole number in the unit of the limit, and of which group.
How much each group has left is in the snapshot: what it can carry less what people at work or on
their way use already. A group without a number has no limit. To add one: write the function, put
it in the tuple, and read its capacities in `matcher.store.resources`.
"""

from typing import Annotated

import polars as pl

from matcher.domain.columns import candidate, placement
from matcher.domain.definitions import Within, limit

Percent = Annotated[float, Within(0.0, 100.0, "%")]

LATER_YEARS = (1.0, 0.5, 0.4)
"""Guidance in the first, second and every later year: 15, 7.5 and 6 % (factorwerk.org on UWV)."""


def coach_minutes(
    need: pl.Expr,
    hours: pl.Expr,
    intensive_percent: float,
    medium_percent: float,
    light_percent: float,
) -> pl.Expr:
    """
    Return the minutes a week that a coach spends on somebody at work, in the first year.

    Whose need of guidance is not recorded counts as medium: the coach will find out.
    """
    share = (
        pl.when(need == "none")
        .then(0.0)
        .when(need == "light")
        .then(light_percent / 100)
        .when(need == "intensive")
        .then(1.0)
        .otherwise(medium_percent / 100)
    )
    return hours * 60 * share * (intensive_percent / 100)


_not_yet_at_work = 1 - candidate.deployed.fill_null(False).cast(pl.Int64)
"""Who is at work is in the present use already."""


@limit(
    per=placement.supervisor_group,
    unit="people",
    source="pool policy: at most 4 people to a supervisor unless stated",
)
def supervisor_group() -> pl.Expr:
    """Supervisor group: guided people its supervisors can carry"""
    return placement.supervisor_group.is_not_null().cast(pl.Int64)


@limit(per=placement.workplace, unit="people", source="the employer: most guided people on a site")
def site() -> pl.Expr:
    """Site: guided people it can hold"""
    return placement.workplace.is_not_null().cast(pl.Int64)


@limit(
    per=placement.employer,
    unit="people",
    source="the employer: most people who start in one week, times the weeks of the horizon",
)
def employer_starts() -> pl.Expr:
    """Employer starts: people who can begin at an employer within the horizon"""
    return placement.employer.is_not_null().cast(pl.Int64)


@limit(per=candidate.coach, unit="people", source="the coach: most people at work at once")
def caseload() -> pl.Expr:
    """Caseload: people at work a coach can carry"""
    return _not_yet_at_work


@limit(
    per=candidate.coach,
    unit="minutes a week",
    source="factorwerk.org on UWV: 15 % of the hours; svde.nl: ratio of the lighter regimes",
    usually="advisory",
)
def coach_hours(
    intensive_percent: Percent = 15.0,
    medium_percent: Percent = 66.0,
    light_percent: Percent = 40.0,
    hours_unknown: Annotated[int, Within(0, 60, "hours a week")] = 24,
) -> pl.Expr:
    """Coach hours: time a coach has for guidance at work"""
    hours = pl.min_horizontal(placement.hours_max, candidate.hours_max).fill_null(hours_unknown)
    minutes = coach_minutes(
        candidate.guidance_need, hours, intensive_percent, medium_percent, light_percent
    )
    return minutes.round().cast(pl.Int64) * _not_yet_at_work


@limit(
    per=placement.pool,
    unit="people",
    source="Participatiewet 10d: who is entitled gets it, so it is forecast and no limit",
    advisory=True,
)
def wage_subsidy() -> pl.Expr:
    """Wage-cost subsidy: people at placements with a subsidised wage"""
    return placement.subsidised.fill_null(False).cast(pl.Int64)


LIMITS = (supervisor_group, site, employer_starts, caseload, coach_hours, wage_subsidy)
