"""What an employer has of another pool's people: what an agreement names, on their own work."""

from collections.abc import Callable, Mapping
from typing import Any, cast

from sqlalchemy import ColumnElement, and_, func, or_, select, true
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from matcher.domain.actors import Actor
from matcher.store.tables import Placement, Proposal, SharingAgreement

Condition = ColumnElement[bool]
Columns = ReadOnlyColumnCollection[str, Any]

AGREEMENT = SharingAgreement.__table__  # type: ignore[attr-defined]
PLACEMENT = Placement.__table__  # type: ignore[attr-defined]
PROPOSAL = Proposal.__table__  # type: ignore[attr-defined]


def agreed(work: Columns, pool_id: Any, *, in_force: bool) -> Condition:
    """Whether an agreement opens work to a pool's people: one in force today, or any at all."""
    given = AGREEMENT.alias()
    today = func.current_date()
    found = select(given.c.id).where(
        given.c.pool_id == work.pool_id, given.c.other_pool_id == pool_id
    )
    if in_force:
        found = found.where(
            func.coalesce(given.c.from_on <= today, true()),
            func.coalesce(given.c.until_on >= today, true()),
            or_(func.cardinality(given.c.kinds) == 0, work.kind == func.any(given.c.kinds)),
        )
    return found.exists()


def _proposed_by_others(actor: Actor, row: Columns) -> Condition:
    work = PLACEMENT.alias()
    ours = work.c.id == row.placement_id, work.c.pool_id == actor.pool_id
    given = select(work.c.id).where(*ours, agreed(work.c, row.pool_id, in_force=True))
    ever = select(work.c.id).where(*ours, agreed(work.c, row.pool_id, in_force=False))
    # What was agreed on goes on when the days of the agreement are over.
    return or_(given.exists(), and_(row.state == "accepted", ever.exists()))


def _decided_by_others(actor: Actor, row: Columns) -> Condition:
    offer = PROPOSAL.alias()
    mine = select(offer.c.id).where(_proposed_by_others(actor, offer.c))
    return cast(Condition, row.proposal_id.in_(mine))


def _at_work_from_others(actor: Actor, row: Columns) -> Condition:
    work = PLACEMENT.alias()
    ours = select(work.c.id).where(
        work.c.pool_id == actor.pool_id, agreed(work.c, row.pool_id, in_force=False)
    )
    return cast(Condition, row.placement_id.in_(ours))


OF_OTHERS: Mapping[str, Callable[[Actor, Columns], Condition]] = {
    "proposal": _proposed_by_others,
    "decision": _decided_by_others,
    "deployment": _at_work_from_others,
}
"""What an employer has of people of other pools, as far as an agreement names the work."""
