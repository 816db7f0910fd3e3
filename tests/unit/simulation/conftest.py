"""Synthetic pools, each written once for all tests of this folder."""

import pytest

from tests.unit.simulation.folders import Written, written


@pytest.fixture(scope="session")
def pilot(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return written(tmp_path_factory.mktemp("pilot"), "pilot")


@pytest.fixture(scope="session")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return written(tmp_path_factory.mktemp("dirty"), "pilot", dirt=True)


@pytest.fixture(scope="session")
def region(tmp_path_factory: pytest.TempPathFactory) -> Written:
    return written(tmp_path_factory.mktemp("region"), "region")
