"""What a person may ask for: everything that is kept about them, to read and to take along."""

import csv
import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
import polars as pl
from sqlmodel import Session

from matcher.errors import Invalid
from matcher.service import exceptional, reporting
from matcher.service.people import CANDIDATES
from matcher.store import audit, citizen_numbers, subject, vault
from matcher.store.tables import Candidate

Everything = dict[str, list[dict[str, Any]]]


def everything(db: Session, candidate_id: uuid.UUID) -> Everything:
    """
    Return all that is kept about somebody, by subject; that it was asked for is recorded.

    Who they are, profile and lists, consents, proposals with points and reasons, decisions,
    deployments, what was done with the record, and who looked (GDPR art. 15 and 20).

    Raises
    ------
    NotFound
        There is no such candidate.
    """
    candidate = db.get(Candidate, candidate_id)
    if candidate is None:
        raise CANDIDATES.not_found()
    # As long as it is kept the person may know it, though the settings let nobody else.
    number = citizen_numbers.opened(db, candidate_id)
    who = vault.open_identity(db, candidate_id) | ({"bsn": number} if number else {})
    found = {"identity": [who], **subject.rows_about(db, candidate_id)}
    for look in found["exceptional_accesses"]:
        look["words"] = exceptional.words_of(db, look["id"])
    rows = {name: len(told) for name, told in found.items()}
    audit.append(db, candidate.pool_id, None, "candidate.export", {"rows": rows}, candidate_id)
    return found


def write(found: Mapping[str, list[dict[str, Any]]], out: Path) -> list[Path]:
    """
    Write it into a folder of its own: one JSON file with all, and a CSV per subject.

    Raises
    ------
    Invalid
        The folder is there already and is not empty, or cannot be written to.
    """
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Invalid(f"{out} is there already and is not empty; name a new folder.")
    try:
        # Who somebody is, in one place: for the owner of the folder alone.
        out.mkdir(mode=0o700, parents=True, exist_ok=True)
        whole = out / "all.json"
        whole.write_bytes(orjson.dumps(dict(found), default=str, option=orjson.OPT_INDENT_2))
        return [whole, *(_as_csv(rows, out / f"{name}.csv") for name, rows in found.items())]
    except OSError as error:
        raise Invalid(f"Cannot write to {out}: {error.strerror}.") from None


def _as_csv(rows: list[dict[str, Any]], path: Path) -> Path:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    frame = pl.DataFrame(
        [[_cell(row.get(name)) for name in columns] for row in rows],
        schema=dict.fromkeys(columns, pl.String),
        orient="row",
    )
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows(reporting.neutral(frame).iter_rows())
    return path


def _cell(value: object) -> str | None:
    if value is None:
        return None
    return json.dumps(value, default=str) if isinstance(value, dict | list) else str(value)
