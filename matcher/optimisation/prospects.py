"""Which pairs may be proposed now, and which openings are kept for people still to come."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.domain.columns import candidate
from matcher.domain.outlook import (
    EVENTS,
    LEAST_HISTORY_DAYS,
    MOST_HISTORY_MONTHS,
    Outlook,
)
from matcher.domain.plan import HELD_SCHEMA
from matcher.domain.policy import DEFINITIONS, Policy
from matcher.domain.snapshot import PoolSnapshot
from matcher.optimisation.assignment import Pairs
from matcher.optimisation.evaluation import NEUTRAL_SHARE, criteria_of
from matcher.optimisation.pairing import pair_up
from matcher.optimisation.potentials import potentials
from matcher.optimisation.prepared import Prepared

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

NEVER_HELD_TIER = "keep_at_work"
"""Whose work ends soon cannot wait; the longest waiting are held no longer than anybody else."""


@dataclass(frozen=True)
class Prospects:
    """
    The eligible pairs, and what of them may be proposed now.

    Parameters
    ----------
    every
        All eligible pairs with their points as shown.
    now
        Those that may be proposed now, in the same order, their points less the potential.
    potential
        What an opening is expected to be worth to people still to come, shape (n_placements,).
    may_wait
        Who may be held back, shape (n_candidates,).
    outlook
        What is expected; None where nothing is known or the policy looks at tonight alone.
    """

    every: Pairs
    now: Pairs
    potential: Ints
    may_wait: Flags
    outlook: Outlook | None

    @property
    def shown(self) -> Pairs:
        """The pairs that may be proposed now, with their points as shown."""
        points = self.now.points + self.potential[self.now.placement]
        return Pairs(self.now.candidate, self.now.placement, points)


def look_ahead(
    snapshot: PoolSnapshot, prepared: Prepared, openings: Ints, pairs: Pairs, policy: Policy
) -> Prospects:
    """
    Return which of the eligible pairs may be proposed now.

    A pair waits when its points do not exceed the potential of its placement, unless its person
    may not be held back: who has waited as long as the policy's limit, whose work ends soon, and
    whom a coach has pinned.
    """
    outlook = outlook_of(snapshot, policy)
    if outlook is None:
        nothing = np.zeros(openings.size, np.int64)
        nobody = np.zeros(prepared.people.size, np.bool_)
        return Prospects(pairs, pairs, nothing, nobody, None)
    days = prepared.placements["placement.days_until_close"].cast(pl.Float64).fill_null(np.inf)
    fit = Pairs(
        pairs.candidate, pairs.placement, pairs.points - plan_points(prepared, pairs, policy)
    )
    worth = potentials(
        fit, openings, outlook, n_candidates=prepared.people.size, closes=days.to_numpy() / 7
    )
    pinned = prepared.candidates["candidate.id"].is_in(snapshot.pins["candidate.id"].implode())
    may_wait = ~pinned.to_numpy() & held_until(prepared.candidates, policy).is_not_null().to_numpy()
    net = pairs.points - worth[pairs.placement]
    kept = ~may_wait[pairs.candidate] | (net > 0)
    now = Pairs(pairs.candidate[kept], pairs.placement[kept], net[kept])
    return Prospects(pairs, now, worth, may_wait, outlook)


def outlook_of(snapshot: PoolSnapshot, policy: Policy) -> Outlook | None:
    """
    Return what is expected: by the pool's own history, else by the policy's rates, else None.

    None also where the policy switches it off. History counts from `LEAST_HISTORY_DAYS` on; of a
    longer one the last year.
    """
    if not policy.value("potentials", "enabled"):
        return None
    months = snapshot.history["month"].unique().sort().tail(MOST_HISTORY_MONTHS)
    days = int(pl.select(months.dt.month_end()).to_series().dt.day().cast(pl.Int64).sum())
    if days >= LEAST_HISTORY_DAYS:
        seen = snapshot.history.filter(pl.col("month").is_in(months.implode()))
        counts = dict.fromkeys(EVENTS, 0) | dict(
            seen.group_by(pl.col("event").cast(pl.String)).agg(pl.col("count").sum()).iter_rows()
        )
        rates = {event: counts[event] * 7 / days for event in EVENTS}
        return _outlook(rates, policy, "history", months.len())
    rates = {event: float(policy.value("potentials", event)) for event in EVENTS}
    return _outlook(rates, policy, "policy", 0) if any(rates.values()) else None


def _outlook(rates: Mapping[str, float], policy: Policy, source: str, months: int) -> Outlook:
    return Outlook(
        candidates_in=rates["candidates_in"],
        candidates_out=rates["candidates_out"],
        openings_in=rates["openings_in"],
        openings_out=rates["openings_out"],
        weeks=int(policy.value("potentials", "horizon_weeks")),
        samples=int(policy.value("potentials", "samples")),
        seed=policy.seed,
        source=source,
        months=months,
    )


def held_until(candidates: pl.DataFrame, policy: Policy) -> pl.Series:
    """
    Return until which day each person may be held back; null for who may not be.

    The first day on which somebody has waited as long as the limit. Who has already, whose waiting
    time is not recorded, and whose work ends soon may not be held back.
    """
    limit = int(policy.value("potentials", "waiting_limit_days"))
    soon = policy.expression(DEFINITIONS[NEVER_HELD_TIER]).fill_null(False)
    may = (candidate.waiting_days < limit).fill_null(False) & ~soon
    until = candidate.waiting_since + pl.duration(days=limit)
    return candidates.select(pl.when(may).then(until).cast(pl.Date).alias("until")).to_series()


def with_potential(
    pairs: pl.DataFrame,
    prepared: Prepared,
    people: NDArray[np.int32],
    potential: Ints,
    policy: Policy,
) -> pl.DataFrame:
    """
    Return evaluated pairs with ``potential``, and ``held_until`` where the pair waits for it.

    Parameters
    ----------
    people
        The row of each pair's person, shape (n_pairs,).
    potential
        What the published plan keeps of each pair's opening, shape (n_pairs,).
    """
    told = pairs.with_columns(potential=pl.Series(potential, dtype=pl.Int64))
    if not potential.any():
        return told.with_columns(held_until=pl.lit(None, pl.Date))
    waits = pl.col("eligible") & (pl.col("points") <= pl.col("potential"))
    until = held_until(prepared.candidates, policy)[people]
    return told.with_columns(held_until=pl.when(waits).then(until))


def plan_points(prepared: Prepared, pairs: Pairs, policy: Policy) -> Ints:
    """Return the points of pairs that are about the plan: people to come have none of them."""
    terms = {
        code: (points, share)
        for code, (term, points, share) in criteria_of(policy).terms.items()
        if term.plan_term
    }
    read = {name for _, share in terms.values() for name in share.meta.root_names()}
    made = pair_up(prepared, pairs.candidate, pairs.placement, read).select(
        (share.fill_null(NEUTRAL_SHARE) * points + 0.5).floor().cast(pl.Int64).alias(code)
        for code, (points, share) in terms.items()
    )
    total: Ints = made.select(pl.sum_horizontal(pl.all())).to_series().to_numpy()
    return total


def who_is_held(
    prospects: Prospects, prepared: Prepared, placed: Flags, left: Ints, policy: Policy
) -> pl.DataFrame:
    """
    Return who has no proposal though an opening is left: the best of these, kept for others.

    Parameters
    ----------
    placed
        Who has a proposal, shape (n_candidates,).
    left
        Openings without a proposal, shape (n_placements,).

    Returns
    -------
    a frame as `HELD_SCHEMA`, by candidate.
    """
    every, worth = prospects.every, prospects.potential
    waits: Flags = prospects.may_wait[every.candidate] & (every.points <= worth[every.placement])
    at = np.flatnonzero(waits & ~placed[every.candidate] & (left[every.placement] > 0))
    at = at[np.lexsort((every.placement[at], -every.points[at], every.candidate[at]))]
    _, first = np.unique(every.candidate[at], return_index=True)
    best = at[first]
    people, places = every.candidate[best], every.placement[best]
    until = held_until(prepared.candidates, policy)[people]
    return pl.DataFrame(
        {
            "candidate.id": prepared.candidates["candidate.id"][people],
            "placement.id": prepared.placements["placement.id"][places],
            "points": every.points[best],
            "potential": worth[places],
            "until": until,
        },
        schema=HELD_SCHEMA,
    )


def told_prospects(
    prospects: Prospects, prepared: Prepared, held: pl.DataFrame, left: Ints
) -> dict[str, object]:
    """
    Return, small enough to be kept with the run, what was expected and how many are held.

    ``people_held`` compete for ``openings_kept``: so many of them at most would have been placed.
    """
    outlook = prospects.outlook
    if outlook is None:
        return {}
    ids = held["placement.id"].unique()
    kept = prepared.placements["placement.id"].is_in(ids.implode()).to_numpy()
    return {
        "source": outlook.source,
        "months": outlook.months,
        "samples": outlook.samples,
        "horizon_weeks": outlook.weeks,
        "rates": {event: round(float(getattr(outlook, event)), 2) for event in EVENTS},
        "people_held": held.height,
        "placements_kept": int(kept.sum()),
        "openings_kept": int(left[kept].sum()),
    }
