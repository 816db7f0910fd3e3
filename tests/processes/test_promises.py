"""
What is acknowledged is kept: while Redis is full or frozen, while API and database are killed.

Short here; ``make fire`` writes 10,000 times and fills a disk of its own.
"""

import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import redis
from sqlalchemy import text
from starlette.testclient import TestClient

from api.access import SCOPES
from api.launcher.account import StartFailed, postgres_account, socket_dir
from api.launcher.postgres import Postgres
from api.launcher.start import DATABASE_URL, SECRET_KEY, named
from api.main import create_app
from matcher.store import migrations
from matcher.store.database import dispose, transaction
from matcher.store.tables import Pool
from tests.integration.live import served
from tests.integration.signing import AsService, service_token
from tests.owners import eventually, open_folder
from tests.processes import fleet
from tests.servers import SECRET_OF_TESTS, OwnServers

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("short_times")]

WRITES = int(os.environ.get("FIRE_WRITES", "200"))
WRITERS = 8
# The server starts again in some seconds, and is hit each time so many writes are acknowledged.
WRITES_BETWEEN_KILLS = max(60, WRITES // 20)


_tokens: dict[str, str] = {}


def token_of(pool_id: str) -> str:
    """Return a service's token for a pool, made before anything is killed."""
    if pool_id not in _tokens:
        _tokens[pool_id] = service_token(UUID(pool_id), SCOPES)
    return _tokens[pool_id]


def post(
    address: str, path: str, body: dict[str, str], **headers: str
) -> tuple[int, dict[str, Any]]:
    host, _, _ = address.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(host, timeout=20)
    try:
        headers["Content-Type"] = "application/json"
        headers["Authorization"] = f"Bearer {token_of(body['poolId'])}"
        connection.request("POST", f"/api/v1{path}", json.dumps(body), headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def test_a_full_or_frozen_redis_costs_time_and_no_run(own_servers: OwnServers) -> None:
    pools = [fleet.pool(seed=number) for number in range(4)]
    took: list[float] = []
    asked: list[UUID] = []

    def ask(address: str, pool: UUID) -> None:
        started = time.monotonic()
        status, told = post(address, "/match-runs", {"poolId": str(pool)})
        took.append(time.monotonic() - started)
        assert status == 202, told
        asked.append(UUID(told["id"]))

    def refused(member: fleet.Member) -> bool:
        return "command not allowed" in member.log.read_text()

    with (
        redis.Redis.from_url(own_servers.redis.url) as client,
        fleet.control() as control,
        fleet.beat() as beat,
        fleet.worker(["interactive"]) as worker,
        served() as address,
        ExitStack() as fleets,
    ):
        members = [worker, control, beat]
        for member in members:
            member.wait_until_ready()
        # Some are on their way whenever it is full, so that acknowledging them is refused too. From
        # a process of its own: in this one Celery may still send to the Redis of other tests.
        send = "from workers import hints; assert hints.send([hints.sweep()] * 300) == 300"
        subprocess.run([sys.executable, "-c", send], check=True)
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", 1)
        with pytest.raises(redis.exceptions.OutOfMemoryError):
            client.set("one more", "value")
        for pool in pools[:2]:
            ask(address, pool)
        fleet.wait_for(lambda: refused(control), 20, members)
        late = fleets.enter_context(fleet.worker(["nightly"]))
        fleet.wait_for(lambda: refused(late), 40, [late])
        client.config_set("maxmemory", 0)
        assert own_servers.redis.pid is not None
        os.kill(own_servers.redis.pid, signal.SIGSTOP)
        try:
            with (
                pytest.raises(redis.exceptions.TimeoutError),
                redis.Redis.from_url(own_servers.redis.url, socket_timeout=0.5) as frozen,
            ):
                frozen.ping()
            for pool in pools[2:]:
                ask(address, pool)
        finally:
            os.kill(own_servers.redis.pid, signal.SIGCONT)
        freed = time.monotonic()
        late.wait_until_ready()
        fleet.wait_for(lambda: all(fleet.state(run) == "succeeded" for run in asked), 90, members)
        fleet.figure("drained_seconds", time.monotonic() - freed)
        assert [member.process.poll() for member in members] == [None] * 3, fleet.said(members)
    fleet.figure("slowest_post_seconds", max(took))
    assert [fleet.publications(pool) for pool in pools] == [1] * len(pools)
    assert max(took) < 2


class Api:
    """The API as a process of its own, to be killed and started again on the same port."""

    def __init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "api.server"],
            stdin=subprocess.PIPE,
            env=os.environ | {"WORKPOOL_PORT": str(self.port)},
            start_new_session=True,
        )
        assert eventually(self._answers, 60)

    def _answers(self) -> bool:
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        assert self.process.wait() == -signal.SIGKILL
        assert self.process.stdin is not None
        self.process.stdin.close()


@contextmanager
def api_running() -> Iterator[Api]:
    api = Api()
    api.start()
    try:
        yield api
    finally:
        api.kill()


def start_again(postgres: Postgres) -> None:
    def starts() -> bool:
        with suppress(StartFailed):
            postgres.start()
            return True
        return False

    assert eventually(starts, 60)


def test_acknowledged_writes_survive_the_killing_of_api_and_database(
    own_servers: OwnServers,
) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    with transaction() as db:
        pool = Pool(key="noord", name="Noord")
        db.add(pool)
        db.flush()
        pool_id = str(pool.id)
    acknowledged: list[str] = []
    refused = 0
    kills = {"api": 0, "database": 0}
    ended = threading.Event()

    def write(number: int) -> None:
        nonlocal refused
        at = 0
        while not ended.is_set():
            key = f"{number}-{at}"
            body = {"poolId": pool_id, "key": key}
            with suppress(OSError, http.client.HTTPException, ValueError):
                # The same again with its key, as a client does that got no answer.
                status, _ = post(api.address, "/candidates", body, **{"Idempotency-Key": key})
                if status == 201:
                    acknowledged.append(key)
                    at += 1
                    continue
            refused += 1
            time.sleep(0.05)

    token_of(pool_id)
    with api_running() as api:
        writers = [threading.Thread(target=write, args=(number,)) for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        try:
            for what in _hits(chance):
                reached = len(acknowledged) + WRITES_BETWEEN_KILLS
                assert eventually(lambda reached=reached: len(acknowledged) >= reached, 240)
                if len(acknowledged) >= WRITES and all(kills.values()):
                    break
                if what == "api":
                    api.kill()
                    api.start()
                else:
                    own_servers.postgres.kill()
                    start_again(own_servers.postgres)
                kills[what] += 1
        finally:
            ended.set()
            for writer in writers:
                writer.join()
    with transaction() as db:
        kept = list(db.execute(text("select key from candidate")).scalars())
    lost = set(acknowledged) - set(kept)
    fleet.figure(f"seed {seed}, kills {kills}, refused {refused}, acknowledged", len(acknowledged))
    fleet.figure("lost", len(lost))
    assert refused > 0, "nobody noticed the kills"
    assert lost == set()
    assert len(kept) == len(set(kept))
    assert len(acknowledged) == len(set(acknowledged))
    found = _verified()
    assert found["valid"], found
    # and one of the role that the writers have
    assert found["entries"] == len(kept) + 1, "one entry for each that was written"


def _hits(chance: random.Random) -> Iterator[str]:
    yield from ("api", "database")
    while True:
        yield chance.choice(("api", "database"))


def _verified() -> dict[str, Any]:
    from matcher.service import auditing

    with transaction("REPEATABLE READ") as db:
        return auditing.verify(db)[0].to_dict()


@pytest.fixture
def disk() -> Iterator[Path]:
    """A small file system in memory; mounting it needs root."""
    with open_folder() as folder:
        made = folder / "disk"
        made.mkdir()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300m", "tmpfs", made], check=True)
        try:
            yield made
        finally:
            subprocess.run(["umount", made], check=True)


@pytest.mark.fire
def test_a_full_disk_is_told_and_nothing_is_lost(disk: Path) -> None:
    account = postgres_account(None)
    account.take(disk)
    sockets = socket_dir(account)
    postgres = Postgres(disk / "postgres", sockets, account, keep=True)
    filler = disk / "filler"
    acknowledged = []
    try:
        postgres.start()
        with (
            named({DATABASE_URL: postgres.url, SECRET_KEY: SECRET_OF_TESTS}),
            TestClient(
                create_app(), base_url="http://127.0.0.1/api/v1", raise_server_exceptions=False
            ) as client,
        ):
            migrations.upgrade()
            client.auth = AsService()
            pool_id = client.post("/pools", json={"key": "noord", "name": "Noord"}).json()["id"]
            free = os.statvfs(disk)
            filler.write_bytes(b"\0" * (free.f_bavail * free.f_frsize - 2_000_000))
            refusals = []
            for number in range(20_000):
                body = {"poolId": pool_id, "key": f"k-{number}", "place": "x" * 90}
                answer = client.post("/candidates", json=body)
                if answer.status_code == 201:
                    acknowledged.append(body["key"])
                else:
                    refusals.append((answer.status_code, answer.json()["code"]))
                if len(refusals) == 20:
                    break
            assert set(refusals) == {(503, "unavailable")}
            filler.unlink()
            freed = time.monotonic()
            if postgres.pid is None or not postgres._answers():
                postgres.kill()
                start_again(postgres)
            assert eventually(lambda: client.get("/pools").status_code == 200, 60)
            fleet.figure("recovery_seconds", time.monotonic() - freed)
            with transaction() as db:
                kept = set(db.execute(text("select key from candidate")).scalars())
            fleet.figure("acknowledged", len(acknowledged))
            assert set(acknowledged) <= kept
            assert _verified()["valid"]
            dispose()
    finally:
        postgres.stop()
