"""What the subcommands share: servers for as long as a command lasts, and a pool by its name."""

import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic
from uuid import UUID

from sqlmodel import Session

from api.launcher.start import Servers, servers
from matcher.errors import NotFound, Unavailable
from matcher.service import pools
from matcher.settings import settings
from matcher.store import migrations
from matcher.store.audit import acting_as
from matcher.store.database import dispose
from workers.app import CONTROL, RUN_QUEUES

STOP_SECONDS = 8
MOST_RESTARTS = 5
"""Within `RESTART_SECONDS`: one that ends now and then may do so for years."""
RESTART_SECONDS = 3600.0


@contextmanager
def connected() -> Iterator[Servers]:
    """
    Give PostgreSQL and Redis for the time of a command.

    Embedded servers are found when another command runs them and started otherwise, and their
    tables are brought up to date. Servers that the settings name are left as they are: there,
    ``workpool migrate`` is somebody's decision.
    """
    with servers() as found, acting_as(f"command:{_user()}"):
        try:
            if found.ours:
                migrations.upgrade()
            yield found
        finally:
            dispose()


def _user() -> str:
    """Return whose command it is, as the machine knows them."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return str(os.getuid())


class Crew:
    """The processes that work for a command; one that dies is started again."""

    def __init__(self) -> None:
        self._processes: dict[tuple[str, ...], subprocess.Popen[bytes]] = {}
        self._restarts: list[float] = []

    @contextmanager
    def process(self, *words: str) -> Iterator[None]:
        """Run a worker (and its queues) or beat beside this process, its output in a log file."""
        self._processes[words] = _started(words)
        try:
            yield
        finally:
            stop(self._processes[words])

    def check(self) -> None:
        """
        Start again what has ended; what it was doing comes back when its lease runs out.

        Raises
        ------
        Unavailable
            It keeps ending: nobody would ever finish the work.
        """
        for words, running in self._processes.items():
            if running.poll() is None:
                continue
            now = monotonic()
            self._restarts = [at for at in self._restarts if now - at < RESTART_SECONDS]
            if len(self._restarts) == MOST_RESTARTS:
                raise Unavailable(f"A worker keeps ending; its log is {_log_of(words)}.")
            self._restarts.append(now)
            stop(running)
            self._processes[words] = _started(words)


def _log_of(words: tuple[str, ...]) -> Path:
    return settings().data_dir / "logs" / f"{'-'.join(words)}.log"


def _started(words: tuple[str, ...]) -> subprocess.Popen[bytes]:
    path = _log_of(words)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "workers.process", *words],
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


@contextmanager
def workers() -> Iterator[Crew]:
    """Run a worker for runs, one for control, and beat, until the block ends."""
    crew = Crew()
    with ExitStack() as stack:
        stack.enter_context(crew.process("worker", *RUN_QUEUES))
        stack.enter_context(crew.process("worker", CONTROL))
        stack.enter_context(crew.process("beat"))
        yield crew


@contextmanager
def working(found: Servers) -> Iterator[Crew]:
    """Make sure that somebody works: our own workers where we started the servers ourselves."""
    if found.ours:
        with workers() as crew:
            yield crew
    else:
        yield Crew()


def stop(started: subprocess.Popen[bytes]) -> None:
    """End a process that this one started: warmly, and after some seconds with its children."""
    started.terminate()
    try:
        started.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(started.pid, signal.SIGKILL)
        started.wait()
    if started.stdin:
        started.stdin.close()


def pool_id(db: Session, key: str) -> UUID:
    """Return the id of a pool by its short name; NotFound names those that exist."""
    found = pools.find(db, key)
    if found is None:
        names = pools.keys(db)
        known = f"The pools are {', '.join(names)}." if names else "There is none yet."
        raise NotFound(f"No pool is called {key}. {known} Maybe: workpool pool create {key}")
    return found
