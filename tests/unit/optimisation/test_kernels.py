"""The compiled loops equal their twins."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.optimisation import kernels
from tests.unit.optimisation import twins

N_PEOPLE, N_PLACES, N_PAIRS = 7, 5, 60
SEEDS = st.integers(0, 2**32 - 1).map(np.random.default_rng)


def rows(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    return (
        rng.integers(0, N_PEOPLE, N_PAIRS).astype(np.int32),
        rng.integers(0, N_PLACES, N_PAIRS).astype(np.int32),
    )


def lists(rng: np.random.Generator, n: int, codes: int) -> tuple[np.ndarray, np.ndarray]:
    starts = np.concatenate([[0], np.cumsum(rng.integers(0, 4, n))]).astype(np.int64)
    return starts, rng.integers(0, codes, starts[-1]).astype(np.int32)


def words(rng: np.random.Generator, n: int, n_words: int) -> np.ndarray:
    return rng.integers(0, 2**64, (n, n_words), dtype=np.uint64, endpoint=False)


def empty(dtype: type) -> np.ndarray:
    return np.full(N_PAIRS, 99, dtype)


@pytest.mark.parametrize("word", [0, 1, 2**63, 2**64 - 1, 0x0F0F0F0F0F0F0F0F])
def test_bits_are_counted(word: int) -> None:
    assert kernels.ones(np.uint64(word)) == word.bit_count()


@given(SEEDS, st.integers(1, 3))
def test_sets(rng: np.random.Generator, n_words: int) -> None:
    people, places = rows(rng)
    held, wanted = words(rng, N_PEOPLE, n_words), words(rng, N_PLACES, n_words)
    missing, shared = empty(np.int16), empty(np.int16)
    kernels.count_missing(people, places, held, wanted, missing)
    kernels.count_shared(people, places, held, wanted, shared)
    np.testing.assert_array_equal(missing, twins.count_missing(people, places, held, wanted))
    np.testing.assert_array_equal(shared, twins.count_shared(people, places, held, wanted))


@given(SEEDS)
def test_skills(rng: np.random.Generator) -> None:
    people, places = rows(rng)
    levels = rng.integers(-1, 5, (N_PEOPLE, 6)).astype(np.int8)
    starts, skill = lists(rng, N_PLACES, 6)
    required = rng.integers(1, 5, skill.size).astype(np.int8)
    gap, unknown = empty(np.int8), empty(np.int8)
    kernels.compare_skills(people, places, levels, starts, skill, required, gap, unknown)
    expected = twins.compare_skills(people, places, levels, starts, skill, required)
    np.testing.assert_array_equal([gap, unknown], expected)


@given(SEEDS)
def test_demands(rng: np.random.Generator) -> None:
    people, places = rows(rng)
    limits = rng.integers(-1, 4, (N_PEOPLE, 10)).astype(np.int8)
    demands = rng.integers(-1, 4, (N_PLACES, 10)).astype(np.int8)
    gap, unknown = empty(np.int8), empty(np.int8)
    kernels.compare_demands(people, places, limits, demands, gap, unknown)
    expected = twins.compare_demands(people, places, limits, demands)
    np.testing.assert_array_equal([gap, unknown], expected)


@given(SEEDS)
def test_targets(rng: np.random.Generator) -> None:
    people, places = rows(rng)
    starts, target = lists(rng, N_PEOPLE, 8)
    described = np.stack(
        [rng.permutation(8)[:4] for _ in range(N_PLACES)], dtype=np.int32, casting="unsafe"
    )
    described[rng.random(described.shape) < 0.3] = -1
    rank, entry = empty(np.int8), empty(np.int64)
    kernels.match_targets(people, places, starts, target, described, rank, entry)
    expected = twins.match_targets(people, places, starts, target, described)
    np.testing.assert_array_equal(rank, expected[0])
    np.testing.assert_array_equal(entry, expected[1])


def unit(places: list[tuple[float, float] | None]) -> np.ndarray:
    degrees = np.radians([place or (np.nan, np.nan) for place in places])
    north, east = degrees[:, 0], degrees[:, 1]
    return np.stack(
        [np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], axis=1
    )


@given(SEEDS)
def test_journeys(rng: np.random.Generator) -> None:
    people, places = rows(rng)

    def somewhere(n: int) -> list[tuple[float, float] | None]:
        return [
            None if rng.random() < 0.15 else (rng.uniform(52, 52.2), rng.uniform(5, 5.3))
            for _ in range(n)
        ]

    homes, sites, stops = somewhere(N_PEOPLE), somewhere(N_PLACES), somewhere(N_PLACES)
    modes = rng.integers(0, 128, N_PEOPLE).astype(np.uint16)
    per_km, extra = rng.uniform(1, 15, 8), rng.uniform(0, 10, 8)
    ride = rng.uniform(0, 20, N_PLACES)
    home_code = rng.integers(-1, 3, N_PEOPLE).astype(np.int32)
    site_code = rng.integers(-1, 3, N_PLACES).astype(np.int32)
    table = {
        (home, site, mode): float(rng.uniform(0, 60))
        for home in range(3)
        for site in range(3)
        for mode in range(8)
        if rng.random() < 0.2
    }
    keys = sorted(table)
    km, minutes = empty(np.float32), empty(np.int16)
    mode, measured = empty(np.int8), empty(np.bool_)
    kernels.fastest_journeys(
        people,
        places,
        unit(homes),
        home_code,
        modes,
        unit(sites),
        site_code,
        unit(stops),
        ride,
        per_km,
        extra,
        7,
        np.searchsorted([home for home, _, _ in keys], np.arange(4)).astype(np.int64),
        np.array([site for _, site, _ in keys], np.int32),
        np.array([each for _, _, each in keys], np.int32),
        np.array([table[key] for key in keys]),
        km,
        minutes,
        mode,
        measured,
    )
    speeds = list(zip(per_km, extra, strict=True))
    for row, (person, place) in enumerate(zip(people, places, strict=True)):
        at = (home_code[person], site_code[place])
        expected = twins.journey(
            homes[person],
            sites[place],
            stops[place],
            ride[place],
            {each for each in range(7) if modes[person] >> each & 1},
            speeds,
            {each: table[(*at, each)] for each in range(8) if (*at, each) in table},
        )
        assert km[row] == pytest.approx(expected[0], rel=1e-6, nan_ok=True)
        assert (minutes[row], mode[row], measured[row]) == expected[1:]
