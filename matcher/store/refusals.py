"""What was refused, as counts: written by window, linked to the chains of their pools, read."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from sqlalchemy import text
from sqlmodel import Session

LINKED_AT_ONCE: Final = 1_000
STRANGERS_KEPT: Final = "180 days"
"""How long what belongs to no pool is kept: in no chain, and nobody's retention rule."""


class Refusal(NamedTuple):
    """
    What refusals have in common that are counted together.

    ``pool_id`` is None for a stranger; with an account and without a pool it is every pool in which
    that account has a role. ``operation`` is None where it was not known yet.
    """

    pool_id: uuid.UUID | None
    account_id: uuid.UUID | None
    operation: str | None
    code: str


@dataclass(frozen=True)
class Refused:
    """How many requests were refused, and when the first and the last of them."""

    requests: int
    first_at: datetime
    last_at: datetime

    def and_then(self, later: "Refused") -> "Refused":
        """Return both together."""
        return Refused(self.requests + later.requests, self.first_at, later.last_at)


def note(db: Session, counts: Mapping[Refusal, Refused]) -> None:
    """Write counts: one statement, plain inserts, no chain and so no lock that others wait for."""
    db.execute(
        text(
            """
            select note_refusals(
                cast(:pools as uuid[]), cast(:accounts as uuid[]), cast(:operations as text[]),
                cast(:codes as text[]), cast(:requests as int[]), cast(:firsts as timestamptz[]),
                cast(:lasts as timestamptz[])
            )
            """
        ),
        {
            "pools": [key.pool_id for key in counts],
            "accounts": [key.account_id for key in counts],
            "operations": [key.operation for key in counts],
            "codes": [key.code for key in counts],
            "requests": [found.requests for found in counts.values()],
            "firsts": [found.first_at for found in counts.values()],
            "lasts": [found.last_at for found in counts.values()],
        },
    )


def unlinked_pools(db: Session) -> list[uuid.UUID]:
    """Return the pools with refusals that are not in their chain yet."""
    query = "select p.id from pool p where exists (select from refusal r"
    query += " where r.pool_id = p.id and r.seq is null) order by p.id"
    return list(db.execute(text(query)).scalars())


def link(db: Session, pool_id: uuid.UUID) -> int:
    """Put the refusals of a pool that came in into its chain, as one entry; return how many."""
    linked: int = db.execute(
        text("select link_refusals(:pool, :most)"), {"pool": pool_id, "most": LINKED_AT_ONCE}
    ).scalar_one()
    return linked


@dataclass(frozen=True)
class Told:
    """
    What was refused for one reason at one operation: of how many requests and accounts, and when.

    ``operation`` is None where it was not known; ``accounts`` is 0 where nobody had signed in.
    """

    code: str
    operation: str | None
    requests: int
    accounts: int
    first_at: datetime
    last_at: datetime


def told(db: Session, pool_id: uuid.UUID | None, days: int) -> list[Told]:
    """Return what was refused in the last days, most first; without a pool what belongs to none."""
    rows = db.execute(
        text(
            "select code, operation, sum(requests)::bigint, count(distinct account_id),"
            " min(first_at), max(last_at) from refusal"
            " where pool_id is not distinct from cast(:pool as uuid)"
            " and last_at > now() - make_interval(days => :days)"
            " group by code, operation order by 3 desc, code, operation nulls last"
        ),
        {"pool": pool_id, "days": days},
    )
    return [Told(*row) for row in rows]


def by_code(db: Session, pool_id: uuid.UUID, days: int) -> dict[str, int]:
    """Return how many requests in a pool were refused in the last days, by code."""
    rows = db.execute(
        text(
            "select code, sum(requests) from refusal where pool_id = :pool"
            " and last_at > now() - make_interval(days => :days) group by code order by code"
        ),
        {"pool": pool_id, "days": days},
    )
    return {code: int(requests) for code, requests in rows}


def forget_strangers(db: Session) -> None:
    """Delete old refusals of nobody that is known; those of a pool are part of its record."""
    db.execute(
        text(
            "delete from refusal where pool_id is null"
            f" and last_at < now() - interval '{STRANGERS_KEPT}'"
        )
    )
