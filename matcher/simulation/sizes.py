"""How large a synthetic pool is: five named sizes, and anything between."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Size:
    """
    Counts of one synthetic pool.

    ``free`` of the ``openings`` are not taken; a size with several ``regions`` is the union of
    that many regional pools. How many placements a candidate is eligible for follows from the
    rules; distances and demands are chosen so that it is about 7 in the mean for the pilot, 33
    for the region and 65 to 70 for the large region and the stress size, the median about half of
    it or a little more, and that one candidate in twenty to eighty has none. The nation is as
    densely settled as the country is, so there it is some 300.
    """

    name: str
    candidates: int
    employers: int
    placements: int
    openings: int
    free: int
    coaches: int
    municipalities: int
    regions: int = 1


SIZES = (
    Size("pilot", 300, 40, 64, 126, 90, 10, 2),
    Size("region", 3_000, 400, 640, 1_260, 900, 100, 6),
    Size("large-region", 12_000, 1_500, 2_400, 4_725, 3_500, 350, 12),
    Size("stress", 100_000, 12_000, 19_200, 37_800, 25_000, 2_900, 85, 35),
    Size("nation", 400_000, 48_000, 76_800, 151_200, 105_000, 11_600, 342, 35),
)

LARGEST = 1_000_000
UNION_FROM = 20_000
"""From this many candidates on, a pool of no named size is a union of regions."""


def size_of(size: str | int) -> Size:
    """
    Return the counts of a named size, or of a number of candidates.

    Between the named sizes every count is interpolated in proportion.

    Raises
    ------
    ValueError
        An unknown name, or a number outside 1 to `LARGEST`.
    """
    named = {known.name: known for known in SIZES}
    if isinstance(size, str) and size in named:
        return named[size]
    if not str(size).isdecimal() or not 1 <= int(size) <= LARGEST:
        raise ValueError(
            f"'{size}' is no size. Maybe: {', '.join(named)}, or a number of candidates from 1 to "
            f"{LARGEST}."
        )
    candidates = int(size)
    placements = _between(candidates, "placements")
    openings = max(_between(candidates, "openings"), placements)
    return Size(
        name=str(candidates),
        candidates=candidates,
        employers=min(_between(candidates, "employers"), placements),
        placements=placements,
        openings=openings,
        free=min(_between(candidates, "free"), openings),
        coaches=_between(candidates, "coaches"),
        municipalities=_between(candidates, "municipalities"),
        regions=1 if candidates < UNION_FROM else min(35, round(candidates / 2_900)),
    )


def _between(candidates: int, count: str) -> int:
    """Return the count in proportion to the named sizes around, at least 1."""
    known = [size.candidates for size in SIZES]
    per_candidate = [getattr(size, count) / size.candidates for size in SIZES]
    share = np.interp(np.log(candidates), np.log(known), per_candidate)
    return max(1, round(candidates * float(share)))
