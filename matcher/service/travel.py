"""
Measured travel times: an outside service is asked in batches, each answer kept with its source.

Times are kept between postcode areas, never between addresses, and the service is told the centre
of an area and nothing else. What it cannot answer is estimated, and said to be an estimate.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
import polars as pl
from sqlmodel import Session

from matcher.domain import journeys
from matcher.errors import MatcherError
from matcher.store import travel_times as store

ESTIMATE = "estimate"
MOST_MINUTES = 1440
TIMES_SCHEMA = pl.Schema(
    {
        "origin": pl.String,
        "destination": pl.String,
        "mode": pl.String,
        "minutes": pl.Float64,
        "source": pl.String,
    }
)
FloatArray = npt.NDArray[np.float64]
Point = tuple[float, float]
"""Latitude and longitude in degrees."""


class TravelServiceFailed(MatcherError):
    """An outside travel-time service cannot be reached, or answered with an error."""

    default_code = "travel_service_failed"


@dataclass(frozen=True)
class Answer:
    """Minutes one way, shape (origins, destinations), NaN for no route; and of which data."""

    minutes: FloatArray
    data_version: str | None = None


class TravelTimeProvider(Protocol):
    """An outside travel-time service."""

    @property
    def name(self) -> str:
        """Return what a time from this service is kept under."""

    @property
    def modes(self) -> frozenset[str]:
        """Return the modes it knows."""

    def matrix(self, origins: Sequence[Point], destinations: Sequence[Point], mode: str) -> Answer:
        """
        Return the minutes from every origin to every destination.

        Raises
        ------
        TravelServiceFailed
            There is no usable answer.
        """


def refresh(
    db: Session,
    pool_id: uuid.UUID,
    provider: TravelTimeProvider,
    *,
    data_version: str | None = None,
) -> pl.DataFrame:
    """
    Ask for the journeys of a pool that are not kept yet, by every mode that the service knows.

    Returns
    -------
    as `travel_times`, from the home areas of the pool's candidates to those of its sites.
    """
    homes, sites = store.areas_of_pool(db, pool_id)
    times = [
        travel_times(db, provider, homes, sites, mode, data_version=data_version)
        for mode in sorted(provider.modes)
    ]
    return pl.concat([pl.DataFrame(schema=TIMES_SCHEMA), *times])


def travel_times(
    db: Session,
    provider: TravelTimeProvider,
    origins: Sequence[str],
    destinations: Sequence[str],
    mode: str,
    *,
    data_version: str | None = None,
) -> pl.DataFrame:
    """
    Return minutes between postcode areas, as kept, else as measured now, else estimated.

    What is measured is kept; what is estimated is not, so that the next call asks again. Areas
    whose centre is not known are left out.

    Parameters
    ----------
    origins, destinations
        Four-digit postcodes.
    mode
        A mode of `matcher.domain.journeys.SPEEDS`.
    data_version
        Kept times of other data than this are asked for again; None accepts any.

    Returns
    -------
    one row per pair: ``origin``, ``destination``, ``mode``, ``minutes``, ``source``, the latter
    `ESTIMATE` where nothing was measured.
    """
    centres = store.centres(db, {*origins, *destinations})
    starts = [area for area in dict.fromkeys(origins) if area in centres]
    ends = [area for area in dict.fromkeys(destinations) if area in centres]
    pairs = pl.DataFrame({"origin": starts}, schema={"origin": pl.String}).join(
        pl.DataFrame({"destination": ends}, schema={"destination": pl.String}), how="cross"
    )
    kept = store.kept_times(db, starts, ends, mode, provider.name, data_version)
    missing = pairs.join(kept, on=["origin", "destination"], how="anti")
    measured, version = _measured(provider, missing, centres, mode)
    if measured.height:
        store.keep_times(db, measured, mode, provider.name, version or data_version)
    known = pl.concat([kept, measured])
    rest = pairs.join(known, on=["origin", "destination"], how="anti")
    return pl.concat(
        [
            known.select(
                "origin", "destination", mode=pl.lit(mode), minutes="minutes"
            ).with_columns(source=pl.lit(provider.name)),
            _estimated(rest, centres, mode),
        ]
    ).sort("origin", "destination")


def _measured(
    provider: TravelTimeProvider,
    missing: pl.DataFrame,
    centres: dict[str, Point],
    mode: str,
) -> tuple[pl.DataFrame, str | None]:
    """Return the times that the service gives for missing pairs; without the service, none."""
    nothing = missing.clear().with_columns(minutes=pl.lit(None, pl.Float64))
    if missing.is_empty() or mode not in provider.modes:
        return nothing, None
    starts = missing["origin"].unique(maintain_order=True).to_list()
    ends = missing["destination"].unique(maintain_order=True).to_list()
    try:
        answer = provider.matrix(
            [centres[area] for area in starts], [centres[area] for area in ends], mode
        )
    except TravelServiceFailed:
        return nothing, None
    found = pl.DataFrame(
        {
            "origin": np.repeat(starts, len(ends)),
            "destination": np.tile(ends, len(starts)),
            "minutes": answer.minutes.ravel(),
        },
        schema={"origin": pl.String, "destination": pl.String, "minutes": pl.Float64},
    )
    usable = found.filter(
        pl.col("minutes").is_finite() & pl.col("minutes").is_between(0, MOST_MINUTES)
    )
    return missing.join(usable, on=["origin", "destination"]), answer.data_version


def _estimated(pairs: pl.DataFrame, centres: dict[str, Point], mode: str) -> pl.DataFrame:
    if pairs.is_empty():
        return pl.DataFrame(schema=TIMES_SCHEMA)
    starts = np.array([centres[area] for area in pairs["origin"]])
    ends = np.array([centres[area] for area in pairs["destination"]])
    km = journeys.kilometres(starts[:, 0], starts[:, 1], ends[:, 0], ends[:, 1])
    return pairs.with_columns(
        mode=pl.lit(mode),
        minutes=pl.Series(journeys.minutes(km, mode)),
        source=pl.lit(ESTIMATE),
    ).cast(TIMES_SCHEMA)
