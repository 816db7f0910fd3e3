"""What leaves the product for a spreadsheet: proposals, deployments and the figures of a run."""

import json
from collections.abc import Iterator, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import polars as pl
import xlsxwriter
from sqlalchemy import text
from sqlmodel import Session

from matcher.errors import Invalid
from matcher.store import audit

_PROPOSALS = """
select c.key as candidate, p.key as placement, e.trade_name as employer, p.title,
       r.state, r.points, r.price, r.surplus, r.tier, r.minutes, r.mode,
       r.unknowns::text as to_be_settled, r.first_proposed_at, r.version
from proposal r
join candidate c on c.id = r.candidate_id
join placement p on p.id = r.placement_id
join employer e on e.id = p.employer_id
where r.pool_id = :pool and r.state <> 'superseded'
order by c.key, p.key
"""
_DEPLOYMENTS = """
select d.key, c.key as candidate, p.key as placement, d.state, d.phase, d.from_on, d.until_on,
       d.hours_per_week, d.formal_employer, d.end_reason
from deployment d
left join candidate c on c.id = d.candidate_id
join placement p on p.id = d.placement_id
where d.pool_id = :pool
order by d.key
"""
_RUN = """
select r.id, r.kind, r.business_date, r.finished_at, r.policy_version, r.code_version, r.seed,
       r.snapshot_hash, r.solver, r.solver_status, r.gap, r.totals, r.proof, r.timings
from pool join match_run r on r.id = pool.published_run_id
where pool.id = :pool
"""
# A workbook knows no time zones; instants are UTC. Text stays text: neither formula nor link.
_BOOK = {"strings_to_formulas": False, "strings_to_urls": False, "remove_timezone": True}
# What a spreadsheet would take for a formula, also after quotes or spaces and in full width.
_FORMULA = r"^[\s'\"]*[=+\-@＝＋－＠]|^[\t\r]"  # noqa: RUF001 - full-width signs on purpose


def tables(db: Session, pool_id: UUID) -> dict[str, pl.DataFrame]:
    """
    Return the pool's proposals, deployments and figures as frames, without personal data.

    People and placements stand under the sender's own keys. Figures are those of the published
    run, one row per figure; the frame is empty where no run is published yet.
    """
    frames = {
        "proposals": _frame(db, _PROPOSALS, pool_id),
        "deployments": _frame(db, _DEPLOYMENTS, pool_id),
        "figures": _figures(db, pool_id),
    }
    rows = {name: frame.height for name, frame in frames.items()}
    audit.append(db, pool_id, None, "export.make", {"rows": rows})
    return frames


def as_bytes(frame: pl.DataFrame, name: str, kind: str) -> bytes:
    """Return one frame as a CSV file or as a workbook (``xlsx``), formulas made harmless."""
    safe = neutral(frame)
    if kind == "csv":
        return safe.write_csv().encode()
    buffer = BytesIO()
    with xlsxwriter.Workbook(buffer, {**_BOOK, "in_memory": True}) as book:
        safe.write_excel(book, worksheet=name, autofit=True)
    return buffer.getvalue()


def write(frames: Mapping[str, pl.DataFrame], out: Path) -> list[Path]:
    """
    Write frames as sheets of one workbook (``.xlsx``) or as CSV files in a folder.

    Text that a spreadsheet would take for a formula gets a leading apostrophe.

    Raises
    ------
    Invalid
        The place cannot be written to.
    """
    safe = {name: neutral(frame) for name, frame in frames.items()}
    try:
        if out.suffix == ".xlsx":
            with xlsxwriter.Workbook(str(out), _BOOK) as book:
                for name, frame in safe.items():
                    frame.write_excel(book, worksheet=name, autofit=True)
            return [out]
        out.mkdir(parents=True, exist_ok=True)
        written = [out / f"{name}.csv" for name in safe]
        for path, frame in zip(written, safe.values(), strict=True):
            frame.write_csv(path)
    except OSError as error:
        raise Invalid(f"Cannot write to {out}: {error.strerror}.") from None
    return written


def _frame(db: Session, query: str, pool_id: UUID) -> pl.DataFrame:
    result = db.execute(text(query), {"pool": pool_id})
    names = list(result.keys())
    rows = [tuple(row) for row in result]
    return pl.DataFrame(rows, schema=names, orient="row", infer_schema_length=None)


def _figures(db: Session, pool_id: UUID) -> pl.DataFrame:
    row = db.execute(text(_RUN), {"pool": pool_id}).mappings().first()
    figures = list(_flat("", dict(row))) if row else []
    return pl.DataFrame(figures, schema={"figure": pl.String, "value": pl.String}, orient="row")


def _flat(prefix: str, values: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(f"{prefix}{name}.", value)
        else:
            yield f"{prefix}{name}", json.dumps(value) if isinstance(value, list) else str(value)


def neutral(frame: pl.DataFrame) -> pl.DataFrame:
    """Return the frame with an apostrophe before every text that looks like a formula."""
    return frame.with_columns(
        pl.when(pl.col(name).str.contains(_FORMULA))
        .then(pl.concat_str(pl.lit("'"), pl.col(name)))
        .otherwise(pl.col(name))
        .alias(name)
        for name, dtype in frame.schema.items()
        if dtype == pl.String
    )
