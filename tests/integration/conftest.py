"""The API as its clients see it."""

from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from api.main import create_app


@pytest.fixture(scope="session")
def bare() -> TestClient:
    """A client for what is answered without a database; asking for one would be 503."""
    return TestClient(
        create_app(), base_url="http://127.0.0.1/api/v1", raise_server_exceptions=False
    )


@pytest.fixture
def api(database: str, redis_url: str) -> Iterator[TestClient]:
    """A client of the whole application, on a database of its own."""
    with TestClient(
        create_app(), base_url="http://127.0.0.1/api/v1", raise_server_exceptions=False
    ) as client:
        yield client
