"""Workers, control worker and beat as processes of their own, to be killed and frozen."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import polars as pl
import psutil
from sqlalchemy import make_url, text

from api.launcher.start import WORKER_DATABASE_URL
from matcher.errors import Unavailable
from matcher.optimisation.planning import plan
from matcher.service import policies, runs
from matcher.settings import settings
from matcher.store.acting import WORKER_ROLE
from matcher.store.database import transaction
from matcher.store.reading import read_snapshot
from matcher.store.runs import local_date
from matcher.store.tables import MatchRun
from tests.owners import eventually
from tests.small_pools import write_pool

RUNS = ("interactive", "nightly")
START_SECONDS = 40


class Member:
    """One process of the fleet with all that it started."""

    def __init__(self, call: str, ready: str) -> None:
        self.log = Path(tempfile.mkstemp(prefix="fleet-")[1])
        own = make_url(str(settings().database_url)).set(username=WORKER_ROLE)
        environment = {WORKER_DATABASE_URL: own.render_as_string(hide_password=False)}
        with self.log.open("w") as out:
            self.process = subprocess.Popen(
                [sys.executable, "-c", f"from workers import app; {call}"],
                env=os.environ | environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._ready = ready
        self._seen: set[psutil.Process] = set()

    def wait_until_ready(self) -> None:
        assert eventually(lambda: self._ready in self.log.read_text(), START_SECONDS), (
            self.log.read_text()
        )

    def solvers(self) -> list[psutil.Process]:
        """The solver's processes that this worker has started and that still run."""
        with suppress(psutil.NoSuchProcess):
            found = psutil.Process(self.process.pid).children(recursive=True)
            solvers = [process for process in found if is_solver(process)]
            self._seen.update(solvers)
            return solvers
        return []

    def slots(self) -> list[psutil.Process]:
        """The processes that work on its tasks."""
        children = psutil.Process(self.process.pid).children()
        return [process for process in children if not is_solver(process)]

    def signal(self, sign: signal.Signals) -> None:
        """Signal the worker and its slots; the solver leads a session of its own."""
        os.killpg(self.process.pid, sign)

    def kill(self) -> None:
        """As a machine that vanishes does it, except that the solver is left behind."""
        with suppress(ProcessLookupError):
            self.signal(signal.SIGKILL)
        self.process.wait()

    def end(self) -> None:
        self.solvers()
        self.kill()
        # Also one that a failed test has left frozen. psutil compares the time of its start, so
        # another process under the same number is safe.
        for process in self._seen:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.log.unlink()


def is_solver(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return "workers.child" in process.cmdline()
    return False


@contextmanager
def worker(queues: Sequence[str] = RUNS) -> Iterator[Member]:
    with _member(f"app.run_worker({list(queues)!r})", " ready.") as member:
        yield member


@contextmanager
def control() -> Iterator[Member]:
    with worker(["control"]) as member:
        yield member


@contextmanager
def beat() -> Iterator[Member]:
    with _member("app.run_beat()", "beat: Starting...") as member:
        yield member


@contextmanager
def _member(call: str, ready: str) -> Iterator[Member]:
    member = Member(call, ready)
    try:
        yield member
    finally:
        member.end()


def pool(seed: int = 1) -> UUID:
    """Write a small pool under a name of its own."""
    with transaction() as db:
        return write_pool(db, f"pool-{uuid4().hex[:12]}", seed=seed)


def request(pool_id: UUID) -> UUID:
    """Queue a run; nobody hints at it, the sweep finds it."""
    with transaction() as db:
        return runs.request(db, pool_id)


def run(run_id: UUID) -> MatchRun:
    with transaction() as db:
        return runs.get(db, run_id)


def state(run_id: UUID) -> str:
    # A killed database is away for a while.
    with suppress(Unavailable):
        return run(run_id).state
    return "unknown"


def wait_for(condition: Callable[[], Any], seconds: float, fleet: Sequence[Member] = ()) -> None:
    """Wait, and on failure show what the fleet said."""
    assert eventually(lambda: bool(condition()), seconds), said(fleet)


def said(fleet: Sequence[Member]) -> str:
    """Return the end of what each of them logged."""
    return "\n".join(
        f"--- {member.process.pid}\n{member.log.read_text()[-4000:]}" for member in fleet
    )


def solving(member: Member, run_id: UUID) -> psutil.Process:
    """Wait until this worker has the run in its child, and return the child."""
    wait_for(lambda: state(run_id) == "running" and member.solvers(), START_SECONDS, [member])
    return member.solvers()[0]


def published(run_id: UUID) -> list[tuple[str, str, int]]:
    """Candidate, placement and points of every proposal that a run published."""
    return rows(
        "select candidate_id::text, placement_id::text, points from proposal"
        " where run_id = :id order by 1",
        id=run_id,
    )


def rows(statement: str, **values: object) -> list[Any]:
    with transaction() as db:
        return [tuple(row) for row in db.execute(text(statement), values)]


def seconds_until(condition: Callable[[], Any], limit: float) -> float:
    started = time.monotonic()
    wait_for(condition, limit)
    return time.monotonic() - started


def expected(pool_id: UUID) -> list[tuple[str, str, int]]:
    """The plan of a pool as it is now, computed in this process: what a run must publish."""
    with transaction("REPEATABLE READ") as db:
        # the date on the pool's wall, which late in the evening is not that of this machine
        today = local_date(db, pool_id)
        assert today is not None
        policy = policies.in_force(db, pool_id, today)
        snapshot = read_snapshot(db, pool_id, today)
    proposals = plan(snapshot, policy).proposals
    assert proposals.height > 0
    return sorted(
        proposals.select("candidate.id", "placement.id", pl.col("points").cast(pl.Int64)).rows()
    )


def publications(pool_id: UUID) -> int:
    return len(rows("select run_id from publication where pool_id = :id", id=pool_id))


def waits_for(table: str) -> bool:
    """Whether somebody waits for a lock on a table."""
    found = rows(
        "select from pg_locks where relation = cast(:table as regclass) and not granted",
        table=table,
    )
    return bool(found)


def figure(name: str, seconds: float) -> None:
    """Tell a measured figure; ``pytest -s`` shows it."""
    sys.stdout.write(f"\n{name}: {seconds:.1f}\n")


def frames_evaluated(process: psutil.Process) -> bool:
    """Whether polars has begun to compute in a process: its numbered threads are there then."""
    names = (name.read_text() for name in Path(f"/proc/{process.pid}/task").glob("*/comm"))
    return any(re.fullmatch(r"polars-\d+", name.strip()) for name in names)
