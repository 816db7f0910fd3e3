"""Where the pools lie: in the Netherlands, together where they should be and apart where not."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from matcher.simulation.draws import stream
from matcher.simulation.places import country, kilometres
from matcher.simulation.regions import ground
from matcher.simulation.sizes import size_of
from tests.unit.simulation.folders import Written, written


def test_areas_lie_in_the_country(region: Written) -> None:
    areas = region["postcode_areas"]
    assert areas["latitude"].is_between(52.9, 53.5).all()
    assert areas["longitude"].is_between(5.9, 7.1).all()
    everywhere = country()
    assert everywhere.area_latitude.min() > 50.7
    assert everywhere.area_latitude.max() < 53.6
    assert everywhere.area_longitude.min() > 3.3
    assert everywhere.area_longitude.max() < 7.3


def test_postcode_areas_are_the_same_for_every_pool(pilot: Written, tmp_path: Path) -> None:
    other = written(tmp_path, 500, seed=9)
    both = pilot["postcode_areas"].join(other["postcode_areas"], on="pc4")
    assert len(both) > 0
    assert both["latitude"].equals(both["latitude_right"], check_names=False)


def test_no_postcode_stands_for_two_areas() -> None:
    assert len(set(country().pc4)) == len(country().pc4)


@pytest.mark.parametrize(("table", "column"), [("candidates", "mediation_postcode"),
                                               ("sites", "postcode"),
                                               ("placements", "shuttle_postcode")])  # fmt: skip
def test_every_postcode_has_its_area(region: Written, table: str, column: str) -> None:
    used = region[table][column].drop_nulls().str.head(4)
    assert len(used) > 0
    assert set(used) <= set(region["postcode_areas"]["pc4"])


def test_known_places_have_their_own_postcode() -> None:
    everywhere = country()
    first = {
        everywhere.place[place]: everywhere.pc4[row]
        for row, place in reversed(list(enumerate(everywhere.area_place)))
    }
    assert (first["Leek"], first["Zuidhorn"], first["Groningen"]) == ("9351", "9801", "9711")


def test_shuttles_serve_some_remote_estates(region: Written) -> None:
    served = region["placements"].drop_nulls("shuttle_postcode")
    assert 0 < len(served) < len(region["placements"]) / 4
    assert served["shuttle_minutes"].null_count() == 0
    sites = region["sites"].select(pl.col("key").alias("site"), "place")
    assert (served.join(sites, on="site")["shuttle_place"] != served["neighbourhood"]).all()


@pytest.mark.parametrize("size", ["stress", "nation"])
def test_a_union_lies_in_regions_apart(size: str) -> None:
    lie = ground(stream(3, "ground"), size_of(size), country())
    assert len(set(lie.region)) == 35
    assert len(set(lie.code)) == len(lie.code)
    assert lie.share.sum() == pytest.approx(1.0)
    home_region = lie.region[lie.home_municipality]
    latitude = lie.country.area_latitude[lie.home_area]
    longitude = lie.country.area_longitude[lie.home_area]
    away = kilometres(latitude[:, None], longitude[:, None], latitude, longitude)
    near = away < 8
    other = home_region[:, None] != home_region[None, :]
    # People count, not areas: how often two of them who live near are of different regions.
    people = lie.share[lie.home_municipality] * lie.home_share
    weight = people[:, None] * people[None, :]
    assert weight[near & other].sum() / weight[near].sum() < 0.03


def test_a_union_has_regions_of_very_different_size() -> None:
    lie = ground(stream(3, "ground"), size_of("stress"), country())
    share = np.bincount(lie.region, weights=lie.share)
    assert share.max() > 4 * np.median(share)
