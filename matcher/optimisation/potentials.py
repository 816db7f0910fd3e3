"""
What an opening is expected to be worth to people still to come: its potential.

Some futures are drawn: people who come and go, placements that open and close, each like somebody
or something that is in the pool now. In every future the best plan with hindsight has a lowest
price per opening; the average of those prices is the potential. Source: Ahani, Goelz, Procaccia,
Teytelboym and Trapp, "Dynamic Placement in Refugee Resettlement", Operations Research (2024).
"""

from dataclasses import dataclass

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
        What suits whom, with the points of the fit alone, sorted by candidate, then placement.
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
    whole points, never negative, shape (n_placements,).
    """
    total = np.zeros(openings.size)
    if not len(pairs):
        return total.astype(np.int64)
    closes = np.full(openings.size, np.inf) if closes is None else closes
    here = np.ones(n_candidates, np.bool_) if here is None else here
    size = openings if size is None else size
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


@dataclass(frozen=True)
class _Drawn:
    """Rows of the pool, then those drawn: like which row each is, and from when to when."""

    like: Ints
    since: Floats
    until: Floats


def _prices(pool: _Pool, outlook: Outlook, random: np.random.Generator) -> Floats:
    """Return the lowest prices of the openings of today in one future."""
    people = _people(pool, outlook, random)
    places, openings = _places(pool, outlook, random)
    person, pair = _expand(people.like, pool.pairs.candidate, pool.n_candidates)
    at, place = _expand(
        pool.pairs.placement[pair].astype(np.int64), places.like, pool.openings.size
    )
    person, pair = person[at], pair[at]
    since = np.maximum(people.since[person], places.since[place])
    meet = since < np.minimum(people.until[person], places.until[place])
    future = Pairs(
        person[meet].astype(np.int32),
        place[meet].astype(np.int32),
        pool.pairs.points[pair[meet]],
    )
    outcome = assign(future, openings, n_candidates=people.like.size, most_first=False)
    prices: Floats = outcome.prices[: pool.openings.size].astype(np.float64)
    return prices


def _people(pool: _Pool, outlook: Outlook, random: np.random.Generator) -> _Drawn:
    n = pool.n_candidates
    leaving = outlook.candidates_out / max(int(pool.here.sum()), 1)
    come = random.poisson(outlook.candidates_in * outlook.weeks)
    like = np.concatenate([np.arange(n), random.integers(0, n, come)])
    since = np.concatenate([np.zeros(n), random.uniform(0, outlook.weeks, come)])
    until = since + _lifetimes(leaving, like.size, random)
    until[:n][~pool.here] = 0
    return _Drawn(like, since, until)


def _places(pool: _Pool, outlook: Outlook, random: np.random.Generator) -> tuple[_Drawn, Ints]:
    m = pool.openings.size
    closing = outlook.openings_out / max(int(pool.openings.sum()), 1)
    sized = np.flatnonzero(pool.size > 0)
    a_placement = pool.size[sized].mean() if sized.size else 1.0
    come = random.poisson(outlook.openings_in * outlook.weeks / a_placement) if sized.size else 0
    drawn = sized[random.integers(0, sized.size, come)] if come else np.zeros(0, np.int64)
    like = np.concatenate([np.arange(m), drawn])
    since = np.concatenate([np.zeros(m), random.uniform(0, outlook.weeks, come)])
    until = since + _lifetimes(closing, like.size, random)
    until[:m] = np.minimum(until[:m], pool.closes)
    return _Drawn(like, since, until), np.concatenate([pool.openings, pool.size[drawn]])


def _lifetimes(share: float, count: int, random: np.random.Generator) -> Floats:
    """Return weeks until each is gone, if so large a share goes every week."""
    drawn = random.standard_exponential(count)
    return drawn / -np.log1p(-min(share, 0.99)) if share > 0 else np.full(count, np.inf)


def _expand(keys: Ints, sorted_or_not: NDArray[np.integer], n: int) -> tuple[Ints, Ints]:
    """Return, for every key, the positions where it stands in the other array: (at, position)."""
    order = np.argsort(sorted_or_not, kind="stable")
    starts = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(sorted_or_not, minlength=n), out=starts[1:])
    counts = np.diff(starts)[keys]
    at = np.repeat(np.arange(keys.size), counts)
    ends = np.cumsum(counts)
    within = np.arange(at.size) - np.repeat(ends - counts, counts)
    return at, order[starts[keys][at] + within]
