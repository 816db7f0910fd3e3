"""
Whose rows these are: for each table, per role, the condition that makes a row the actor's.

Not there is not yours: a role without a line sees no row of the table. Nothing here is a second
copy of the access table of the API, which says who may call what at all.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Table,
    Uuid,
    and_,
    any_,
    false,
    func,
    or_,
    select,
    true,
)
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlmodel import Session, SQLModel

from matcher.domain.actors import Actor
from matcher.errors import Conflict, Invalid, NotFound
from matcher.store.acting import acting
from matcher.store.shared_scopes import OF_OTHERS, agreed
from matcher.store.tables import (
    Candidate,
    Coach,
    Decision,
    Employer,
    ExceptionalAccess,
    Placement,
    Proposal,
    Site,
    SupervisorGroup,
)

Condition = ColumnElement[bool]
Columns = ReadOnlyColumnCollection[str, Any]
Scope = Callable[[Actor, Columns], Condition]


def _table(model: type[SQLModel]) -> Table:
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table


CANDIDATE, PLACEMENT, PROPOSAL = _table(Candidate), _table(Placement), _table(Proposal)
DECISION, SITE, ACCESS = _table(Decision), _table(Site), _table(ExceptionalAccess)


def _yes(matched: Any) -> Condition:
    condition: Condition = matched
    return condition


def _all(actor: Actor, row: Columns) -> Condition:
    return true()


def _caseload(actor: Actor, row: Columns) -> Condition:
    # A coach's candidates; one without a municipality is not yet anybody else's.
    mine = _yes(row.coach_id == actor.coach_id)
    if actor.stands_in:
        mine = or_(mine, _opened(actor, row))
    if actor.municipality is None:
        return mine
    there = or_(row.municipality.is_(None), row.municipality == actor.municipality)
    return and_(mine, there)


def _opened(actor: Actor, row: Columns) -> Condition:
    # Whom the coach opened for a while. As an array it is asked once, and both sides of the "or"
    # stay a search by index.
    look = ACCESS.alias()
    ongoing = select(look.c.candidate_id).where(
        look.c.pool_id == actor.pool_id,
        look.c.opened_by == actor.name,
        look.c.closed_at.is_(None),
        look.c.open_until > func.now(),
    )
    ids = func.array(ongoing.scalar_subquery(), type_=ARRAY(Uuid))
    return _yes(row.id == any_(ids))


def _candidate_of(actor: Actor, row: Columns) -> Condition:
    # What belongs to a candidate of the coach.
    person = CANDIDATE.alias()
    return _yes(row.candidate_id.in_(select(person.c.id).where(_caseload(actor, person.c))))


def _own_candidate(actor: Actor, row: Columns) -> Condition:
    return _yes(row.candidate_id == actor.candidate_id)


def _own_employer(actor: Actor, row: Columns) -> Condition:
    return _yes(row.employer_id.in_(actor.employer_ids))


def _own_placement(actor: Actor, row: Columns) -> Condition:
    work = PLACEMENT.alias()
    return _yes(row.placement_id.in_(select(work.c.id).where(_own_employer(actor, work.c))))


def _own_site(actor: Actor, row: Columns) -> Condition:
    site = SITE.alias()
    return _yes(row.site_id.in_(select(site.c.id).where(_own_employer(actor, site.c))))


def _put_to_employer(actor: Actor, row: Columns) -> Condition:
    # A proposal on the employer's work that a coach has passed on: nothing earlier is theirs.
    said = DECISION.alias()
    passed = select(said.c.id).where(
        said.c.proposal_id == row.id, said.c.outcome == "accept", said.c.role == "coach"
    )
    reached = or_(row.state.in_(("with_employer", "accepted")), passed.exists())
    return and_(_own_placement(actor, row), reached)


def _proposed_to(actor: Actor, row: Columns) -> Condition:
    # Work that was proposed to the person.
    offer = PROPOSAL.alias()
    mine = select(offer.c.placement_id).where(offer.c.candidate_id == actor.candidate_id)
    return _yes(row.id.in_(mine))


def _is(column: str, attribute: str) -> Scope:
    def scope(actor: Actor, row: Columns) -> Condition:
        return _yes(row[column] == getattr(actor, attribute))

    return scope


def _is_own_employer(actor: Actor, row: Columns) -> Condition:
    return _yes(row.id.in_(actor.employer_ids))


def _of_proposal(scope: Scope) -> Scope:
    def of(actor: Actor, row: Columns) -> Condition:
        offer = PROPOSAL.alias()
        return _yes(row.proposal_id.in_(select(offer.c.id).where(scope(actor, offer.c))))

    return of


def _companion(actor: Actor, row: Columns) -> Condition:
    person = CANDIDATE.alias()
    mine = select(person.c.id).where(_caseload(actor, person.c))
    return _yes(or_(row.candidate_id.in_(mine), row.other_id.in_(mine)))


def _look(actor: Actor, row: Columns) -> Condition:
    # What the coach opened, and what others opened of the coach's own people.
    person = CANDIDATE.alias()
    own = _caseload(replace(actor, stands_in=False), person.c)
    return _yes(
        or_(row.opened_by == actor.name, row.candidate_id.in_(select(person.c.id).where(own)))
    )


def _own_question(actor: Actor, row: Columns) -> Condition:
    return _yes(row.created_by == actor.name)


def _run(actor: Actor, row: Columns) -> Condition:
    # What somebody else asked about a person is not for every coach of the pool.
    return _yes(or_(row.kind != "what_if", _own_question(actor, row)))


_POOL_WIDE: Mapping[str, Scope] = {"pool_manager": _all, "auditor": _all, "service": _all}
_EVERYONE: Mapping[str, Scope] = {
    **_POOL_WIDE,
    **dict.fromkeys(("coach", "account_manager", "contact_point", "employer", "candidate"), _all),
}
_EMPLOYERS: Mapping[str, Scope] = {"account_manager": _own_employer, "employer": _own_employer}
_SEES_WORK: Mapping[str, Scope] = {**_POOL_WIDE, "coach": _all, "contact_point": _all}
_PROPOSALS: Mapping[str, Scope] = {
    **_POOL_WIDE,
    "coach": _candidate_of,
    "candidate": _own_candidate,
    "account_manager": _put_to_employer,
    "employer": _put_to_employer,
}

SCOPES: Mapping[str, Mapping[str, Scope]] = {
    "pool": _EVERYONE,
    "coach": {**_POOL_WIDE, "coach": _is("id", "coach_id")},
    "candidate": {
        **_POOL_WIDE,
        "coach": _caseload,
        "candidate": _is("id", "candidate_id"),
    },
    "employer": {
        **_SEES_WORK,
        "account_manager": _is_own_employer,
        "employer": _is_own_employer,
    },
    "site": {**_SEES_WORK, **_EMPLOYERS},
    "supervisor_group": {**_SEES_WORK, "account_manager": _own_site, "employer": _own_site},
    "placement": {**_SEES_WORK, **_EMPLOYERS, "candidate": _proposed_to},
    "proposal": _PROPOSALS,
    "decision": {role: _of_proposal(scope) for role, scope in _PROPOSALS.items()},
    "deployment": {
        **_POOL_WIDE,
        "coach": _candidate_of,
        "candidate": _own_candidate,
        "account_manager": _own_placement,
        "employer": _own_placement,
    },
    "match_run": {**_POOL_WIDE, "coach": _run, "account_manager": _own_question},
    "pin": {**_POOL_WIDE, "coach": _candidate_of},
    "companion": {**_POOL_WIDE, "coach": _companion},
    "candidate_consent": {
        **_POOL_WIDE,
        "coach": _candidate_of,
        "candidate": _own_candidate,
    },
    "exceptional_access": {**_POOL_WIDE, "coach": _look},
    "read_alarm": _POOL_WIDE,
    "erasure": _POOL_WIDE,
    "legal_hold": _POOL_WIDE,
    "restriction": {**_POOL_WIDE, "coach": _candidate_of, "candidate": _own_candidate},
    "import_job": _POOL_WIDE,
    "membership": _POOL_WIDE,
}
"""Table -> role -> whose rows. The pool itself is a condition of every one of them."""

REFERENCES: Mapping[str, type[SQLModel]] = {
    "coach_id": Coach,
    "employer_id": Employer,
    "site_id": Site,
    "supervisor_group_id": SupervisorGroup,
    "other_id": Candidate,
}
"""Columns that a record may be written with, and what they name: it has to be the actor's too."""


def visible(table: Table) -> Condition:
    """Return which rows of a table are the present actor's; the operator's are all."""
    actor = acting.get()
    return true() if actor is None else of(actor, table)


def changeable(table: Table) -> Condition:
    """
    Return which rows of a table are the present actor's to change.

    None that others share, and nothing of people whom a coach opened for a while.
    """
    actor = acting.get()
    if actor is None or actor.pool_id is None:
        return visible(table)
    own = of(replace(actor, stands_in=False), table)
    return and_(own, _pool_column(table) == actor.pool_id)


def of(actor: Actor, table: Table) -> Condition:
    """Return which rows of a table are an actor's; a table that has no scope is nobody's."""
    scope = SCOPES.get(table.name, {}).get(actor.role)
    if scope is None or actor.pool_id is None:
        return false()
    whole_pool: Condition = _pool_column(table) == actor.pool_id
    if actor.role in _EMPLOYERS and table.name in OF_OTHERS:
        # People of a pool that the work is shared with; an opening is theirs to give as well.
        whole_pool = or_(whole_pool, OF_OTHERS[table.name](actor, table.c))
    if table.name == "placement" and actor.role in _SEES_WORK:
        whole_pool = or_(whole_pool, _shared_with(actor, table.c))
    return and_(whole_pool, scope(actor, table.c))


def require(
    db: Session, model: type[SQLModel], row_id: uuid.UUID, *, changing: bool = False
) -> None:
    """
    Check that a row is there and the present actor's.

    Parameters
    ----------
    changing
        It is to be changed, or something below it: not by who only stands in.

    Raises
    ------
    NotFound
        It is not: which of the two is not told.
    Conflict
        ``reading_only``: it is there to be read.
    """
    table, actor = _table(model), acting.get()
    seen = db.execute(select(table.c.id).where(table.c.id == row_id, visible(table))).first()
    if seen is None:
        raise NotFound(f"There is no such {table.name.replace('_', ' ')}.")
    if changing and actor is not None and actor.role == "coach":
        own = of(replace(actor, stands_in=False), table)
        if db.execute(select(table.c.id).where(table.c.id == row_id, own)).first() is None:
            raise Conflict(
                "You opened this record to stand in: you may read it, and record a withdrawal of "
                "consent. Maybe: ask the person's own coach, or the pool manager to assign you.",
                code="reading_only",
            )


def check_references(db: Session, values: Mapping[str, Any]) -> None:
    """
    Check that what a record is to be written with is the present actor's: its pool, its employer.

    Raises
    ------
    Invalid
        ``unknown_reference``: it is not there, or not theirs.
    """
    actor = acting.get()
    if actor is None:
        return
    if values.get("pool_id", actor.pool_id) != actor.pool_id:
        raise Invalid("poolId names no pool of yours.", code="unknown_reference")
    for name, model in REFERENCES.items():
        if values.get(name) is None:
            continue
        try:
            require(db, model, values[name], changing=model is Candidate)
        except NotFound:
            raise Invalid(f"{name} names nothing in this pool.", code="unknown_reference") from None


def _pool_column(table: Table) -> ColumnElement[Any]:
    return table.c["id" if table.name == "pool" else "pool_id"]


def _shared_with(actor: Actor, row: Columns) -> Condition:
    """Placements of other pools that agreements in force open to the people of this one."""
    return agreed(row, actor.pool_id, in_force=True)
