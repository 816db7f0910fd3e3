"""The state machine of imports: claimed and fenced like a match run, one at a time per pool."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from matcher.settings import settings
from matcher.store.runs import HINT_AGAIN_SECONDS


@dataclass(frozen=True)
class ImportClaim:
    """An import that this worker holds, as long as its fence stands."""

    import_id: uuid.UUID
    pool_id: uuid.UUID
    fence: int
    attempt: int
    kind: str
    file_name: str
    dry_run: bool
    skip_bad_rows: bool
    sent_at: datetime


def claim(db: Session, import_id: uuid.UUID, owner: str) -> ImportClaim | None:
    """Take a queued import; None when it is not to be had, or another of the pool is running."""
    try:
        with db.begin_nested():
            row = db.execute(
                text(
                    """
                    update import_job set
                        state = 'running', fence = fence + 1, owner = :owner,
                        attempt = attempt + 1, heartbeat_at = now(), progress = '{}',
                        lease_until = now() + make_interval(secs => :lease),
                        started_at = coalesce(started_at, now()), error_code = null
                    where id = (
                        select id from import_job
                        where id = :id and state = 'queued' and not cancel_requested
                            and not_before <= now()
                        for update skip locked
                    )
                    returning id, pool_id, fence, attempt, kind, file_name, dry_run, skip_bad_rows,
                        created_at
                    """
                ),
                {"id": import_id, "owner": owner, "lease": settings().lease_seconds},
            ).one_or_none()
    except IntegrityError:
        return None
    return None if row is None else ImportClaim(*row)


def finish(db: Session, claim: ImportClaim, report: Mapping[str, object]) -> bool:
    """End an import that is ours with its report; return whether it was and is not cancelled."""
    return bool(
        db.execute(
            text(
                """
                update import_job set
                    state = 'succeeded', finished_at = now(), lease_until = null,
                    error_code = null, report = cast(:report as jsonb)
                where id = :id and fence = :fence and state = 'running' and not cancel_requested
                returning true
                """
            ),
            {"id": claim.import_id, "fence": claim.fence, "report": json.dumps(report)},
        ).scalar()
    )


def report(db: Session, claim: ImportClaim, report: Mapping[str, object]) -> None:
    """Keep a report with an import that is ours and goes on running."""
    db.execute(
        text(
            """
            update import_job set report = cast(:report as jsonb)
            where id = :id and fence = :fence and state = 'running'
            """
        ),
        {"id": claim.import_id, "fence": claim.fence, "report": json.dumps(report)},
    )


def due_imports(db: Session) -> list[uuid.UUID]:
    """Return the imports to hint at, the first of each pool without a running one."""
    return list(
        db.execute(
            text(
                """
                update import_job set hinted_at = now() where id in (
                    select id from (
                        select distinct on (q.pool_id) q.id, q.hinted_at from import_job q
                        where q.state = 'queued' and q.not_before <= now() and not exists (
                            select from import_job r
                            where r.pool_id = q.pool_id and r.state = 'running'
                        )
                        order by q.pool_id, q.created_at, q.id
                    ) first
                    where hinted_at is null or hinted_at < now() - make_interval(secs => :again)
                ) and state = 'queued'
                returning id
                """
            ),
            {"again": HINT_AGAIN_SECONDS},
        ).scalars()
    )


def forget_contents(db: Session) -> int:
    """
    Delete the files of imports older than 24 hours; return how many.

    One that still waits then can no longer be read, and fails.
    """
    return len(
        db.execute(
            text(
                """
                update import_job set
                    content = null,
                    state = case when state = 'queued' then 'failed' else state end,
                    error_code = case when state = 'queued' then 'file_expired' else error_code end,
                    finished_at = case when state = 'queued' then now() else finished_at end
                where content is not null and state <> 'running'
                    and created_at < now() - interval '24 hours'
                returning id
                """
            )
        ).all()
    )
