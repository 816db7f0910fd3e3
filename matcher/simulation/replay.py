"""One world played through by one way of working, and what came of it."""

from dataclasses import dataclass
from functools import partial
from time import perf_counter

import numpy as np

from matcher.domain.outlook import POTENTIAL_PARAMETERS, Outlook
from matcher.optimisation.assignment import Pairs, assign
from matcher.optimisation.potentials import potentials
from matcher.simulation.approaches import Choose, Situation, longest_waiting
from matcher.simulation.worlds import (
    ARRIVALS_A_WEEK,
    LEAVE_A_WEEK,
    Flags,
    Ints,
    World,
    openings_a_week,
)

HINDSIGHT = "hindsight"
SMALLEST_TOWN = 10
TWO_YEARS_DAYS = 730
HORIZON_WEEKS = int(POTENTIAL_PARAMETERS["horizon_weeks"].default)
SAMPLES = int(POTENTIAL_PARAMETERS["samples"].default)
SECONDS = "seconds"
"""The only measure that another day or machine gives otherwise."""


@dataclass(frozen=True)
class Measure:
    """One figure: its code, what people read, long and short, decimals, which way is better."""

    code: str
    label: str
    short: str
    decimals: int
    more_is_better: bool


MEASURES = (
    Measure("placed", "people placed", "placed", 1, True),
    Measure("points_share", "points, % of hindsight", "points %", 1, True),
    Measure("longest_share", "longest-waiting tenth placed, %", "longest %", 1, True),
    Measure("two_years_share", "waited two years or longer, placed, %", "2 years %", 1, True),
    Measure("journey_mean", "mean journey, minutes", "journey", 1, False),
    Measure("journey_p90", "90th-percentile journey, minutes", "long trip", 1, False),
    Measure("left_p90", "90th-percentile wait of who still waits, days", "wait", 0, False),
    Measure("worst_gap", "worst gap between towns, percentage points", "gap", 1, False),
    Measure("changed", "undecided proposals changed by the next plan, %", "changed %", 1, False),
    Measure("gap", "proved gap, %", "proof %", 2, False),
    Measure(SECONDS, "seconds to choose, per plan", "seconds", 3, False),
)


@dataclass(frozen=True)
class Played:
    """
    What came of a world.

    Parameters
    ----------
    made
        The pairs that came about, by their position in the world.
    changed
        The share of the proposals still undecided that the next plan did not hold, though both
        were there; 0 where there were none.
    gap
        The largest proved gap of a plan; None where nothing is proved.
    seconds
        Seconds to choose, per plan.
    """

    made: Ints
    changed: float
    gap: float | None
    seconds: float


def play(world: World, choose: Choose) -> Played:
    """
    Return what comes about in a world when one way of working chooses, again and again.

    Each time it chooses among the people and openings that are there. A proposal that stands long
    enough is decided: who agrees is placed and gone, and a pair that is refused is not proposed
    again. What is not proposed the next time is lost, and the talk about it.
    """
    candidate, placement = world.pairs.candidate, world.pairs.placement
    possible = np.ones(len(world.pairs), np.bool_)
    waits = np.ones(world.n_people, np.bool_)
    left = world.openings.copy()
    since = np.full(len(world.pairs), -1)
    foresight = Foresight(world)
    made: list[Ints] = []
    gaps: list[float] = []
    undecided = dropped = 0
    seconds = 0.0
    for day in world.setting.steps:
        there = waits & (world.arrives <= day) & (day < world.leaves)
        open_now = (world.opens <= day) & (day < world.closes) & (left > 0)
        at = np.flatnonzero(possible & there[candidate] & open_now[placement])
        kept = since[at] >= 0
        now = Situation(
            pairs=Pairs(candidate[at], placement[at], world.pairs.points[at]),
            openings=left,
            waiting_days=np.where(there, world.waiting_days + day, -1),
            coach=world.coach,
            ends_soon=world.ends_soon,
            knows=world.knows[at],
            luck=world.luck[at],
            kept=kept,
            look_ahead=partial(foresight.potentials, day, there, np.where(open_now, left, 0)),
        )
        started = perf_counter()
        choice = choose(now)
        seconds += perf_counter() - started
        if choice.gap is not None:
            gaps.append(choice.gap)
        undecided += int(kept.sum())
        dropped += int((kept & ~choice.chosen).sum())
        proposed = at[choice.chosen]
        first = np.where(since[proposed] >= 0, since[proposed], day)
        since[:] = -1
        since[proposed] = first
        # what is decided before the next plan is no longer there to be changed
        next_plan = day + world.setting.step_days
        decided = proposed[first + world.ponder[proposed] < next_plan]
        agreed = decided[world.accepts[decided] >= world.setting.refusal]
        possible[decided] = False
        waits[candidate[agreed]] = False
        np.subtract.at(left, placement[agreed], 1)
        made.append(agreed)
    return Played(
        np.concatenate(made),
        dropped / undecided if undecided else 0.0,
        max(gaps) if gaps else None,
        seconds / len(world.setting.steps),
    )


class Foresight:
    """What is expected of a world by who knows its rates, and all who came so far."""

    def __init__(self, world: World) -> None:
        """Remember a world; nothing of what is still to come is read."""
        self._world = world
        self._week = -1
        self._kept: Ints = np.zeros(0, np.int64)

    def potentials(self, day: int, there: Flags, left: Ints) -> Ints:
        """
        Return what each opening is expected to be worth to others, worked out anew every week.

        A placement that opens within the week has none until the next. The horizon ends with the
        year, since nothing counts after it.
        """
        world = self._world
        if day // 7 == self._week:
            return self._kept
        self._week = day // 7
        people, places = np.flatnonzero(world.arrives <= day), np.flatnonzero(world.opens <= day)
        row, column = np.full(world.n_people, -1), np.full(left.size, -1)
        row[people], column[places] = np.arange(people.size), np.arange(places.size)
        person, place = row[world.pairs.candidate], column[world.pairs.placement]
        known = (person >= 0) & (place >= 0)
        weeks_left = world.setting.weeks - day // 7
        found = potentials(
            Pairs(person[known], place[known], world.pairs.points[known]),
            left[places],
            Outlook(
                candidates_in=ARRIVALS_A_WEEK * world.setting.people,
                candidates_out=LEAVE_A_WEEK * int(there.sum()),
                openings_in=openings_a_week(world.setting),
                openings_out=0.0,
                weeks=min(HORIZON_WEEKS, weeks_left),
                samples=SAMPLES,
                seed=world.seed * 1_000 + day,
            ),
            n_candidates=people.size,
            closes=np.maximum(world.closes[places] - day, 0) / 7,
            here=there[people],
            size=world.openings[places],
        )
        self._kept = np.zeros(left.size, np.int64)
        self._kept[places] = found
        return self._kept


def best_in_hindsight(world: World) -> Played:
    """Return the pairs with the most points had everything to come been known: nothing beats it."""
    started = perf_counter()
    at = np.flatnonzero(world.meets & (world.accepts >= world.setting.refusal))
    pairs = Pairs(world.pairs.candidate[at], world.pairs.placement[at], world.pairs.points[at])
    outcome = assign(pairs, world.openings, n_candidates=world.n_people, most_first=False)
    return Played(at[outcome.chosen], 0.0, outcome.gap, perf_counter() - started)


def measure(world: World, played: Played, best: Played) -> dict[str, float | None]:
    """Return the figures of `MEASURES`; what nobody is counted in is 0, what is not proved None."""
    made = played.made
    placed = np.zeros(world.n_people, np.bool_)
    placed[world.pairs.candidate[made]] = True
    minutes = world.minutes[made]
    points, most = world.pairs.points[made].sum(), world.pairs.points[best.made].sum()
    long = longest_waiting(world.waiting_days)
    last = world.setting.steps[-1]
    # whoever would have waited so long had nobody helped: the same people for every way of working
    two_years = world.waiting_days + np.minimum(world.leaves, last) >= TWO_YEARS_DAYS
    waiting = ~placed & (world.arrives <= last) & (world.leaves > last)
    days = world.waiting_days[waiting] + last
    return {
        "placed": float(placed.sum()),
        "points_share": 100 * float(points / most) if most else 0.0,
        "longest_share": 100 * _mean(placed[long]),
        "two_years_share": 100 * _mean(placed[two_years]),
        "journey_mean": _mean(minutes),
        "journey_p90": _ninetieth(minutes),
        "left_p90": _ninetieth(days),
        "worst_gap": 100 * _worst_gap(world.town, placed),
        "changed": 100 * played.changed,
        "gap": None if played.gap is None else 100 * played.gap,
        "seconds": played.seconds,
    }


def _worst_gap(town: Ints, placed: Flags) -> float:
    """Return the largest difference in the share placed between towns of ten people or more."""
    people = np.bincount(town)
    large = people >= SMALLEST_TOWN
    share = np.bincount(town, weights=placed)[large] / people[large]
    return float(share.max() - share.min()) if share.size else 0.0


def _mean(values: np.ndarray) -> float:
    return float(values.mean()) if values.size else 0.0


def _ninetieth(values: np.ndarray) -> float:
    return float(np.quantile(values, 0.9, method="inverted_cdf")) if values.size else 0.0
