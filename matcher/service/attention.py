"""What needs attention: the task list of who is signed in, and how people decide in a pool."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlmodel import Session

from matcher.domain.actors import ActorRole
from matcher.store import refusals
from matcher.store import tasks as store
from matcher.store.refusals import Told
from matcher.store.tasks import Task

__all__ = ["Oversight", "Task", "Told", "oversight", "refused", "tasks"]

RUBBER_STAMPING = 0.95
"""Above this share of acceptances that were never opened, something is wrong."""
FEWEST_DECISIONS = 10


@dataclass(frozen=True)
class Oversight:
    """
    Whether people decide, or only confirm. Shares are None where nothing was decided.

    Parameters
    ----------
    override_rate
        Decisions by which a coach chose otherwise than the plan, as a share of all.
    median_seconds
        From the proposal being shown to the decision.
    accepted_unopened
        Acceptances of proposals that were never shown, as a share of all acceptances.
    alarm
        That share is above `RUBBER_STAMPING`, of at least `FEWEST_DECISIONS` acceptances.
    refused
        Requests that were refused, by code; those of strangers are told by `refused`.
    exceptional_accesses, read_alarms, unreviewed
        Records opened outside a caseload, coaches who read about very many people, and how many of
        all of these no manager has looked at yet.
    """

    days: int
    decisions: int
    override_rate: float | None
    median_seconds: float | None
    accepted_unopened: float | None
    alarm: bool
    refused: Mapping[str, int]
    exceptional_accesses: int
    read_alarms: int
    unreviewed: int


def tasks(
    db: Session,
    pool_id: uuid.UUID,
    role: ActorRole,
    *,
    coach_id: uuid.UUID | None = None,
    employer_ids: Collection[uuid.UUID] = (),
    most: int = 200,
    after: int = 0,
) -> list[Task]:
    """Return what somebody in a role has to do, the first due first; other roles have nothing."""
    if role == "coach":
        return store.tasks(
            db, pool_id, coach_id=coach_id or uuid.UUID(int=0), most=most, after=after
        )
    if role in ("employer", "account_manager"):
        return store.tasks(db, pool_id, employer_ids=employer_ids, most=most, after=after)
    if role == "pool_manager":
        return store.tasks(db, pool_id, unowned=True, most=most, after=after)
    return []


def refused(db: Session, pool_id: uuid.UUID | None, days: int) -> list[Told]:
    """
    Return what was refused in the last days, most first.

    Without a pool it is what belongs to none: of strangers, whom no pool's manager sees.
    """
    return refusals.told(db, pool_id, days)


def oversight(db: Session, pool_id: uuid.UUID, days: int = 90) -> Oversight:
    """Return how coaches of a pool decided in the last days, and what was refused there."""
    found = store.oversight(db, pool_id, days)
    accepted, unopened = found["accepted"], found["accepted_unopened"]
    share = unopened / accepted if accepted else None
    median = found["median_seconds"]
    return Oversight(
        days=days,
        decisions=found["decisions"],
        override_rate=found["overridden"] / found["decisions"] if found["decisions"] else None,
        median_seconds=None if median is None else float(median),
        accepted_unopened=share,
        alarm=accepted >= FEWEST_DECISIONS and unopened > RUBBER_STAMPING * accepted,
        refused=refusals.by_code(db, pool_id, days),
        exceptional_accesses=found["exceptional_accesses"],
        read_alarms=found["read_alarms"],
        unreviewed=found["unreviewed"],
    )
