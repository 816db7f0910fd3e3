"""One world played through by one way of working, and what came of it."""

from dataclasses import dataclass

import numpy as np

from matcher.optimisation.assignment import Pairs, assign
from matcher.simulation.approaches import Choose, Situation, longest_waiting
from matcher.simulation.worlds import Flags, Ints, World

HINDSIGHT = "hindsight"
SMALLEST_TOWN = 10


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
    Measure("journey_mean", "mean journey, minutes", "journey", 1, False),
    Measure("journey_p90", "90th-percentile journey, minutes", "long trip", 1, False),
    Measure("left_p90", "90th-percentile wait of who still waits, days", "wait", 0, False),
    Measure("worst_gap", "worst gap between towns, percentage points", "gap", 1, False),
)


def play(world: World, choose: Choose) -> Ints:
    """
    Return the pairs that came about, by their position in the world.

    Every week the way of working chooses among the people and openings that are there; who agrees
    is placed and gone, and a pair that is refused is not proposed again.
    """
    candidate, placement = world.pairs.candidate, world.pairs.placement
    possible = np.ones(len(world.pairs), np.bool_)
    waits = np.ones(world.n_people, np.bool_)
    left = world.openings.copy()
    made: list[Ints] = []
    for week in range(world.setting.weeks):
        there = waits & (world.arrives <= week) & (week < world.leaves)
        open_now = (world.opens <= week) & (week < world.closes) & (left > 0)
        at = np.flatnonzero(possible & there[candidate] & open_now[placement])
        if at.size == 0:
            continue
        now = Situation(
            pairs=Pairs(candidate[at], placement[at], world.pairs.points[at]),
            openings=left,
            waiting_days=np.where(there, world.waiting_days + 7 * week, -1),
            coach=world.coach,
            ends_soon=world.ends_soon,
            knows=world.knows[at],
            luck=world.luck[at],
        )
        proposed = at[choose(now)]
        agreed = proposed[world.accepts[proposed] >= world.setting.refusal]
        possible[proposed] = False
        waits[candidate[agreed]] = False
        np.subtract.at(left, placement[agreed], 1)
        made.append(agreed)
    return np.concatenate(made) if made else np.zeros(0, np.int64)


def best_in_hindsight(world: World) -> Ints:
    """Return the pairs with the most points had everything to come been known: nothing beats it."""
    c, p = world.pairs.candidate, world.pairs.placement
    meets = (world.arrives[c] < world.closes[p]) & (world.opens[p] < world.leaves[c])
    at = np.flatnonzero(meets & (world.accepts >= world.setting.refusal))
    pairs = Pairs(world.pairs.candidate[at], world.pairs.placement[at], world.pairs.points[at])
    outcome = assign(pairs, world.openings, n_candidates=world.n_people, most_first=False)
    return at[outcome.chosen]


def measure(world: World, made: Ints, best: Ints) -> dict[str, float]:
    """Return the figures of `MEASURES`; what nobody is counted in is 0."""
    placed = np.zeros(world.n_people, np.bool_)
    placed[world.pairs.candidate[made]] = True
    minutes = world.minutes[made]
    points, most = world.pairs.points[made].sum(), world.pairs.points[best].sum()
    long = longest_waiting(world.waiting_days)
    ends = world.setting.weeks
    waiting = ~placed & (world.leaves >= ends)
    days = world.waiting_days[waiting] + 7 * (ends - 1)
    return {
        "placed": float(placed.sum()),
        "points_share": 100 * float(points / most) if most else 0.0,
        "longest_share": 100 * _mean(placed[long]),
        "journey_mean": _mean(minutes),
        "journey_p90": _ninetieth(minutes),
        "left_p90": _ninetieth(days),
        "worst_gap": 100 * _worst_gap(world.town, placed),
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
