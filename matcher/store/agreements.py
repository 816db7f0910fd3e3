"""Pins and companions that are in force, as frames of a snapshot."""

import uuid
from datetime import date

import polars as pl
from sqlalchemy import text
from sqlmodel import Session

from matcher.domain.snapshot import COMPANION_SCHEMA, PIN_SCHEMA
from matcher.store.holding import PINNED


def read_pins(db: Session, pool_id: uuid.UUID, today: date) -> pl.DataFrame:
    """
    Return the pins that a run has to keep, the oldest first.

    A pin that led somewhere is left out: its pair is with an employer, held or accepted, which pins
    it already, or it became work.
    """
    rows = db.execute(text(_PINS), {"pool_id": pool_id, "today": today}).all()
    return pl.DataFrame(
        {
            "candidate.id": [str(row.candidate_id) for row in rows],
            "placement.id": [str(row.placement_id) for row in rows],
            "turn": range(1, len(rows) + 1),
        },
        schema=PIN_SCHEMA,
    )


def read_companions(db: Session, pool_id: uuid.UUID, today: date) -> pl.DataFrame:
    """Return who go apart or together, and where those go already that a run does not plan for."""
    rows = db.execute(text(_COMPANIONS), {"pool_id": pool_id, "today": today}).all()
    return pl.DataFrame(
        {
            name: [None if row[at] is None else str(row[at]) for row in rows]
            for at, name in enumerate(COMPANION_SCHEMA)
        },
        schema=COMPANION_SCHEMA,
    )


def answer_pin(
    db: Session, candidate_id: uuid.UUID, placement_id: uuid.UUID, withdrawn_by: str
) -> None:
    """End the pin of a pair that somebody has declined or withdrawn: it has its answer."""
    db.execute(
        text(
            "update pin set withdrawn_at = now(), withdrawn_by = :by, version = version + 1"
            " where candidate_id = :candidate and placement_id = :placement"
            " and withdrawn_at is null"
        ),
        {"candidate": candidate_id, "placement": placement_id, "by": withdrawn_by},
    )


_PINS = f"""
    select x.candidate_id, x.placement_id from pin x
    where x.pool_id = :pool_id and x.withdrawn_at is null
        and coalesce(x.until >= :today, true)
        and not exists (
            select from proposal q
            where q.pool_id = x.pool_id and q.candidate_id = x.candidate_id
                and q.placement_id = x.placement_id and {PINNED.format("q")}
        )
        and not exists (
            select from deployment d
            where d.candidate_id = x.candidate_id and d.placement_id = x.placement_id
                and (d.state <> 'ended' or d.from_on >= x.pinned_at::date)
        )
    order by x.pinned_at, x.id
"""


def _bound(person: str) -> str:
    return f"""coalesce(
        (
            select q.placement_id from proposal q
            where q.pool_id = x.pool_id and q.candidate_id = x.{person} and {PINNED.format("q")}
            order by q.id limit 1
        ),
        -- who is at work already starts with nobody any more
        case when x.relation = 'apart' then (
            select d.placement_id from deployment d
            where d.candidate_id = x.{person} and d.state <> 'ended'
            order by d.state, d.id limit 1
        ) end
    )"""


_COMPANIONS = f"""
    select x.candidate_id, x.other_id, x.relation, {_bound("candidate_id")}, {_bound("other_id")}
    from companion x
    where x.pool_id = :pool_id and coalesce(x.until >= :today, true)
    order by x.candidate_id, x.other_id
"""
