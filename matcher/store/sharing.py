"""What crosses between two pools: answers on work that one opens to the people of the other."""

from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from matcher.domain.actors import Actor

AGREED = """exists (
    select from sharing_agreement a
    where a.pool_id = p.pool_id and a.other_pool_id = {pool_id}
        and coalesce(a.from_on <= current_date, true)
        and coalesce(a.until_on >= current_date, true)
        and (cardinality(a.kinds) = 0 or p.kind = any(a.kinds))
)"""
"""That an agreement in force opens the work ``p`` to people of another pool."""

EVER_AGREED = """exists (
    select from sharing_agreement a
    where a.pool_id = p.pool_id and a.other_pool_id = {pool_id}
)"""
"""That there is one at all: what began under it goes on when its days are over."""

_WHOSE = {
    "proposals": f"""
        select q.pool_id from proposal q join placement p on p.id = q.placement_id
        where q.id = :id and q.pool_id <> :own and p.pool_id = :own
            and p.employer_id = any(:employers)
            and (
                {AGREED.format(pool_id="q.pool_id")}
                or q.state = 'accepted' and {EVER_AGREED.format(pool_id="q.pool_id")}
            )
    """,
    "deployments": f"""
        select d.pool_id from deployment d join placement p on p.id = d.placement_id
        where d.id = :id and d.pool_id <> :own and p.pool_id = :own
            and p.employer_id = any(:employers) and {EVER_AGREED.format(pool_id="d.pool_id")}
    """,
}
CROSSING = frozenset(_WHOSE)
"""What an employer answers, or has, of people of another pool, as addresses call it."""


def other_pool(db: Session, actor: Actor, collection: str, row_id: UUID) -> UUID | None:
    """
    Return the pool of the person whom one of the employer's proposals or deployments is about.

    None when it is their own, when there is none, and when no agreement names it: nothing of
    another pool is looked at then.
    """
    values = {"id": row_id, "own": actor.pool_id, "employers": list(actor.employer_ids)}
    found: UUID | None = db.execute(text(_WHOSE[collection]), values).scalar()
    return found


def is_agreed(db: Session, placement_id: UUID, pool_id: UUID) -> bool:
    """Return whether a placement is open to a pool's people today: its own, or by an agreement."""
    agreed = AGREED.format(pool_id=":pool")
    found: bool = db.execute(
        text(f"select p.pool_id = :pool or {agreed} from placement p where p.id = :id"),
        {"id": placement_id, "pool": pool_id},
    ).scalar_one()
    return found
