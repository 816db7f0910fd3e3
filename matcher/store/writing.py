"""
Publishing a plan: one transaction that shows all of it, or nothing.

The plan goes to the server before any lock is taken: a worker that freezes in the middle of a COPY
holds its locks past every timeout. Then run and pool are locked and their fence is checked, and
what follows are a few statements over whole tables.
"""

import uuid
from typing import Any

import orjson
from sqlalchemy import text
from sqlmodel import Session

from matcher.domain.causes import CHOICE_REPLACED, DROPPED_LATE, FILLED_LATE, counted
from matcher.domain.plan import Plan
from matcher.store.holding import HELD, PINNED
from matcher.store.rechecking import Recheck
from matcher.store.runs import Claim
from matcher.store.staging import PROPOSAL_COLUMNS


def save_plan(db: Session, claim: Claim, plan: Plan, recheck: Recheck) -> int:
    """
    Publish the staged plan and end the run, which `turns.lock_run` has found to be ours.

    Left out is a proposal whose candidate or placement changed since the snapshot, whose person
    decided meanwhile, that finds no opening left, or no room within a hard limit. An undecided
    proposal of the same pair keeps its row and its first date; other undecided ones are superseded.

    Returns
    -------
    how many proposals were published.
    """
    values: dict[str, Any] = {
        "run_id": claim.run_id,
        "pool_id": claim.pool_id,
        "fence": claim.fence,
    }
    db.execute(text(_LOCK_PLACEMENTS), values)
    db.execute(text(_KEEP), values)
    db.execute(text(_CUT), values)
    db.execute(text(_WHOLE_BUNDLES))
    beyond = recheck.drop(db)
    db.execute(text("analyze kept"))
    published: int = db.execute(text(_PUBLICATION), values).scalar_one()
    late = {row.cause: row.people for row in db.execute(text(_SUPERSEDE), values)}
    for statement in (_UPDATE_KEPT, _INSERT_NEW, _PRICES, _FORGET_PRICES, _POINT):
        db.execute(text(statement), values)
    totals = _dump(
        {
            **plan.totals.__dict__,
            "pin_conflicts": _without_erased(db, claim.pool_id, plan.totals.pin_conflicts),
            "stability": _with_late(plan.totals.stability, late),
            "published": published,
            "left_out": plan.proposals.height - published,
            "left_out_by_limit": beyond,
        }
    )
    db.execute(
        text(_SUCCEED),
        values
        | {
            "solver": plan.proof.solver,
            "solver_status": plan.proof.status,
            "gap": plan.proof.gap,
            "proof": _dump(plan.proof.__dict__),
            "totals": totals,
            "timings": _dump(plan.timings),
            "refusals": _dump(plan.totals.refusals),
        },
    )
    return published


def _with_late(stability: dict[str, Any], late: dict[str, int]) -> dict[str, Any]:
    """Return what changed since the last plan with what publishing itself left out."""
    if not late or not stability:
        return stability
    causes = stability["causes"] | late
    return counted(stability["undecided"], causes)


def _without_erased(
    db: Session, pool_id: uuid.UUID, conflicts: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Return conflicts of pins without the ids of people who were erased since the snapshot."""
    named = {pin["candidate"] for conflict in conflicts for pin in conflict["pins"]}
    if not named:
        return conflicts
    there = set(
        db.execute(
            text(
                "select id::text from candidate"
                " where pool_id = :pool_id and id = any(cast(:ids as uuid[]))"
            ),
            {"pool_id": pool_id, "ids": sorted(named)},
        ).scalars()
    )
    return [
        conflict
        | {
            "pins": [
                pin if pin["candidate"] in there else pin | {"candidate": "erased"}
                for pin in conflict["pins"]
            ]
        }
        for conflict in conflicts
    ]


def _dump(value: object) -> str:
    return orjson.dumps(value).decode()


# All placements before any candidate, the order in which a decision locks its two: pair by pair,
# a run and somebody who accepts could wait for one another. Also those that share a limit with what
# is staged, and those where somebody could accept: what is left of a limit then stays what it is.
_LOCK_PLACEMENTS = """
    select p.id from placement p
    where p.pool_id = :pool_id
        or p.employer_id in (
            select x.employer_id from placement x join staged s on s.placement_id = x.id
        )
        or p.id in (
            select q.placement_id from proposal q where q.pool_id = :pool_id and q.state = 'open'
        )
    order by p.id for share
"""
# FOR SHARE: an erasure, an edit or an acceptance waits for the commit, or is waited for and seen.
_KEEP = """
    insert into still_valid
    select s.* from staged s
    join placement p on p.id = s.placement_id
    join candidate c on c.pool_id = :pool_id and c.id = s.candidate_id
    where p.version = s.placement_version and p.state = 'open'
        and c.version = s.candidate_version and c.state = 'active' and not c.restricted
    order by p.id, c.id
    for share of p, c
"""
_CUT = f"""
    insert into kept
    with held as (
        select placement_id, count(*) as people from proposal q
        where {HELD.format("q")} group by placement_id
    ), ranked as (
        select v.*, row_number() over (
            partition by v.placement_id
            order by v.pinned desc, v.surplus desc, v.points desc, v.candidate_id
        ) as place
        from still_valid v
        where not exists (
            select from proposal q
            where q.pool_id = :pool_id and q.candidate_id = v.candidate_id and {PINNED.format("q")}
        )
    )
    select {", ".join(f"r.{column.split()[0]}" for column in PROPOSAL_COLUMNS.values())}
    from ranked r
    join placement p on p.id = r.placement_id
    left join held h on h.placement_id = r.placement_id
    where r.place <= p.openings - p.taken - coalesce(h.people, 0)
"""
# Half a team is no team, and nobody starts together with somebody who does not.
_WHOLE_BUNDLES = """
    delete from kept k
    where k.bundle is not null and (
        select count(*) from kept x where x.bundle = k.bundle
    ) < (
        select count(*) from staged s where s.bundle = k.bundle
    )
"""
_PUBLICATION = """
    insert into publication (run_id, pool_id, fence, proposals, digest)
    select :run_id, :pool_id, :fence, count(*), encode(sha256(convert_to(coalesce(string_agg(
        candidate_id || ' ' || placement_id || ' ' || points, E'\\n' order by candidate_id
    ), ''), 'UTF8')), 'hex')
    from kept
    returning proposals
"""
_UNDECIDED = "q.pool_id = :pool_id and q.state = 'open' and coalesce(q.held_until <= now(), true)"
_SUPERSEDE = f"""
    with gone as (
        update proposal q set state = 'superseded', held_until = null, version = q.version + 1,
            superseded_because = coalesce(
                (
                    select s.because from staged_change s
                    where s.candidate_id = q.candidate_id and s.placement_id = q.placement_id
                ),
                jsonb_build_object('cause', case
                    when exists (
                        select from still_valid v
                        where v.candidate_id = q.candidate_id and v.placement_id = q.placement_id
                    ) then '{FILLED_LATE.code}'
                    when q.run_id is null then '{CHOICE_REPLACED.code}'
                    else '{DROPPED_LATE.code}'
                end)
            ) || jsonb_build_object('run', :run_id)
        where {_UNDECIDED} and not exists (
            select from kept k
            where k.candidate_id = q.candidate_id and k.placement_id = q.placement_id
        )
        returning q.run_id, q.superseded_because ->> 'cause' as cause
    )
    select g.cause, count(*) as people
    from gone g join pool p on p.id = :pool_id and p.published_run_id = g.run_id
    where g.cause in ('{FILLED_LATE.code}', '{DROPPED_LATE.code}')
    group by g.cause
"""
# What a service measured is named with the pair; its row may be gone, then "measured" remains.
_SOURCE = """
    case when k.journey_measured then coalesce((
        select t.source from travel_time t, candidate c, placement p, site s
        where c.id = k.candidate_id and p.id = k.placement_id and s.id = p.site_id
            and t.origin = left(c.mediation_postcode, 4) and t.destination = left(s.postcode, 4)
            and t.mode = k.mode
    ), 'measured') else 'estimate' end
"""
_FIELDS = (
    "candidate_version",
    "placement_version",
    "points",
    "points_by_term",
    "unknowns",
    "evidence",
    "price",
    "surplus",
    "tier",
    "minutes",
    "mode",
    "alternatives",
    "pinned",
    "notes",
)
# What was updated leaves the staged rows, and the rest is new. Looking for it in the table while
# inserting there took minutes: each look went through the rows inserted so far.
_UPDATE_KEPT = f"""
    with updated as (
        update proposal q set run_id = :run_id, held_until = null, version = q.version + 1,
            first_run_id = coalesce(q.first_run_id, :run_id),
            {", ".join(f"{field} = k.{field}" for field in _FIELDS)},
            journey_source = {_SOURCE}
        from kept k
        where {_UNDECIDED} and k.candidate_id = q.candidate_id and k.placement_id = q.placement_id
        returning q.candidate_id
    )
    delete from kept k using updated u where k.candidate_id = u.candidate_id
"""
_INSERT_NEW = f"""
    insert into proposal (
        pool_id, first_run_id, run_id, candidate_id, placement_pool_id, placement_id,
        journey_source,
        {", ".join(_FIELDS)}
    )
    select :pool_id, :run_id, :run_id, k.candidate_id, p.pool_id, k.placement_id, {_SOURCE},
        {", ".join(f"k.{field}" for field in _FIELDS)}
    from kept k join placement p on p.id = k.placement_id
"""
_PRICES = """
    insert into price (run_id, pool_id, placement_pool_id, placement_id, price, potential)
    select :run_id, :pool_id, p.pool_id, p.id, s.price, s.potential from staged_price s
    join placement p on p.id = s.placement_id
"""
# A proposal keeps the price it was made at; of whole lists two are enough to compare.
_FORGET_PRICES = """
    delete from price x using pool p
    where p.id = :pool_id and x.pool_id = p.id
        and x.run_id <> :run_id and x.run_id is distinct from p.published_run_id
"""
_POINT = "update pool set published_run_id = :run_id where id = :pool_id"
_SUCCEED = """
    update match_run set
        state = 'succeeded', finished_at = now(), lease_until = null, error_code = null,
        solver = :solver, solver_status = :solver_status, gap = :gap,
        proof = cast(:proof as jsonb), totals = cast(:totals as jsonb),
        timings = cast(:timings as jsonb), refusals = cast(:refusals as jsonb)
    where id = :run_id and fence = :fence and state = 'running'
"""
