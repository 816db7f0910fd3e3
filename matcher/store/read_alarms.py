"""Who read about very many people within an hour: found in the log of reads, by its own clock."""

import uuid
from dataclasses import dataclass

from sqlalchemy import text
from sqlmodel import Session


@dataclass(frozen=True)
class Alarm:
    """That a coach, by account, read about so many people within an hour."""

    id: uuid.UUID
    pool_id: uuid.UUID
    read_by: str
    people: int


def find(db: Session, most: int) -> list[Alarm]:
    """
    Write and return the alarms that are due: coaches who read about more than ``most`` people.

    The last hour counts, and within an hour nobody has a second one. People are counted once,
    however often and in whatever way they were read about.
    """
    rows = db.execute(
        text(
            """
            insert into read_alarm (pool_id, read_by, people)
            select a.pool_id, a.actor, count(distinct a.subject)
            from access_log a
            where a.at > now() - interval '1 hour'
                and exists (
                    select from membership m where m.pool_id = a.pool_id and m.role = 'coach'
                        and m.account_id::text = a.actor
                )
                and not exists (
                    select from read_alarm r where r.pool_id = a.pool_id and r.read_by = a.actor
                        and r.raised_at > now() - interval '1 hour'
                )
            group by a.pool_id, a.actor having count(distinct a.subject) > :most
            returning id, pool_id, read_by, people
            """
        ),
        {"most": most},
    )
    return [Alarm(*row) for row in rows]
