"""
What a decision locks, reads and counts, one statement each.

Everybody locks in one order: run, pool, placement, candidate, proposal, deployment, a turn at the
limits. NO KEY: who only refers to a row by its key need not wait for its decision.
"""

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar

from sqlalchemy import text
from sqlmodel import Session

from matcher.store.tables import Candidate, Deployment, Placement, Proposal

Row = TypeVar("Row", Placement, Candidate, Proposal, Deployment)


@dataclass(frozen=True)
class Clock:
    """The database's moment, and the date on the pool's wall."""

    now: datetime
    today: date


def lock(db: Session, table: type[Row], row_id: uuid.UUID) -> Row | None:
    """Lock a row for changing, waiting for others, and return it as it is now."""
    return db.get(table, row_id, populate_existing=True, with_for_update={"key_share": True})


def clock(db: Session, pool_id: uuid.UUID) -> Clock:
    """Return what time it is in a pool."""
    row = db.execute(
        text("select now(), (now() at time zone timezone)::date from pool where id = :id"),
        {"id": pool_id},
    ).one()
    return Clock(row[0], row[1])


def end_of(db: Session, pool_id: uuid.UUID, day: date) -> datetime:
    """Return the moment at which a day ends on the pool's wall."""
    found: datetime = db.execute(
        text("select cast(:day as date)::timestamp at time zone timezone from pool where id = :id"),
        {"day": day + timedelta(days=1), "id": pool_id},
    ).scalar_one()
    return found


def take_opening(db: Session, placement_id: uuid.UUID) -> bool:
    """Take an opening; return whether one was left. The version stays: no content changed."""
    return bool(
        db.execute(
            text(
                "update placement set taken = taken + 1"
                " where id = :id and taken < openings returning true"
            ),
            {"id": placement_id},
        ).scalar()
    )


def openings_uncounted(db: Session, placement_id: uuid.UUID) -> int:
    """Return the openings of a placement that are not taken and that no open proposal is for."""
    found: int = db.execute(
        text(
            "select p.openings - p.taken - count(q.id) from placement p"
            " left join proposal q on q.placement_id = p.id and q.state = 'open'"
            " where p.id = :id group by p.id"
        ),
        {"id": placement_id},
    ).scalar_one()
    return found


def take_turn(db: Session, pool_id: uuid.UUID) -> None:
    """Be the only one who looks for room within a pool's limits until the transaction ends."""
    db.execute(
        text("select pg_advisory_xact_lock(hashtextextended('limits ' || :id, 0))"),
        {"id": str(pool_id)},
    )


def open_beside(
    db: Session, candidate: Candidate, placement: Placement, *, everybody: bool
) -> list[tuple[uuid.UUID, uuid.UUID, bool]]:
    """
    Return the open proposals of a pool that may use the same limits as a pair.

    Parameters
    ----------
    everybody
        All of the pool; otherwise those at the same employer, or of the same coach.

    Returns
    -------
    candidate, placement, and whether it is held.
    """
    rows = db.execute(
        text(
            """
            select q.candidate_id, q.placement_id, coalesce(q.held_until > now(), false)
            from proposal q
            join placement p on p.id = q.placement_id
            join candidate c on c.id = q.candidate_id
            where q.pool_id = :pool_id and q.state = 'open'
                and (:everybody or p.employer_id = :employer or c.coach_id = :coach)
            """
        ),
        {
            "pool_id": candidate.pool_id,
            "everybody": everybody,
            "employer": placement.employer_id,
            "coach": candidate.coach_id,
        },
    )
    return [(row[0], row[1], row[2]) for row in rows]


def seen(db: Session) -> str:
    """Return which transactions this one sees, as `matcher.service.offers.offer_for` takes it."""
    found: str = db.execute(text("select pg_current_snapshot()::text")).scalar_one()
    return found


def release_opening(db: Session, placement_id: uuid.UUID) -> None:
    """Give an opening back."""
    db.execute(
        text("update placement set taken = greatest(taken - 1, 0) where id = :id"),
        {"id": placement_id},
    )


def first_held(db: Session, proposal_id: uuid.UUID) -> date | None:
    """Return the day, on the pool's wall, on which a proposal was first held."""
    found: date | None = db.execute(
        text(
            "select min((d.decided_at at time zone p.timezone)::date) from decision d"
            " join pool p on p.id = d.pool_id where d.proposal_id = :id and d.outcome = 'hold'"
        ),
        {"id": proposal_id},
    ).scalar()
    return found


def times_declined(db: Session, candidate_id: uuid.UUID, code: str, within_days: int) -> int:
    """Return how often proposals of a person were declined for a reason in the last days."""
    found: int = db.execute(
        text(
            "select count(*) from decision d join proposal q on q.id = d.proposal_id"
            " where q.candidate_id = :id and d.outcome = 'decline' and d.reason_code = :code"
            " and d.decided_at > now() - make_interval(days => :days)"
        ),
        {"id": candidate_id, "code": code, "days": within_days},
    ).scalar_one()
    return found


def work_of(db: Session, candidate_id: uuid.UUID) -> dict[str, Deployment]:
    """Return the active and the planned deployment of a person, by state."""
    rows = db.execute(
        text("select id from deployment where candidate_id = :id and state <> 'ended'"),
        {"id": candidate_id},
    ).scalars()
    found = [db.get_one(Deployment, row_id, populate_existing=True) for row_id in rows]
    return {deployment.state: deployment for deployment in found}


def live_proposal(db: Session, candidate_id: uuid.UUID) -> uuid.UUID | None:
    """Return the one proposal of a person that is open or with the employer."""
    found: uuid.UUID | None = db.execute(
        text(
            "select id from proposal"
            " where candidate_id = :id and state in ('open', 'with_employer')"
        ),
        {"id": candidate_id},
    ).scalar()
    return found
