"""Short leases and sweeps, so that recovery is watched within seconds; and who keeps house."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from api.launcher.start import DATABASE_URL, REDIS_URL, SECRET_KEY, Servers, named
from matcher.settings import PREFIX, settings
from matcher.store.database import dispose
from tests.processes import fleet
from tests.servers import SECRET_OF_TESTS, drop_database, fill_database, flushed_redis

LEASE_SECONDS = 4.0
SWEEP_SECONDS = 1.0


@contextmanager
def times_shortened() -> Iterator[None]:
    # Nights are due for 12 hours from their time on: these are not, whenever the tests run.
    later = datetime.now(ZoneInfo("Europe/Amsterdam")) + timedelta(hours=2)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv(f"{PREFIX}LEASE_SECONDS", str(LEASE_SECONDS))
        environment.setenv(f"{PREFIX}SWEEP_SECONDS", str(SWEEP_SECONDS))
        environment.setenv(f"{PREFIX}NIGHTLY_AT", later.strftime("%H:%M"))
        settings.cache_clear()
        yield
    settings.cache_clear()


@contextmanager
def kept_house(servers: Servers, template: str, config: pytest.Config) -> Iterator[None]:
    """A database, a Redis, a control worker and beat, for the tests of one module."""
    worker = getattr(config, "workerinput", {}).get("workerid", "gw0")
    url = fill_database(template, template.partition("?")[0].rpartition("/")[2])
    queue = flushed_redis(servers.redis_url, int(worker.removeprefix("gw")))
    with (
        times_shortened(),
        named({DATABASE_URL: url, REDIS_URL: queue, SECRET_KEY: SECRET_OF_TESTS}),
        fleet.control() as control,
        fleet.beat() as beat,
    ):
        control.wait_until_ready()
        beat.wait_until_ready()
        yield
        dispose()
    drop_database(url)
