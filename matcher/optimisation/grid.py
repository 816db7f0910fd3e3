"""Placements in the cells of a grid, and the loop that finds those a person may reach."""

import math
from dataclasses import dataclass

import numpy as np
from numba import types
from numpy.typing import NDArray

from matcher.domain.journeys import EARTH_RADIUS_KM
from matcher.optimisation.assignment.compiled import READ_INT32, READ_INT64, compiled
from matcher.optimisation.encoding import Int32Array, Int64Array, Words
from matcher.optimisation.kernels import (
    READ_FLOAT64,
    READ_FLOAT64_TABLE,
    READ_INT32_TABLE,
    READ_UINT16,
    READ_WORDS,
    chord_squared,
    ones,
)

FloatArray = NDArray[np.float64]

CELL_DEGREES = 0.05
MOST_CELLS_A_SIDE = 256
KM_PER_DEGREE = 111.195


@dataclass(frozen=True)
class Grid:
    """
    Placements in the order of their cells: row by row from the south, each from the west.

    Those of unknown place come last, from ``located`` on. ``order`` gives the placement of each
    position; the cell ``row * n_columns + column`` holds the positions ``starts[cell]`` to
    ``starts[cell + 1]``.
    """

    order: Int32Array
    located: int
    starts: Int64Array
    n_rows: int
    n_columns: int
    corner: FloatArray
    cell: FloatArray


def grid_of(latitude: FloatArray, longitude: FloatArray) -> Grid:
    """Return the grid of placements at these degrees, NaN where unknown."""
    known = ~(np.isnan(latitude) | np.isnan(longitude))
    places = np.stack([latitude[known], longitude[known]], axis=1)
    corner = places.min(axis=0) if known.any() else np.zeros(2)
    extent = places.max(axis=0) - corner if known.any() else np.zeros(2)
    cell = np.maximum(CELL_DEGREES, extent / (MOST_CELLS_A_SIDE - 1))
    rows, columns = (int(n) + 1 for n in extent // cell)
    at = ((places - corner) // cell).astype(np.int64)
    number = np.full(latitude.size, rows * columns, np.int64)
    number[known] = at[:, 0] * columns + at[:, 1]
    order = np.argsort(number, kind="stable").astype(np.int32)
    starts = np.searchsorted(number[order], np.arange(rows * columns + 1)).astype(np.int64)
    return Grid(order, int(known.sum()), starts, rows, columns, corner, cell)


@compiled(types.float64, types.float64)
def chord_of(km: float) -> float:
    """Return the straight line through the earth, in radii, of a distance and a little more."""
    # rounding in the distance of a pair, kept as a 32-bit float, must not cost the pair
    angle = (km * 1.000001 + 0.000001) / EARTH_RADIUS_KM
    return 2 * math.sin(angle / 2) if angle < math.pi else 3.0


@compiled(
    types.UniTuple(types.int64, 2),  # type: ignore[no-untyped-call]
    types.int64,  # first
    types.int64,  # enough
    READ_WORDS,  # bits
    READ_INT32_TABLE,  # row_of
    READ_FLOAT64_TABLE,  # home
    READ_FLOAT64_TABLE,  # degrees
    READ_FLOAT64,  # reach_km
    READ_FLOAT64,  # reach_chord
    READ_FLOAT64,  # limit_chord
    READ_FLOAT64,  # most_minutes
    READ_UINT16,  # modes
    READ_FLOAT64,  # minutes_per_km
    READ_FLOAT64,  # extra_minutes
    READ_INT32,  # home_code
    READ_INT32,  # order
    types.int64,  # located
    READ_INT64,  # starts
    types.int64,  # n_rows
    types.int64,  # n_columns
    READ_FLOAT64,  # corner
    READ_FLOAT64,  # cell
    READ_FLOAT64_TABLE,  # site
    READ_INT32,  # with_shuttle
    READ_FLOAT64_TABLE,  # stop
    READ_FLOAT64,  # ride
    READ_INT64,  # measured_starts
    READ_INT32,  # measured_site
    READ_FLOAT64,  # measured_minutes
    READ_INT64,  # at_site_starts
    READ_INT32,  # at_site
    types.Array(types.int32, 1, "C"),  # people
    types.Array(types.int32, 1, "C"),  # places
)
def find_near(
    first: int,
    enough: int,
    bits: Words,
    row_of: NDArray[np.int32],
    home: FloatArray,
    degrees: FloatArray,
    reach_km: FloatArray,
    reach_chord: FloatArray,
    limit_chord: FloatArray,
    most_minutes: FloatArray,
    modes: NDArray[np.uint16],
    minutes_per_km: FloatArray,
    extra_minutes: FloatArray,
    home_code: Int32Array,
    order: Int32Array,
    located: int,
    starts: Int64Array,
    n_rows: int,
    n_columns: int,
    corner: FloatArray,
    cell: FloatArray,
    site: FloatArray,
    with_shuttle: Int32Array,
    stop: FloatArray,
    ride: FloatArray,
    measured_starts: Int64Array,
    measured_site: Int32Array,
    measured_minutes: FloatArray,
    at_site_starts: Int64Array,
    at_site: Int32Array,
    people: Int32Array,
    places: Int32Array,
) -> tuple[int, int]:
    """
    Write the pairs that pass every table and that a person may reach, from candidate ``first`` on.

    Stops after the candidate with whom there are ``enough`` pairs; ``people`` and ``places`` have
    room for all placements above that. A place is near by the distance to its site, or to the stop
    of its shuttle, or by a measured journey. Returns the candidates done and the pairs written.
    """
    n_words = bits.shape[1]
    n_places = order.size
    allowed = np.empty(n_words, np.uint64)
    near = np.empty(n_words, np.uint64)
    count = 0
    one = np.uint64(1)
    full = np.uint64(0xFFFFFFFFFFFFFFFF)
    i = first
    while i < row_of.shape[0] and count < enough:
        for word in range(n_words):
            allowed[word] = full
            near[word] = 0
        if n_places & 63:
            allowed[n_words - 1] = full >> np.uint64(64 - (n_places & 63))
        for table in range(row_of.shape[1]):
            row = row_of[i, table]
            for word in range(n_words):
                allowed[word] &= bits[row, word]
        if reach_km[i] == math.inf:
            for word in range(n_words):
                near[word] = allowed[word]
        elif reach_km[i] >= 0:
            up = reach_km[i] / KM_PER_DEGREE
            narrowest = math.cos(math.radians(min(89.9, abs(degrees[i, 0]) + up)))
            aside = up / narrowest
            south = max(0, math.floor((degrees[i, 0] - up - corner[0]) / cell[0]))
            north = min(n_rows - 1, math.floor((degrees[i, 0] + up - corner[0]) / cell[0]))
            west = max(0, math.floor((degrees[i, 1] - aside - corner[1]) / cell[1]))
            east = min(n_columns - 1, math.floor((degrees[i, 1] + aside - corner[1]) / cell[1]))
            for line in range(south, north + 1):
                if west > east:
                    break
                low = starts[line * n_columns + west]
                high = starts[line * n_columns + east + 1]
                if low >= high:
                    continue
                for word in range(low >> 6, ((high - 1) >> 6) + 1):
                    left = allowed[word]
                    if word == low >> 6:
                        left &= full << np.uint64(low & 63)
                    if word == (high - 1) >> 6:
                        left &= full >> np.uint64(63 - ((high - 1) & 63))
                    while left != 0:
                        lowest = left & (~left + one)
                        left ^= lowest
                        at = (word << 6) + ones(lowest - one)
                        if chord_squared(home, i, site, order[at]) <= reach_chord[i]:
                            near[word] |= lowest
        for at in range(located, n_places):
            bit = one << np.uint64(at & 63)
            near[at >> 6] |= allowed[at >> 6] & bit
        for at in with_shuttle:
            bit = one << np.uint64(at & 63)
            place = order[at]
            if allowed[at >> 6] & ~near[at >> 6] & bit and not (
                chord_squared(home, i, site, place) > limit_chord[i]
            ):
                to_stop = math.sqrt(chord_squared(home, i, stop, place))
                for mode in range(2):
                    if (modes[i] >> mode) & 1:
                        left_km = (
                            most_minutes[i] + 0.5 - ride[place] - extra_minutes[mode]
                        ) / minutes_per_km[mode]
                        if left_km >= 0 and to_stop <= chord_of(left_km):
                            near[at >> 6] |= bit
        code = home_code[i]
        if code >= 0:
            for row in range(measured_starts[code], measured_starts[code + 1]):
                if measured_minutes[row] < most_minutes[i] + 0.5:
                    which = measured_site[row]
                    for each in range(at_site_starts[which], at_site_starts[which + 1]):
                        at = at_site[each]
                        if not (chord_squared(home, i, site, order[at]) > limit_chord[i]):
                            near[at >> 6] |= allowed[at >> 6] & (one << np.uint64(at & 63))
        for word in range(n_words):
            left = near[word]
            while left != 0:
                lowest = left & (~left + one)
                left ^= lowest
                people[count] = i
                places[count] = order[(word << 6) + ones(lowest - one)]
                count += 1
        i += 1
    return i, count
