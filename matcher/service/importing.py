"""
Importing: bytes -> text -> a format -> checked rows -> a report, and all written or nothing.

Every format goes through the same steps. Bad rows are values, told with row, column and what is
expected; only a file that cannot be read at all is an error.
"""

import uuid
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

import polars as pl
from sqlmodel import Session

from matcher.domain.formats import KINDS, format_of
from matcher.domain.formats.checking import Checked, check_references, faults_of, no_faults
from matcher.domain.formats.pool import POOL
from matcher.errors import ImportRefused, RunStopped
from matcher.service.importing_archives import pack, zipped_files
from matcher.service.importing_erased import leave_out
from matcher.service.importing_files import (
    LOCAL,
    UPLOAD,
    ZIP_MARK,
    Limits,
    TextFile,
    as_utf8,
    folder_files,
)
from matcher.service.importing_reading import files_by_table, read_text, with_field_names
from matcher.service.importing_report import Report, RowError, counted, told
from matcher.settings import settings
from matcher.store import audit, vault
from matcher.store import imports as store
from matcher.store.imports import Counts, Stored

Progress = Callable[[str, int, int], None]
"""Called with the phase (``read``, ``check``, ``write``), what is done of it and the total."""

__all__ = ["Counts", "Report", "RowError", "check", "folder_as_zip", "run", "transcoded"]


def check(
    content: bytes | Path,
    kind: str,
    *,
    file_name: str | None = None,
    encoding: str = "utf-8",
    limits: Limits | None = None,
    skip_bad_rows: bool = False,
    progress: Progress | None = None,
) -> Report:
    """
    Check files without a database: whether what they refer to exists there stays open.

    Parameters and errors as of `run`.
    """
    tables, faults, warnings = _checked(
        content, kind, file_name, encoding, limits, progress, secret=_given_secret()
    )
    faults = pl.concat([faults, check_references(tables, None)])
    return _report(kind, tables, faults, warnings, dry_run=True, skip_bad_rows=skip_bad_rows)


def run(
    db: Session,
    pool_id: uuid.UUID,
    content: bytes | Path,
    kind: str,
    *,
    dry_run: bool = False,
    skip_bad_rows: bool = False,
    file_name: str | None = None,
    encoding: str = "utf-8",
    limits: Limits | None = None,
    sent_at: datetime | None = None,
    progress: Progress | None = None,
    should_stop: Callable[[], bool] | None = None,
) -> Report:
    """
    Import files into a pool, in the transaction of ``db``: all good rows, or nothing.

    One bad row refuses the whole, unless ``skip_bad_rows`` leaves out the bad ones and what refers
    to them. A row whose key is known is updated, a list of a parent replaced; nobody is deleted,
    and the same files again change nothing. A dry run does the same and takes it back.

    Parameters
    ----------
    content
        The bytes of a file (for a pool, of a zip), or a path to it or to a folder.
    kind
        One of `matcher.domain.formats.KINDS`.
    encoding
        ``utf-8`` (with or without mark) or ``cp1252``; workbooks tell their own.
    limits
        How much it may hold; by default `UPLOAD`, and `LOCAL` for a pool from a path.
    sent_at
        When the file came, if it waited: rows of people erased since then are left out.
    progress
        Called with phase, done and total.
    should_stop
        Asked between steps; when it says yes, nothing is kept.

    Raises
    ------
    ImportRefused
        The kind is not known, or a file cannot be read at all.
    RunStopped
        ``should_stop`` said yes: roll back.
    """
    store.begin(db)
    tables, faults, warnings = _checked(
        content,
        kind,
        file_name,
        encoding,
        limits,
        progress,
        should_stop,
        secret=_hash_key(db),
    )
    faults, warnings = leave_out(db, pool_id, sent_at, tables, faults, warnings)
    stored = store.read_stored(db, pool_id, tables)
    faults = pl.concat(
        [faults, check_references(tables, stored.keys), _contradictions(tables, stored)]
    )
    # Leaving out a row that contradicts the database leaves out what refers to it.
    faults = pl.concat([faults, check_references(tables, stored.keys)])
    report = _report(kind, tables, faults, warnings, dry_run=dry_run, skip_bad_rows=skip_bad_rows)
    if not report.accepted:
        return report
    saved = db.begin_nested()
    counts = store.write(db, pool_id, tables, _writing(tables, progress, should_stop))
    if dry_run:
        saved.rollback()
    else:
        saved.commit()
        written = {name: each._asdict() for name, each in counts.items()}
        audit.append(db, pool_id, None, "import.write", {"kind": kind, "rows": written})
    return _report(
        kind, tables, faults, warnings, dry_run=dry_run, skip_bad_rows=skip_bad_rows, counts=counts
    )


def folder_as_zip(folder: Path) -> bytes:
    """Return the CSV files of a pool folder as one zip, to be uploaded."""
    return pack(folder_files(folder, LOCAL), compressed=True)


def transcoded(content: bytes, kind: str, encoding: str, file_name: str = "file") -> bytes:
    """
    Return a CSV file, or a zip of them, in a declared encoding as UTF-8; a workbook as it is.

    Raises
    ------
    ImportRefused
        The encoding is not known, or a file is not in it.
    """
    if not content.startswith(ZIP_MARK):
        return as_utf8(file_name, content, encoding)
    if kind != POOL.kind:
        return content
    files = zipped_files(file_name, content, UPLOAD)
    return pack(
        {path: as_utf8(path, data, encoding) for path, data in files.items()}, compressed=True
    )


def _checked(
    content: bytes | Path,
    kind: str,
    file_name: str | None,
    encoding: str,
    limits: Limits | None,
    progress: Progress | None,
    should_stop: Callable[[], bool] | None = None,
    *,
    secret: bytes | None,
) -> tuple[dict[str, Checked], pl.DataFrame, pl.DataFrame]:
    """Return checked tables, faults and warnings; references are not looked at yet."""
    if kind not in KINDS:
        raise ImportRefused(
            f"'{kind[:30]}' is no kind of import: {', '.join(KINDS)}.", code="bad_kind"
        )
    read_as = format_of(kind)
    if limits is None:
        limits = LOCAL if kind == POOL.kind and isinstance(content, Path) else UPLOAD
    name = file_name or (content.name if isinstance(content, Path) else kind)
    files = files_by_table(read_as, content, name, limits)
    texts: dict[str, TextFile] = {}
    for done, (table, (file, data)) in enumerate(files.items()):
        _tell(progress, should_stop, "read", done, len(files))
        texts[table] = read_text(read_as, file, data, encoding, limits)
    _tell(progress, should_stop, "read", len(files), len(files))
    raw, unknown = with_field_names(read_as, texts)
    _tell(progress, should_stop, "check", 0, 1)
    made = read_as.read(raw, secret)
    _tell(progress, should_stop, "check", 1, 1)
    return made.tables, made.faults, pl.concat([unknown, made.warnings])


def _given_secret() -> bytes | None:
    secret = settings().secret_key
    return secret.get_secret_value().encode() if secret else None


def _hash_key(db: Session) -> bytes | None:
    """Return the key of hashes that stand in for numbers: a rotated secret leaves it as it was."""
    secret = _given_secret()
    return secret and (vault.hash_key(db) or secret)


def _tell(
    progress: Progress | None,
    should_stop: Callable[[], bool] | None,
    phase: str,
    done: int,
    total: int,
) -> None:
    if should_stop is not None and should_stop():
        raise RunStopped("The import was cancelled.", code="import_cancelled")
    if progress is not None:
        progress(phase, done, total)


def _contradictions(tables: Mapping[str, Checked], stored: Stored) -> pl.DataFrame:
    """Return faults of good rows that cannot stand beside what the pool has; they become bad."""
    found = [no_faults()]
    if (placements := tables.get("placements")) and "openings" in placements.frame.columns:
        rows = placements.good().drop("taken", strict=False).join(stored.taken, on="key")
        few = rows.filter(pl.col("openings") < pl.col("taken"))
        expected = "not fewer than the openings that are taken"
        found.append(_marked(placements, few, "openings", "openings_below_taken", expected))
    if deployments := tables.get("deployments"):
        others = stored.deployed.join(deployments.frame.select("key"), on="key", how="anti")
        if "state" in deployments.frame.columns:
            rows = deployments.good().join(others, on=["candidate", "state"], how="semi")
            expected = "one planned and one active deployment per candidate"
            found.append(_marked(deployments, rows, "state", "second_deployment", expected))
    return pl.concat(found)


def _marked(
    checked: Checked, rows: pl.DataFrame, column: str, code: str, expected: str
) -> pl.DataFrame:
    checked.bad_rows.update(rows["row"].to_list())
    return faults_of(rows, checked.file, column, code, expected, pl.col(column))


def _writing(
    tables: Mapping[str, Checked],
    progress: Progress | None,
    should_stop: Callable[[], bool] | None,
) -> Callable[[int], None]:
    total = sum(each.frame.height for each in tables.values())
    done = 0

    def written(rows: int) -> None:
        nonlocal done
        done += rows
        _tell(progress, should_stop, "write", done, total)

    return written


def _report(
    kind: str,
    tables: Mapping[str, Checked],
    faults: pl.DataFrame,
    warnings: pl.DataFrame,
    *,
    dry_run: bool,
    skip_bad_rows: bool,
    counts: Mapping[str, Counts] | None = None,
) -> Report:
    if not skip_bad_rows:
        # Nothing is written then; telling every row that refers to a bad one would bury the cause.
        faults = faults.filter(pl.col("code") != "refers_to_bad_row")
    return Report(
        kind=kind,
        dry_run=dry_run,
        skip_bad_rows=skip_bad_rows,
        accepted=skip_bad_rows or faults.is_empty(),
        rows={name: each.frame.height for name, each in tables.items()},
        tables=counts
        or {name: Counts(left_out=len(each.bad_rows)) for name, each in tables.items()},
        errors=told(faults),
        error_count=faults.height,
        errors_by_code=counted(faults),
        warnings=told(warnings),
        warning_count=warnings.height,
    )
