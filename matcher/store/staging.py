"""A plan on the server before it is published: temporary tables of the transaction, by COPY."""

import polars as pl
from sqlalchemy import text
from sqlmodel import Session

from matcher.domain.plan import Plan
from matcher.store.database import allow_time, raw_connection

STATEMENT_SECONDS = 300

PROPOSAL_COLUMNS = {
    "candidate.id": "candidate_id uuid",
    "candidate.version": "candidate_version int",
    "placement.id": "placement_id uuid",
    "placement.version": "placement_version int",
    "points": "points bigint",
    "points_by_term": "points_by_term jsonb",
    "unknowns": "unknowns jsonb",
    "evidence": "evidence jsonb",
    "price": "price bigint",
    "surplus": "surplus bigint",
    "tier": "tier text",
    "minutes": "minutes double precision",
    "mode": "mode text",
    "journey_measured": "journey_measured bool",
    "alternatives": "alternatives jsonb",
    "pinned": "pinned bool",
    "notes": "notes jsonb",
    "bundle": "bundle text",
}
_PRICE_COLUMNS = {
    "placement.id": "placement_id uuid",
    "price": "price bigint",
    "potential": "potential bigint",
}
_CHANGE_COLUMNS = {
    "candidate.id": "candidate_id uuid",
    "placement.id": "placement_id uuid",
    "because": "because jsonb",
}


def stage_plan(db: Session, plan: Plan) -> None:
    """Send a plan to temporary tables of this transaction. No lock is needed, none is taken."""
    allow_time(db, STATEMENT_SECONDS)
    _stage(db, "staged", plan.proposals, PROPOSAL_COLUMNS)
    _stage(db, "staged_price", plan.prices, _PRICE_COLUMNS)
    because = pl.struct("cause", "rules", "gates", "points", "instead", "others")
    changes = plan.changes.with_columns(because=because.struct.json_encode())
    _stage(db, "staged_change", changes, _CHANGE_COLUMNS)
    for table in ("still_valid", "kept"):
        db.execute(text(f"create temp table {table} (like staged) on commit drop"))


def _stage(db: Session, table: str, frame: pl.DataFrame, columns: dict[str, str]) -> None:
    db.execute(text(f"create temp table {table} ({', '.join(columns.values())}) on commit drop"))
    cast = {pl.Enum: pl.String, pl.Categorical: pl.String}
    rows = frame.select(
        pl.col(name).cast(cast.get(type(frame.schema[name]), frame.schema[name]))
        for name in columns
    )
    with (
        raw_connection(db).cursor() as cursor,
        cursor.copy(f"copy {table} from stdin with (format csv)") as copy,
    ):
        for part in rows.iter_slices(10_000):
            copy.write(part.write_csv(include_header=False))
    db.execute(text(f"analyze {table}"))
