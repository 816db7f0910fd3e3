"""Estimated journeys and the places they run between."""

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.domain import journeys, places
from matcher.domain.columns import MODES

GRONINGEN, ZWOLLE = (53.21917, 6.56667), (52.5125, 6.09444)
degrees = st.tuples(st.floats(-89, 89), st.floats(-179, 179))


def test_every_mode_but_the_shuttle_has_a_speed() -> None:
    assert {speed.mode for speed in journeys.SPEEDS} == set(MODES) - {"shuttle"}
    with pytest.raises(KeyError):
        journeys.speed_of("shuttle")


@pytest.mark.parametrize(
    ("mode", "minutes"),
    [
        ("walking", 156),
        ("bicycle", 52),
        ("moped", 31.2),
        ("car", 5 + 52 / 3),
        ("public_transport", 10 + 39),
    ],
)
def test_ten_kilometres_by_each_mode(mode: str, minutes: float) -> None:
    assert journeys.minutes(10, mode) == pytest.approx(minutes)


def test_an_unknown_distance_stays_unknown() -> None:
    minutes = journeys.minutes([0, math.nan], "car")
    assert minutes[0] == 5
    assert np.isnan(minutes[1])


def test_a_pool_may_know_its_detours_better() -> None:
    assert journeys.minutes(15, "bicycle", detour_factor=1.0) == pytest.approx(60)


def test_a_distance_that_is_known() -> None:
    # 83.9 km by the spherical law of cosines, apart from the haversine used.
    (a, b), (c, d) = np.radians(GRONINGEN), np.radians(ZWOLLE)
    cosines = np.arccos(np.sin(a) * np.sin(c) + np.cos(a) * np.cos(c) * np.cos(d - b))
    assert journeys.kilometres(*GRONINGEN, *ZWOLLE) == pytest.approx(6371.0088 * cosines, rel=1e-6)


@given(degrees, degrees)
def test_there_is_as_far_as_back(here: tuple[float, float], there: tuple[float, float]) -> None:
    way = journeys.kilometres(*here, *there)
    assert way == pytest.approx(journeys.kilometres(*there, *here))
    assert 0 <= way <= math.pi * journeys.EARTH_RADIUS_KM + 1e-6
    assert journeys.kilometres(*here, *here) == 0


def test_distances_broadcast() -> None:
    table = journeys.kilometres(
        np.array([[53.0], [52.0], [math.nan]]), np.array([[6.0], [6.0], [6.0]]), [53.0, 52.0], 6.0
    )
    assert table.shape == (3, 2)
    assert table[0, 0] == table[1, 1] == 0
    assert np.isnan(table[2]).all()


@pytest.mark.parametrize("name", ["Groningen", " groningen ", "GRONINGEN"])
def test_a_place_is_found_by_its_name(name: str) -> None:
    assert places.locate(name) == pytest.approx(GRONINGEN)


def test_a_place_is_found_by_another_name() -> None:
    assert places.locate("Den Haag") == places.locate("'s-Gravenhage") == places.locate("The Hague")


def test_of_two_places_of_one_name_the_larger_counts() -> None:
    larger, smaller = places.locate("Hengelo"), places.locate("Hengelo (Gld)")
    assert larger is not None
    assert smaller is not None
    assert larger != smaller
    assert larger[1] > 6.7


def test_a_place_that_nobody_knows_is_nowhere() -> None:
    assert places.locate("Nergenshuizen") is None


def test_the_frame_of_places_can_be_joined() -> None:
    frame = places.place_frame()
    assert frame.schema == places.PLACE_SCHEMA
    assert frame["place"].is_unique().all()
    assert frame.height > 1900
    keys = pl.DataFrame({"place": ["Leek", " ZWOLLE"]}).select(places.place_key(pl.col("place")))
    assert keys.join(frame, on="place").height == 2
    assert frame["latitude"].is_between(50.7, 53.6).all()
    assert frame["longitude"].is_between(3.3, 7.3).all()
