"""
What must keep happening, whoever dies: the sweep, every few seconds.

Each step is a transaction of its own, reaping first and alone. Two sweeps at once are harmless.
"""

import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from matcher.errors import Invalid
from matcher.service import erasure_ledger, read_alarms, retention
from matcher.settings import settings
from matcher.store import (
    audit,
    import_jobs,
    parkings,
    proposals,
    refusals,
    runs,
    upkeep,
    what_ifs,
    work_orders,
)
from matcher.store.database import transaction
from matcher.store.read_alarms import Alarm

SWEEP = "sweep"


@dataclass(frozen=True)
class Swept:
    """
    What a sweep found to do.

    ``runs`` (id, kind) and ``imports`` (id) wait for a worker: send a hint for each. ``missed`` are
    nights (pool, business date) whose window passed without a run, told once: alarm; so is
    ``unwritten``, why the ledger of erasures could not be kept up. ``alarms`` are coaches who read
    about very many people. The rest are counts.
    """

    runs: list[tuple[uuid.UUID, str]]
    imports: list[uuid.UUID]
    missed: list[tuple[uuid.UUID, date]]
    nights: int
    reaped: int
    expired: int
    lifted: int
    unwritten: str | None
    alarms: list[Alarm]


def sweep(
    open_transaction: Callable[[], AbstractContextManager[Session]] = transaction,
    now: datetime | None = None,
) -> Swept:
    """
    Take back lost work, queue missing nights, and tell what waits for a worker.

    Parameters
    ----------
    open_transaction
        Opens one transaction per step.
    now
        The moment that decides which nights are due; without it the database's clock, which
        decides about leases in any case.
    """
    with open_transaction() as db:
        reaped = work_orders.reap(db, "match_run")
    with open_transaction() as db:
        reaped += work_orders.reap(db, "import_job")
    # Before nights are queued, so that who comes back is in tonight's plan.
    with open_transaction() as db:
        lifted = parkings.lift(db)
    with open_transaction() as db:
        due, late = runs.nights_due(db, now)
        nights = sum(_insert_night(db, pool_id, day) for pool_id, day in due)
        # Once, and not at every sweep of the day: an alarm that repeats itself is switched off.
        missed = [night for night in late if upkeep.note_once(db, "missed {} {}".format(*night))]
    with open_transaction() as db:
        waiting = runs.due_runs(db)
    with open_transaction() as db:
        imports = import_jobs.due_imports(db)
    with open_transaction() as db:
        import_jobs.forget_contents(db)
        what_ifs.forget(db)
    with open_transaction() as db:
        expired = proposals.expire(db)
    retention.apply_where_due(open_transaction)
    with open_transaction() as db:
        upkeep.forget_old_keys(db)
        upkeep.forget_sessions(db)
        refusals.forget_strangers(db)
        upkeep.note(db, SWEEP)
    with open_transaction() as db:
        read_in = audit.unlinked_pools(db)
    for pool_id in read_in:
        with open_transaction() as db:
            audit.link_reads(db, pool_id)
    with open_transaction() as db:
        refused_in = refusals.unlinked_pools(db)
    for pool_id in refused_in:
        with open_transaction() as db:
            refusals.link(db, pool_id)
    with open_transaction() as db:
        alarms = read_alarms.sound(db)
    unwritten = _keep_ledger(open_transaction)
    return Swept(waiting, imports, missed, nights, reaped, expired, lifted, unwritten, alarms)


def _keep_ledger(open_transaction: Callable[[], AbstractContextManager[Session]]) -> str | None:
    """Add new erasures to the ledger, if the settings name one; return why it could not be."""
    path = settings().erasure_ledger
    if path is None:
        return None
    try:
        with open_transaction() as db:
            erasure_ledger.keep_up(db, path)
    except Invalid as error:
        return error.message
    return None


def _insert_night(db: Session, pool_id: uuid.UUID, day: date) -> bool:
    made = runs.insert_night(db, pool_id, day)
    if made is not None:
        detail = {"run": made, "kind": "nightly", "date": day}
        audit.append(db, pool_id, None, "run.request", detail)
    return made is not None
