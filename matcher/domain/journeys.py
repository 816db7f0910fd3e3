"""
How long a journey takes when nobody has measured it: distance, detour, speed and a fixed extra.

The figures are this project's own choice, on the slow side, and always shown as an estimate. The
detour of roads against the straight line is a pool's own (policy, ``[journey] detour_factor``).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

EARTH_RADIUS_KM = 6371.0088
DETOUR_FACTOR = 1.3


@dataclass(frozen=True, slots=True)
class Speed:
    """Door-to-door speed of a mode, and the minutes that each journey costs besides."""

    mode: str
    km_per_hour: float
    extra_minutes: float = 0.0

    def minutes_per_km(self, detour_factor: float = DETOUR_FACTOR) -> float:
        """Return the minutes for each great-circle kilometre."""
        return detour_factor * 60 / self.km_per_hour


SPEEDS = (
    Speed("walking", 5),
    Speed("bicycle", 15),
    Speed("moped", 25),
    Speed("car", 45, extra_minutes=5),
    Speed("motorcycle", 45, extra_minutes=5),
    Speed("public_transport", 20, extra_minutes=10),
    # Somebody brings them, by means we do not know: no faster than a bicycle.
    Speed("other", 15),
)
"""Every mode but the shuttle, which is a way to its stop and a ride of known length."""

_BY_MODE: Mapping[str, Speed] = {speed.mode: speed for speed in SPEEDS}


def speed_of(mode: str) -> Speed:
    """
    Return the speed of a mode.

    Raises
    ------
    KeyError
        The mode is not known, or is the shuttle.
    """
    return _BY_MODE[mode]


def kilometres(
    latitude: npt.ArrayLike,
    longitude: npt.ArrayLike,
    other_latitude: npt.ArrayLike,
    other_longitude: npt.ArrayLike,
) -> FloatArray:
    """
    Return great-circle distances in km, broadcast over arrays; NaN where a place is unknown.

    Parameters
    ----------
    latitude, longitude, other_latitude, other_longitude
        Degrees (WGS 84), of shapes that broadcast together.
    """
    phi, other_phi = np.radians(latitude), np.radians(other_latitude)
    half_phi = (other_phi - phi) / 2
    half_lambda = (np.radians(other_longitude) - np.radians(longitude)) / 2
    haversine = np.sin(half_phi) ** 2 + np.cos(phi) * np.cos(other_phi) * np.sin(half_lambda) ** 2
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(haversine, 0, 1))))


def minutes(km: npt.ArrayLike, mode: str, detour_factor: float = DETOUR_FACTOR) -> FloatArray:
    """
    Return estimated minutes one way, of the shape of ``km``; NaN where that is unknown.

    Raises
    ------
    KeyError
        The mode is not known, or is the shuttle.
    """
    speed = speed_of(mode)
    return np.asarray(km, dtype=np.float64) * speed.minutes_per_km(detour_factor) + (
        speed.extra_minutes
    )
