"""
The table service of OSRM over HTTP.

Written to its documented protocol (OSRM API v1, ``/table/v1/{profile}/{coordinates}``): durations
in seconds by row of sources, null where no route is found, ``code`` other than ``Ok`` for an error.
"""

import http.client
import json
import math
import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from matcher.service.travel import Answer, FloatArray, Point, TravelServiceFailed

PROFILES = {"walking": "foot", "bicycle": "bike", "car": "car", "motorcycle": "car"}
# Smaller questions may be answered: fewer coordinates, or without the one that lies off every road.
DIVIDE = frozenset({"TooBig", "NoSegment"})
NO_ROUTE = frozenset({"NoSegment", "NoTable", "NoRoute"})
MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class Osrm:
    """
    An OSRM server.

    Parameters
    ----------
    url
        Such as ``http://osrm.internal:5000``.
    profiles
        Our mode -> the server's profile.
    table_size
        Most coordinates in one request; the server's own default is 100. Larger matrices are asked
        for in parts, and a part that the server still finds too big in quarters.
    timeout_seconds
        For each request.
    """

    url: str
    profiles: Mapping[str, str] = field(default_factory=lambda: dict(PROFILES))
    table_size: int = 100
    timeout_seconds: float = 10.0

    def __post_init__(self) -> None:
        """Refuse an address that is no web address, at start-up."""
        parts = urllib.parse.urlsplit(self.url)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("an OSRM server is named as http://host:port")

    @property
    def name(self) -> str:
        """Return the source that its times are kept under."""
        return "osrm"

    @property
    def modes(self) -> frozenset[str]:
        """Return the modes that the server has a profile for."""
        return frozenset(self.profiles)

    def matrix(self, origins: Sequence[Point], destinations: Sequence[Point], mode: str) -> Answer:
        """
        Return the minutes from every origin to every destination.

        After a part that fails no further one is asked for: what was answered before counts.

        Raises
        ------
        TravelServiceFailed
            It cannot be reached in time, or answers with an error or something else than a table.
        """
        minutes = np.full((len(origins), len(destinations)), math.nan)
        half = max(self.table_size // 2, 1)
        versions: set[str | None] = set()
        for row in range(0, len(origins), half):
            for column in range(0, len(destinations), half):
                part = minutes[row : row + half, column : column + half]
                starts, ends = origins[row : row + half], destinations[column : column + half]
                try:
                    versions.add(self._fill(part, starts, ends, self.profiles[mode]))
                except TravelServiceFailed:
                    if not versions:
                        raise
                    return Answer(minutes, versions.pop() if len(versions) == 1 else None)
        # The data may be renewed between two parts: then neither version tells the truth.
        return Answer(minutes, versions.pop() if len(versions) == 1 else None)

    def _fill(
        self,
        part: FloatArray,
        origins: Sequence[Point],
        destinations: Sequence[Point],
        profile: str,
    ) -> str | None:
        """Fill one part of the matrix, and return the version of the server's data."""
        status, body = self._ask(_path(profile, origins, destinations))
        code = body.get("code")
        if code in DIVIDE and part.size > 1:
            return self._fill_quarters(part, origins, destinations, profile)
        if code in NO_ROUTE:
            return None
        if status != http.client.OK or code != "Ok":
            raise TravelServiceFailed(
                f"The travel-time service answered {status} {str(code)[:40]}.",
                code="travel_service_refused",
            )
        part[:] = _minutes(body.get("durations"), part.shape)
        version = body.get("data_version")
        return str(version)[:100] if version else None

    def _fill_quarters(
        self,
        part: FloatArray,
        origins: Sequence[Point],
        destinations: Sequence[Point],
        profile: str,
    ) -> str | None:
        row, column = (len(origins) + 1) // 2, (len(destinations) + 1) // 2
        version = None
        for rows in (slice(0, row), slice(row, None)):
            for columns in (slice(0, column), slice(column, None)):
                if part[rows, columns].size:
                    version = (
                        self._fill(
                            part[rows, columns], origins[rows], destinations[columns], profile
                        )
                        or version
                    )
        return version

    def _ask(self, path: str) -> tuple[int, dict[str, Any]]:
        parts = urllib.parse.urlsplit(self.url)
        secure = parts.scheme == "https"
        make = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = make(parts.hostname or "", parts.port, timeout=self.timeout_seconds)
        try:
            connection.request("GET", parts.path.rstrip("/") + path)
            answer = connection.getresponse()
            body = answer.read(MOST_BYTES)
            read = json.loads(body)
        except (OSError, http.client.HTTPException, ValueError, RecursionError) as error:
            raise TravelServiceFailed(
                f"The travel-time service gives no answer ({type(error).__name__})."
            ) from error
        finally:
            connection.close()
        return answer.status, read if isinstance(read, dict) else {}


def _path(profile: str, origins: Sequence[Point], destinations: Sequence[Point]) -> str:
    points = [*origins, *destinations]
    # Longitude first, as in GeoJSON.
    coordinates = ";".join(f"{longitude:.6f},{latitude:.6f}" for latitude, longitude in points)
    sources = ";".join(map(str, range(len(origins))))
    targets = ";".join(map(str, range(len(origins), len(points))))
    # Durations are what a table holds by default; servers before 5.18 refuse to be asked for them.
    return (
        f"/table/v1/{urllib.parse.quote(profile, safe='')}/{coordinates}"
        f"?sources={sources}&destinations={targets}"
    )


def _minutes(durations: object, shape: tuple[int, ...]) -> FloatArray:
    try:
        seconds = np.array(durations, dtype=np.float64)
    except (TypeError, ValueError):
        seconds = np.empty(0)
    if seconds.shape != shape:
        raise TravelServiceFailed(
            f"The travel-time service answered without a table of {shape[0]} x {shape[1]}.",
            code="travel_service_refused",
        )
    return seconds / 60
