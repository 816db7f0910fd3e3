"""The end of proposals that nobody answered."""

from sqlalchemy import text
from sqlmodel import Session

from matcher.store.sharing import AGREED

WORKING_DAYS = 10
_OVER = f"""(
    q.reserved_until < now() or q.placement_pool_id <> q.pool_id and not exists (
        select from placement p where p.id = q.placement_id
            and {AGREED.format(pool_id="q.pool_id")}
    )
)"""


def expire(db: Session) -> int:
    """
    Expire what waits for longer than ten working days; return how many.

    An open proposal counts from when it was first made, and not while it is held; one that is with
    the employer ends with its reservation, or with the agreement that shared the work, and gives
    the opening back. Working days are Monday to Friday in the pool's time zone; holidays count as
    working days.
    """
    # Placements before proposals, in the order in which everybody locks them.
    db.execute(
        text(
            f"""
            select p.id from placement p
            where p.id in (
                select q.placement_id from proposal q
                where q.state = 'with_employer' and {_OVER}
            )
            order by p.id for no key update
            """
        )
    )
    released = db.execute(
        text(
            f"""
            with gone as (
                update proposal q set state = 'expired', reserved_until = null,
                    version = q.version + 1
                where q.state = 'with_employer' and {_OVER}
                returning q.placement_id
            ), freed as (
                select placement_id, count(*) as people from gone group by placement_id
            ), given_back as (
                update placement p set taken = greatest(p.taken - f.people, 0)
                from freed f where p.id = f.placement_id
            )
            select count(*) from gone
            """
        )
    ).scalar_one()
    waited = db.execute(
        text(
            """
            with gone as (
                update proposal q set state = 'expired', held_until = null, version = q.version + 1
                from pool p
                where p.id = q.pool_id and q.state = 'open'
                    and coalesce(q.held_until <= now(), true)
                    -- two weekends lie within ten working days, so younger ones need no counting
                    and q.first_proposed_at < now() - interval '14 days'
                    and (
                        select count(*) from generate_series(
                            (q.first_proposed_at at time zone p.timezone)::date + 1,
                            (now() at time zone p.timezone)::date,
                            interval '1 day'
                        ) day where extract(isodow from day) <= 5
                    ) > :working_days
                returning q.id
            )
            select count(*) from gone
            """
        ),
        {"working_days": WORKING_DAYS},
    ).scalar_one()
    return int(released) + int(waited)
