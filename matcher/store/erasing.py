"""The statements of an erasure, in the order in which everybody locks."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session

from matcher.store.database import allow_time

STATEMENT_SECONDS = 60
# Publishing a large plan holds its people for some seconds; an erasure waits for it.
LOCK_SECONDS = 60


@dataclass(frozen=True)
class Subject:
    """Somebody to be erased, locked."""

    candidate_id: uuid.UUID
    pool_id: uuid.UUID
    key: str


def pool_of(db: Session, candidate_id: uuid.UUID) -> uuid.UUID | None:
    """Return the pool that somebody is in; None without such a person."""
    found: uuid.UUID | None = db.execute(
        text("select pool_id from candidate where id = :id"), {"id": candidate_id}
    ).scalar()
    return found


def lock_subject(db: Session, candidate_id: uuid.UUID) -> Subject | None:
    """Lock the placements that keep an opening for somebody, then the person; None without one."""
    allow_time(db, STATEMENT_SECONDS)
    db.execute(
        text("select set_config('lock_timeout', :limit, true)"), {"limit": f"{LOCK_SECONDS}s"}
    )
    values = {"id": candidate_id}
    db.execute(
        text(
            "select from placement where id in (select placement_id from proposal"
            " where candidate_id = :id and state = 'with_employer') order by id for no key update"
        ),
        values,
    )
    row = db.execute(
        text("select id, pool_id, key from candidate where id = :id for update"), values
    ).first()
    return None if row is None else Subject(*row)


def standing_hold(db: Session, candidate_id: uuid.UUID) -> str | None:
    """Return the ground of a legal hold that stands."""
    found: str | None = db.execute(
        text(
            "select ground from legal_hold where candidate_id = :id and lifted_at is null"
            " and coalesce(until_on >= current_date, true) order by placed_at limit 1"
        ),
        {"id": candidate_id},
    ).scalar()
    return found


def erase(db: Session, subject: Subject) -> dict[str, int]:
    """Erase a locked person from every table but the record; return rows by kind."""
    values = {
        "id": subject.candidate_id,
        "pool": subject.pool_id,
        "key": subject.key,
        "tombstone": f"erased {uuid.uuid4()}",
        "like": f"%{subject.candidate_id}%",
    }
    counts = {
        name: int(db.execute(text(statement), values).scalar_one())
        for name, statement in STATEMENTS.items()
    }
    # What is part of a person goes with the row; counted first, so that the receipt can tell.
    counts |= {name: _count(db, name, subject) for name in parts(db)}
    db.execute(text("delete from candidate where id = :id"), values)
    return counts | {"candidate": 1}


def parts(db: Session) -> list[str]:
    """Return the tables whose rows go with a candidate's, by their foreign keys."""
    return list(
        db.execute(
            text(
                "select distinct conrelid::regclass::text from pg_constraint"
                " where contype = 'f' and confrelid = 'candidate'::regclass and confdeltype = 'c'"
                " and conrelid <> 'proposal'::regclass order by 1"
            )
        ).scalars()
    )


def figures(db: Session, pool_id: uuid.UUID) -> str:
    """Return a digest of every figure that an erasure must leave as it was."""
    found: str = db.execute(text(_FIGURES), {"pool": pool_id}).scalar_one()
    return found


def _count(db: Session, table: str, subject: Subject) -> int:
    column = PART_COLUMNS.get(table, "candidate_id")
    found: int = db.execute(
        text(f"select count(*) from {table} where pool_id = :pool and {column} = :id"),
        {"pool": subject.pool_id, "id": subject.candidate_id},
    ).scalar_one()
    return found


PART_COLUMNS: dict[str, str] = {
    # whichever of the two it is
    "companion": "case when other_id = :id then other_id else candidate_id end",
}
"""Where the column that names the person is called otherwise than ``candidate_id``."""

_MINE = "q.pool_id = :pool and q.candidate_id = :id"
_DONE = "with done as ({} returning 1) select count(*) from done"
STATEMENTS: Mapping[str, str] = {
    # The person's own account, unless it has another role too.
    "account": _DONE.format(
        "delete from account a using membership m where m.account_id = a.id"
        " and m.pool_id = :pool and m.candidate_id = :id and not exists ("
        " select from membership o where o.account_id = a.id and o.id <> m.id)"
    ),
    # Questions about the person, and answers that count them by name of their row.
    "what_if": _DONE.format(
        "delete from match_run where pool_id = :pool and kind = 'what_if'"
        " and (question::text like :like or answer::text like :like)"
    ),
    # Pins that a run could not hold are named by their people.
    "pin_conflicts_without_id": _DONE.format(
        "update match_run set totals = replace(totals::text, cast(:id as text), 'erased')::jsonb"
        " where pool_id = :pool and totals::text like :like"
    ),
    "openings_released": f"""
        with freed as (
            select q.placement_id, count(*) as people from proposal q
            where {_MINE} and q.state = 'with_employer' group by 1
        ), done as (
            update placement p set taken = greatest(p.taken - f.people, 0)
            from freed f where p.id = f.placement_id returning f.people
        ) select coalesce(sum(people), 0) from done
    """,
    "published": f"""
        with mine as (
            select q.run_id, count(*) as proposals from proposal q
            where {_MINE} and q.run_id is not null group by 1
        ), done as (
            update publication p set erased = p.erased + m.proposals
            from mine m where p.run_id = m.run_id returning m.proposals
        ) select coalesce(sum(proposals), 0) from done
    """,
    "decisions_without_name": _DONE.format(
        "update decision d set actor_id = 'erased' from proposal q"
        f" where d.pool_id = :pool and d.proposal_id = q.id and d.role = 'candidate' and {_MINE}"
    ),
    "proposal": _DONE.format(f"delete from proposal q where {_MINE}"),
    "deployments_without_name": _DONE.format(
        "update deployment set candidate_id = null, tombstone = :tombstone, key = 'erased ' || id,"
        " version = version + 1 where pool_id = :pool and candidate_id = :id"
    ),
    # That a record was opened stays, of nobody; why, in words, goes.
    "exceptional_accesses_without_name": _DONE.format(
        "update exceptional_access set candidate_id = null, words = null"
        " where pool_id = :pool and candidate_id = :id"
    ),
    # Files whose rows have been taken from them. One that still waits is told in the receipt: when
    # its turn comes, the rows of who was erased in the meantime are left out.
    "uploads": _DONE.format(
        "update import_job set content = null where pool_id = :pool and content is not null"
        " and state in ('succeeded', 'failed', 'cancelled')"
    ),
    "uploads_waiting": "select count(*) from import_job where pool_id = :pool"
    " and content is not null and state in ('queued', 'running')",
    # Faults of an import that quote the person's key.
    "import_faults": _DONE.format(
        """
        update import_job set report = report
            || jsonb_build_object('errors', coalesce((
                select jsonb_agg(e) from jsonb_array_elements(report -> 'errors') e
                where e ->> 'value' is distinct from :key), '[]'))
            || jsonb_build_object('warnings', coalesce((
                select jsonb_agg(e) from jsonb_array_elements(report -> 'warnings') e
                where e ->> 'value' is distinct from :key), '[]'))
        where pool_id = :pool and (
            jsonb_path_exists(report, '$.errors[*].value ? (@ == $key)',
                jsonb_build_object('key', cast(:key as text)))
            or jsonb_path_exists(report, '$.warnings[*].value ? (@ == $key)',
                jsonb_build_object('key', cast(:key as text))))
        """
    ),
    "requests": _DONE.format(
        "delete from idempotency_key where route like :like or resource_ref like :like"
    ),
}
"""What is erased beside the person's own rows; each gives how many."""

_FIGURES = """
    select encode(sha256(convert_to(concat_ws(E'\\n',
        (select string_agg(concat_ws(' ', month, event, band, work, people), ',' order by
            month, event, band, work)
         from (select month, event, band, work, sum(people) as people from impact_fact
               where pool_id = :pool group by 1, 2, 3, 4) f),
        (select string_agg(concat_ws(' ', state, phase, month, people), ',' order by
            state, phase, month)
         from (select state, phase, date_trunc('month', from_on) as month, count(*) as people
               from deployment where pool_id = :pool group by 1, 2, 3) d),
        (select string_agg(concat_ws(' ', outcome, role, reason_code, decisions), ',' order by
            outcome, role, reason_code)
         from (select outcome, role, reason_code, count(*) as decisions from decision
               where pool_id = :pool group by 1, 2, 3) e),
        (select concat_ws(' ', sum(proposals), count(*)) from publication where pool_id = :pool)
    ), 'UTF8')), 'hex')
"""
