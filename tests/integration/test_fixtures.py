"""The fixtures keep their promises: nothing of one test reaches another."""

import pytest
import redis
from sqlalchemy import text

from matcher.store.database import transaction
from tests.servers import OwnServers


@pytest.mark.parametrize("turn", [1, 2])
def test_a_database_is_of_one_test(database: str, turn: int) -> None:
    with transaction() as db:
        db.execute(text("create table only_mine (turn int)"))
    with transaction() as db:
        assert db.execute(text("select count(*) from only_mine")).scalar_one() == 0
        assert db.execute(text("select count(*) from pool")).scalar_one() == 0


@pytest.mark.parametrize("turn", [1, 2])
def test_redis_is_empty(redis_url: str, turn: int) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left", "behind")


def test_own_servers_come_back_after_a_kill(own_servers: OwnServers) -> None:
    with transaction() as db:
        db.execute(text("create table kept (n int)"))
    with redis.Redis.from_url(own_servers.redis.url) as client:
        client.set("kept", "yes")
    killed = own_servers.postgres.pid, own_servers.redis.pid

    for server in (own_servers.postgres, own_servers.redis):
        server.kill()
        assert server.pid is None
        server.start()

    assert (own_servers.postgres.pid, own_servers.redis.pid) != killed
    with transaction() as db:
        assert db.execute(text("select count(*) from kept")).scalar_one() == 0
    with redis.Redis.from_url(own_servers.redis.url) as client:
        assert client.get("kept") == b"yes"
