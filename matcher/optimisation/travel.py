"""Measured journeys, and how fast the estimates go, as the arrays that the journey loop reads."""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.domain.columns import MODES
from matcher.domain.journeys import speed_of
from matcher.domain.policy import Policy
from matcher.optimisation.encoding import Int32Array, Int64Array, Vocabulary
from matcher.optimisation.readings import mode_names


@dataclass(frozen=True)
class Measured:
    """
    Measured journeys by home, then site.

    Those of home ``h`` are the rows ``starts[h]:starts[h + 1]`` of ``site``, ``mode`` (position in
    ``MODES``) and ``minutes``; ``home_code`` gives ``h`` per candidate, -1 without any.
    """

    home_code: Int32Array
    starts: Int64Array
    site: Int32Array
    mode: Int32Array
    minutes: NDArray[np.float64]


@dataclass(frozen=True)
class Speeds:
    """Minutes of an estimated journey per mode: ``km * per_km + extra``, in the order of MODES."""

    per_km: NDArray[np.float64]
    extra: NDArray[np.float64]


def measured_journeys(travel_times: pl.DataFrame, homes: pl.Series, sites: Vocabulary) -> Measured:
    """Return the measured journeys between these homes and the sites of the placements."""
    if travel_times.is_empty():
        none = np.zeros(0, np.int32)
        return Measured(
            np.full(len(homes), -1, np.int32), np.zeros(1, np.int64), none, none, np.zeros(0)
        )
    found = travel_times.filter(
        pl.col("minutes").is_not_null() & pl.col("minutes").is_finite() & (pl.col("minutes") >= 0)
    ).sort("home", "site", "mode", "source")
    names = Vocabulary(homes)
    home, site = names.codes_of(found["home"]), sites.codes_of(found["site"])
    modes, mode_of = mode_names()
    mode = modes.codes_of(found["mode"])
    kept = (home >= 0) & (site >= 0) & (mode >= 0)
    # codes are alphabetical, so rows sorted by name are sorted by code
    return Measured(
        home_code=names.codes_of(homes) if kept.any() else np.full(len(homes), -1, np.int32),
        starts=np.searchsorted(home[kept], np.arange(len(names) + 1)).astype(np.int64),
        site=site[kept],
        mode=mode_of[mode[kept]],
        minutes=found["minutes"].to_numpy()[kept].astype(np.float64),
    )


def speeds(policy: Policy) -> Speeds:
    """
    Return how estimated minutes grow with the distance.

    A shuttle has no speed of its own here: its ride takes the minutes that the placement tells.
    """
    detour = float(policy.value("journey", "detour_factor"))
    own = [speed_of(mode) for mode in MODES if mode != "shuttle"]
    return Speeds(
        np.array([speed.minutes_per_km(detour) for speed in own] + [0.0]),
        np.array([speed.extra_minutes for speed in own] + [0.0]),
    )
