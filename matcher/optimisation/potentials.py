"""
What an opening is expected to be worth to people still to come: its potential.

Some futures are drawn: people who come and go, placements that open and close, each like somebody
or something that is in the pool now. In every future the best plan with hindsight has a lowest
price per opening; the average of those prices is the potential. Source: Ahani, Goelz, Procaccia,
Teytelboym and Trapp, "Dynamic Placement in Refugee Resettlement", Operations Research (2024).
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matcher.domain.outlook import Outlook
from matcher.optimisation.assignment import Pairs, assign

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]


def potentials(
    pairs: Pairs,
    openings: Ints,
    outlook: Outlook,
    *,
    n_candidates: int,
    closes: Floats | None = None,
    here: Flags | None = None,
    size: Ints | None = None,
) -> Ints:
    """
    Return what one opening of each placement is expected to be worth to others, in points.

    Parameters
    ----------
    pairs
        What suits whom, with the points of the fit alone.
    openings
        Openings left now, shape (n_placements,).
    outlook
        What is expected.
    n_candidates
        Number of people.
    closes
        Weeks until each placement closes, infinite where no day is known, shape (n_placements,).
    here
        Who is there now, shape (n_candidates,); the others serve as examples of who may come.
    size
        Openings that a placement like this comes with, shape (n_placements,); by default what it
        has left.

    Returns
    -------
    whole points, never negative, shape (n_placements,); 0 where no opening is left.
    """
    total = np.zeros(openings.size)
    if not len(pairs):
        return total.astype(np.int64)
    closes = np.full(openings.size, np.inf) if closes is None else closes
    here = np.ones(n_candidates, np.bool_) if here is None else here
    size = openings if size is None else size
    order = np.argsort(pairs.candidate, kind="stable")
    pairs = Pairs(pairs.candidate[order], pairs.placement[order], pairs.points[order])
    pool = _Pool(pairs, openings, n_candidates, closes, here, size)
    for sample in range(outlook.samples):
        total += _prices(pool, outlook, np.random.default_rng([outlook.seed, sample]))
    return np.rint(total / outlook.samples).astype(np.int64)


@dataclass(frozen=True)
class _Pool:
    pairs: Pairs
    openings: Ints
    n_candidates: int
    closes: Floats
    here: Flags
    size: Ints

    @cached_property
    def starts(self) -> Ints:
        """Where the pairs of each person begin; the last is where all of them end."""
        return _starts(self.pairs.candidate, self.n_candidates)


@dataclass(frozen=True)
class _Drawn:
    """Who or what is there now, then those drawn: like which row each is, and from when to when."""

    like: Ints
    since: Floats
    until: Floats


def _prices(pool: _Pool, outlook: Outlook, random: np.random.Generator) -> Floats:
    """Return the lowest prices of the openings of today in one future."""
    open_now = np.flatnonzero(pool.openings > 0)
    people = _people(pool, outlook, random)
    places, openings = _places(pool, open_now, outlook, random)
    person, pair = _expand(people.like, pool.starts)
    by_like = np.argsort(places.like, kind="stable")
    at, place = _expand(pool.pairs.placement[pair], _starts(places.like, pool.openings.size))
    person, pair, place = person[at], pair[at], by_like[place]
    since = np.maximum(people.since[person], places.since[place])
    meet = since < np.minimum(people.until[person], places.until[place])
    future = Pairs(
        person[meet].astype(np.int32),
        place[meet].astype(np.int32),
        pool.pairs.points[pair[meet]],
    )
    outcome = assign(future, openings, n_candidates=people.like.size, most_first=False)
    prices = np.zeros(pool.openings.size)
    prices[open_now] = outcome.prices[: open_now.size]
    return prices


def _people(pool: _Pool, outlook: Outlook, random: np.random.Generator) -> _Drawn:
    here = np.flatnonzero(pool.here)
    come = random.poisson(outlook.candidates_in * outlook.weeks)
    like = np.concatenate([here, random.integers(0, pool.n_candidates, come)])
    since = np.concatenate([np.zeros(here.size), random.uniform(0, outlook.weeks, come)])
    share = outlook.candidates_out / max(here.size, 1)
    return _Drawn(like, since, since + _lifetimes(share, like.size, random))


def _places(
    pool: _Pool, open_now: Ints, outlook: Outlook, random: np.random.Generator
) -> tuple[_Drawn, Ints]:
    sized = np.flatnonzero(pool.size > 0)
    come = 0
    if sized.size:
        come = random.poisson(outlook.openings_in * outlook.weeks / pool.size[sized].mean())
    drawn = sized[random.integers(0, sized.size, come)] if come else np.zeros(0, np.int64)
    like = np.concatenate([open_now, drawn])
    since = np.concatenate([np.zeros(open_now.size), random.uniform(0, outlook.weeks, come)])
    share = outlook.openings_out / max(int(pool.openings.sum()), 1)
    until = since + _lifetimes(share, like.size, random)
    until[: open_now.size] = np.minimum(until[: open_now.size], pool.closes[open_now])
    return _Drawn(like, since, until), np.concatenate([pool.openings[open_now], pool.size[drawn]])


def _lifetimes(share: float, count: int, random: np.random.Generator) -> Floats:
    """Return weeks until each is gone, if so large a share goes every week."""
    drawn = random.standard_exponential(count)
    return drawn / -np.log1p(-min(share, 0.99)) if share > 0 else np.full(count, np.inf)


def _starts(keys: NDArray[np.integer], n: int) -> Ints:
    starts = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(keys, minlength=n), out=starts[1:])
    return starts


def _expand(keys: NDArray[np.integer], starts: Ints) -> tuple[Ints, Ints]:
    """Return, for every key, the positions of its part of a sorted array: (at, position)."""
    counts = np.diff(starts)[keys]
    at = np.repeat(np.arange(keys.size), counts)
    first = starts[keys] - (np.cumsum(counts) - counts)
    return at, np.arange(at.size) + np.repeat(first, counts)
