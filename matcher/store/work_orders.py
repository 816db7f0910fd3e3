"""
The transitions that match runs and imports share, one UPDATE each.

``queued -> running -> succeeded | failed | cancelled``, and back to queued by `reap` alone. Every
statement names the state and the fence it expects; no row means that somebody else has the work.
All times are those of the database's clock.
"""

import json
import uuid
from collections.abc import Mapping
from typing import Literal

from sqlalchemy import text
from sqlmodel import Session

from matcher.settings import settings

Table = Literal["match_run", "import_job"]


def beat(
    db: Session,
    table: Table,
    row_id: uuid.UUID,
    fence: int,
    progress: Mapping[str, object] | None,
) -> bool | None:
    """Move the lease on; return whether to stop, or None when the work is no longer ours."""
    found = db.execute(
        text(
            f"""
            update {table} set
                lease_until = now() + make_interval(secs => :lease),
                heartbeat_at = now(),
                progress = coalesce(cast(:progress as jsonb), progress)
            where id = :id and fence = :fence and state = 'running'
            returning cancel_requested
            """
        ),
        {
            "id": row_id,
            "fence": fence,
            "lease": settings().lease_seconds,
            "progress": None if progress is None else json.dumps(progress),
        },
    ).scalar()
    return None if found is None else bool(found)


def cancel(db: Session, table: Table, row_id: uuid.UUID) -> str | None:
    """
    Cancel what is queued, ask a worker to stop what is running; None when it has ended already.

    Returns
    -------
    the state after it: ``cancelled``, or ``running`` until the worker confirms.
    """
    return db.execute(
        text(
            f"""
            update {table} set
                cancel_requested = true,
                finished_at = case when state = 'queued' then now() end,
                state = case when state = 'queued' then 'cancelled' else state end
            where id = :id and state in ('queued', 'running')
            returning state
            """
        ),
        {"id": row_id},
    ).scalar()


def end(
    db: Session,
    table: Table,
    row_id: uuid.UUID,
    fence: int,
    state: Literal["succeeded", "failed", "cancelled"],
    error_code: str | None = None,
) -> bool:
    """End work that is ours; return whether it was."""
    return bool(
        db.execute(
            text(
                f"""
                update {table} set
                    state = :state, error_code = :error_code, finished_at = now(),
                    lease_until = null
                where id = :id and fence = :fence and state = 'running'
                returning true
                """
            ),
            {"id": row_id, "fence": fence, "state": state, "error_code": error_code},
        ).scalar()
    )


def give_up(db: Session, table: Table, row_id: uuid.UUID, fence: int, error_code: str) -> None:
    """Let the lease end now, so that the next `reap` gives the work to another attempt."""
    db.execute(
        text(
            f"""
            update {table} set lease_until = now(), error_code = :error_code
            where id = :id and fence = :fence and state = 'running'
            """
        ),
        {"id": row_id, "fence": fence, "error_code": error_code},
    )


def reap(db: Session, table: Table) -> int:
    """
    Take back work whose lease is over; return how much.

    It goes back to queued (later for every attempt), or ends when it was cancelled or its attempts
    are used up. A statement of its own: claiming expired work in the same one livelocks. Rows that
    are locked are skipped, so that one frozen worker holds up only its own.
    """
    return len(
        db.execute(
            text(
                f"""
                update {table} set
                    state = case
                        when cancel_requested then 'cancelled'
                        when attempt >= max_attempts then 'failed'
                        else 'queued' end,
                    error_code = case
                        when cancel_requested then null
                        when attempt >= max_attempts then coalesce(error_code, 'attempts_exhausted')
                        end,
                    finished_at = case
                        when cancel_requested or attempt >= max_attempts then now() end,
                    not_before = now() + make_interval(secs => (attempt - 1) * :lease),
                    lease_until = null,
                    hinted_at = null
                where id in (
                    select id from {table}
                    where state = 'running' and lease_until < now()
                    for update skip locked
                )
                returning id
                """
            ),
            {"lease": settings().lease_seconds},
        ).all()
    )
