"""
Who is proposed, group by group, and what first come, first served would have done instead.

The report of a plan: the same night, people and eligible pairs, once as planned and once with
people in order of waiting, each taking their best open placement. It reads what rules may read,
never a protected characteristic, and tells of no group of fewer than ten people.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.domain.columns import candidate
from matcher.domain.policy import Policy
from matcher.errors import OutOfTime
from matcher.optimisation.assignment import Limits, Outcome, Pairs
from matcher.optimisation.assignment.filling import choose_within
from matcher.optimisation.assignment.greedy import choose_in_order
from matcher.optimisation.bounded import assign_once
from matcher.optimisation.facts import tiers_of
from matcher.optimisation.pairing import pair_up
from matcher.optimisation.pinning import Agreed
from matcher.optimisation.prepared import Prepared

SMALLEST_GROUP = 10
"""Of fewer people nothing is told: a figure would be about persons."""

PRICED_PAIRS = 2_000_000
"""With more eligible pairs no tier is priced: each price is the whole pool solved once more."""

SEARCHED_PAIRS = 200_000
"""The same where limits have to be searched, which takes longer."""

OTHER = "other"
NOT_RECORDED = "not_recorded"
_MOTOR = ["car", "moped", "motorcycle"]
_TRANSPORT = candidate.transport

GROUPINGS = {
    "ladder_step": candidate.ladder_step.cast(pl.String),
    "guidance_need": candidate.guidance_need.cast(pl.String),
    "distance_class": candidate.distance_class.cast(pl.String),
    "transport": pl.when(_TRANSPORT.is_null())
    .then(None)
    .when(_TRANSPORT.list.set_intersection(_MOTOR).list.len() > 0)
    .then(pl.lit("motor_vehicle"))
    .when(_TRANSPORT.list.contains("public_transport"))
    .then(pl.lit("public_transport"))
    .otherwise(pl.lit("bicycle_or_on_foot")),
}
"""What people are grouped by, next to their tier: over candidates, null is not recorded."""

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Night:
    """
    What a plan was made from.

    Parameters
    ----------
    prepared
        The people who seek and the placements that passed the gates.
    pairs
        All eligible pairs, by row number.
    openings
        Free openings per placement, shape (n_placements,).
    tiers
        Place of each person's tier in the policy's order, shape (n_candidates,).
    tie
        Which of equally good pairs comes first, lower first, shape (n_pairs,).
    policy
        The policy of the run.
    limits
        What the plan keeps to beside openings; every other way of proposing does too.
    agreed
        Pins, teams and companions that the plan keeps to; None for none.
    """

    prepared: Prepared
    pairs: Pairs
    openings: Ints
    tiers: Ints
    tie: Ints
    policy: Policy
    limits: Limits = field(default_factory=lambda: Limits([], [], [], []))  # type: ignore[arg-type]
    agreed: Agreed | None = None

    @property
    def n_people(self) -> int:
        """Number of people who seek."""
        return self.prepared.people.size


def first_come_first_served(night: Night) -> Flags:
    """
    Return the pairs that people take in turn, longest waiting first, shape (n_pairs,).

    Each takes the open placement with the most points, the first by its id among equals. Whose
    waiting time is not recorded comes last; between people of the same day a hash decides.
    """
    waited = night.prepared.candidates["candidate.waiting_days"].fill_null(-1).to_numpy()
    turn = np.empty(night.n_people, np.int64)
    turn[np.lexsort([night.prepared.people.hashes, -waited.astype(np.int64)])] = np.arange(
        night.n_people
    )
    points = night.pairs.points
    most = points.max(initial=0)
    # turn and points in one number: sorting by two takes five times as long
    order = turn[night.pairs.candidate] * (most - points.min(initial=0) + 1) + (most - points)
    if len(night.limits):
        turns = np.argsort(order, kind="stable")
        return choose_within(night.pairs, night.openings, night.n_people, turns, night.limits)
    return choose_in_order(night.pairs, night.openings, night.n_people, [order])


def fairness_report(night: Night, outcome: Outcome) -> dict[str, Any]:
    """
    Return the fairness report of a plan, small enough to be kept with the run.

    Returns
    -------
    ``people`` and ``longest_waiting``, how many there are; ``plan`` and ``first_come``, the
    figures of both; ``groups``, by grouping and group; ``worst_gap``, the largest difference in
    the share proposed within one grouping, for both (tiers apart: they differ on purpose); and
    ``tiers``, what the plan would be without each of them, up to ``PRICED_PAIRS``. A figure that
    would be about fewer than ten people is None.
    """
    frame = night.prepared.candidates
    longest = frame["candidate.among_longest_waiting"].fill_null(False).to_numpy()
    ways = {
        "plan": _Way(night, outcome.chosen),
        "first_come": _Way(night, first_come_first_served(night)),
    }
    groups = _groups(night, ways)
    return {
        "people": night.n_people,
        "longest_waiting": int(longest.sum()),
        **{name: way.figures(longest) for name, way in ways.items()},
        "groups": groups,
        "worst_gap": {name: _worst_gap(groups, name) for name in ways},
        "tiers": _prices_of_tiers(night, outcome),
    }


class _Way:
    """One way of proposing: who has a proposal, and with what journey."""

    def __init__(self, night: Night, chosen: Flags) -> None:
        people, places = night.pairs.candidate[chosen], night.pairs.placement[chosen]
        self.points = int(night.pairs.points[chosen].sum())
        self.proposed = np.zeros(night.n_people, np.bool_)
        self.proposed[people] = True
        made = pair_up(night.prepared, people, places, {"pair.minutes"})["pair.minutes"]
        self.minutes = np.full(night.n_people, np.nan)
        self.minutes[people] = made.cast(pl.Float64).fill_null(np.nan).to_numpy()
        self._waited = night.prepared.candidates["candidate.waiting_days"]

    def figures(self, longest: Flags) -> dict[str, Any]:
        """Return what this way does for everybody, and for the longest-waiting tenth."""
        served = int((longest & self.proposed).sum())
        waited = self._waited.filter(pl.Series(longest & ~self.proposed)).drop_nulls()
        return {
            "proposed": int(self.proposed.sum()),
            "points": self.points,
            "longest_waiting_proposed": served,
            "longest_waiting_share": _share(served, int(longest.sum())),
            "longest_waiting_left_p90_days": _ninetieth(waited.to_numpy()),
            **self.journeys(np.ones_like(longest)),
        }

    def journeys(self, group: Flags) -> dict[str, float | int | None]:
        """Return the mean and 90th-percentile journey, in minutes, of who in a group has one."""
        minutes = self.minutes[group & ~np.isnan(self.minutes)]
        enough = minutes.size >= SMALLEST_GROUP
        return {
            "journey_mean_minutes": round(float(minutes.mean()), 1) if enough else None,
            "journey_p90_minutes": _ninetieth(minutes),
        }

    def of_group(self, group: Flags) -> dict[str, Any]:
        """Return how many of a group have a proposal, as a share too, and their journeys."""
        proposed = int((group & self.proposed).sum())
        return {
            "proposed": proposed,
            "share": _share(proposed, int(group.sum())),
            **self.journeys(group),
        }


def group_up(labels: pl.Series) -> pl.Series:
    """
    Return labels in which every group has ten people or more.

    Null becomes a group of its own; the small ones become one, ``other``, and where that is still
    too small the next smallest joins it, so that no figure can be had by subtraction either. With
    fewer than ten people in all everybody is in ``other``.
    """
    known = labels.fill_null(NOT_RECORDED)
    counts = known.value_counts().sort("count", known.name)
    small: list[str] = []
    people = 0
    for label, count in counts.iter_rows():
        if count >= SMALLEST_GROUP and (people == 0 or people >= SMALLEST_GROUP):
            break
        small.append(label)
        people += count
    return pl.select(pl.when(known.is_in(small)).then(pl.lit(OTHER)).otherwise(known)).to_series()


def _groups(night: Night, ways: dict[str, _Way]) -> dict[str, dict[str, Any]]:
    """Return the figures by grouping and group; a grouping that leaves one group is left out."""
    frame = night.prepared.candidates
    codes = [code for code, _ in night.policy.tier_expressions()]
    labels = {
        "tier": pl.Series("tier", [codes[at] for at in night.tiers], dtype=pl.String),
        **{name: frame.select(made.alias(name)).to_series() for name, made in GROUPINGS.items()},
    }
    found: dict[str, dict[str, Any]] = {}
    for name, series in labels.items():
        grouped = group_up(series)
        names = sorted(grouped.unique())
        if len(names) < 2:
            continue
        members = {group: (grouped == group).to_numpy() for group in names}
        found[name] = {
            group: {
                "people": int(who.sum()),
                **{way: made.of_group(who) for way, made in ways.items()},
            }
            for group, who in members.items()
        }
    return found


def _worst_gap(groups: dict[str, dict[str, Any]], way: str) -> dict[str, Any] | None:
    worst = None
    for name, members in groups.items():
        if name == "tier":
            continue
        by_share = sorted(members, key=lambda group: members[group][way]["share"])
        least, most = by_share[0], by_share[-1]
        gap = round(members[most][way]["share"] - members[least][way]["share"], 4)
        if worst is None or gap > worst["gap"]:
            worst = {"by": name, "most": most, "least": least, "gap": gap}
    return worst


def _prices_of_tiers(night: Night, outcome: Outcome) -> dict[str, dict[str, int | bool]]:
    """
    Return, for each tier but the last, the plan's figures with it and without it.

    Without it its people stand in the next tier that holds for them, and everything is solved
    again: that the tier serves them and what it costs is read from two plans, ``exact`` where both
    are proved best. With limits that are searched only up to ``SEARCHED_PAIRS``.
    """
    found: dict[str, dict[str, int]] = {}
    pairs = night.pairs
    if len(pairs) > (SEARCHED_PAIRS if outcome.method == "search" else PRICED_PAIRS):
        return found
    for place, (code, _) in enumerate(night.policy.tier_expressions()[:-1]):
        members = night.tiers == place
        if members.sum() < SMALLEST_GROUP:
            continue
        try:
            without = assign_once(
                night.agreed or Agreed.nothing(pairs),
                night.openings,
                night.limits,
                tiers=tiers_of(night.prepared.candidates, night.policy, without=code),
                tie=night.tie,
                policy=night.policy,
            )
        except OutOfTime:
            continue  # floors that the plan itself meets: a price that was not found is not told
        found[code] = {
            "people": int(members.sum()),
            "proposed": int(members[pairs.candidate[outcome.chosen]].sum()),
            "proposed_without": int(members[pairs.candidate[without.chosen]].sum()),
            "points": int(pairs.points[outcome.chosen].sum()),
            "points_without": without.points,
            "all_proposed": outcome.placed,
            "all_proposed_without": without.placed,
            "exact": outcome.status == without.status == "optimal",
        }
    return found


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _ninetieth(values: NDArray[Any]) -> int | None:
    """Return the least value that nine in ten do not exceed; None of fewer than ten values."""
    if values.size < SMALLEST_GROUP:
        return None
    return int(np.quantile(values, 0.9, method="inverted_cdf"))
