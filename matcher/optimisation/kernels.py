"""
The inner loops over pairs: facts of a candidate against facts of a placement, row by row.

Every loop takes the rows of both sides (``people``, ``places``), reads arrays of one side each and
gives one or two figures per pair. No frame, no name and no policy comes in here; each loop has a
twin in plain NumPy that the tests compare it with.
"""

import math

import numpy as np
from numba import types
from numpy.typing import NDArray

from matcher.domain.journeys import EARTH_RADIUS_KM
from matcher.optimisation.assignment.compiled import READ_INT32, READ_INT64, compiled

READ_WORDS = types.Array(types.uint64, 2, "C", readonly=True)
READ_INT8_TABLE = types.Array(types.int8, 2, "C", readonly=True)
READ_INT32_TABLE = types.Array(types.int32, 2, "C", readonly=True)
READ_FLOAT64 = types.Array(types.float64, 1, "C", readonly=True)
READ_FLOAT64_TABLE = types.Array(types.float64, 2, "C", readonly=True)
READ_INT8 = types.Array(types.int8, 1, "C", readonly=True)
READ_UINT16 = types.Array(types.uint16, 1, "C", readonly=True)
INT16 = types.Array(types.int16, 1, "C")
INT8 = types.Array(types.int8, 1, "C")
INT64_OUT = types.Array(types.int64, 1, "C")
FLOAT32 = types.Array(types.float32, 1, "C")
BOOL_OUT = types.Array(types.boolean, 1, "C")


@compiled(types.int64, types.uint64)
def ones(word: np.uint64) -> int:
    """Return how many bits of a word are set (Warren, Hacker's Delight, 5-1)."""
    pairs = word - ((word >> np.uint64(1)) & np.uint64(0x5555555555555555))
    fours = (pairs & np.uint64(0x3333333333333333)) + (
        (pairs >> np.uint64(2)) & np.uint64(0x3333333333333333)
    )
    eights = (fours + (fours >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return int((eights * np.uint64(0x0101010101010101)) >> np.uint64(56))


@compiled(types.float64, READ_FLOAT64_TABLE, types.int64, READ_FLOAT64_TABLE, types.int64)
def chord_squared(
    start: NDArray[np.float64], start_row: int, end: NDArray[np.float64], end_row: int
) -> float:
    """Return the squared straight line through the earth between two unit vectors, in radii."""
    x = start[start_row, 0] - end[end_row, 0]
    y = start[start_row, 1] - end[end_row, 1]
    z = start[start_row, 2] - end[end_row, 2]
    return float(x * x + y * y + z * z)


@compiled(types.float64, READ_FLOAT64_TABLE, types.int64, READ_FLOAT64_TABLE, types.int64)
def distance_km(
    start: NDArray[np.float64], start_row: int, end: NDArray[np.float64], end_row: int
) -> float:
    """Return the great-circle distance between two unit vectors; NaN when one is unknown."""
    half = math.sqrt(chord_squared(start, start_row, end, end_row)) / 2
    # a comparison, not min(): NaN must come out as NaN
    if half > 1.0:
        half = 1.0
    return 2 * EARTH_RADIUS_KM * math.asin(half)


@compiled(types.void, READ_INT32, READ_INT32, READ_WORDS, READ_WORDS, INT16)
def count_missing(
    people: NDArray[np.int32],
    places: NDArray[np.int32],
    held: NDArray[np.uint64],
    required: NDArray[np.uint64],
    missing: NDArray[np.int16],
) -> None:
    """Count the bits that a placement requires and a candidate does not hold."""
    for row in range(people.size):
        count = 0
        for word in range(required.shape[1]):
            wanted = required[places[row], word]
            if wanted != 0:
                count += ones(wanted & ~held[people[row], word])
        missing[row] = count


@compiled(types.void, READ_INT32, READ_INT32, READ_WORDS, READ_WORDS, INT16)
def count_shared(
    people: NDArray[np.int32],
    places: NDArray[np.int32],
    held: NDArray[np.uint64],
    wished: NDArray[np.uint64],
    shared: NDArray[np.int16],
) -> None:
    """Count the bits that a placement wishes and a candidate holds."""
    for row in range(people.size):
        count = 0
        for word in range(wished.shape[1]):
            wanted = wished[places[row], word]
            if wanted != 0:
                count += ones(wanted & held[people[row], word])
        shared[row] = count


@compiled(
    types.void,
    READ_INT32,
    READ_INT32,
    READ_INT8_TABLE,
    READ_INT64,
    READ_INT32,
    READ_INT8,
    INT8,
    INT8,
)
def compare_skills(
    people: NDArray[np.int32],
    places: NDArray[np.int32],
    levels: NDArray[np.int8],
    starts: NDArray[np.int64],
    skill: NDArray[np.int32],
    required: NDArray[np.int8],
    gap: NDArray[np.int8],
    unknown: NDArray[np.int8],
) -> None:
    """
    Compare required skills with recorded ones.

    ``levels`` is -1 where nothing is recorded; the skills of a placement are
    ``skill[starts[place]:starts[place + 1]]`` with the level required beside them. ``gap`` is the
    largest shortfall in a recorded skill, 0 when there is none.
    """
    for row in range(people.size):
        largest = 0
        count = 0
        for at in range(starts[places[row]], starts[places[row] + 1]):
            level = levels[people[row], skill[at]]
            if level < 0:
                count += 1
            elif required[at] - level > largest:
                largest = required[at] - level
        gap[row] = largest
        unknown[row] = count


@compiled(types.void, READ_INT32, READ_INT32, READ_INT8_TABLE, READ_INT8_TABLE, INT8, INT8)
def compare_demands(
    people: NDArray[np.int32],
    places: NDArray[np.int32],
    limits: NDArray[np.int8],
    demands: NDArray[np.int8],
    gap: NDArray[np.int8],
    unknown: NDArray[np.int8],
) -> None:
    """
    Compare what the work asks with what a person can bear, -1 where not recorded.

    ``gap`` is the largest excess, 0 when there is none; ``unknown`` counts the demands above none
    without a recorded limit.
    """
    for row in range(people.size):
        largest = 0
        count = 0
        for demand in range(demands.shape[1]):
            asked = demands[places[row], demand]
            if asked > 0:
                limit = limits[people[row], demand]
                if limit < 0:
                    count += 1
                elif asked - limit > largest:
                    largest = asked - limit
        gap[row] = largest
        unknown[row] = count


@compiled(
    types.void,
    READ_INT32,
    READ_INT32,
    READ_INT64,
    READ_INT32,
    READ_INT32_TABLE,
    INT8,
    INT64_OUT,
)
def match_targets(
    people: NDArray[np.int32],
    places: NDArray[np.int32],
    starts: NDArray[np.int64],
    target: NDArray[np.int32],
    described: NDArray[np.int32],
    rank: NDArray[np.int8],
    entry: NDArray[np.int64],
) -> None:
    """
    Find the most particular target of a candidate that a placement answers to.

    ``described[place]`` holds the codes that a placement answers to, the most particular first,
    -1 for none. ``rank`` is the column found and ``entry`` where in ``target`` it stood, both -1
    when nothing matches; of two entries for one code the first counts.
    """
    for row in range(people.size):
        best = described.shape[1]
        where = -1
        for at in range(starts[people[row]], starts[people[row] + 1]):
            for column in range(best):
                if described[places[row], column] == target[at]:
                    best = column
                    where = at
                    break
        rank[row] = best if where >= 0 else -1
        entry[row] = where


@compiled(
    types.void,
    READ_INT32,  # people
    READ_INT32,  # places
    READ_FLOAT64_TABLE,  # home
    READ_INT32,  # home_code
    READ_UINT16,  # modes
    READ_FLOAT64_TABLE,  # site
    READ_INT32,  # site_code
    READ_FLOAT64_TABLE,  # stop
    READ_FLOAT64,  # ride
    READ_FLOAT64,  # minutes_per_km
    READ_FLOAT64,  # extra_minutes
    types.int64,  # shuttle
    READ_INT64,  # measured_starts
    READ_INT32,  # measured_site
    READ_INT32,  # measured_mode
    READ_FLOAT64,  # measured_minutes
    FLOAT32,
    INT16,
    INT8,
    BOOL_OUT,
)
def fastest_journeys(
    people: NDArray[np.int32],
    places: NDArray[np.int32],
    home: NDArray[np.float64],
    home_code: NDArray[np.int32],
    modes: NDArray[np.uint16],
    site: NDArray[np.float64],
    site_code: NDArray[np.int32],
    stop: NDArray[np.float64],
    ride: NDArray[np.float64],
    minutes_per_km: NDArray[np.float64],
    extra_minutes: NDArray[np.float64],
    shuttle: int,
    measured_starts: NDArray[np.int64],
    measured_site: NDArray[np.int32],
    measured_mode: NDArray[np.int32],
    measured_minutes: NDArray[np.float64],
    km: NDArray[np.float32],
    minutes: NDArray[np.int16],
    mode: NDArray[np.int8],
    measured: NDArray[np.bool_],
) -> None:
    """
    Find the fastest journey of each pair.

    Places are unit vectors from the centre of the earth, NaN where unknown. ``modes`` has bit
    ``m`` set where a person can use mode ``m``; the shuttle is walked or cycled to (modes 0 and 1)
    and then ridden. A measured journey, sorted by home and site, takes the place of the estimate
    of its mode. Of two equally fast modes the first one counts. Minutes are rounded half up; ``km``
    is NaN and ``minutes`` and ``mode`` are -1 where they cannot be told.
    """
    n_modes = minutes_per_km.size
    usable_minutes = np.empty(n_modes)
    is_measured = np.empty(n_modes, dtype=np.bool_)
    for row in range(people.size):
        person = people[row]
        place = places[row]
        distance = distance_km(home, person, site, place)
        km[row] = distance
        to_stop = distance_km(home, person, stop, place)
        usable = modes[person]
        to_shuttle = math.inf
        for each in range(n_modes):
            is_measured[each] = False
            usable_minutes[each] = math.inf
            if each != shuttle and (usable >> each) & 1:
                estimate = distance * minutes_per_km[each] + extra_minutes[each]
                if not math.isnan(estimate):
                    usable_minutes[each] = estimate
                if each <= 1:
                    part = to_stop * minutes_per_km[each] + extra_minutes[each]
                    if part < to_shuttle:
                        to_shuttle = part
        usable_minutes[shuttle] = to_shuttle + ride[place]
        code = home_code[person]
        if code >= 0 and site_code[place] >= 0:
            low = measured_starts[code]
            high = measured_starts[code + 1]
            end = high
            while low < high:
                middle = (low + high) // 2
                if measured_site[middle] < site_code[place]:
                    low = middle + 1
                else:
                    high = middle
            while low < end and measured_site[low] == site_code[place]:
                each = measured_mode[low]
                if (usable >> each) & 1 or (each == shuttle and to_shuttle < math.inf):
                    usable_minutes[each] = measured_minutes[low]
                    is_measured[each] = True
                low += 1
        best = 0
        for each in range(1, n_modes):
            if usable_minutes[each] < usable_minutes[best]:
                best = each
        if usable_minutes[best] < math.inf:
            # what no person travels fits in the column as well: the largest number it holds
            minutes[row] = min(math.floor(usable_minutes[best] + 0.5), 32767)
            mode[row] = best
            measured[row] = is_measured[best]
        else:
            minutes[row] = -1
            mode[row] = -1
            measured[row] = False
