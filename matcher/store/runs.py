"""The state machine of match runs, one statement per transition."""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session

from matcher.settings import settings

HINT_AGAIN_SECONDS = 15
NIGHT_WINDOW_HOURS = 12


@dataclass(frozen=True)
class Claim:
    """A run that this worker holds, as long as its fence stands."""

    run_id: uuid.UUID
    pool_id: uuid.UUID
    kind: str
    fence: int
    attempt: int
    solver_failures: int
    today: date
    question: dict[str, Any] | None = None


def insert_request(db: Session, pool_id: uuid.UUID, created_by: str | None) -> uuid.UUID | None:
    """Queue a run on request; None when the pool has one open already."""
    return db.execute(
        text(
            """
            insert into match_run (pool_id, kind, created_by)
            values (:pool_id, 'request', :created_by)
            on conflict (pool_id, kind)
                where kind = 'request' and state in ('queued', 'running') do nothing
            returning id
            """
        ),
        {"pool_id": pool_id, "created_by": created_by},
    ).scalar()


def open_request(db: Session, pool_id: uuid.UUID) -> uuid.UUID | None:
    """Return the pool's queued or running request."""
    return db.execute(
        text(
            """
            select id from match_run
            where pool_id = :pool_id and kind = 'request' and state in ('queued', 'running')
            """
        ),
        {"pool_id": pool_id},
    ).scalar()


def insert_night(db: Session, pool_id: uuid.UUID, business_date: date) -> uuid.UUID | None:
    """Queue the nightly run of a business date; None when it is there already."""
    return db.execute(
        text(
            """
            insert into match_run (pool_id, kind, business_date)
            values (:pool_id, 'nightly', :business_date)
            on conflict (pool_id, business_date) where kind = 'nightly' do nothing
            returning id
            """
        ),
        {"pool_id": pool_id, "business_date": business_date},
    ).scalar()


def nights_due(
    db: Session, now: datetime | None = None
) -> tuple[list[tuple[uuid.UUID, date]], list[tuple[uuid.UUID, date]]]:
    """
    Return the nightly runs that are due and not there, and those that were missed.

    A business date begins at ``WORKPOOL_NIGHTLY_AT`` by the clock on the pool's wall, and its run
    is due for 12 hours by that clock; so a day of 23 or 25 hours has one like any other. Missed is
    a night without a run after those hours, in a pool that had nightly runs before.

    Parameters
    ----------
    now
        The moment to look at; without it the database's clock.
    """
    rows = db.execute(
        text(
            """
            with wall as (
                select id as pool_id,
                    (coalesce(cast(:now as timestamptz), now()) at time zone timezone)
                        - cast(:nightly_at as interval) as since
                from pool
            )
            select w.pool_id, w.since::date,
                cast(w.since as time) < make_interval(hours => :hours)::time as due
            from wall w
            where not exists (
                select from match_run r
                where r.pool_id = w.pool_id and r.kind = 'nightly'
                    and r.business_date = w.since::date
            ) and (
                cast(w.since as time) < make_interval(hours => :hours)::time
                or exists (
                    select from match_run r
                    where r.pool_id = w.pool_id and r.kind = 'nightly'
                        and r.business_date < w.since::date
                )
            )
            order by w.pool_id
            """
        ),
        {
            "now": now,
            "nightly_at": _clock(settings().nightly_at),
            "hours": NIGHT_WINDOW_HOURS,
        },
    ).all()
    due = [(pool_id, day) for pool_id, day, in_window in rows if in_window]
    missed = [(pool_id, day) for pool_id, day, in_window in rows if not in_window]
    return due, missed


def local_date(db: Session, pool_id: uuid.UUID) -> date | None:
    """Return today's date in the pool's time zone; None without such a pool."""
    return db.execute(
        text("select (now() at time zone timezone)::date from pool where id = :id"),
        {"id": pool_id},
    ).scalar()


def claim(db: Session, run_id: uuid.UUID, owner: str) -> Claim | None:
    """
    Take a queued run: raise the pool's fence, begin a lease, count the attempt.

    A what-if publishes nothing, so it has a fence of its own and leaves the pool's alone.

    Returns
    -------
    the claim, or None: not queued, not due, cancelled, another has it, or the pool has a running
    run. Then nothing is changed.
    """
    try:
        with db.begin_nested():
            return _claim(db, run_id, owner)
    except IntegrityError:
        return None  # one running run per pool
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) == "55P03":
            return None  # the pool is locked: its run is being published just now
        raise


def _claim(db: Session, run_id: uuid.UUID, owner: str) -> Claim | None:
    found = db.execute(
        text(
            """
            select pool_id, kind, fence from match_run
            where id = :id and state = 'queued' and not cancel_requested and not_before <= now()
            for update skip locked
            """
        ),
        {"id": run_id},
    ).one_or_none()
    if found is None:
        return None
    pool_id, kind, fence = found
    fence += 1
    if kind != "what_if":
        fence = db.execute(
            text("update pool set fence = fence + 1 where id = :id returning fence"),
            {"id": pool_id},
        ).scalar_one()
    row = db.execute(
        text(
            """
            update match_run r set
                state = 'running', fence = :fence, owner = :owner, attempt = attempt + 1,
                lease_until = now() + make_interval(secs => :lease), heartbeat_at = now(),
                started_at = coalesce(started_at, now()), progress = '{}', error_code = null
            from pool p
            where r.id = :id and p.id = r.pool_id
            returning r.attempt, r.solver_failures,
                coalesce(r.business_date, (r.started_at at time zone p.timezone)::date), r.question
            """
        ),
        {"id": run_id, "fence": fence, "owner": owner, "lease": settings().lease_seconds},
    ).one()
    return Claim(run_id, pool_id, kind, fence, *row)


def record_reading(
    db: Session,
    claim: Claim,
    *,
    snapshot_hash: str,
    policy_version: int,
    policy_digest: str,
    seed: int,
    code_version: str,
) -> bool:
    """Write what the run was computed from; return whether the run is still ours."""
    return bool(
        db.execute(
            text(
                """
                update match_run set
                    snapshot_hash = :snapshot_hash, policy_version = :policy_version,
                    policy_digest = :policy_digest, seed = :seed, code_version = :code_version
                where id = :id and fence = :fence and state = 'running'
                returning true
                """
            ),
            {
                "id": claim.run_id,
                "fence": claim.fence,
                "snapshot_hash": snapshot_hash,
                "policy_version": policy_version,
                "policy_digest": policy_digest,
                "seed": seed,
                "code_version": code_version,
            },
        ).scalar()
    )


def count_solver_failure(db: Session, claim: Claim) -> None:
    """Note that the solver itself failed: the next attempt takes a simpler method."""
    db.execute(
        text(
            """
            update match_run set solver_failures = solver_failures + 1
            where id = :id and fence = :fence and state = 'running'
            """
        ),
        {"id": claim.run_id, "fence": claim.fence},
    )


def due_runs(db: Session) -> list[tuple[uuid.UUID, str]]:
    """
    Return (id, kind) of the runs to hint at, and note that they were.

    Of each pool without a running run the first that is due, and every what-if, unless its last
    hint is so young that it may still be on its way.
    """
    rows = db.execute(
        text(
            """
            update match_run set hinted_at = now() where id in (
                select id from (
                    select distinct on (q.pool_id, beside) q.id, q.hinted_at,
                        case when q.kind = 'what_if' then q.id end as beside
                    from match_run q
                    where q.state = 'queued' and q.not_before <= now() and (
                        q.kind = 'what_if' or not exists (
                            select from match_run r
                            where r.pool_id = q.pool_id and r.state = 'running'
                                and r.kind <> 'what_if'
                        )
                    )
                    order by q.pool_id, beside, q.created_at, q.id
                ) first
                where hinted_at is null or hinted_at < now() - make_interval(secs => :again)
            ) and state = 'queued'
            returning id, kind
            """
        ),
        {"again": HINT_AGAIN_SECONDS},
    ).all()
    return [(run_id, kind) for run_id, kind in rows]


def _clock(moment: time) -> str:
    return moment.strftime("%H:%M")
