"""
The three kinds of task: a match run, an import, the sweep.

Each is harmless when its message comes twice, late or for nothing: the row decides.
"""

import logging
import os
import socket
import time
from dataclasses import replace
from uuid import UUID

from matcher.errors import MatcherError, RunStopped
from matcher.service import runs, sweeping
from matcher.store.database import transaction
from matcher.store.runs import Claim
from workers import hints
from workers.app import app
from workers.lease import Held, lease
from workers.solving import solve_in_child

log = logging.getLogger(__name__)


@app.task(name="match_run")
def match_run(run_id: str) -> None:
    """Compute and publish a queued run, if it is still to be had."""
    with transaction() as db:
        claim = runs.claim(db, UUID(run_id), _owner())
    if claim is None:
        return
    log.info("run_claimed run=%s attempt=%d fence=%d", run_id, claim.attempt, claim.fence)
    try:
        with lease(lambda db, progress: runs.beat(db, claim, progress)) as held:
            published = _match(claim, held)
        log.info("run_published run=%s proposals=%d", run_id, published)
    except RunStopped as stopped:
        log.warning("run_stopped run=%s fence=%d code=%s", run_id, claim.fence, stopped.code)
        with transaction() as db:
            runs.stop(db, claim, stopped)
    except MatcherError as error:
        log.warning("attempt_failed run=%s attempt=%d code=%s", run_id, claim.attempt, error.code)
        with transaction() as db:
            runs.fail(db, claim, error)
        raise


def _match(claim: Claim, held: Held) -> int:
    held.progress("read", 0, 1)
    started = time.monotonic()
    with transaction("REPEATABLE READ") as db:
        reading = runs.read(db, claim)
    with transaction() as db:
        runs.record(db, claim, reading)
    read = time.monotonic()
    plan = solve_in_child(
        reading.snapshot, reading.policy, held, one_thread=claim.solver_failures > 0
    )
    seconds = {"read": read - started, "child": time.monotonic() - read}
    held.progress("publish", 0, plan.proposals.height)
    # No check of the lease here: publishing looks at the fence, which is what counts.
    with transaction() as db:
        return runs.publish(db, claim, replace(plan, timings=plan.timings | seconds))


@app.task(name="sweep")
def sweep() -> None:
    """Take back lost work, insert missing nights, and hint at what waits."""
    swept = sweeping.sweep()
    for pool_id, day in swept.missed:
        log.error("night_missed pool=%s date=%s", pool_id, day)
    if swept.reaped or swept.nights:
        log.info("swept reaped=%d nights=%d", swept.reaped, swept.nights)
    hints.send(hints.match_run(run_id, kind) for run_id, kind in swept.runs)
    hints.send(hints.import_file(import_id) for import_id in swept.imports)


def _owner() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"
