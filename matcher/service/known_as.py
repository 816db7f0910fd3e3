"""What people call what a run tells by id: keys, titles, employers; of a person the key alone."""

from collections.abc import Iterable
from contextlib import suppress
from uuid import UUID

from sqlalchemy import text
from sqlmodel import Session

from matcher.errors import Invalid


def known_as(db: Session, ids: Iterable[str]) -> dict[str, str]:
    """
    Return what people call candidates, coaches, placements, sites, supervisor groups and employers.

    Parameters
    ----------
    ids
        What is no id, or names nothing any more, keeps its own text.
    """
    wanted = dict.fromkeys(ids)
    real = []
    for each in wanted:
        with suppress(ValueError):
            real.append(UUID(each))
    rows = db.execute(text(_NAMES), {"ids": real}).all() if real else []
    return {each: each for each in wanted} | {str(row.id): row.name for row in rows}


def group_id(db: Session, limit: str, word: str) -> str:
    """
    Return the id of a group of a limit by its sender's key; any other word stays as it is.

    Raises
    ------
    Invalid
        Several pools have that key.
    """
    table = TABLE_OF.get(limit)
    if table is None:
        return word
    found = db.execute(
        text(f"select id::text from {table} where key = :key limit 2"), {"key": word}
    ).scalars()
    ids = list(found)
    if len(ids) > 1:
        raise Invalid(f"More than one {limit} has the key {word}; name it by its id.")
    return str(ids[0]) if ids else word


TABLE_OF = {
    "supervisor_group": "supervisor_group",
    "site": "site",
    "employer_starts": "employer",
    "caseload": "coach",
    "coach_hours": "coach",
}
"""Whose keys name the groups of a limit."""

_NAMES = """
    select id, key as name from candidate where id = any(:ids)
    union all
    select id, 'coach ' || key from coach where id = any(:ids)
    union all
    select id, trade_name || ' (' || key || ')' from employer where id = any(:ids)
    union all
    select s.id, concat_ws(', ', e.trade_name, s.place) || ' (' || s.key || ')'
    from site s join employer e on e.id = s.employer_id where s.id = any(:ids)
    union all
    select g.id, concat_ws(', ', e.trade_name, s.place) || ' (' || g.key || ')'
    from supervisor_group g join site s on s.id = g.site_id join employer e on e.id = s.employer_id
    where g.id = any(:ids)
    union all
    select p.id, p.title || ' at ' || e.trade_name || ' (' || p.key || ')'
    from placement p join employer e on e.id = p.employer_id where p.id = any(:ids)
"""
