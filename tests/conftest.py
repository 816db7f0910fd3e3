"""What every test may ask for; the servers themselves are in ``tests/servers.py``."""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import asdict
from typing import Any

import hypothesis
import pytest

from api.launcher.start import DATABASE_URL, REDIS_URL, SECRET_KEY, Servers, named, servers
from matcher.settings import PREFIX, settings
from tests.servers import (
    SECRET_OF_TESTS,
    OwnServers,
    drop_database,
    fill_database,
    flushed_redis,
    own_servers_running,
)

hypothesis.settings.register_profile(
    "workpool", max_examples=60, deadline=None, print_blob=True,
    suppress_health_check=[hypothesis.HealthCheck.too_slow],
)  # fmt: skip
hypothesis.settings.load_profile("workpool")

ONE_RUN = pytest.StashKey[ExitStack]()
SERVERS = pytest.StashKey[Servers]()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    config.stash[ONE_RUN] = ExitStack()
    if config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = str(random.randrange(2**32))


def pytest_report_header(config: pytest.Config) -> str:
    return f"hypothesis seed: --hypothesis-seed={config.option.hypothesis_seed}"


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[ONE_RUN].close()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Let the processes of pytest-xdist share the servers of the process that started them."""
    node.workerinput["servers"] = asdict(_servers_of_this_run(node.config))


def _servers_of_this_run(config: pytest.Config) -> Servers:
    if SERVERS not in config.stash:
        if shared := getattr(config, "workerinput", {}).get("servers"):
            config.stash[SERVERS] = Servers(**shared)
        else:
            given = settings()
            throwaway = given.database_url is None or given.redis_url is None
            config.stash[SERVERS] = config.stash[ONE_RUN].enter_context(
                servers(throwaway=throwaway)
            )
    return config.stash[SERVERS]


@pytest.fixture(scope="session")
def running_servers(request: pytest.FixtureRequest) -> Servers:
    """PostgreSQL and Redis, started once for all tests."""
    return _servers_of_this_run(request.config)


@pytest.fixture(scope="session")
def template_database(running_servers: Servers) -> Iterator[str]:
    """The address of a database with the newest tables and no rows, to copy."""
    from matcher.store import migrations
    from matcher.store.database import dispose

    url = fill_database(running_servers.database_url, "template0")
    with named({DATABASE_URL: url}):
        migrations.upgrade()
        dispose()
    yield url
    drop_database(url)


@pytest.fixture
def database(template_database: str) -> Iterator[str]:
    """A database of this test alone, with all tables; the settings name it. Gives its address."""
    from matcher.store.database import dispose

    url = fill_database(template_database, template_database.partition("?")[0].rpartition("/")[2])
    with named({DATABASE_URL: url, SECRET_KEY: SECRET_OF_TESTS}):
        yield url
        dispose()
    drop_database(url)


@pytest.fixture
def redis_url(running_servers: Servers, request: pytest.FixtureRequest) -> Iterator[str]:
    """An empty Redis; the settings name it. Gives its address."""
    worker = getattr(request.config, "workerinput", {}).get("workerid", "gw0")
    url = flushed_redis(running_servers.redis_url, int(worker.removeprefix("gw")))
    with named({REDIS_URL: url}):
        yield url


@pytest.fixture
def own_servers() -> Iterator[OwnServers]:
    """Servers of this test alone, to be killed, stopped and started again by it."""
    with own_servers_running() as own:
        yield own


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], None]]:
    """``setting("nightly_at", "04:00")``: one setting for the time of the test."""

    def change(name: str, value: str) -> None:
        monkeypatch.setenv(PREFIX + name.upper(), value)
        settings.cache_clear()

    yield change
    monkeypatch.undo()
    settings.cache_clear()
