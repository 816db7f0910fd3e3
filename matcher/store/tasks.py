"""What needs somebody's attention, found by query: nothing is kept, so nothing is out of date."""

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from matcher.store.proposals import WORKING_DAYS
from matcher.store.sharing import AGREED, EVER_AGREED

SOON_DAYS = 42


@dataclass(frozen=True)
class Task:
    """
    One thing to do: what, by when, about what, and why.

    ``due_on`` is None where nothing runs out. ``facts`` are codes and names of fields.
    """

    kind: str
    due_on: date | None
    resource: str
    resource_id: uuid.UUID
    coach_id: uuid.UUID | None
    employer_id: uuid.UUID | None
    facts: list[str]


def tasks(
    db: Session,
    pool_id: uuid.UUID,
    *,
    coach_id: uuid.UUID | None = None,
    employer_ids: Collection[uuid.UUID] | None = None,
    unowned: bool = False,
    most: int = 200,
    after: int = 0,
) -> list[Task]:
    """
    Return what waits in a pool, the first due first.

    Parameters
    ----------
    coach_id
        Only what is this coach's.
    employer_ids
        Only what is these employers' to do.
    unowned
        Only what has no coach and no employer to do it, and placements that are paused.
    most, after
        At most so many, after the first so many.
    """
    rows = db.execute(
        text(
            "select kind, due_on, resource, resource_id, coach_id, employer_id, facts"
            f" from ({_ALL}) t"
            " where (cast(:coach as uuid) is null or coach_id = :coach)"
            " and (cast(:employers as uuid[]) is null or employer_id = any(:employers))"
            " and (not :unowned or coach_id is null)"
            " order by due_on nulls last, kind, resource_id limit :most offset :after"
        ),
        {
            "pool": pool_id,
            "coach": coach_id,
            "employers": None if employer_ids is None else list(employer_ids),
            "unowned": unowned,
            "most": most,
            "after": after,
            "soon": SOON_DAYS,
        },
    )
    return [Task(*row) for row in rows]


MISSING = {
    "mediation_postcode": "c.mediation_postcode is null and c.place is null",
    "hours_max": "c.hours_max is null",
    "work_level": "c.work_level is null",
    "available_from": "c.available_from is null",
    "dayparts": "c.dayparts is null",
    "limit_lifting": "c.limit_lifting is null",
    "guidance_need": "c.guidance_need is null",
}
"""Facts that rules ask for: while one is unknown, a rule that needs it refuses or asks."""

_WORKING = f"""(
    select max(d)::date from (
        select d from generate_series(
            (q.first_proposed_at at time zone o.timezone)::date + 1,
            (q.first_proposed_at at time zone o.timezone)::date + 21, interval '1 day'
        ) d where extract(isodow from d) <= 5 order by d limit {WORKING_DAYS}
    ) days
)"""
_PROPOSAL = """
    from proposal q join pool o on o.id = q.pool_id
    join candidate c on c.id = q.candidate_id join placement p on p.id = q.placement_id
    where q.pool_id = :pool and
"""
# Of work in another pool nothing is seen any more once no agreement names it.
_WORK = """
    from deployment d left join placement p on p.id = d.placement_id
    left join candidate c on c.id = d.candidate_id
    where d.pool_id = :pool and d.state = 'active' and
"""
# Of people of other pools: the employer's to know of and to end, as `matcher.store.sharing` says.
_WORK_OF_OTHERS = f"""
    from deployment d join placement p on p.id = d.placement_id
    where p.pool_id = :pool and d.pool_id <> :pool and d.state = 'active' and not :unowned
        and {EVER_AGREED.format(pool_id="d.pool_id")} and
"""
_TRIAL_END = "d.from_on + 7 * p.trial_weeks"
_LOOKED_AT_BY = "(x.opened_at at time zone o.timezone)::date + 7"
_LISTED = ", ".join(
    f"case when {condition} then '{name}' end" for name, condition in MISSING.items()
)
_PARTS = (
    f"select 'proposal_waits' as kind, {_WORKING} as due_on, 'proposal' as resource,"
    " q.id as resource_id, c.coach_id, null::uuid as employer_id, '{}'::text[] as facts"
    f" {_PROPOSAL} q.state = 'open' and coalesce(q.held_until <= now(), true)",
    "select 'hold_ends', (q.held_until at time zone o.timezone)::date - 1, 'proposal', q.id,"
    f" c.coach_id, null, '{{}}' {_PROPOSAL} q.state = 'open' and q.held_until > now()",
    "select 'facts_to_settle', null, 'proposal', q.id, c.coach_id, null,"
    " array(select jsonb_array_elements_text(q.unknowns) order by 1)"
    f" {_PROPOSAL} q.state = 'open' and q.unknowns <> '[]'",
    "select 'reservation_ends', (q.reserved_until at time zone o.timezone)::date - 1, 'proposal',"
    f" q.id, c.coach_id, p.employer_id, '{{}}' {_PROPOSAL} q.state = 'with_employer'",
    # On work that is shared with another pool: the employer's to answer, the person is not told.
    "select 'reservation_ends', (q.reserved_until at time zone o.timezone)::date - 1, 'proposal',"
    " q.id, null, p.employer_id, '{}' from proposal q join placement p on p.id = q.placement_id"
    " join pool o on o.id = p.pool_id where p.pool_id = :pool and q.pool_id <> :pool"
    f" and q.state = 'with_employer' and not :unowned and {AGREED.format(pool_id='q.pool_id')}",
    "select 'card_without_consent', (q.reserved_until at time zone o.timezone)::date - 1,"
    f" 'proposal', q.id, c.coach_id, null, '{{}}' {_PROPOSAL} q.state = 'with_employer'"
    " and not exists (select from candidate_consent x where x.pool_id = q.pool_id"
    " and x.candidate_id = q.candidate_id and x.withdrawn_at is null"
    " and coalesce(x.until_on >= current_date, true))",
    *(
        f"select '{kind}', {day}, 'deployment', d.id, {coach}, p.employer_id, '{{}}'"
        f" {work} {condition} {day} <= current_date + :soon"
        for kind, day, condition in (
            ("trial_ends", _TRIAL_END, "d.phase = 'trial' and"),
            ("work_ends", "d.until_on", ""),
        )
        for coach, work in (("c.coach_id", _WORK), ("null", _WORK_OF_OTHERS))
    ),
    f"""
    select 'facts_missing', null, 'candidate', c.id, c.coach_id, null,
        array_remove(array[{_LISTED}], null)
    from candidate c
    where c.pool_id = :pool and c.state = 'active' and not c.restricted
        and ({" or ".join(MISSING.values())})
        and not exists (
            select from proposal q where q.pool_id = c.pool_id and q.candidate_id = c.id
                and q.state in ('open', 'with_employer', 'accepted')
        )
    """,
    "select 'placement_paused', null, 'placement', p.id, null, p.employer_id, '{}'"
    " from placement p where p.pool_id = :pool and p.state = 'paused'",
    "select 'read_alarm', (r.raised_at at time zone o.timezone)::date + 1, 'read_alarm', r.id,"
    " null, null, '{}' from read_alarm r join pool o on o.id = r.pool_id"
    " where r.pool_id = :pool and r.reviewed_at is null",
    # For the manager, who looks at it and ends the task, and for the person's own coach.
    *(
        f"select 'exceptional_access', {_LOOKED_AT_BY}, 'exceptional_access', x.id, {coach}, null,"
        " array[x.reason_code]"
        " from exceptional_access x join pool o on o.id = x.pool_id"
        " left join candidate c on c.id = x.candidate_id"
        f" where x.pool_id = :pool and x.reviewed_at is null and {owner}"
        for coach, owner in (("null", "true"), ("c.coach_id", "c.coach_id is not null"))
    ),
)
_ALL = " union all ".join(_PARTS)


def oversight(db: Session, pool_id: uuid.UUID, days: int) -> dict[str, Any]:
    """
    Return how coaches decided on proposals in the last days.

    Returns
    -------
    ``decisions``, ``overridden``, ``accepted``, ``accepted_unopened`` (counts),
    ``median_seconds`` from being shown to deciding, None where nothing was shown, and
    ``exceptional_accesses``, ``read_alarms`` and how many of all of both are ``unreviewed``. They
    are read from rows that an erasure leaves.
    """
    row = db.execute(
        text(
            """
            select (
                    select count(*) from exceptional_access x where x.pool_id = :pool
                        and x.opened_at > now() - make_interval(days => :days)
                ) as exceptional_accesses,
                (
                    select count(*) from read_alarm r where r.pool_id = :pool
                        and r.raised_at > now() - make_interval(days => :days)
                ) as read_alarms,
                (
                    select count(*) from exceptional_access x
                    where x.pool_id = :pool and x.reviewed_at is null
                ) + (
                    select count(*) from read_alarm r
                    where r.pool_id = :pool and r.reviewed_at is null
                ) as unreviewed,
                count(*) as decisions,
                count(*) filter (where d.overrides) as overridden,
                count(*) filter (where d.outcome = 'accept') as accepted,
                count(*) filter (where d.outcome = 'accept' and d.seen_at is null)
                    as accepted_unopened,
                percentile_cont(0.5) within group (
                    order by extract(epoch from d.decided_at - d.seen_at)
                ) filter (where d.seen_at <= d.decided_at) as median_seconds
            from decision d
            where d.pool_id = :pool and d.role = 'coach' and d.outcome in ('accept', 'decline')
                and d.decided_at > now() - make_interval(days => :days)
            """
        ),
        {"pool": pool_id, "days": days},
    ).mappings()
    return dict(row.one())
