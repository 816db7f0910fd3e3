"""Redis emptied, PostgreSQL killed: every run that was asked for ends, once."""

import shutil
import time
from contextlib import suppress

import pytest
import redis

from api.launcher.account import StartFailed
from tests.owners import eventually
from tests.processes import fleet
from tests.servers import OwnServers

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("short_times")]


def test_an_emptied_redis_loses_nothing(own_servers: OwnServers) -> None:
    pools = [fleet.pool(seed=number) for number in range(3)]
    plans = [fleet.expected(pool) for pool in pools]
    with fleet.control() as control, fleet.beat() as beat:
        found = [fleet.request(pool) for pool in pools]
        with redis.Redis.from_url(own_servers.redis.url) as client:
            # Their hints wait in Redis, for there is no worker yet.
            fleet.wait_for(lambda: client.llen("workpool:interactive") >= 3, 40, [control, beat])
            own_servers.redis.kill()
            assert eventually(lambda: own_servers.redis.pid is None or not answers(client))
            shutil.rmtree(own_servers.redis.data)
            own_servers.redis.start()
            assert client.llen("workpool:interactive") == 0
        emptied = time.monotonic()
        with fleet.worker(["interactive"]) as worker:
            fleet.wait_for(
                lambda: all(fleet.state(run) == "succeeded" for run in found),
                90,
                [worker, control, beat],
            )
            fleet.figure("drained_seconds", time.monotonic() - emptied)
            for run, pool, plan in zip(found, pools, plans, strict=True):
                assert fleet.publications(pool) == 1
                assert fleet.published(run) == plan
            again = fleet.request(pools[0])
            fleet.solving(worker, again)
            own_servers.redis.kill()
            # Redis is not needed to finish, and once it is back the next run goes as before.
            fleet.wait_for(lambda: fleet.state(again) == "succeeded", 40, [worker])
            own_servers.redis.start()
            returned = time.monotonic()
            after = fleet.request(pools[1])
            fleet.wait_for(lambda: fleet.state(after) == "succeeded", 60, [worker, control, beat])
            fleet.figure("after_return_seconds", time.monotonic() - returned)
        assert control.process.poll() is None
        assert beat.process.poll() is None


def answers(client: redis.Redis) -> bool:
    with suppress(redis.RedisError):
        return bool(client.ping())
    return False


def test_a_killed_database_costs_at_most_an_attempt(own_servers: OwnServers) -> None:
    pool = fleet.pool()
    plan = fleet.expected(pool)
    with (
        fleet.control() as control,
        fleet.beat() as beat,
        fleet.worker(["interactive"]) as worker,
    ):
        worker.wait_until_ready()
        run = fleet.request(pool)
        fleet.solving(worker, run)
        own_servers.postgres.kill()
        assert eventually(lambda: fleet.state(run) == "unknown")
        killed = time.monotonic()

        def starts() -> bool:
            # A new one starts when the old one's children are gone.
            with suppress(StartFailed):
                own_servers.postgres.start()
                return True
            return False

        assert eventually(starts, 30)
        fleet.wait_for(lambda: fleet.state(run) == "succeeded", 60, [worker, control, beat])
        fleet.figure("recovery_seconds", time.monotonic() - killed)
        for member in (worker, control, beat):
            assert member.process.poll() is None
        assert fleet.run(run).attempt <= 2, fleet.said([worker, control])
    assert fleet.publications(pool) == 1
    assert fleet.published(run) == plan
