"""The API as its clients see it."""

from collections.abc import Iterator

import pytest
from starlette.requests import Request
from starlette.testclient import TestClient

from api.access import Access
from api.launcher.start import Servers
from api.main import create_app
from matcher.domain.actors import NOBODY
from matcher.store.acting import acting
from tests.integration.signing import AsService
from tests.processes import fleet
from tests.processes.house import kept_house


async def admit_everybody(request: Request, operation: str, access: Access) -> None:
    acting.set(NOBODY)


@pytest.fixture(scope="session")
def bare() -> TestClient:
    """
    A client for what is answered without a database; asking for one would be 503.

    Who is signed in would be asked of it, so here everybody is let in.
    """
    return TestClient(
        create_app(admit_everybody),
        base_url="http://127.0.0.1/api/v1",
        raise_server_exceptions=False,
    )


@pytest.fixture
def api(database: str, redis_url: str) -> Iterator[TestClient]:
    """
    A client of the whole application, on a database of its own.

    Each request comes from a service that may do everything in its pool, unless it says otherwise.
    """
    with TestClient(
        create_app(), base_url="http://127.0.0.1/api/v1", raise_server_exceptions=False
    ) as client:
        client.auth = AsService()
        yield client


@pytest.fixture(scope="module")
def worker(
    running_servers: Servers, template_database: str, request: pytest.FixtureRequest
) -> Iterator[fleet.Member]:
    """A worker for the tests of one module, with a database, control worker and beat."""
    with (
        kept_house(running_servers, template_database, request.config),
        fleet.worker() as member,
    ):
        member.wait_until_ready()
        yield member
