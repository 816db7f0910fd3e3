"""
What each group of a limit has left: what it can carry less what people use of it now.

People use it who are at work or planned to be, and those whose proposal is with the employer, held
or accepted: a run makes no proposal for those, so their part is taken off here.
"""

import uuid
from collections.abc import Callable
from datetime import date

import polars as pl
from sqlalchemy import text
from sqlmodel import Session

from matcher.domain.ceilings import WHOLE_POOL
from matcher.domain.limits import LATER_YEARS, coach_minutes
from matcher.domain.policy import Policy
from matcher.domain.snapshot import RESOURCE_SCHEMA
from matcher.store.holding import HELD, PINNED
from matcher.store.selections import GROUP_FREE, GROUP_USE

DAYS_PER_WEEK = 7
DAYS_PER_YEAR = 365


def read_resources(db: Session, pool_id: uuid.UUID, today: date, policy: Policy) -> pl.DataFrame:
    """
    Return what the groups of every limit that is not off have left, as in a snapshot.

    A group without a number of its own has no row: no limit. One that is overbooked already has
    less than 0 left.

    Parameters
    ----------
    policy
        Which limits are off, and what the guidance of people at work takes.
    """
    makers: dict[str, Callable[[], pl.DataFrame]] = {
        "supervisor_group": lambda: _supervisor_groups(db, pool_id),
        "site": lambda: _sites(db, pool_id),
        "employer_starts": lambda: _starts(db, pool_id, today, policy),
        "caseload": lambda: _caseloads(db, pool_id),
        "coach_hours": lambda: _coach_hours(db, pool_id, today, policy),
    }
    found = [
        make().select(
            pl.lit(code).alias("limit"),
            pl.col("group"),
            pl.col("capacity").cast(pl.Int64),
            pl.lit(None, dtype=pl.Int64).alias("floor"),
        )
        for code, make in makers.items()
        if policy.limit_mode(code) != "off"
    ]
    return pl.concat([pl.DataFrame(schema=RESOURCE_SCHEMA), *found]).sort("limit", "group")


def left_of_ceilings(
    db: Session, placements: pl.DataFrame, today: date, policy: Policy
) -> pl.DataFrame:
    """
    Return what the hard ceilings of a policy have left now, as `read_resources` does of limits.

    Parameters
    ----------
    placements
        All placements of the pool, as in its snapshot: which of them a ceiling is about. How many
        openings of those are taken is read anew.
    """
    rows = []
    for ceiling in policy.ceilings:
        if not ceiling.hard or not ceiling.in_force(today):
            continue
        about = placements.filter(ceiling.condition.expression())["placement.id"].to_list()
        taken = db.execute(
            text(
                """
                select coalesce(sum(least(p.openings, p.taken + coalesce(h.people, 0))), 0)
                from placement p left join held_openings() h on h.placement_id = p.id
                where p.id = any(cast(:about as uuid[]))
                """
            ),
            {"about": about},
        ).scalar_one()
        left = ceiling.capacity - int(taken) * ceiling.amount
        rows.append((ceiling.code, WHOLE_POOL, left, None))
    return pl.DataFrame(rows, schema=RESOURCE_SCHEMA, orient="row")


def held_elsewhere(db: Session, pool_id: uuid.UUID) -> pl.DataFrame:
    """Return ``limit, group, used``: how many people other pools' held proposals count for."""
    return _read(
        db,
        f"""
        select x.code, x.place_group::text, sum(h.people)::bigint
        from (
            select o.placement_id, o.people - (
                select count(*) from proposal q where q.placement_id = o.placement_id
                    and q.pool_id = :pool_id and {HELD.format("q")}
            ) as people
            from held_openings() o
        ) h
        join placement p on p.id = h.placement_id
        cross join lateral (values
            ('supervisor_group', p.supervisor_group_id), ('site', p.site_id),
            ('employer_starts', p.employer_id)
        ) x (code, place_group)
        where h.people > 0 and x.place_group is not null
        group by x.code, x.place_group
        """,
        {"limit": pl.String, "group": pl.String, "used": pl.Int64},
        pool_id=pool_id,
    )


def _supervisor_groups(db: Session, pool_id: uuid.UUID) -> pl.DataFrame:
    return _read(
        db,
        f"""
        select g.id::text, {GROUP_FREE}
        from supervisor_group g left join {GROUP_USE} u on u.supervisor_group_id = g.id
        where {GROUP_FREE} is not null and g.pool_id in ({_SEEN})
        """,
        {"group": pl.String, "capacity": pl.Int64},
        pool_id=pool_id,
    )


def _sites(db: Session, pool_id: uuid.UUID) -> pl.DataFrame:
    return _read(
        db,
        f"""
        select s.id::text, s.max_guided_site - coalesce(sum(p.taken + coalesce(h.people, 0)), 0)
        from site s
        left join placement p on p.site_id = s.id
        left join held_openings() h on h.placement_id = p.id
        where s.max_guided_site is not null and s.pool_id in ({_SEEN})
        group by s.id
        """,
        {"group": pl.String, "capacity": pl.Int64},
        pool_id=pool_id,
    )


def _starts(db: Session, pool_id: uuid.UUID, today: date, policy: Policy) -> pl.DataFrame:
    """
    Return how many people each employer can still let begin within the horizon.

    So many a week, this week included, less who began or begins in that time, or is on the way
    there: from every pool that the work is shared with. On which day somebody begins is agreed
    when the proposal is accepted, so no week is fixed before.
    """
    weeks = max(policy.horizon_days // DAYS_PER_WEEK, 1)
    return _read(
        db,
        f"""
        select e.id::text, e.starts_per_week * :weeks - coalesce(b.people, 0)
        from employer e
        left join employer_starts_since(date_trunc('week', cast(:today as date))::date) b
            on b.employer_id = e.id
        where e.starts_per_week is not null and e.pool_id in ({_SEEN})
        """,
        {"group": pl.String, "capacity": pl.Int64},
        pool_id=pool_id,
        today=today,
        weeks=weeks,
    )


def _caseloads(db: Session, pool_id: uuid.UUID) -> pl.DataFrame:
    return _read(
        db,
        f"""
        select k.id::text, k.caseload_max - count(w.candidate_id)
        from coach k left join ({_AT_WORK}) w on w.coach_id = k.id::text
        where k.pool_id = :pool_id and k.caseload_max is not null
        group by k.id
        """,
        {"group": pl.String, "capacity": pl.Int64},
        pool_id=pool_id,
    )


def _coach_hours(db: Session, pool_id: uuid.UUID, today: date, policy: Policy) -> pl.DataFrame:
    unknown = policy.value("coach_hours", "hours_unknown")
    guided = _read(
        db,
        _AT_WORK,
        {
            "group": pl.String,
            "candidate": pl.String,
            "need": pl.String,
            "hours": pl.Float64,
            "since": pl.Date,
        },
        pool_id=pool_id,
    )
    years = (pl.lit(today) - pl.col("since")).dt.total_days().fill_null(0) // DAYS_PER_YEAR
    share = (
        pl.when(years <= 0)
        .then(LATER_YEARS[0])
        .when(years == 1)
        .then(LATER_YEARS[1])
        .otherwise(LATER_YEARS[2])
    )
    parts = {
        name: float(policy.value("coach_hours", name))
        for name in ("intensive_percent", "medium_percent", "light_percent")
    }
    minutes = coach_minutes(pl.col("need"), pl.col("hours").fill_null(unknown), **parts)
    used = guided.group_by("group").agg((minutes * share).sum().alias("used"))
    have = _read(
        db,
        """
        select k.id::text, k.hours_per_week from coach k
        where k.pool_id = :pool_id and k.hours_per_week is not null
        """,
        {"group": pl.String, "hours": pl.Float64},
        pool_id=pool_id,
    )
    left = pl.col("hours") * 60 - pl.col("used").fill_null(0.0)
    return have.join(used, on="group", how="left").select("group", left.floor().alias("capacity"))


# The pools whose placements a run may see.
_SEEN = """
    select cast(:pool_id as uuid)
    union select a.pool_id from sharing_agreement a where a.other_pool_id = :pool_id
"""
# Everybody whom a coach guides at work, once: the present work before what comes after it.
_AT_WORK = f"""
    select distinct on (c.id) c.coach_id::text, c.id::text as candidate_id, c.guidance_need,
        coalesce(x.hours, least(c.hours_max, p.hours_max))::float, x.since
    from candidate c
    join (
        select d.candidate_id, d.placement_id, d.hours_per_week as hours, d.from_on as since,
            case d.state when 'active' then 0 else 1 end as turn
        from deployment d where d.pool_id = :pool_id and d.state in ('active', 'planned')
        union all
        select q.candidate_id, q.placement_id, null, null, 2
        from proposal q where q.pool_id = :pool_id and {PINNED.format("q")}
    ) x on x.candidate_id = c.id
    join placement p on p.id = x.placement_id
    where c.pool_id = :pool_id and c.coach_id is not null
    order by c.id, x.turn
"""


def _read(
    db: Session, query: str, schema: dict[str, type[pl.DataType]], **values: object
) -> pl.DataFrame:
    rows = [tuple(row) for row in db.execute(text(query), values)]
    return pl.DataFrame(
        {name: [row[at] for row in rows] for at, name in enumerate(schema)},
        schema=dict(schema),
        strict=False,
    )
