"""
Parkings that end by themselves: with each stands what the facts behind it were.

A pair parked because the journey was too far comes back when home, limit or transport change, or
when the work moves, whoever changed it: an edit, an import, the employer.
"""

import uuid
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

_TRANSPORT = """(
    select coalesce(jsonb_agg(jsonb_build_array(x.mode, x.for_commute) order by x.mode), '[]')
    from candidate_transport x where x.candidate_id = c.id
)"""
_SIDES = "left join placement p on p.id = {} left join site s on s.id = p.site_id"
_LISTS = (
    ("candidate_transport", "x.mode, x.for_commute, x.for_work"),
    ("candidate_licence", "x.licence"),
    ("candidate_language", "x.language, x.oral, x.written"),
    ("candidate_competence", "x.uri"),
    ("candidate_course", "x.name, x.expires_on"),
)
_RECORD = "(to_jsonb(c) - 'version') || jsonb_build_object({})".format(
    ", ".join(
        f"'{table}', (select coalesce(jsonb_agg(jsonb_build_array({columns}) order by {columns}),"
        f" '[]') from {table} x where x.candidate_id = c.id)"
        for table, columns in _LISTS
    )
)
_FACTS = f"""case {{kind}}
    when 'journey' then jsonb_build_array(
        c.mediation_postcode, c.place, c.max_travel_minutes, c.max_distance_km, c.radius_code,
        c.walking, {_TRANSPORT}, s.postcode, s.place
    )
    when 'hours' then jsonb_build_array(
        c.hours_min, c.hours_max, c.office_hours, c.irregular_work_ok, c.dayparts,
        p.hours_min, p.hours_max, p.office_hours, p.irregular_work, p.dayparts
    )
    when 'guidance' then jsonb_build_array(
        c.guidance_need, c.need_supervision, c.need_structure,
        p.guidance_offered, p.offer_supervision, p.offer_structure, p.supervisor_group_id
    )
    when 'record' then to_jsonb(md5(({_RECORD})::text))
end"""

_CHANGED = f"""
    select x.id, x.candidate_id, o.timezone
    from candidate_parking x
    join candidate c on c.id = x.candidate_id
    join pool o on o.id = c.pool_id
    {_SIDES.format("(x.facts ->> 'placement')::uuid")}
    where x.facts is not null and x.until is null
        and x.facts -> 'values' is distinct from {_FACTS.format(kind="x.facts ->> 'kind'")}
"""


def facts_behind(
    db: Session, candidate_id: uuid.UUID, placement_id: uuid.UUID, kind: str
) -> dict[str, Any] | None:
    """Return facts of this kind of a pair as they are now, or None where none lift a parking."""
    if not kind:
        return None
    found = db.execute(
        text(
            f"select {_FACTS.format(kind=':kind')} from candidate c"
            f" {_SIDES.format(':placement_id')} where c.id = :candidate_id"
        ),
        {"kind": kind, "candidate_id": candidate_id, "placement_id": placement_id},
    ).scalar()
    return {"kind": kind, "values": found, "placement": str(placement_id)}


def lift(db: Session) -> int:
    """
    End the parkings whose facts have changed since; return how many.

    The person's version rises: a plan under way that still saw the parking is not wrong, and one
    made before the change is not published for them.
    """
    # Looked for first: an update that finds nothing would still wait for who locks the table.
    if not db.execute(text(f"select exists ({_CHANGED})")).scalar_one():
        return 0
    lifted: int = db.execute(
        text(
            f"""
            with changed as ({_CHANGED}), ended as (
                update candidate_parking x set until = (now() at time zone e.timezone)::date - 1
                from changed e where x.id = e.id
                returning x.candidate_id
            ), told as (
                update candidate c set version = c.version + 1
                where c.id in (select candidate_id from ended)
            )
            select count(*) from ended
            """
        )
    ).scalar_one()
    return lifted
