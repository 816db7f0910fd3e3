"""Who is at work, was at work or will be: deployments, and the experience they leave."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl

from matcher.simulation.branches import OCCUPATIONS
from matcher.simulation.draws import (
    Bools,
    Floats,
    Ints,
    day,
    keys,
    pick,
    pick_index,
    share_of,
    spread,
    table,
    unless,
)
from matcher.simulation.employers import Work
from matcher.simulation.names import trade_names
from matcher.simulation.people import People

HORIZON_DAYS = 42
SHARE_PLANNED = 0.05
SHARE_ENDING = 0.30
"""Share of the running deployments that end within the horizon."""
SHARE_ONCE_AT_WORK = 0.20
END_REASONS = ("contract_ended", "season_over", "found_other_work", "not_for_me", "not_now")


@dataclass(frozen=True, eq=False, slots=True)
class Placed:
    """
    Deployments as positions: ``candidate``, ``placement``, ``state``, and days from today.

    ``until`` is NaN for an open end.
    """

    candidate: Ints
    placement: Ints
    state: np.ndarray
    since: Ints
    until: Floats


def deploy(rng: np.random.Generator, people: People, work: Work) -> Placed:
    """
    Return deployments so that each taken opening is held by one active or planned deployment.

    Nobody has two active ones or two planned ones. Half of the planned ones follow one that ends
    within the horizon, the others are a first start. Ended ones belong to people who are not at
    work now. Placements are matched within the municipality as far as the numbers allow.
    """
    n = len(people)
    unit, _ = spread(work.taken)
    planned = share_of(rng, len(unit), SHARE_PLANNED)
    active = int((~planned).sum())
    chosen = _able(rng, people, active + int(planned.sum()), np.ones(n, dtype=np.bool_))
    at_work = chosen[:active]
    ending = share_of(rng, active, SHARE_ENDING)
    until = np.where(
        ending,
        rng.integers(1, HORIZON_DAYS + 1, active),
        np.where(rng.random(active) < 0.5, rng.integers(43, 420, active), np.nan),
    )
    running = Placed(
        candidate=at_work,
        placement=_near(rng, people, work, at_work, unit[~planned]),
        state=np.full(active, "active", dtype=object),
        since=-rng.integers(20, 700, active),
        until=until,
    )  # fmt: skip
    parts = [running, _planned(rng, people, work, unit[planned], running, chosen[active:])]
    busy = np.isin(np.arange(n), chosen)
    parts.append(_ended(rng, people, work, ~busy))
    return Placed(
        *(
            np.concatenate([getattr(part, name) for part in parts])
            for name in ("candidate", "placement", "state", "since", "until")
        )
    )


def _able(rng: np.random.Generator, people: People, count: int, among: Bools) -> Ints:
    """Return that many people at random, those with the lighter burden sooner."""
    chance = rng.standard_normal(len(people)) - 0.4 * people.burden
    order = np.argsort(np.where(among, -chance, np.inf), kind="stable")[:count]
    return rng.permutation(order)


def _near(
    rng: np.random.Generator, people: People, work: Work, candidate: Ints, placement: Ints
) -> Ints:
    """Return the placements, reordered so that each candidate gets one nearby where possible."""
    site = work.municipality[work.site[placement]]
    by_home = np.lexsort((rng.random(len(candidate)), people.municipality[candidate]))
    by_site = np.lexsort((rng.random(len(placement)), site))
    given = np.empty_like(placement)
    given[by_home] = placement[by_site]
    return given


def _planned(
    rng: np.random.Generator,
    people: People,
    work: Work,
    unit: Ints,
    running: Placed,
    starters: Ints,
) -> Placed:
    """Return planned deployments: half follow-ups of a deployment that ends, half first starts."""
    ends = np.flatnonzero(running.until <= HORIZON_DAYS)
    follow = ends[: min(len(unit) // 2, len(ends))]
    candidate = np.r_[running.candidate[follow], starters[: len(unit) - len(follow)]]
    after = np.r_[running.until[follow], np.zeros(len(unit) - len(follow))].astype(np.int64)
    since = after + rng.integers(1, 30, len(unit))
    return Placed(
        candidate=candidate,
        placement=_near(rng, people, work, candidate, unit),
        state=np.full(len(unit), "planned", dtype=object),
        since=since,
        until=since + rng.integers(180, 370, len(unit)).astype(np.float64),
    )


def _ended(rng: np.random.Generator, people: People, work: Work, idle: Bools) -> Placed:
    """Return past deployments of people who are not at work now."""
    count = min(round(SHARE_ONCE_AT_WORK * len(people)), int(idle.sum()))
    candidate = _able(rng, people, count, idle)
    placement = rng.integers(0, len(work.employer), count)
    until = -rng.integers(10, 1_100, count)
    return Placed(
        candidate=candidate,
        placement=_near(rng, people, work, candidate, placement),
        state=np.full(count, "ended", dtype=object),
        since=until - rng.integers(30, 500, count),
        until=until.astype(np.float64),
    )


def deployments(
    rng: np.random.Generator,
    people: People,
    work: Work,
    placements: pl.DataFrame,
    placed: Placed,
    today: date,
) -> pl.DataFrame:
    """Return the import table of deployments."""
    n = len(placed.candidate)
    trial = placements["with_trial"].to_numpy()[placed.placement]
    subsidised = placements["subsidised"].to_numpy()[placed.placement]
    lasts = -placed.since
    phase = np.select(
        [placed.state == "ended", lasts < 30, trial & (lasts < 60), subsidised & (lasts < 365)],
        ["aftercare", "introduction", "trial", "subsidised"],
        "regular",
    )
    low = placements["hours_min"].fill_null(16).to_numpy()[placed.placement]
    high = placements["hours_max"].fill_null(24).to_numpy()[placed.placement]
    ended = placed.state == "ended"
    return table(
        {
            "key": keys("D", n, 6),
            "candidate": people.key[placed.candidate],
            "placement": work.placement_key[placed.placement],
            "from_on": day(today, placed.since),
            "until_on": unless(
                day(today, np.nan_to_num(placed.until).astype(np.int64)), np.isnan(placed.until)
            ),
            "state": placed.state,
            "phase": phase,
            "hours_per_week": np.maximum(low, (low + high) // 2),
            "formal_employer": pick(rng, n, ("werkgever", "arbeidspool", "detacheerder"),
                                    (0.6, 0.3, 0.1)),
            "end_reason": unless(pick(rng, n, END_REASONS, (50, 20, 12, 10, 8)), ~ended),
        }
    )  # fmt: skip


def wants_to_continue(rng: np.random.Generator, people: People, placed: Placed) -> pl.Series:
    """Return for who is at work whether they want to go on after it, per person."""
    answer = pick_index(rng, len(people), (0.78, 0.10, 0.12))
    at_work = np.isin(np.arange(len(people)), placed.candidate[placed.state == "active"])
    return unless(answer == 0, ~at_work | (answer == 2))


def experience(
    rng: np.random.Generator, people: People, work: Work, placed: Placed, occupation: pl.Series,
    today: date,
) -> pl.DataFrame:  # fmt: skip
    """
    Return the import table of experience: past deployments, and work elsewhere.

    ``occupation`` has one row per placement.
    """
    ended = np.flatnonzero(placed.state == "ended")
    here = table(
        {
            "candidate": people.key[placed.candidate[ended]],
            "started_on": day(today, placed.since[ended]),
            "ended_on": day(today, placed.until[ended].astype(np.int64)),
            "organisation": None,
            "occupation": occupation.to_numpy()[placed.placement[ended]],
            "employer": work.employer_key[work.employer[placed.placement[ended]]],
        },
        organisation=pl.String,
        started_on=pl.Date,
        ended_on=pl.Date,
    )
    row, _ = spread(np.where(rng.random(len(people)) < 0.58, rng.integers(1, 4, len(people)), 0))
    ended_on = -rng.integers(200, 7_000, len(row))
    flat = [uri for uris in OCCUPATIONS for uri in uris]
    elsewhere = table(
        {
            "candidate": people.key[row],
            "started_on": day(today, ended_on - rng.integers(60, 2_500, len(row))),
            "ended_on": day(today, ended_on),
            "organisation": trade_names(rng, people.branch[row]),
            "occupation": unless(pick(rng, len(row), flat), rng.random(len(row)) < 0.3),
            "employer": None,
        },
        employer=pl.String,
        started_on=pl.Date,
        ended_on=pl.Date,
    )
    return pl.concat([here, elsewhere]).sort("candidate", "started_on", maintain_order=True)
