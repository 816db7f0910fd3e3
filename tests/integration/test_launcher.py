"""The embedded servers: found, shared, kept, and refused with one clear sentence."""

import os
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from api.launcher.account import StartFailed, postgres_account
from api.launcher.postgres import wheel_folder
from api.launcher.redis import redis_program
from api.launcher.start import require_free_port, servers
from api.launcher.state import State, own
from matcher.errors import Unavailable
from matcher.settings import settings
from tests.owners import copy_wheels, guard, open_folder, owner, server_pids

Setting = Callable[[str, str], None]


@pytest.fixture
def data_dir() -> Iterator[Path]:
    with open_folder() as folder:
        yield folder / "data"


@pytest.fixture(autouse=True)
def _no_servers_given(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("WORKPOOL_DATABASE_URL", "WORKPOOL_REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    settings.cache_clear()
    yield
    settings.cache_clear()


def connect(url: str) -> psycopg.Connection[tuple[str, ...]]:
    return psycopg.connect(url.replace("+psycopg", ""))


def test_what_was_told_is_kept_over_a_restart(data_dir: Path) -> None:
    with owner(data_dir) as first:
        with connect(first.said["database_url"]) as db:
            db.execute("create table kept (word text)")
            db.execute("insert into kept values ('told')")
        with redis.Redis.from_url(first.said["redis_url"]) as queue:
            queue.set("kept", "told")
        assert first.leave() == 0
        assert server_pids(data_dir) == set()

    with owner(data_dir) as second:
        with connect(second.said["database_url"]) as db:
            assert db.execute("select word from kept").fetchone() == ("told",)
            # Kept data are never to run with what forgets.
            assert db.execute("show fsync").fetchone() == ("on",)
            assert db.execute("show synchronous_commit").fetchone() == ("on",)
        with redis.Redis.from_url(second.said["redis_url"]) as queue:
            assert queue.get("kept") == b"told"


def test_a_second_shell_finds_the_running_servers(data_dir: Path, setting: Setting) -> None:
    setting("data_dir", str(data_dir))
    with owner(data_dir) as first:
        pids = server_pids(data_dir)
        with servers() as found:
            assert found.shared
            assert found.database_url == first.said["database_url"] == settings().database_url
            assert found.redis_url == first.said["redis_url"] == settings().redis_url
        # Who shares does not stop.
        assert server_pids(data_dir) == pids
        assert len(pids) == 2
    assert settings().database_url is None


def test_servers_of_the_settings_are_used_and_nothing_is_started(
    data_dir: Path, setting: Setting
) -> None:
    setting("data_dir", str(data_dir))
    setting("database_url", "postgresql://somebody@elsewhere/pool")
    setting("redis_url", "redis://elsewhere:6379/0")
    with servers() as found:
        assert found.database_url == "postgresql+psycopg://somebody@elsewhere/pool"
        assert found.redis_url == "redis://elsewhere:6379/0"
    assert not data_dir.exists()


def test_only_what_the_settings_leave_open_is_started(data_dir: Path, setting: Setting) -> None:
    setting("data_dir", str(data_dir))
    setting("database_url", "postgresql://somebody@elsewhere/pool")
    with servers() as found:
        assert found.database_url == "postgresql+psycopg://somebody@elsewhere/pool"
        with redis.Redis.from_url(found.redis_url) as queue:
            assert queue.ping()
        assert not (data_dir / "postgres").exists()


def test_an_ordinary_user_can_start_them() -> None:
    with open_folder() as folder:
        site = folder / "site"
        copy_wheels(site)
        data = folder / "data"
        data.mkdir()
        user = ""
        if os.geteuid() == 0:
            user = "nobody"
            shutil.chown(data, user)
        with guard(site, data, user) as started:
            with connect(started.said["database_url"]) as db:
                assert db.execute("select current_database()").fetchone() == ("workpool",)
            with redis.Redis.from_url(started.said["redis_url"]) as queue:
                assert queue.ping()
            assert started.sockets.stat().st_mode & 0o777 == 0o700
        assert not started.sockets.exists()
        assert server_pids(data) == set()


def test_a_checkout_in_a_closed_home_works(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    copy_wheels(home / "site")
    with guard(home / "site", home / "data") as started:
        try:
            with connect(started.said["database_url"]) as db:
                assert db.execute("show server_version_num").fetchone() >= ("180000",)
            # As root PostgreSQL runs as a user that cannot enter the home, and we say where it is.
            outside = Path(started.said["note"].partition("its data are in ")[2])
            assert outside.is_relative_to("/var/lib/workpool") == (os.geteuid() == 0)
            assert (home / "data" / "postgres").exists() == (os.geteuid() != 0)
        finally:
            started.leave()
            if os.geteuid() == 0:
                shutil.rmtree(outside)


def test_data_of_another_user_are_refused() -> None:
    if os.geteuid() != 0:
        with pytest.raises(StartFailed, match="belongs to another user"):
            postgres_account(Path("/"))
        return
    with open_folder() as folder:
        copy_wheels(folder / "site")
        data = folder / "data"
        (data / "postgres").mkdir(parents=True)
        shutil.chown(data, "nobody")
        with guard(folder / "site", data, "nobody") as refused:
            assert refused.said == {
                "error": f"The folder {data / 'postgres'} belongs to another user; run as that "
                "user, or name another folder with WORKPOOL_DATA_DIR."
            }


def test_a_folder_with_something_else_is_refused(data_dir: Path, setting: Setting) -> None:
    setting("data_dir", str(data_dir))
    (data_dir / "postgres").mkdir(parents=True)
    (data_dir / "postgres" / "holiday.jpg").touch()
    with pytest.raises(Unavailable, match=r"postgres is in use by something else; name another"):
        servers().__enter__()
    assert (data_dir / "postgres" / "holiday.jpg").exists()
    assert server_pids(data_dir) == set()


def test_data_of_another_version_are_refused(data_dir: Path, setting: Setting) -> None:
    setting("data_dir", str(data_dir))
    (data_dir / "postgres").mkdir(parents=True)
    (data_dir / "postgres" / "PG_VERSION").write_text("15\n")
    with pytest.raises(Unavailable, match=r"are of PostgreSQL 15, this is 18; move them away"):
        servers().__enter__()


def test_a_file_in_place_of_the_folder_is_refused(data_dir: Path, setting: Setting) -> None:
    setting("data_dir", str(data_dir))
    data_dir.touch()
    with pytest.raises(Unavailable, match=r"cannot be used \(.+\); name another one with WORKPOOL"):
        servers().__enter__()


def test_a_start_that_does_not_get_ready_is_told(data_dir: Path) -> None:
    with own(data_dir) as nobody_else:
        assert nobody_else is None
        with pytest.raises(StartFailed, match="in use by another start"):
            own(data_dir, patience_seconds=0.1).__enter__()


def test_what_a_dead_owner_wrote_is_not_believed(data_dir: Path) -> None:
    data_dir.mkdir()
    State(database_url="postgresql+psycopg://gone", sockets="/tmp/workpool-gone").write(data_dir)
    with own(data_dir) as running:
        assert running is None


def test_without_programs_the_way_out_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(StartFailed, match=r"Debian package postgresql\).+WORKPOOL_DATABASE_URL"):
        wheel_folder()
    with pytest.raises(StartFailed, match=r"Debian package redis-server\).+WORKPOOL_REDIS_URL"):
        redis_program()


def test_a_port_in_use_is_told_in_one_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(Unavailable, match=f"Cannot listen on 127.0.0.1 port {port} .+_PORT"):
            require_free_port("127.0.0.1", port)
    require_free_port("127.0.0.1", port)


def test_kept_data_come_with_a_secret_key_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKPOOL_DATA_DIR", str(tmp_path / "data"))
    for name in ("WORKPOOL_DATABASE_URL", "WORKPOOL_REDIS_URL", "WORKPOOL_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    settings.cache_clear()
    kept = []
    for _ in range(2):
        with servers():
            secret = settings().secret_key
            assert secret is not None
            kept.append(secret.get_secret_value())
    settings.cache_clear()
    assert kept[0] == kept[1]
    assert len(kept[0]) >= 32
    assert (tmp_path / "data" / "secret.key").stat().st_mode & 0o077 == 0
