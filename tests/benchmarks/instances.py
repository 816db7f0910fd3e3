"""Invented pools as bare arrays, for the engine's benchmarks."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.optimisation.assignment import Pairs

TOWNS_PER_CANDIDATE = 1 / 250
KM_PER_ROOT_CANDIDATE = 0.5
REACH_KM = 8


@dataclass(frozen=True)
class Instance:
    """An assignment problem: its pairs, openings per placement and number of candidates."""

    name: str
    pairs: Pairs
    openings: NDArray[np.int64]
    n_candidates: int
    tiers: NDArray[np.int64]


def invent(name: str, n_candidates: int, n_placements: int, n_pairs: int, seed: int) -> Instance:
    """
    Invent a pool: towns of very different sizes, people who look near home, work unevenly spread.

    Each candidate meets about ``n_pairs / n_candidates`` placements, some three times as many as
    others. Points, from 0 to about 1,000, add up like the product's own terms: journey, kind of
    work, hours, and what only the two share. Openings are for about 85 % of the people, many in
    some towns and few in others, so part of the people must wait. The first of two tiers holds a
    tenth of the people.
    """
    random = np.random.default_rng(seed)
    side = KM_PER_ROOT_CANDIDATE * np.sqrt(n_candidates)
    n_towns = max(int(n_candidates * TOWNS_PER_CANDIDATE), 1)
    centre = random.uniform(0, side, (n_towns, 2))
    people = random.pareto(1.2, n_towns) + 0.2
    work = people * random.uniform(0.3, 2, n_towns)
    town = np.sort(random.choice(n_towns, n_candidates, p=people / people.sum()))
    where = random.choice(n_towns, n_placements, p=work / work.sum())
    home = centre[town] + random.normal(0, 2, (n_candidates, 2))
    site = centre[where] + random.normal(0, 2, (n_placements, 2))

    width = random.lognormal(0, 0.5, n_candidates)
    drawn = random.poisson(1.1 * n_pairs / n_candidates * width / width.mean())
    first = np.searchsorted(town, np.arange(n_towns + 1))
    candidates, placements = [], []
    for t in range(n_towns):
        residents = np.arange(first[t], first[t + 1])
        weight = np.exp(-np.hypot(*(site - centre[t]).T) / REACH_KM)
        total = np.cumsum(weight)
        tries = np.repeat(residents, drawn[residents])
        meets = np.searchsorted(total, random.random(tries.size) * total[-1])
        once = np.unique(tries * n_placements + meets)
        candidates.append((once // n_placements).astype(np.int32))
        placements.append((once % n_placements).astype(np.int32))
    candidate, placement = np.concatenate(candidates), np.concatenate(placements)
    # Rows come in the order of ids, which say nothing about towns.
    people_rows = random.permutation(n_candidates).astype(np.int32)
    places_rows = random.permutation(n_placements).astype(np.int32)
    home, site = home[np.argsort(people_rows)], site[np.argsort(places_rows)]
    candidate, placement = people_rows[candidate], places_rows[placement]
    in_order = np.lexsort([placement, candidate])
    candidate, placement = candidate[in_order], placement[in_order]

    wish, kind = random.random(n_candidates), random.random(n_placements)
    hours, offered = random.random(n_candidates), random.random(n_placements)
    distance = np.hypot(*(home[candidate] - site[placement]).T)
    points = (
        400 * np.exp(-distance / (2 * REACH_KM))
        + 250 * (1 - np.abs(wish[candidate] - kind[placement]))
        + 150 * (1 - np.abs(hours[candidate] - offered[placement]))
        + 200 * random.random(candidate.size)
    )
    size = random.pareto(1.5, n_placements) + 0.3
    openings = np.floor(0.85 * n_candidates * size / size.sum() + random.random(n_placements))
    return Instance(
        name=name,
        pairs=Pairs(candidate, placement, np.round(points).astype(np.int64)),
        openings=openings.astype(np.int64),
        n_candidates=n_candidates,
        tiers=np.where(random.random(n_candidates) < 0.1, 0, 1),
    )
