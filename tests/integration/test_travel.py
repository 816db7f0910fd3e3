"""Travel times from an OSRM server, kept per pair of areas; estimated where it has no answer."""

import socket
import uuid
from collections.abc import Callable, Iterator

import numpy as np
import polars as pl
import pytest

from matcher.domain import journeys
from matcher.service.measuring import measure
from matcher.service.travel import (
    ESTIMATE,
    TIMES_SCHEMA,
    TravelServiceFailed,
    refresh,
    travel_times,
)
from matcher.service.travel_osrm import Osrm
from matcher.store.database import transaction
from tests.integration.imports import execute, make_pool, select
from tests.integration.osrm_stub import KM_PER_HOUR, OsrmStub, osrm_stub

CENTRES = {"9712": (53.2194, 6.5665), "9351": (53.1621, 6.3774), "9801": (53.2486, 6.4046)}
HOMES, SITES = ["9712", "9351"], ["9351", "9801"]


@pytest.fixture
def stub() -> Iterator[OsrmStub]:
    with osrm_stub() as running:
        yield running


@pytest.fixture
def areas(database: str) -> None:
    for pc4, (latitude, longitude) in CENTRES.items():
        execute(
            "insert into postcode_area (pc4, latitude, longitude)"
            " values (:pc4, :latitude, :longitude)",
            pc4=pc4,
            latitude=latitude,
            longitude=longitude,
        )


def at(area: str) -> str:
    latitude, longitude = CENTRES[area]
    return f"{longitude:.6f},{latitude:.6f}"


def km(origin: str, destination: str) -> float:
    return float(journeys.kilometres(*CENTRES[origin], *CENTRES[destination]))


def times(provider: Osrm, mode: str = "car", version: str | None = None) -> pl.DataFrame:
    with transaction() as db:
        return travel_times(db, provider, HOMES, SITES, mode, data_version=version)


def measured(found: pl.DataFrame) -> set[tuple[str, str]]:
    return set(
        found.filter(pl.col("source") != ESTIMATE).select("origin", "destination").iter_rows()
    )


ALL = {(home, site) for home in HOMES for site in SITES}


def test_the_protocol_as_documented(stub: OsrmStub) -> None:
    points = [CENTRES["9712"], CENTRES["9351"]]
    answer = Osrm(stub.url + "/").matrix(points, [CENTRES["9801"]], "bicycle")
    (asked,) = stub.requests
    assert asked == {
        "profile": "bike",
        "origins": [at("9712"), at("9351")],
        "targets": [at("9801")],
        "sources": "0;1",
        "destinations": "2",
    }
    expected = [[km("9712", "9801")], [km("9351", "9801")]]
    assert answer.minutes == pytest.approx(np.array(expected) / KM_PER_HOUR * 60, abs=0.01)
    assert answer.data_version == "2026-11-01"


def test_large_tables_are_asked_in_parts(stub: OsrmStub) -> None:
    stub.most_coordinates = 10
    points = [(53 + n / 100, 6.5) for n in range(13)]
    answer = Osrm(stub.url, table_size=10).matrix(points, points, "car")
    assert len(stub.requests) == 9
    assert np.allclose(np.diag(answer.minutes), 0)
    assert np.allclose(answer.minutes, answer.minutes.T)
    assert not np.isnan(answer.minutes).any()


def test_a_part_that_is_still_too_big_is_quartered(stub: OsrmStub) -> None:
    stub.most_coordinates = 3
    points = [(53 + n / 100, 6.5) for n in range(5)]
    answer = Osrm(stub.url).matrix(points, points, "car")
    assert not np.isnan(answer.minutes).any()
    assert np.allclose(answer.minutes, answer.minutes.T)


def test_a_place_off_every_road_spoils_only_its_own_journeys(stub: OsrmStub) -> None:
    points = list(CENTRES.values())
    stub.off_road = {at("9351")}
    minutes = Osrm(stub.url).matrix(points, points, "car").minutes
    assert np.isnan(minutes).sum() == 5
    assert not np.isnan(minutes[np.ix_([0, 2], [0, 2])]).any()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b'{"code": "Ok"}'),
        (200, b'{"code": "Ok", "durations": [[1]]}'),
        (200, b'{"code": "Ok", "durations": [["a", 1], [1, 1]]}'),
        (200, b'{"code": "Ok", "durations": {"a": 1}}'),
        (200, b"[]"),
        (200, b"not json"),
        (200, b"[" * 100_000),
        (200, b"\xff\xfe"),
        (400, b'{"code": "InvalidQuery", "message": "..."}'),
        (500, b""),
        (302, b"{}"),
    ],
)
def test_other_answers_are_failures(stub: OsrmStub, status: int, body: bytes) -> None:
    stub.status, stub.body = status, body
    points = [CENTRES["9712"], CENTRES["9351"]]
    with pytest.raises(TravelServiceFailed):
        Osrm(stub.url).matrix(points, points, "car")


def test_a_server_that_is_slow_or_absent_is_a_failure(stub: OsrmStub) -> None:
    points = [CENTRES["9712"]]
    stub.wait_seconds = 1.0
    with pytest.raises(TravelServiceFailed):
        Osrm(stub.url, timeout_seconds=0.1).matrix(points, points, "car")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(TravelServiceFailed):
        Osrm(f"http://127.0.0.1:{port}").matrix(points, points, "car")


@pytest.mark.parametrize("url", ["", "ftp://a", "file:///etc/passwd", "http://", "osrm:5000"])
def test_an_address_that_is_none_is_refused_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="http://host:port"):
        Osrm(url)


@pytest.mark.usefixtures("areas")
def test_times_are_measured_once_and_kept_with_their_source(stub: OsrmStub) -> None:
    found = times(Osrm(stub.url))
    assert found.schema == TIMES_SCHEMA
    assert measured(found) == ALL
    assert found["source"].unique().to_list() == ["osrm"]
    assert select("select distinct source, data_version, mode from travel_time") == [
        ("osrm", "2026-11-01", "car")
    ]
    asked = len(stub.requests)
    again = times(Osrm(stub.url))
    assert len(stub.requests) == asked == 1
    assert again.equals(found)


@pytest.mark.usefixtures("areas")
def test_times_of_older_data_are_asked_for_again(stub: OsrmStub) -> None:
    times(Osrm(stub.url))
    stub.data_version = "2026-12-01"
    times(Osrm(stub.url), version="2026-12-01")
    assert len(stub.requests) == 2
    assert select("select distinct data_version from travel_time") == [("2026-12-01",)]


@pytest.mark.usefixtures("areas")
def test_a_journey_without_a_route_is_estimated_and_says_so(stub: OsrmStub) -> None:
    stub.unreachable = {at("9801")}
    found = times(Osrm(stub.url))
    assert measured(found) == {("9712", "9351"), ("9351", "9351")}
    estimate = found.filter(origin="9712", destination="9801")
    assert estimate.row(0, named=True) == {
        "origin": "9712",
        "destination": "9801",
        "mode": "car",
        "minutes": pytest.approx(float(journeys.minutes(km("9712", "9801"), "car"))),
        "source": ESTIMATE,
    }
    assert len(select("select from travel_time")) == 2
    stub.unreachable = set()
    assert measured(times(Osrm(stub.url))) == ALL


@pytest.mark.usefixtures("areas")
def test_without_the_service_everything_is_estimated_and_nothing_kept(stub: OsrmStub) -> None:
    stub.status, stub.body = 503, b""
    found = times(Osrm(stub.url))
    assert (found.height, measured(found)) == (4, set())
    assert select("select from travel_time") == []


@pytest.mark.usefixtures("areas")
def test_what_was_answered_before_a_failure_is_kept(stub: OsrmStub) -> None:
    stub.most_answers = 3
    found = times(Osrm(stub.url, table_size=2))
    assert len(measured(found)) == 3
    assert len(select("select from travel_time")) == 3


@pytest.mark.usefixtures("areas")
def test_a_mode_that_the_service_does_not_know_is_estimated(stub: OsrmStub) -> None:
    found = times(Osrm(stub.url), mode="public_transport")
    assert (found.height, measured(found), stub.requests) == (4, set(), [])


@pytest.mark.usefixtures("areas")
def test_areas_whose_place_is_unknown_are_left_out(stub: OsrmStub) -> None:
    with transaction() as db:
        found = travel_times(db, Osrm(stub.url), ["9712", "1000"], ["9801", "2000"], "car")
        nothing = travel_times(db, Osrm(stub.url), [], [], "car")
    assert found.select("origin", "destination").rows() == [("9712", "9801")]
    assert nothing.is_empty()


@pytest.fixture
def pool(areas: None) -> uuid.UUID:
    """A pool with people in one area, somebody without any, and one site."""
    made: uuid.UUID = make_pool()
    execute(
        "insert into candidate (pool_id, key, mediation_postcode) values"
        " (:pool, 'a', '9712AB'), (:pool, 'b', '9712XY'), (:pool, 'c', null)",
        pool=made,
    )
    execute(
        "with e as (insert into employer (pool_id, key, trade_name) values (:pool, 'e', 'E')"
        " returning id) insert into site (pool_id, key, employer_id, postcode)"
        " select :pool, 's', id, '9801AA' from e",
        pool=made,
    )
    return made


def test_a_pool_is_asked_for_from_its_homes_to_its_sites(stub: OsrmStub, pool: uuid.UUID) -> None:
    with transaction() as db:
        found = refresh(db, pool, Osrm(stub.url, profiles={"car": "car", "bicycle": "bike"}))
    assert found.select("origin", "destination", "mode").rows() == [
        ("9712", "9801", "bicycle"),
        ("9712", "9801", "car"),
    ]
    assert len(select("select from travel_time")) == 2


def test_the_service_of_the_settings_is_asked_before_a_run(
    stub: OsrmStub, pool: uuid.UUID, setting: Callable[[str, str], None]
) -> None:
    with transaction() as db:
        assert measure(db, pool) == 0
    setting("osrm_url", stub.url)
    with transaction() as db:
        assert measure(db, pool) == 4
    with transaction() as db:
        assert measure(db, pool) == 4
    assert len(stub.requests) == 4, "what is kept is not asked for again"
