"""However the owner of the embedded servers ends, they end too, and the next start is clean."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import psutil
import psycopg
import pytest

from tests.owners import Owner, eventually, open_folder, owner, running, server_pids


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder / "data"


def everything_of(started: Owner, data_dir: Path) -> set[int]:
    """The owner, its guard and both servers, of which each is seen to run."""
    guards = {child.pid for child in psutil.Process(started.process.pid).children()}
    pids = {started.process.pid} | guards | server_pids(data_dir)
    assert len(pids) == 4
    assert running(pids) == pids
    return pids


@pytest.mark.parametrize(
    ("sign", "status"), [(signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGINT, -signal.SIGINT)]
)
def test_a_signal_ends_all_before_the_owner_is_gone(
    data_dir: Path, sign: signal.Signals, status: int
) -> None:
    with owner(data_dir) as started:
        pids = everything_of(started, data_dir)
        # As a terminal does: to the whole group.
        os.killpg(started.process.pid, sign)
        assert started.process.wait(30) == status
        assert running(pids) == set()
        assert not started.sockets.exists()
        assert not (data_dir / "servers.json").exists()


def test_an_error_ends_all(data_dir: Path) -> None:
    with owner(data_dir, "--fail") as started:
        pids = everything_of(started, data_dir)
        assert started.leave() == 1
        assert running(pids) == set()
        assert not started.sockets.exists()


def test_a_killed_owner_takes_the_servers_with_it(data_dir: Path) -> None:
    with owner(data_dir) as started:
        pids = everything_of(started, data_dir)
        started.process.kill()
        assert started.process.wait(30) == -signal.SIGKILL
        assert eventually(lambda: running(pids) == set())
        assert eventually(lambda: not started.sockets.exists())
        assert not (data_dir / "servers.json").exists()


def test_the_next_start_takes_over_from_a_killed_guard(data_dir: Path) -> None:
    with owner(data_dir) as first:
        with psycopg.connect(first.said["database_url"].replace("+psycopg", "")) as db:
            db.execute("create table kept (word text)")
        left_behind = server_pids(data_dir)
        (guard,) = psutil.Process(first.process.pid).children()
        guard.kill()
        first.process.kill()
        first.process.wait(30)
        # The fault really happened: nobody is left to stop the servers.
        assert not eventually(lambda: running(left_behind) != left_behind, seconds=1)
        assert len(left_behind) == 2

        with owner(data_dir) as second:
            assert second.said["shared"] is False
            assert running(left_behind) == set()
            assert len(server_pids(data_dir)) == 2
            assert second.sockets != first.sockets
            assert not first.sockets.exists()
            with psycopg.connect(second.said["database_url"].replace("+psycopg", "")) as db:
                assert db.execute("select count(*) from kept").fetchone() == (0,)
    assert server_pids(data_dir) == set()


def test_two_starts_at_once_give_one_pair_of_servers(data_dir: Path) -> None:
    with ExitStack() as stack, ThreadPoolExecutor(2) as threads:
        both = threads.map(lambda _: stack.enter_context(owner(data_dir)), range(2))
        one, other = (started.said for started in both)
        assert one["database_url"] == other["database_url"]
        assert one["redis_url"] == other["redis_url"]
        assert {one["shared"], other["shared"]} == {True, False}
        assert len(server_pids(data_dir)) == 2
    assert server_pids(data_dir) == set()
