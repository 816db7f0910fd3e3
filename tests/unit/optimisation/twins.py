"""The inner loops once more, in plain NumPy and Python: what the compiled ones must equal."""

import math

import numpy as np

from matcher.domain.journeys import kilometres


def count_missing(people, places, held, required):
    return np.bitwise_count(required[places] & ~held[people]).sum(axis=1)


def count_shared(people, places, held, wished):
    return np.bitwise_count(wished[places] & held[people]).sum(axis=1)


def compare_skills(people, places, levels, starts, skill, required):
    gaps, unknown = [], []
    for person, place in zip(people, places, strict=True):
        rows = slice(starts[place], starts[place + 1])
        have, need = levels[person, skill[rows]], required[rows]
        gaps.append(max((need - have)[have >= 0], default=0))
        unknown.append((have < 0).sum())
    return np.maximum(gaps, 0), np.array(unknown)


def compare_demands(people, places, limits, demands):
    limit, demand = limits[people].astype(int), demands[places].astype(int)
    asked = demand > 0
    gap = np.where(asked & (limit >= 0), demand - limit, 0).max(axis=1).clip(0)
    return gap, (asked & (limit < 0)).sum(axis=1)


def match_targets(people, places, starts, target, described):
    rank, entry = [], []
    for person, place in zip(people, places, strict=True):
        found = [
            (described[place].tolist().index(target[at]), at)
            for at in range(starts[person], starts[person + 1])
            if target[at] in described[place]
        ]
        best = min(found, default=(-1, -1))
        rank.append(best[0])
        entry.append(best[1])
    return np.array(rank), np.array(entry)


def journey(home, site, stop, ride, modes, speeds, measured):
    """
    One journey: (km, minutes, mode, measured); places in degrees or None, ``modes`` a set.

    ``speeds`` gives (minutes per km, extra minutes) per mode, ``measured`` minutes per mode.
    """

    def km_to(place):
        if home is None or place is None:
            return math.nan
        return float(kilometres(*home, *place))

    found = {mode: km_to(site) * speeds[mode][0] + speeds[mode][1] for mode in modes}
    ways = [km_to(stop) * speeds[mode][0] + speeds[mode][1] for mode in modes if mode <= 1]
    ways = [way for way in ways if not math.isnan(way)]
    if ways:
        found[7] = min(ways) + ride
    for mode, minutes in measured.items():
        if mode in modes or (mode == 7 and ways):
            found[mode] = minutes
    known = {mode: minutes for mode, minutes in found.items() if not math.isnan(minutes)}
    if not known:
        return km_to(site), -1, -1, False
    best = min(sorted(known), key=lambda mode: known[mode])
    return km_to(site), math.floor(known[best] + 0.5), best, best in measured
