"""
How well a candidate and a placement go together: the score terms.

Each gives a share in [0, 1]; what counts is ``round(points x share)``, so the breakdown adds up.
Unknown (null) counts half and is shown as "not recorded, counted half": people with thin files
must not sink. The terms of fit add up to 1,000 points; the plan terms (waiting, continuity) are
shown apart. To add one: write the function, put it in the tuple, and look at the golden plan.
People who must always go first are a tier, not a large number of points.
"""

from typing import Annotated

import polars as pl

from matcher.domain.columns import candidate, pair, placement
from matcher.domain.definitions import Within, score_term

Share = Annotated[float, Within(0.0, 1.0)]


@score_term(points=200, source="pool policy: the person's own voice weighs most")
def preference() -> pl.Expr:
    """The person's own mark"""
    return pair.preference_mark / 10


@score_term(points=180, source="VUM, bemiddelingsberoep and sector")
def occupation_fit(same_group: Share = 0.7, same_sector: Share = 0.4) -> pl.Expr:
    """Wished occupation"""
    match = pair.occupation_match
    return (
        pl.when(match == 3)
        .then(1.0)
        .when(match == 2)
        .then(same_group)
        .when(match == 1)
        .then(same_sector)
        .when(match == 0)
        .then(0.0)
    )


@score_term(points=140, source="VUM v3, competentiebeheersing")
def competence_fit() -> pl.Expr:
    """Competences the work wishes"""
    return pl.when(pair.competences_asked > 0).then(
        pair.competences_shared / pair.competences_asked
    )


@score_term(points=140, source="pool policy: a short journey keeps people at work")
def short_journey(
    worthless_from_minutes: Annotated[int, Within(1, 240, "minutes")] = 90,
) -> pl.Expr:
    """A short journey"""
    return 1 - pair.minutes / worthless_from_minutes


@score_term(points=100, source="VUM, werktijden")
def hours_fit() -> pl.Expr:
    """Hours as wished"""
    # an open bound of the work leaves the person's own wish
    most = pl.min_horizontal(placement.hours_max, candidate.hours_max)
    return pl.when(candidate.hours_max > 0).then(most / candidate.hours_max)


@score_term(points=80, source="Berenschot 2019: matches last where guidance is ample")
def guidance_surplus(exactly_enough: Share = 0.5) -> pl.Expr:
    """Guidance to spare"""
    return (
        pl.when(placement.guidance_offered > candidate.guidance_need)
        .then(1.0)
        .when(placement.guidance_offered == candidate.guidance_need)
        .then(exactly_enough)
        .when(placement.guidance_offered < candidate.guidance_need)
        .then(0.0)
    )


@score_term(points=80, source="pool policy: work is a step on")
def learning_step(ladder_up: Share = 0.5) -> pl.Expr:
    """A step on: training or ladder"""
    wanted = (candidate.wanted_training != "none") & (
        candidate.wanted_training == placement.training_offered
    )
    steps_up = (placement.ladder_step_up > candidate.ladder_step).fill_null(False)
    return (
        pl.when(wanted)
        .then(1.0)
        .when(steps_up)
        .then(ladder_up)
        .when(candidate.wanted_training.is_not_null())
        .then(0.0)
    )


@score_term(points=40, source="VUM v3, interesse")
def interests() -> pl.Expr:
    """Shared interests"""
    return pl.when(pair.tags_asked > 0).then(pair.tags_shared / pair.tags_asked)


@score_term(points=20, source="Movisie, Berenschot: continuity of the relation")
def coach_continuity() -> pl.Expr:
    """The same coach"""
    return pair.coach_serves_site


@score_term(points=20, source="PSO; Code Sociale Ondernemingen")
def quality_mark(level_2: Share = 0.7, level_1_or_code: Share = 0.5) -> pl.Expr:
    """A recognised social employer"""
    return (
        pl.when(placement.pso_level.is_in(["3", "30plus"]))
        .then(1.0)
        .when(placement.pso_level == "2")
        .then(level_2)
        .when((placement.pso_level == "1") | placement.code_in_force)
        .then(level_1_or_code)
        .otherwise(0.0)
    )


@score_term(points=100, source="pool policy: waiting counts", plan_term=True)
def waiting_time(full_after_days: Annotated[int, Within(1, 3660, "days")] = 730) -> pl.Expr:
    """Time waiting"""
    return candidate.waiting_days / full_after_days


@score_term(points=60, source="pool policy: no gap between deployments", plan_term=True)
def seamless_follow_up(
    worthless_after_days: Annotated[int, Within(1, 366, "days")] = 90,
) -> pl.Expr:
    """No gap after the present deployment"""
    # work that can start any day leaves no gap; work that starts earlier neither
    gap = (placement.start_earliest - candidate.deployed_until).dt.total_days() - 1
    return (
        pl.when(candidate.deployed_until.is_null())
        .then(0.0)
        .when(placement.start_earliest.is_null())
        .then(1.0)
        .otherwise(1 - gap.clip(lower_bound=0) / worthless_after_days)
    )


@score_term(points=30, source="pool policy: keep what was proposed unless it pays", plan_term=True)
def kept_proposal() -> pl.Expr:
    """Proposed before and still undecided"""
    return pair.proposed_last_run


SCORE_TERMS = (
    preference,
    occupation_fit,
    competence_fit,
    short_journey,
    hours_fit,
    guidance_surplus,
    learning_step,
    interests,
    coach_continuity,
    quality_mark,
    waiting_time,
    seamless_follow_up,
    kept_proposal,
)
