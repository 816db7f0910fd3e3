"""
On whose behalf this process acts, and what the database lets them see.

The command line and the workers act for the operator: None. Within a request it is the account
that is signed in, or `NOBODY`. What is set here reaches every transaction below it, so that no
query can forget it: each one begins under the role of the API, in the actor's pool alone.
"""

from contextvars import ContextVar
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from matcher.domain.actors import Actor

API_ROLE = "workpool_api"
"""The database role of the API: it owns nothing and sees one pool at a time."""
WORKER_ROLE = "workpool_worker"
"""The database role of the workers: it owns nothing; a night, a sweep are of every pool."""

acting: ContextVar[Actor | None] = ContextVar("acting", default=None)

crossing: ContextVar[UUID | None] = ContextVar("crossing", default=None)
"""
Another pool, whose proposal or work the request is about: the actor's scope stays their own.

Only `matcher.store.sharing` finds it, by what an agreement between the two pools names.
"""

# Both end with the transaction: a pooled connection carries nothing into the next request.
_CONFINE = text("select set_config('role', :role, true), set_config('app.pool', :pool, true)")


def confine(db: Session) -> None:
    """Begin a transaction as the present actor may see it."""
    actor = acting.get()
    if actor is not None:
        pool = crossing.get() or actor.pool_id
        told = "" if pool is None else str(pool)
        db.execute(_CONFINE, {"role": API_ROLE, "pool": told})
