"""What an employer's card of a person is made of."""

import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlmodel import Session

from matcher.domain.disclosure import FEWEST, SCHEME


@dataclass(frozen=True)
class Put:
    """A proposal that was put to an employer, and the person and the work it is about."""

    proposal_id: uuid.UUID
    candidate_id: uuid.UUID
    pool_id: uuid.UUID
    placement_id: uuid.UUID
    employer_id: uuid.UUID
    in_play: bool
    restricted: bool
    at_work: bool
    level: int | None
    hours: int | None
    home: str | None
    latitude: float | None
    longitude: float | None


def put_to_employer(db: Session, proposal_id: uuid.UUID) -> Put | None:
    """Return a proposal that a coach has passed on; None before that step, and without one."""
    row = db.execute(
        text(
            """
            select q.id, c.id, c.pool_id, p.id, p.employer_id,
                q.state in ('with_employer', 'accepted'), c.restricted,
                exists (
                    select from deployment d
                    where d.proposal_id = q.id and d.state in ('planned', 'active')
                ),
                c.work_level, c.hours_max, left(c.mediation_postcode, 4), a.latitude, a.longitude
            from proposal q
            join candidate c on c.id = q.candidate_id
            join placement p on p.id = q.placement_id
            left join site s on s.id = p.site_id
            left join postcode_area a on a.pc4 = left(s.postcode, 4)
            where q.id = :id and (
                q.state in ('with_employer', 'accepted') or exists (
                    select from decision d
                    where d.proposal_id = q.id and d.role = 'coach' and d.outcome = 'accept'
                )
            )
            """
        ),
        {"id": proposal_id},
    ).first()
    return None if row is None else Put(*row)


def crowd(
    db: Session, pool_id: uuid.UUID
) -> list[tuple[int | None, int | None, str | None, float | None, float | None, int]]:
    """Return level, hours, home area, its latitude and longitude, and how many have them."""
    rows = db.execute(
        text(
            """
            select c.work_level, c.hours_max, left(c.mediation_postcode, 4),
                min(a.latitude), min(a.longitude), count(*)
            from candidate c left join postcode_area a on a.pc4 = left(c.mediation_postcode, 4)
            where c.pool_id = :pool and c.state = 'active' and not c.restricted
            group by 1, 2, 3
            """
        ),
        {"pool": pool_id},
    )
    return [tuple(row) for row in rows]


def common_tags(db: Session, table: str, column: str, put: Put) -> list[str]:
    """Return a person's words of a list that at least five people of the pool share."""
    return list(
        db.execute(
            text(
                f"select x.{column} from {table} x where x.pool_id = :pool and x.{column} in ("
                f" select y.{column} from {table} y where y.pool_id = :pool"
                f" and y.candidate_id = :id)"
                f" group by 1 having count(distinct x.candidate_id) >= {FEWEST} order by 1"
            ),
            {"pool": put.pool_id, "id": put.candidate_id},
        ).scalars()
    )


def scheme_facts(db: Session, candidate_id: uuid.UUID) -> dict[str, Any]:
    """Return the facts that a wage-cost scheme needs."""
    row = db.execute(
        text(f"select {', '.join(SCHEME)} from candidate where id = :id"), {"id": candidate_id}
    ).one()
    return dict(zip(SCHEME, row, strict=True))
