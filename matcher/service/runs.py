"""
The life of a match run: request, claim, read, beat, publish, cancel, stop, fail, sweep.

The row is the truth. Each function is one step in one transaction of the caller; none is open
while a plan is computed. Whoever lost a run learns it as `RunStopped`.
"""

import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final

from sqlmodel import Session, select

from matcher.domain.plan import Plan
from matcher.domain.policy import Policy
from matcher.domain.questions import Question
from matcher.domain.snapshot import PoolSnapshot
from matcher.errors import (
    Conflict,
    Invalid,
    MatcherError,
    NotFound,
    RunStopped,
    SolverFailed,
    Unavailable,
)
from matcher.service import policies, what_ifs
from matcher.service.sweeping import Swept, sweep
from matcher.store import audit, work_orders
from matcher.store import runs as store
from matcher.store import what_ifs as what_ifs_store
from matcher.store.reading import read_snapshot
from matcher.store.rechecking import recheck_of
from matcher.store.runs import Claim
from matcher.store.staging import stage_plan
from matcher.store.tables import MatchRun
from matcher.store.turns import lock_run
from matcher.store.writing import save_plan

__all__ = [
    "Claim",
    "Reading",
    "RunOpen",
    "Swept",
    "answer",
    "beat",
    "cancel",
    "claim",
    "fail",
    "get",
    "publish",
    "read",
    "record",
    "request",
    "stop",
    "sweep",
    "tonight",
]

TABLE: Final = "match_run"


class RunOpen(Conflict):
    """The pool has such a run already: ``run_id`` is its id."""

    default_code = "run_open"

    def __init__(self, run_id: uuid.UUID, message: str) -> None:
        super().__init__(message)
        self.run_id = run_id


@dataclass(frozen=True)
class Reading:
    """What a run is computed from."""

    snapshot: PoolSnapshot
    policy: Policy


def request(
    db: Session,
    pool_id: uuid.UUID,
    kind: str = "request",
    created_by: str | None = None,
    question: Question | None = None,
) -> uuid.UUID:
    """
    Queue a run and return its id; hint at it after the commit.

    Parameters
    ----------
    kind
        ``request``, ``nightly`` for today's night before its hour (or the one under way), or
        ``what_if`` (see `matcher.service.what_ifs.request`, also for its errors).
    question
        What a what-if asks; the other kinds have none.

    Raises
    ------
    RunOpen
        A request is queued or running, or today's night is there already.
    NotFound
        No such pool.
    Invalid
        A what-if without a question, or a question to another kind.
    """
    if (kind == "what_if") != (question is not None):
        raise Invalid("A run of kind what_if needs a question, and only that kind has one.")
    if question is not None:
        return what_ifs.request(db, pool_id, question, created_by)
    if kind == "nightly":
        run_id, is_new = tonight(db, pool_id)
        if not is_new:
            raise RunOpen(run_id, f"The nightly run of today is {run_id}.")
        return run_id
    if store.local_date(db, pool_id) is None:
        raise NotFound(f"There is no pool {pool_id}.")
    # The open one may end between the two statements; then there is room for a new one.
    while True:
        queued = store.insert_request(db, pool_id, created_by)
        if queued is not None:
            audit.append(db, pool_id, created_by, "run.request", {"run": queued, "kind": kind})
            return queued
        open_id = store.open_request(db, pool_id)
        if open_id is not None:
            raise RunOpen(open_id, f"The pool has an open request already: {open_id}.")


def tonight(db: Session, pool_id: uuid.UUID) -> tuple[uuid.UUID, bool]:
    """
    Return today's nightly run of a pool, and whether it was made just now.

    Raises
    ------
    NotFound
        No such pool.
    """
    today = store.local_date(db, pool_id)
    if today is None:
        raise NotFound(f"There is no pool {pool_id}.")
    made = store.insert_night(db, pool_id, today)
    if made is not None:
        audit.append(db, pool_id, None, "run.request", {"run": made, "kind": "nightly"})
        return made, True
    found = db.exec(
        select(MatchRun.id).where(
            MatchRun.pool_id == pool_id,
            MatchRun.kind == "nightly",
            MatchRun.business_date == today,
        )
    ).one()
    return found, False


def get(db: Session, run_id: uuid.UUID) -> MatchRun:
    """Return a run; NotFound without it."""
    run = db.get(MatchRun, run_id, populate_existing=True)
    if run is None:
        raise NotFound(f"There is no match run {run_id}.")
    return run


def claim(db: Session, run_id: uuid.UUID, owner: str) -> Claim | None:
    """
    Take a queued run, or return None when it is not to be had: that is no error.

    Parameters
    ----------
    owner
        Which worker, for people who look at the row: host and process.
    """
    return store.claim(db, run_id, owner)


def read(db: Session, claim: Claim) -> Reading:
    """
    Read what the run is computed from; call it in a REPEATABLE READ transaction.

    It writes nothing: the heartbeat changes the run's row meanwhile, which a transaction of that
    kind could not write any more. `record` does it afterwards.
    """
    policy = policies.in_force(db, claim.pool_id, claim.today)
    return Reading(read_snapshot(db, claim.pool_id, claim.today, policy), policy)


def record(db: Session, claim: Claim, reading: Reading) -> None:
    """
    Write into the run what it is computed from: hashes, versions, seed.

    Raises
    ------
    RunStopped
        The run is no longer ours.
    """
    ours = store.record_reading(
        db,
        claim,
        snapshot_hash=reading.snapshot.digest(),
        policy_version=reading.policy.version,
        policy_digest=hashlib.sha256(reading.policy.to_toml().encode()).hexdigest(),
        seed=reading.policy.seed,
        code_version=version("workpool"),
    )
    if not ours:
        raise _lost(claim)


def beat(db: Session, claim: Claim, progress: Mapping[str, object] | None = None) -> None:
    """
    Move the lease on, and write how far the run is: phase, done, total.

    Raises
    ------
    RunStopped
        ``run_lost`` when the run is no longer ours, ``run_cancelled`` when somebody cancelled it.
    """
    stopping = work_orders.beat(db, TABLE, claim.run_id, claim.fence, progress or None)
    if stopping is None:
        raise _lost(claim)
    if stopping:
        raise _cancelled(claim)


def publish(db: Session, claim: Claim, plan: Plan) -> int:
    """
    Publish a plan and end the run, whole or not at all.

    Returns
    -------
    how many proposals were published; see `matcher.store.writing.save_plan` for what is left out.

    Raises
    ------
    RunStopped
        The run is no longer ours, or somebody cancelled it.
    SolverFailed
        The plan is empty although there were eligible pairs and openings.
    """
    if plan.proposals.is_empty() and plan.totals.pairs_eligible and plan.totals.openings_left:
        raise SolverFailed("The plan is empty, and it need not be.", code="empty_plan")
    stage_plan(db, plan)
    recheck = recheck_of(db, claim, plan, policies.in_force(db, claim.pool_id, claim.today))
    ours, stopping = lock_run(db, claim)
    if not ours:
        raise _lost(claim)
    if stopping:
        raise _cancelled(claim)
    published = save_plan(db, claim, plan, recheck)
    audit.append(
        db,
        claim.pool_id,
        None,
        "run.publish",
        {
            "run": claim.run_id,
            "fence": claim.fence,
            "proposals": published,
            "value": plan.proof.value,
            "bound": plan.proof.bound,
        },
    )
    return published


def answer(
    db: Session, claim: Claim, found: Mapping[str, Any], timings: Mapping[str, float]
) -> None:
    """
    End a what-if with its answer. Nothing is published, and the pool's fence stays.

    Raises
    ------
    RunStopped
        The run is no longer ours, or somebody cancelled it.
    """
    if not what_ifs_store.end(db, claim, found, timings):
        beat(db, claim)
        raise _lost(claim)


def cancel(db: Session, run_id: uuid.UUID) -> MatchRun:
    """
    Cancel a queued run at once; ask the worker of a running one to stop.

    Raises
    ------
    NotFound
        No such run.
    Conflict
        It has ended already.
    """
    state = work_orders.cancel(db, TABLE, run_id)
    run = get(db, run_id)
    if state is None:
        raise Conflict(f"The match run has ended already: {run.state}.", code="run_ended")
    audit.append(db, run.pool_id, None, "run.cancel", {"run": run_id, "state": state})
    return run


def stop(db: Session, claim: Claim, stopped: RunStopped) -> None:
    """Confirm a cancellation. A run that was lost is another's: it is left alone."""
    if stopped.code == "run_cancelled":
        work_orders.end(db, TABLE, claim.run_id, claim.fence, "cancelled")


def fail(db: Session, claim: Claim, error: MatcherError) -> None:
    """
    Take note that an attempt failed.

    A failure of the solver, or of the database, ends this attempt only: the lease ends now and the
    next sweep queues the run again, as long as attempts are left. Any other error would come again
    with the same input, so it ends the run.
    """
    if isinstance(error, SolverFailed):
        store.count_solver_failure(db, claim)
    if isinstance(error, SolverFailed | Unavailable | Conflict):
        work_orders.give_up(db, TABLE, claim.run_id, claim.fence, error.code)
    elif claim.question is not None:
        # who asked can only learn from the row what was wrong with the question
        told = {"error": {"code": error.code, "message": error.message}}
        what_ifs_store.end(db, claim, told, {}, error.code)
    elif work_orders.end(db, TABLE, claim.run_id, claim.fence, "failed", error.code):
        detail = {"run": claim.run_id, "code": error.code}
        audit.append(db, claim.pool_id, None, "run.fail", detail)


def _lost(claim: Claim) -> RunStopped:
    return RunStopped(f"Run {claim.run_id} is no longer this worker's.", code="run_lost")


def _cancelled(claim: Claim) -> RunStopped:
    return RunStopped(f"Run {claim.run_id} was cancelled.", code="run_cancelled")
