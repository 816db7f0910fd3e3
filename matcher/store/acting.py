"""
On whose behalf this process acts, and what the database lets them see.

The command line and the workers act for the operator: None. Within a request it is the account
that is signed in, or `NOBODY`. What is set here reaches every transaction below it, so that no
query can forget it: each one begins under the role of the API, in the actor's pool alone.
"""

from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from matcher.domain.actors import Actor

API_ROLE = "workpool_api"
"""The database role of the API: it owns nothing and sees one pool at a time."""
WORKER_ROLE = "workpool_worker"
"""The database role of the workers: it owns nothing; a night, a sweep are of every pool."""

acting: ContextVar[Actor | None] = ContextVar("acting", default=None)


@dataclass
class Crossing:
    """
    Another pool, whose proposal or work a request may be about: the actor's scope stays their own.

    Looked up in the first transaction of the request, and known to the ones after it.
    """

    look: Callable[[Session], UUID | None]
    looked: bool = False
    pool: UUID | None = None


crossing: ContextVar[Crossing | None] = ContextVar("crossing", default=None)
"""Only `matcher.store.sharing` finds it, by what an agreement between the two pools names."""

# Both end with the transaction: a pooled connection carries nothing into the next request.
_CONFINE = text("select set_config('role', :role, true), set_config('app.pool', :pool, true)")


def confine(db: Session) -> None:
    """Begin a transaction as the present actor may see it."""
    actor = acting.get()
    if actor is None:
        return
    other = crossing.get()
    if other is None:
        _see(db, actor.pool_id)
        return
    if not other.looked:
        # As who they are: what is looked at is their own work, and the agreements about it.
        _see(db, actor.pool_id)
        other.pool, other.looked = other.look(db), True
        if other.pool is None:
            return
    _see(db, other.pool or actor.pool_id)


def _see(db: Session, pool: UUID | None) -> None:
    told = "" if pool is None else str(pool)
    db.execute(_CONFINE, {"role": API_ROLE, "pool": told})
