"""The made columns of a person and of a placement: computed once per snapshot, before any pair."""

from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.domain.columns import Namespace, candidate, placement
from matcher.domain.policy import Policy

RADIUS_KM = {1: 5, 2: 10, 3: 15, 4: 25, 5: 50, 6: 75, 7: 100, 8: 125, 9: 150}
"""Search radius by its code. Source: VUM, codeZoekstraal."""

PERSON_PARKED = "person:"


def candidate_facts(candidates: pl.DataFrame, today: date, policy: Policy) -> pl.DataFrame:
    """
    Return the candidates with their made columns.

    ``candidate.among_longest_waiting`` compares people with each other: it means something only
    when the frame holds the whole pool. Who waits as long as the last of the tenth is in it too,
    so that no hash decides between two people of the same day.
    """
    day = pl.lit(today)
    limit = pl.coalesce(
        candidate.max_travel_minutes, pl.lit(int(policy.value("journey", "default_limit_minutes")))
    )
    cap = pl.lit(int(policy.value("journey", "cap_minutes")))
    radius = candidate.radius_code.replace_strict(RADIUS_KM, default=None, return_dtype=pl.Int16)
    deployed = candidate.deployed.fill_null(False)
    made = candidates.with_columns(
        _made(
            candidate,
            waiting_days=_days(day - candidate.waiting_since).clip(lower_bound=0),
            travel_limit_minutes=pl.min_horizontal(limit, cap),
            travel_limit_km=pl.coalesce(candidate.max_distance_km, radius),
            deployment_days_left=pl.when(deployed).then(_days(candidate.deployed_until - day)),
            # no advice recorded is no advice: it is granted by a dated decision
            sheltered_advice_in_force=(candidate.sheltered_advice <= day).fill_null(False),
        )
    )
    seeks = seeking(policy)
    waiting = pl.when(seeks).then(candidate.waiting_days)
    tenth = (seeks.sum() + 9) // 10
    return made.with_columns(
        _made(
            candidate,
            among_longest_waiting=(waiting.rank("min", descending=True) <= tenth).fill_null(False),
        )
    )


def seeking(policy: Policy) -> pl.Expr:
    """
    Return whether a proposal could be made for a person, over candidates with their facts.

    Not for who objects, is parked as a person, or is at work beyond the horizon or with a next
    deployment planned. The rules refuse them too, and explain it; leaving them out only keeps them
    from being counted as people who wait for a proposal.
    """
    objects = candidate.objects_to_automation.fill_null(False)
    parked = candidate.parkings.list.contains(PERSON_PARKED).fill_null(False)
    free_in_time = (candidate.deployment_days_left <= policy.horizon_days).fill_null(False)
    goes_on = candidate.follow_up_planned.fill_null(False)
    at_work = candidate.deployed.fill_null(False) & (~free_in_time | goes_on)
    return ~objects & ~parked & ~at_work


def tiers_of(candidates: pl.DataFrame, policy: Policy, without: str = "") -> NDArray[np.int64]:
    """
    Return the first tier that holds for each candidate, by its place in the policy's order.

    ``without`` leaves out the tier of that code: its people get the next one that holds.
    """
    first = pl.coalesce(
        pl.when(expression.fill_null(False)).then(pl.lit(place, dtype=pl.Int64))
        for place, (code, expression) in enumerate(policy.tier_expressions())
        if code != without
    )
    return candidates.select(first).to_series().to_numpy()


def placement_facts(placements: pl.DataFrame, today: date, policy: Policy) -> pl.DataFrame:
    """Return the placements with their made columns."""
    day = pl.lit(today)
    free = (placement.openings - placement.taken).clip(lower_bound=0)
    guided = placement.group_free.clip(lower_bound=0)
    if policy.limit_mode("supervisor_group") != "hard":
        guided = pl.lit(None, dtype=pl.Int32)
    # min_horizontal skips null: without a group only the openings count
    cut = pl.min_horizontal(free, guided)
    return placements.with_columns(
        _made(
            placement,
            # a team comes whole: supervisors for some of it are supervisors for nobody
            openings_free=pl.when(~placement.team.fill_null(False) | (cut == free))
            .then(cut)
            .otherwise(0),
            days_until_close=_days(placement.closes_on - day),
            declaration_age_days=_days(day - placement.no_displacement_on),
            in_season=_in_season(day, policy.horizon_days),
        )
    )


def gates_of(placements: pl.DataFrame, policy: Policy) -> pl.DataFrame:
    """Return ``gate.<code>`` (true, false or null) of placements with their facts."""
    return placements.select(
        expression.alias(f"gate.{code}") for code, expression in policy.gate_expressions().items()
    )


def _in_season(day: pl.Expr, horizon_days: int) -> pl.Expr:
    first = pl.max_horizontal(day, placement.start_earliest)
    last = pl.max_horizontal(first, day + pl.duration(days=horizon_days))
    span = _month_number(last) - _month_number(first)
    all_year = placement.season_months.list.len().fill_null(0) == 0
    within = [
        placement.season_months.list.contains(month)
        & ((month - first.dt.month().cast(pl.Int32)) % 12 <= span)
        for month in range(1, 13)
    ]
    return all_year | pl.any_horizontal(within).fill_null(False)


def _month_number(day: pl.Expr) -> pl.Expr:
    return day.dt.year() * 12 + day.dt.month().cast(pl.Int32)


def _days(duration: pl.Expr) -> pl.Expr:
    return duration.dt.total_days()


def _made(namespace: Namespace, **expressions: pl.Expr) -> list[pl.Expr]:
    """Return the expressions under their full names, in the types that the columns declare."""
    columns = {column.name.partition(".")[2]: column for column in namespace.columns()}
    return [
        expression.cast(columns[short].dtype).alias(columns[short].name)
        for short, expression in expressions.items()
    ]
