"""Pins of coaches, and people who go apart or together."""

import uuid
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import delete, func, insert, or_, select, text, update
from sqlmodel import Session

from matcher.errors import Conflict, Invalid
from matcher.service import matching
from matcher.service.people import CANDIDATES
from matcher.service.records import (
    Found,
    Kind,
    Record,
    missing_or_stale,
    note_reading,
    read,
    table_of,
    telling,
)
from matcher.store import audit
from matcher.store import decisions as store
from matcher.store.tables import Candidate, Companion, Pin, Placement

PINS = Kind(
    "pin",
    Pin,
    (
        "id",
        "pool_id",
        "candidate_id",
        "placement_id",
        "version",
        "pinned_by",
        "pinned_at",
        "reason",
        "until",
        "withdrawn_at",
        "withdrawn_by",
    ),
    order=("pinned_at", "id"),
    about="candidate_id",
)
COMPANIONS = Kind(
    "companion",
    Companion,
    ("id", "pool_id", "candidate_id", "other_id", "relation", "version", "reason_code", "until"),
    order=("pool_id", "id"),
    about="candidate_id",
)


def pin(
    db: Session,
    candidate_id: uuid.UUID,
    placement_id: uuid.UUID,
    *,
    actor: str,
    reason: str | None = None,
    until: date | None = None,
) -> uuid.UUID:
    """
    Fix a pair: every run from now on proposes it, or tells what stands against it.

    Raises
    ------
    NotFound
        No such candidate, or no such placement for this person's pool.
    Conflict
        ``already_pinned``.
    Invalid
        ``until_past``.
    """
    matching.explain_pair(db, candidate_id, placement_id)
    candidate, placement = db.get_one(Candidate, candidate_id), db.get_one(Placement, placement_id)
    _check_until(db, candidate.pool_id, until)
    pins = table_of(Pin)
    mine = (pins.c.candidate_id == candidate_id) & (pins.c.placement_id == placement_id)
    if db.execute(select(pins.c.id).where(mine, pins.c.withdrawn_at.is_(None))).first():
        raise Conflict("This pair is pinned already.", code="already_pinned")
    with telling(PINS):
        made: uuid.UUID = db.execute(
            insert(pins)
            .values(
                pool_id=candidate.pool_id,
                candidate_id=candidate_id,
                placement_pool_id=placement.pool_id,
                placement_id=placement_id,
                pinned_by=actor,
                reason=reason,
                until=until,
            )
            .returning(pins.c.id)
        ).scalar_one()
    detail = {"id": made, "placement": placement_id}
    audit.append(db, candidate.pool_id, actor, "pin.create", detail, candidate_id)
    return made


def read_pin(db: Session, candidate_id: uuid.UUID, pin_id: uuid.UUID) -> Record:
    """Return a pin of a person; NotFound when it is not theirs."""
    record = read(db, PINS, pin_id)
    if record["candidate_id"] != candidate_id:
        raise PINS.not_found()
    return record


def pin_of_pair(
    db: Session, candidate_id: uuid.UUID, placement_id: uuid.UUID
) -> dict[str, Any] | None:
    """
    Return the pin of a pair that is not withdrawn, and what the published run found against it.

    Returns
    -------
    ``pinned_by, pinned_at, until``; ``against``, the resource of its `PinConflict` if the run left
    it out; ``pins``, with how many other pins it does not fit together.
    """
    found = (
        db.execute(
            text(
                """
                select x.pinned_by, x.pinned_at, x.until, c.clash->>'resource' as against,
                    coalesce(jsonb_array_length(c.clash->'pins') - 1, 0) as pins
                from pin x join pool p on p.id = x.pool_id
                left join lateral (
                    select clash from match_run r
                    cross join jsonb_array_elements(r.totals->'pin_conflicts') clash
                    where r.id = p.published_run_id
                        and clash->'pins'->-1->>'candidate' = x.candidate_id::text
                        and clash->'pins'->-1->>'placement' = x.placement_id::text
                    limit 1
                ) c on true
                where x.candidate_id = :candidate and x.placement_id = :placement
                    and x.withdrawn_at is null
                """
            ),
            {"candidate": candidate_id, "placement": placement_id},
        )
        .mappings()
        .first()
    )
    return None if found is None else dict(found)


def withdraw_pin(
    db: Session, candidate_id: uuid.UUID, pin_id: uuid.UUID, version: int, actor: str
) -> None:
    """
    Take a pin back; the record stays.

    Raises
    ------
    NotFound, Stale
        There is no such pin of this person, or it has another version by now.
    Conflict
        ``already_withdrawn``.
    """
    before = read_pin(db, candidate_id, pin_id)
    if before["withdrawn_at"] is not None:
        raise Conflict("The pin is withdrawn already.", code="already_withdrawn")
    pins = table_of(Pin)
    done = db.execute(
        update(pins)
        .where(pins.c.id == pin_id, pins.c.version == version)
        .values(withdrawn_at=func.now(), withdrawn_by=actor, version=version + 1)
        .returning(pins.c.id)
    ).first()
    if done is None:
        raise missing_or_stale(db, PINS, pin_id)
    audit.append(db, before["pool_id"], actor, "pin.withdraw", {"id": pin_id}, candidate_id)


def join(db: Session, candidate_id: uuid.UUID, values: Mapping[str, Any]) -> uuid.UUID:
    """
    Say that two people go apart or together, and return the companion's id.

    Their versions rise: a run that began before it publishes nothing for these two.

    Parameters
    ----------
    values
        ``other_id``, ``relation``, ``reason_code`` and ``until``.

    Raises
    ------
    NotFound
        No such candidate.
    Conflict
        ``already_companions``: these two have a relation; take that back first.
    Invalid
        ``unknown_reference``: the other is nobody of this pool; ``same_person``; ``until_past``.
    """
    candidate, other_id = db.get(Candidate, candidate_id), values["other_id"]
    if candidate is None:
        raise CANDIDATES.not_found()
    other = db.get(Candidate, other_id)
    if other is None or other.pool_id != candidate.pool_id:
        raise Invalid("other_id names nobody in this pool.", code="unknown_reference")
    if other_id == candidate_id:
        raise Invalid("Nobody is a companion of their own.", code="same_person")
    _check_until(db, candidate.pool_id, values["until"])
    _changed(db, candidate_id, other_id)
    companions = table_of(Companion)
    if db.execute(
        select(companions.c.id).where(
            companions.c.candidate_id.in_([candidate_id, other_id]),
            companions.c.other_id.in_([candidate_id, other_id]),
        )
    ).first():
        raise Conflict(
            "These two go apart or together already. Maybe: take that back first.",
            code="already_companions",
        )
    with telling(COMPANIONS):
        made: uuid.UUID = db.execute(
            insert(companions)
            .values(pool_id=candidate.pool_id, candidate_id=candidate_id, **values)
            .returning(companions.c.id)
        ).scalar_one()
    detail = {"id": made, "relation": values["relation"]}
    audit.append(db, candidate.pool_id, None, "companion.create", detail, candidate_id)
    return made


def companions_of(
    db: Session, candidate_id: uuid.UUID, after: uuid.UUID | None, size: int
) -> Found:
    """
    Return a page of the people that go apart from somebody or together with them.

    Raises
    ------
    NotFound
        No such candidate.
    """
    if db.get(Candidate, candidate_id) is None:
        raise CANDIDATES.not_found()
    table = COMPANIONS.table
    rows = (
        db.execute(
            select(*(table.c[name] for name in COMPANIONS.columns))
            .where(or_(table.c.candidate_id == candidate_id, table.c.other_id == candidate_id))
            .where(*([] if after is None else [table.c.id > after]))
            .order_by(table.c.id)
            .limit(size + 1)
        )
        .mappings()
        .all()
    )
    items = [_seen_by(candidate_id, dict(row)) for row in rows[:size]]
    note_reading(db, COMPANIONS, items, "list")
    return Found(items, items[-1]["id"] if len(rows) > size else None)


def read_companion(db: Session, candidate_id: uuid.UUID, companion_id: uuid.UUID) -> Record:
    """Return a companion of a person; NotFound when it is not theirs."""
    record = read(db, COMPANIONS, companion_id)
    if candidate_id not in (record["candidate_id"], record["other_id"]):
        raise COMPANIONS.not_found()
    return _seen_by(candidate_id, record)


def part(db: Session, candidate_id: uuid.UUID, companion_id: uuid.UUID, version: int) -> None:
    """
    Take back that two people go apart or together.

    Raises
    ------
    NotFound, Stale
        There is no such companion of this person, or it has another version by now.
    """
    record = read_companion(db, candidate_id, companion_id)
    _changed(db, candidate_id, record["other_id"])
    table = COMPANIONS.table
    gone = db.execute(
        delete(table)
        .where(table.c.id == companion_id, table.c.version == version)
        .returning(table.c.id)
    ).first()
    if gone is None:
        raise missing_or_stale(db, COMPANIONS, companion_id)
    audit.append(
        db, record["pool_id"], None, "companion.remove", {"id": companion_id}, candidate_id
    )


def _seen_by(candidate_id: uuid.UUID, record: Record) -> Record:
    if record["candidate_id"] == candidate_id:
        return record
    return record | {"candidate_id": candidate_id, "other_id": record["candidate_id"]}


def _changed(db: Session, *people: uuid.UUID) -> None:
    """Raise the versions of people, locked in one order whoever asks."""
    for person in sorted(people):
        candidate = store.lock(db, Candidate, person)
        if candidate is None:
            raise CANDIDATES.not_found()
        candidate.version += 1
    db.flush()


def _check_until(db: Session, pool_id: uuid.UUID, until: date | None) -> None:
    if until is not None and until < store.clock(db, pool_id).today:
        raise Invalid("until must not lie in the past.", code="until_past")
