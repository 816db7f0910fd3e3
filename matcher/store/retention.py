"""What is due under a pool's retention rules, and what becomes of it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session

AT_ONCE = 1_000


@dataclass(frozen=True)
class Due:
    """Records of one class that a pool need not keep any longer."""

    record_class: str
    action: str
    ground: str
    days: int
    rows: int
    held: int


@dataclass(frozen=True)
class RecordClass:
    """
    How records of a class are found and ended.

    ``since`` is the day from which the period counts, and ``person`` who is concerned, for holds.
    """

    source: str
    since: str
    person: str | None
    actions: Mapping[str, str | None]


_HELD = """exists (
    select from legal_hold h where h.candidate_id = {person} and h.lifted_at is null
        and coalesce(h.until_on >= current_date, true)
)"""
_DELETE = "delete from {table} t where t.id = any(:ids)"
CLASSES: Mapping[str, RecordClass] = {
    # One by one, by an erasure each: see `matcher.service.retention`.
    "candidate": RecordClass(
        "candidate t where t.state = 'inactive'",
        "t.inactive_since",
        "t.id",
        {"erase": None, "hand_over": None},
    ),
    "consent": RecordClass(
        "candidate_consent t where coalesce(t.withdrawn_at::date, t.until_on) is not null",
        "coalesce(t.withdrawn_at::date, t.until_on)",
        "t.candidate_id",
        {"erase": _DELETE.format(table="candidate_consent")},
    ),
    "proposal": RecordClass(
        "proposal t where t.state in ('declined', 'expired', 'withdrawn', 'superseded')",
        "greatest(t.first_proposed_at, (select max(d.decided_at) from decision d"
        " where d.pool_id = t.pool_id and d.proposal_id = t.id))::date",
        "t.candidate_id",
        {
            "erase": "with mine as (select run_id, count(*) as proposals from proposal"
            " where id = any(:ids) and run_id is not null group by 1), told as ("
            " update publication p set erased = p.erased + m.proposals from mine m"
            " where p.run_id = m.run_id) delete from proposal where id = any(:ids)",
        },
    ),
    "deployment": RecordClass(
        "deployment t where t.state = 'ended' and t.candidate_id is not null",
        "coalesce(t.until_on, t.from_on)",
        "t.candidate_id",
        {
            "anonymise": "update deployment set candidate_id = null, key = 'erased ' || id,"
            " tombstone = 'kept no longer', version = version + 1 where id = any(:ids)",
            "hand_over": None,
        },
    ),
    "import": RecordClass(
        "import_job t where t.finished_at is not null",
        "t.finished_at::date",
        None,
        {"erase": _DELETE.format(table="import_job")},
    ),
    "what_if": RecordClass(
        "match_run t where t.kind = 'what_if' and t.finished_at is not null",
        "t.finished_at::date",
        None,
        {"erase": _DELETE.format(table="match_run")},
    ),
}
"""What a rule may be about. An action without a statement is carried out elsewhere."""


def due(db: Session, pool_id: uuid.UUID) -> list[Due]:
    """Return per rule of a pool how many records are due, and how many a legal hold keeps."""
    rules = db.execute(
        text(
            "select record_class, action, ground, days from retention_rule"
            " where pool_id = :pool order by record_class"
        ),
        {"pool": pool_id},
    ).all()
    found = []
    for record_class, action, ground, days in rules:
        kind = CLASSES[record_class]
        held = "false" if kind.person is None else _HELD.format(person=kind.person)
        counts = db.execute(
            text(
                f"select count(*) filter (where not {held}), count(*) filter (where {held})"
                f" from {kind.source} and t.pool_id = :pool"
                f" and {kind.since} + cast(:days as int) < current_date"
            ),
            {"pool": pool_id, "days": days},
        ).one()
        found.append(Due(record_class, action, ground, days, counts[0], counts[1]))
    return found


def due_ids(db: Session, pool_id: uuid.UUID, rule: Due) -> list[uuid.UUID]:
    """Return up to a thousand records that are due under a rule, those under a hold left out."""
    kind = CLASSES[rule.record_class]
    held = "false" if kind.person is None else _HELD.format(person=kind.person)
    return list(
        db.execute(
            text(
                f"select t.id from {kind.source} and t.pool_id = :pool and not {held}"
                f" and {kind.since} + cast(:days as int) < current_date"
                f" order by t.id limit {AT_ONCE}"
            ),
            {"pool": pool_id, "days": rule.days},
        ).scalars()
    )


def end(db: Session, rule: Due, ids: list[uuid.UUID]) -> None:
    """Carry out a rule's action on records."""
    statement = CLASSES[rule.record_class].actions[rule.action]
    assert statement is not None
    db.execute(text(statement), {"ids": ids})


def pools_due(db: Session) -> list[tuple[uuid.UUID, str]]:
    """Return the pools with rules, and the day on their wall."""
    rows = db.execute(
        text(
            "select id, (now() at time zone timezone)::date::text from pool p"
            " where exists (select from retention_rule r where r.pool_id = p.id) order by id"
        )
    )
    return [(row[0], row[1]) for row in rows]


def set_rule(
    db: Session, pool_id: uuid.UUID, values: Mapping[str, object], decided_by: str
) -> None:
    """Write a rule of a pool in place of the one before."""
    db.execute(
        text(
            "insert into retention_rule (pool_id, record_class, ground, days, action, decided_by)"
            " values (:pool, :record_class, :ground, :days, :action, :decided_by)"
            " on conflict (pool_id, record_class) do update set ground = excluded.ground,"
            " days = excluded.days, action = excluded.action,"
            " decided_by = excluded.decided_by, decided_at = now()"
        ),
        {"pool": pool_id, "decided_by": decided_by, **values},
    )
