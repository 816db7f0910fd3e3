"""Everything that is kept about one person, table by table."""

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from matcher.store import erasing

# Opened by the vault, or of no meaning without it.
SEALED = frozenset({"candidate_identity", "candidate_number", "subject_key"})
Rows = list[dict[str, Any]]


def rows_about(db: Session, candidate_id: uuid.UUID) -> dict[str, Rows]:
    """
    Return what the tables hold about a candidate, by table; all but the vault.

    Tables whose rows go with the person are found by their foreign keys, so a new one is part of
    it by being there.
    """
    values = {"id": candidate_id}
    found = {name: _rows(db, query, values) for name, query in _QUERIES.items()}
    for name in erasing.parts(db):
        if name not in SEALED:
            query = f"select t.* from {name} t where t.candidate_id = :id order by t::text"
            found[name] = _rows(db, query, values)
    return found


def _rows(db: Session, query: str, values: Mapping[str, Any]) -> Rows:
    return [dict(row) for row in db.execute(text(query), values).mappings()]


_QUERIES: Mapping[str, str] = {
    "profile": "select * from candidate where id = :id",
    "proposals": """
        select q.*, p.key as placement, p.title, e.trade_name as employer
        from proposal q join placement p on p.id = q.placement_id
        join employer e on e.id = p.employer_id
        where q.candidate_id = :id order by q.first_proposed_at, q.id
    """,
    "decisions": """
        select d.* from decision d join proposal q on q.id = d.proposal_id
        where q.candidate_id = :id order by d.decided_at, d.id
    """,
    "deployments": """
        select d.*, p.key as placement, p.title, e.trade_name as employer
        from deployment d join placement p on p.id = d.placement_id
        join employer e on e.id = p.employer_id
        where d.candidate_id = :id order by d.from_on, d.id
    """,
    "exceptional_accesses": """
        select * from exceptional_access where candidate_id = :id order by opened_at, id
    """,
    "who_looked": """
        select a.at, a.actor, a.action from access_log a join candidate c on c.pool_id = a.pool_id
        where c.id = :id and a.subject = :id order by a.id
    """,
    "what_was_done": """
        select v.at, v.actor, v.action, d.detail
        from audit_detail d join audit_event v using (pool_id, seq)
        join candidate c on c.pool_id = d.pool_id
        where c.id = :id and d.subject = :id order by v.seq
    """,
}
