"""Runs of kind what_if: asked, answered in their row, and deleted after a day."""

import json
import uuid
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from matcher.store.runs import Claim
from matcher.store.selections import OWN_OR_SHARED


def insert(
    db: Session,
    pool_id: uuid.UUID,
    question: Mapping[str, Any],
    created_by: str | None,
    most_open: int,
) -> uuid.UUID | None:
    """Queue a what-if; None when the pool has so many open already."""
    # one after the other, so that two at once do not both find the last place free
    db.execute(
        text("select pg_advisory_xact_lock(hashtextextended('what_if ' || :id, 0))"),
        {"id": str(pool_id)},
    )
    return db.execute(
        text(
            """
            insert into match_run (pool_id, kind, created_by, question)
            select :pool_id, 'what_if', :created_by, cast(:question as jsonb)
            where :most > (
                select count(*) from match_run
                where pool_id = :pool_id and kind = 'what_if' and state in ('queued', 'running')
            )
            returning id
            """
        ),
        {
            "pool_id": pool_id,
            "created_by": created_by,
            "question": json.dumps(question),
            "most": most_open,
        },
    ).scalar()


def unknown_candidates(
    db: Session, pool_id: uuid.UUID, ids: Sequence[uuid.UUID]
) -> list[uuid.UUID]:
    """Return which of these ids are no candidates of the pool."""
    found = db.execute(
        text("select id from candidate where pool_id = :pool_id and id = any(:ids)"),
        {"pool_id": pool_id, "ids": list(ids)},
    ).scalars()
    return sorted(set(ids) - set(found))


def unknown_placements(
    db: Session, pool_id: uuid.UUID, ids: Sequence[uuid.UUID], today: date
) -> list[uuid.UUID]:
    """Return which of these ids are no placements of the pool, nor shared with it."""
    seen = OWN_OR_SHARED.format(pool_id=":pool_id", today=":today")
    found = db.execute(
        text(f"select p.id from placement p where p.id = any(:ids) and {seen}"),
        {"pool_id": pool_id, "ids": list(ids), "today": today},
    ).scalars()
    return sorted(set(ids) - set(found))


def end(
    db: Session,
    claim: Claim,
    answer: Mapping[str, Any],
    timings: Mapping[str, float],
    error_code: str | None = None,
) -> bool:
    """
    End a what-if with its answer, or with the error that ended it; return whether it was ours.

    One that is to be cancelled is not ended so.
    """
    return bool(
        db.execute(
            text(
                """
                update match_run set
                    state = :state,
                    error_code = :error_code, finished_at = now(), lease_until = null,
                    answer = cast(:answer as jsonb), timings = cast(:timings as jsonb)
                where id = :id and fence = :fence and kind = 'what_if' and state = 'running'
                    and not cancel_requested
                returning true
                """
            ),
            {
                "id": claim.run_id,
                "fence": claim.fence,
                "answer": json.dumps(answer),
                "timings": json.dumps(timings),
                "error_code": error_code,
                "state": "succeeded" if error_code is None else "failed",
            },
        ).scalar()
    )


def forget(db: Session) -> int:
    """Delete what-ifs that ended a day ago, whatever came of them; return how many."""
    return len(
        db.execute(
            text(
                """
                delete from match_run
                where kind = 'what_if' and finished_at < now() - interval '24 hours'
                returning id
                """
            )
        ).all()
    )
