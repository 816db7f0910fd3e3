"""
The three kinds of task: a match run, an import, the sweep.

Each is harmless when its message comes twice, late or for nothing: the row decides.
"""

import logging
import os
import socket
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from matcher.errors import MatcherError, RunStopped
from matcher.service import import_jobs, importing, measuring, runs, sweeping
from matcher.service.runs import Reading
from matcher.store.database import transaction
from matcher.store.import_jobs import ImportClaim
from matcher.store.runs import Claim
from workers import hints
from workers.app import app
from workers.lease import Held, lease
from workers.solving import ask_in_child, solve_in_child

log = logging.getLogger(__name__)


@app.task(name="match_run")
def match_run(run_id: str) -> None:
    """Compute a queued run, if it is still to be had: publish its plan, or answer its question."""
    with transaction() as db:
        claim = runs.claim(db, UUID(run_id), _owner())
    if claim is None:
        return
    log.info("run_claimed run=%s attempt=%d fence=%d", run_id, claim.attempt, claim.fence)
    try:
        with lease(lambda db, progress: runs.beat(db, claim, progress)) as held:
            if claim.question is None:
                published = _match(claim, held)
                log.info("run_published run=%s proposals=%d", run_id, published)
            else:
                _inquire(claim, claim.question, held)
                log.info("run_answered run=%s", run_id)
    except RunStopped as stopped:
        log.warning("run_stopped run=%s fence=%d code=%s", run_id, claim.fence, stopped.code)
        with transaction() as db:
            runs.stop(db, claim, stopped)
    except MatcherError as error:
        log.warning("attempt_failed run=%s attempt=%d code=%s", run_id, claim.attempt, error.code)
        with transaction() as db:
            runs.fail(db, claim, error)


def _match(claim: Claim, held: Held) -> int:
    held.progress("read", 0, 1)
    started = time.monotonic()
    with transaction() as db:
        measuring.measure(db, claim.pool_id)
    reading = _read(claim)
    read = time.monotonic()
    plan = solve_in_child(
        reading.snapshot, reading.policy, held, one_thread=claim.solver_failures > 0
    )
    seconds = {"read": read - started, "child": time.monotonic() - read}
    held.progress("publish", 0, plan.proposals.height)
    # No check of the lease here: publishing looks at the fence, which is what counts.
    with transaction() as db:
        return runs.publish(db, claim, replace(plan, timings=plan.timings | seconds))


def _inquire(claim: Claim, question: Mapping[str, Any], held: Held) -> None:
    held.progress("read", 0, 1)
    started = time.monotonic()
    reading = _read(claim)
    read = time.monotonic()
    found = ask_in_child(
        reading.snapshot, reading.policy, question, held, one_thread=claim.solver_failures > 0
    )
    seconds = {"read": round(read - started, 4), "child": round(time.monotonic() - read, 4)}
    with transaction() as db:
        runs.answer(db, claim, found, seconds)


def _read(claim: Claim) -> Reading:
    """Read the pool as it is at one moment, and note in the run what was read."""
    with transaction("REPEATABLE READ") as db:
        reading = runs.read(db, claim)
    with transaction() as db:
        runs.record(db, claim, reading)
    return reading


@app.task(name="import_file")
def import_file(import_id: str) -> None:
    """Import a queued file, if it is still to be had: all of it in one transaction."""
    with transaction() as db:
        claim = import_jobs.claim(db, UUID(import_id), _owner())
    if claim is None:
        return
    log.info("import_claimed import=%s attempt=%d", import_id, claim.attempt)
    try:
        with lease(lambda db, progress: import_jobs.beat(db, claim, progress)) as held:
            _import(claim, held)
        log.info("import_ended import=%s", import_id)
    except RunStopped as stopped:
        log.warning("import_stopped import=%s code=%s", import_id, stopped.code)
        with transaction() as db:
            import_jobs.stop(db, claim)
    except MatcherError as error:
        log.warning("import_failed import=%s code=%s", import_id, error.code)
        with transaction() as db:
            import_jobs.fail(db, claim, error)


def _import(claim: ImportClaim, held: Held) -> None:
    with transaction() as db:
        content = import_jobs.content(db, claim)
    with transaction() as db:
        report = importing.run(
            db,
            claim.pool_id,
            content,
            claim.kind,
            dry_run=claim.dry_run,
            skip_bad_rows=claim.skip_bad_rows,
            file_name=claim.file_name,
            sent_at=claim.sent_at,
            progress=held.progress,
            should_stop=lambda: held.stopped,
        )
        # With the rows it writes, or not at all: it looks at the fence.
        import_jobs.finish(db, claim, report.to_dict())


@app.task(name="sweep")
def sweep() -> None:
    """Take back lost work, insert missing nights, and hint at what waits."""
    swept = sweeping.sweep()
    for pool_id, day in swept.missed:
        log.error("night_missed pool=%s date=%s", pool_id, day)
    if swept.unwritten:
        log.error("erasure_ledger_not_written why=%s", swept.unwritten)
    for alarm in swept.alarms:
        log.warning(
            "read_alarm pool=%s account=%s people=%d", alarm.pool_id, alarm.read_by, alarm.people
        )
    if swept.reaped or swept.nights:
        log.info("swept reaped=%d nights=%d", swept.reaped, swept.nights)
    hints.send(hints.match_run(run_id, kind) for run_id, kind in swept.runs)
    hints.send(hints.import_file(import_id) for import_id in swept.imports)


def _owner() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"
