"""Fixtures of the fault tests."""

from collections.abc import Iterator

import pytest

from api.launcher.start import Servers
from tests.processes.house import kept_house, times_shortened


@pytest.fixture
def short_times() -> Iterator[None]:
    with times_shortened():
        yield


@pytest.fixture(scope="module")
def house(
    running_servers: Servers, template_database: str, request: pytest.FixtureRequest
) -> Iterator[None]:
    with kept_house(running_servers, template_database, request.config):
        yield
