"""
Invented worlds in which policies are compared: people, work, what suits whom, and when.

A world is arrays alone, made from a seed and never from real people. It is bare on purpose: towns,
journeys, wishes and waiting times after the product's own terms and distributions, but no rules.
The same world is put to every policy, with the same refusals, so that differences are paired.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.optimisation.assignment import Pairs

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

WEEKS = 52
KM_PER_ROOT_PERSON = 0.5
REACH_KM = 8.0
PEOPLE_PER_TOWN = 80
PEOPLE_PER_COACH = 30
OPENINGS_PER_PLACEMENT = 1.97
ARRIVALS_A_WEEK = 0.02
LEAVE_A_WEEK = 0.01
WEEKS_OPEN = (4, 13)
KEEP_AT_WORK = 0.02
PONDER_DAYS = 13
"""At most so long until a proposal is decided, when it is not replaced before."""


@dataclass(frozen=True, order=True)
class Setting:
    """
    What a world is like.

    Parameters
    ----------
    weeks
        1 is a night, 52 a year.
    load
        People per opening, over the whole time.
    thickness
        Eligible placements per person, at one moment, on average.
    refusal
        The share of the proposals that somebody refuses, from 0 to 1.
    people
        How many people wait at the start.
    step_days
        Days from one plan to the next.
    """

    weeks: int
    load: float
    thickness: int
    refusal: float
    people: int
    step_days: int = 7

    @property
    def steps(self) -> range:
        """The days on which is planned; a night is one day."""
        return range(1) if self.weeks == 1 else range(0, 7 * self.weeks, self.step_days)


@dataclass(frozen=True)
class World:
    """
    People and placements of one world, by row number.

    Parameters
    ----------
    pairs
        What suits whom, whether they meet in time or not, with points of the fit: what waiting
        counts is not in them.
    minutes, knows, luck, accepts, ponder
        Per pair: the journey; numbers from 0 to 1 that say whether the person's coach knows the
        placement, in what order a blind draw comes to it, and whether everybody agrees to it; and
        how many days a proposal must stand until they do.
    openings, opens, closes
        Per placement: openings, first day, and first day on which it is closed again.
    waiting_days
        Per person at the start, negative for who is still to come.
    coach, town, arrives, leaves, ends_soon
        Per person: coach, town, first day, first day of having left without the pool's help,
        and whether a deployment ends soon and they want to go on.
    """

    setting: Setting
    seed: int
    pairs: Pairs
    minutes: Floats
    knows: Floats
    luck: Floats
    accepts: Floats
    ponder: Ints
    openings: Ints
    opens: Ints
    closes: Ints
    waiting_days: Ints
    coach: Ints
    town: Ints
    arrives: Ints
    leaves: Ints
    ends_soon: Flags

    @property
    def n_people(self) -> int:
        """How many people are there at some time."""
        return self.waiting_days.size

    @property
    def meets(self) -> Flags:
        """Which pairs are there at the same time on some day."""
        person, place = self.pairs.candidate, self.pairs.placement
        meets: Flags = (self.arrives[person] < self.closes[place]) & (
            self.opens[place] < self.leaves[person]
        )
        return meets


def invent(setting: Setting, seed: int) -> World:
    """Return the world of a setting and a seed: the same seed gives the same world."""
    at = (setting.weeks, round(setting.load * 100), setting.thickness, setting.people)
    random = np.random.default_rng([seed, *at])
    arrives, leaves = _people(random, setting)
    n = arrives.size
    openings, opens, closes = _placements(random, setting, n)
    m = openings.size
    town, home, site = _places(random, n, m)
    km = np.hypot(*(home[:, None] - site[None]).transpose(2, 0, 1))
    candidate, placement = _suits(random, setting, km, opens, closes)
    # as in the product's pools: a quarter by car, most others by bicycle, the rest by bus
    speed = random.choice([40.0, 15.0, 20.0], n, p=[0.25, 0.5, 0.25])
    minutes = np.round(km[candidate, placement] * 1.3 / speed[candidate] * 60)
    waited = np.round(random.lognormal(np.log(420), 1.0, n))
    coach = random.integers(0, max(n // PEOPLE_PER_COACH, 1), n)
    knows = random.random((int(coach.max()) + 1, m))
    return World(
        setting=setting,
        seed=seed,
        pairs=Pairs(candidate, placement, _points(random, candidate, placement, minutes, n, m)),
        minutes=minutes,
        knows=knows[coach[candidate], placement],
        luck=random.random(candidate.size),
        accepts=random.random(candidate.size),
        ponder=random.integers(0, PONDER_DAYS + 1, candidate.size) * (setting.weeks > 1),
        openings=openings,
        opens=opens,
        closes=closes,
        waiting_days=np.where(arrives == 0, waited, -arrives).astype(np.int64),
        coach=coach,
        town=town,
        arrives=arrives,
        leaves=leaves,
        ends_soon=random.random(n) < KEEP_AT_WORK,
    )


def _people(random: np.random.Generator, setting: Setting) -> tuple[Ints, Ints]:
    """Return the day on which each person comes, and on which they are gone by themselves."""
    a_week = random.poisson(ARRIVALS_A_WEEK * setting.people, setting.weeks)
    a_week[0] = setting.people
    week = np.repeat(np.arange(setting.weeks), a_week)
    arrives = 7 * week + random.integers(0, 7, week.size) * (week > 0)
    return arrives, arrives + 7 * random.geometric(LEAVE_A_WEEK, week.size)


def _placements(random: np.random.Generator, setting: Setting, n: int) -> tuple[Ints, Ints, Ints]:
    """Return openings, first and last day: of a night all at once, of a year all year round."""
    m = max(round(n / setting.load / OPENINGS_PER_PLACEMENT), 1)
    size = random.choice([1, 2, 4, 8], m, p=[0.5, 0.3, 0.15, 0.05])
    wanted = round(n / setting.load)
    while size.sum() != wanted:
        at = random.integers(m)
        size[at] = max(size[at] + np.sign(wanted - size.sum()), 0)
    days_open = 7 * random.integers(*WEEKS_OPEN, m)
    opens = np.zeros(m, np.int64)
    if setting.weeks > 1:
        # some are open already when the year begins
        opens = np.maximum(random.integers(7 * (1 - WEEKS_OPEN[0]), 7 * setting.weeks, m), 0)
    return size.astype(np.int64), opens, opens + days_open


def openings_a_week(setting: Setting) -> float:
    """Return how many openings come in an ordinary week."""
    people = setting.people * (1 + ARRIVALS_A_WEEK * (setting.weeks - 1))
    return people / setting.load / (setting.weeks - 1 + WEEKS_OPEN[0])


def _places(
    random: np.random.Generator, n: int, m: int
) -> tuple[Ints, NDArray[np.float64], NDArray[np.float64]]:
    """Return each person's town, and where homes and sites are: work is spread unevenly."""
    towns = max(n // PEOPLE_PER_TOWN, 2)
    centre = random.uniform(0, KM_PER_ROOT_PERSON * np.sqrt(n), (towns, 2))
    residents = random.pareto(1.2, towns) + 0.3
    work = residents * random.uniform(0.3, 2, towns)
    town = random.choice(towns, n, p=residents / residents.sum())
    where = random.choice(towns, m, p=work / work.sum())
    home = centre[town] + random.normal(0, 2, (n, 2))
    return town, home, centre[where] + random.normal(0, 2, (m, 2))


def _suits(
    random: np.random.Generator,
    setting: Setting,
    km: NDArray[np.float64],
    opens: Ints,
    closes: Ints,
) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """
    Return the pairs that are eligible, by person: near ones more often, some people far fewer.

    A weighted draw without replacement: the largest of weights in logarithms with Gumbel noise
    (Yellott 1977).
    """
    n, m = km.shape
    days = 7 * setting.weeks
    open_at_once = (np.minimum(closes, days) - opens).sum() / days
    width = random.lognormal(0, 0.7, size=(n,))
    mean = setting.thickness * m / max(open_at_once, 1)
    count = np.minimum(random.poisson(mean * width / width.mean()), m)
    rank = np.argsort(-(random.gumbel(size=(n, m)) - km / REACH_KM), axis=1)
    person, place = np.nonzero(np.argsort(rank, axis=1) < count[:, None])
    return person.astype(np.int32), place.astype(np.int32)


def _points(
    random: np.random.Generator,
    candidate: NDArray[np.int32],
    placement: NDArray[np.int32],
    minutes: Floats,
    n: int,
    m: int,
) -> Ints:
    """Return points from 0 to 1,000: the kind of work, what only the two share, journey, hours."""
    wish, kind = random.random(n), random.random(m)
    hours, offered = random.random(n), random.random(m)
    points = (
        140 * np.clip(1 - minutes / 90, 0, 1)
        + 400 * (1 - np.abs(wish[candidate] - kind[placement]))
        + 180 * (1 - np.abs(hours[candidate] - offered[placement]))
        + 280 * random.random(candidate.size)
    )
    whole: Ints = np.round(points).astype(np.int64)
    return whole
