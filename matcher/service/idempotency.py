"""A creating request that is sent twice takes effect once."""

import hashlib
from collections.abc import Callable
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import Session

from matcher.errors import Conflict
from matcher.service.records import table_of
from matcher.store.tables import IdempotencyKey


def once(
    db: Session, actor: str, key: str | None, route: str, body: bytes, make: Callable[[], UUID]
) -> UUID:
    """
    Make something, or return the id of what the same request made before.

    The key's row is written in the transaction of the effect, so a refused request may be
    repeated with its key, and a concurrent twin waits on the row. Only a reference and a digest
    are kept, for a day; no copy of what was sent. Without a key, ``make`` is simply called.

    Raises
    ------
    Conflict
        ``idempotency_key_reused``: the key came with another request before.
    """
    if key is None:
        return make()
    keys = table_of(IdempotencyKey)
    mine = (keys.c.actor_id == actor) & (keys.c.key == key)
    fingerprint = hashlib.sha256(body).hexdigest()
    claimed = db.execute(
        insert(keys)
        .values(actor_id=actor, key=key, route=route, fingerprint=fingerprint)
        .on_conflict_do_nothing()
        .returning(keys.c.key)
    ).first()
    if claimed is not None:
        made = make()
        db.execute(update(keys).where(mine).values(resource_ref=str(made)))
        return made
    before = db.execute(
        select(keys.c.route, keys.c.fingerprint, keys.c.resource_ref).where(mine)
    ).one()
    if (before.route, before.fingerprint) != (route, fingerprint):
        raise Conflict(
            "This Idempotency-Key came with another request before. Maybe: use a new one.",
            code="idempotency_key_reused",
        )
    return UUID(before.resource_ref)
