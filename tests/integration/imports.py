"""What the tests of importing share: a small pool as files, and a look at every table."""

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlmodel import SQLModel

from matcher.service import importing
from matcher.service.importing import Report
from matcher.store import vault
from matcher.store.database import transaction
from tests.integration.workbooks import zipped

Files = dict[str, str]

# Written by others, or by the clock.
# That files were imported is an entry of the record too, whatever they changed.
NOT_COMPARED = {"alembic_version", "audit_event", "audit_detail", "audit_head"}


def small_pool() -> Files:
    """Return a pool of two of everything, by file name without its ending."""
    return {
        "coaches": "key,name,hours_per_week,specialisms\n"
        'k1,A. Coach,28,"green|care, \\\\ ""x"""\nk2,B. Coach,,\n',
        "employers": "key,trade_name,crebo\ne1,Groen BV,25447|25448\ne2,Zorg BV,\n",
        "employer_contacts": "employer,name,email\ne1,C. Contact,c@example.org\n",
        "sites": "key,employer,postcode,place\ns1,e1,9712AB,Groningen\ns2,e2,,Leek\n",
        "coach_sites": "coach,site\nk1,s1\n",
        "supervisor_groups": "key,site,supervisors\ng1,s1,2\n",
        "placements": "key,employer,site,supervisor_group,title,openings,taken,season_months,"
        "hourly_wage,state\n"
        'p1,e1,s1,g1,"Tuin, onderhoud",3,1,3|4|5,14.71,open\np2,e2,,,Zorghulp,1,,,,draft\n',
        "placement_requirements": "placement,field,value,level,essential,reason\n"
        "p1,licence,B,,true,bus\np1,language,nld:oral,2,false,\n",
        "placement_tasks": "placement,name,share_percent\np1,maaien,60\np1,maaien,60\n",
        "placement_tags": "placement,tag\np1,buiten\n",
        "candidates": "key,municipality,mediation_postcode,hours_min,hours_max,walking,coach,"
        "waiting_since\nc1,0014,9712AB,16,24,true,k1,2024-01-31\nc2,,,,,,,\n",
        "candidate_licence": "candidate,licence\nc1,B\nc1,BE\n",
        "candidate_education": "candidate,level\nc1,4\nc1,4\nc2,2\n",
        "candidate_experience": "candidate,organisation,employer\nc1,Groen,e1\n",
        "candidate_preference": "candidate,target_kind,target,mark\nc1,placement,p1,8\n",
        "candidate_exclusion": "candidate,target_kind,target\nc2,employer,e1\n",
        "candidate_consent": "candidate,purpose,fields,withdrawn_at\n"
        "c1,matching,hours|licences,2026-01-02T03:04:05+01:00\n",
        "companions": "candidate,other,relation\nc1,c2,apart\n",
        "identities": "candidate,name,email,birth_date\nc1,Canary Kanarie,canary@example.org,"
        "1990-05-06\n",
        "audit_attributes": "candidate,sex\nc1,x\n",
        "deployments": "key,candidate,placement,from_on,until_on,state\n"
        "d1,c1,p1,2025-01-01,,active\nd2,c2,p2,2024-01-01,2024-06-30,ended\n",
        "postcode_areas": "pc4,latitude,longitude,source\n9712,53.2194,6.5665,CBS\n",
    }


def pool_zip(files: Mapping[str, str]) -> bytes:
    return zipped({f"{name}.csv": content.encode() for name, content in files.items()})


def make_pool(key: str = "noord") -> uuid.UUID:
    with transaction() as db:
        pool_id: uuid.UUID = db.execute(
            text("insert into pool (key, name) values (:key, 'Pool') returning id"), {"key": key}
        ).scalar_one()
    return pool_id


def run(
    pool_id: uuid.UUID, content: bytes | Mapping[str, str], kind: str = "pool", **options: Any
) -> Report:
    """Import in a transaction of its own; files of a pool may be given by name."""
    if not isinstance(content, bytes):
        content = pool_zip(content)
    with transaction() as db:
        return importing.run(db, pool_id, content, kind, **options)


def errors(report: Report) -> list[tuple[str, int, str, str | None, str]]:
    return [(each.file, each.row, each.column, each.value, each.code) for each in report.errors]


def totals(report: Report) -> dict[str, int]:
    """Return created, changed, unchanged and left out over all tables."""
    names = ("created", "changed", "unchanged", "left_out")
    counts = zip(*report.tables.values(), strict=True)
    return dict(zip(names, map(sum, counts), strict=True))


def everything() -> dict[str, list[tuple[Any, ...]]]:
    """Return every row of every table, in an order of its own."""
    with transaction() as db:
        return {
            name: sorted(map(tuple, db.execute(table.select())), key=repr)
            for name, table in SQLModel.metadata.tables.items()
            if name not in NOT_COMPARED
        }


def changed_tables(before: Mapping[str, Sequence[Any]]) -> set[str]:
    """Return the tables that no longer hold what they held."""
    after = everything()
    return {name for name, rows in after.items() if rows != before[name]}


def select(query: str, **values: Any) -> list[tuple[Any, ...]]:
    with transaction() as db:
        return [tuple(row) for row in db.execute(text(query), values)]


def opened() -> list[dict[str, Any]]:
    """Return who everybody is, out of the vault."""
    with transaction() as db:
        ids = list(db.execute(text("select candidate_id from candidate_identity")).scalars())
        return list(vault.open_identities(db, ids).values())


def execute(query: str, **values: Any) -> None:
    with transaction() as db:
        db.execute(text(query), values)
