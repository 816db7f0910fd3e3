"""Who and what came and went in a pool, month by month, from the dates in its own records."""

import uuid
from datetime import date

import polars as pl
from sqlalchemy import text
from sqlmodel import Session

from matcher.domain.snapshot import HISTORY_SCHEMA


def read_history(db: Session, pool_id: uuid.UUID, today: date) -> pl.DataFrame:
    """
    Return how many people and openings came and went in each whole month before this one.

    The month in which the pool's first person entered is left out: an import on that day is no
    inflow. People who leave from work, and openings that were taken, are not counted as gone: a
    plan brought them together. An opening that comes free when work ends has come.
    """
    rows = db.execute(text(_MONTHS), {"pool_id": pool_id, "today": today}).all()
    return pl.DataFrame([tuple(row) for row in rows], schema=HISTORY_SCHEMA, orient="row")


_MONTHS = """
    with month as (
        select m::date as first_day, (m + interval '1 month')::date as next_one
        from generate_series(
            (select date_trunc('month', min(entered_on)) + interval '1 month' from candidate
                where pool_id = :pool_id),
            date_trunc('month', cast(:today as date)) - interval '1 month',
            interval '1 month'
        ) m
    ), happened as (
        select 'candidates_in' as event, entered_on as day, 1 as count from candidate
            where pool_id = :pool_id
        union all
        select 'candidates_out', c.inactive_since, 1 from candidate c
            where c.pool_id = :pool_id and c.inactive_since is not null and not exists (
                select from deployment d
                where d.pool_id = c.pool_id and d.candidate_id = c.id
                    and coalesce(d.until_on, c.inactive_since) >= c.inactive_since - 31
            )
        union all
        select 'openings_in', posted_on, openings from placement
            where pool_id = :pool_id and state <> 'draft'
        union all
        select 'openings_in', until_on, 1 from deployment
            where pool_id = :pool_id and state = 'ended' and until_on is not null
        union all
        select 'openings_out', closed_on, openings - taken from placement
            where pool_id = :pool_id and closed_on is not null
    ), event (name) as (
        values ('candidates_in'), ('candidates_out'), ('openings_in'), ('openings_out')
    )
    select m.first_day, e.name, coalesce(sum(h.count), 0)::bigint
    from month m cross join event e
    left join happened h on h.event = e.name and h.day >= m.first_day and h.day < m.next_one
    group by m.first_day, e.name
    order by m.first_day, e.name
"""
