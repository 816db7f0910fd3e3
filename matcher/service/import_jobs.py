"""The life of an import: submit, claim, beat, finish, cancel, stop, fail; as a match run's."""

import hashlib
import uuid
from collections.abc import Mapping
from typing import Final

from sqlmodel import Session, select

from matcher.errors import Conflict, ImportRefused, MatcherError, NotFound, RunStopped, Unavailable
from matcher.store import audit, vault, work_orders
from matcher.store import import_jobs as store
from matcher.store.import_jobs import ImportClaim
from matcher.store.tables import ImportJob

TABLE: Final = "import_job"


def submit(
    db: Session,
    pool_id: uuid.UUID,
    kind: str,
    file_name: str,
    content: bytes,
    *,
    dry_run: bool = False,
    skip_bad_rows: bool = False,
    created_by: str | None = None,
) -> uuid.UUID:
    """Queue a file to be imported and return the import's id; hint at it after the commit."""
    job_id = uuid.uuid4()
    job = ImportJob(
        id=job_id,
        pool_id=pool_id,
        kind=kind,
        file_name=file_name,
        content=vault.seal_upload(db, job_id, content),
        digest=hashlib.sha256(content).hexdigest(),
        dry_run=dry_run,
        skip_bad_rows=skip_bad_rows,
        created_by=created_by,
    )
    db.add(job)
    db.flush()
    audit.append(
        db,
        pool_id,
        created_by,
        "import.submit",
        {"import": job.id, "kind": kind, "digest": job.digest, "dry_run": dry_run},
    )
    return job.id


def get(db: Session, import_id: uuid.UUID) -> ImportJob:
    """Return an import; NotFound without it."""
    job = db.get(ImportJob, import_id, populate_existing=True)
    if job is None:
        raise NotFound(f"There is no import {import_id}.")
    return job


def claim(db: Session, import_id: uuid.UUID, owner: str) -> ImportClaim | None:
    """Take a queued import, or return None when it is not to be had: that is no error."""
    return store.claim(db, import_id, owner)


def content(db: Session, claim: ImportClaim) -> bytes:
    """
    Return the file of a claimed import.

    Raises
    ------
    NotFound
        It was deleted, 24 hours after it came.
    """
    found = db.exec(select(ImportJob.content).where(ImportJob.id == claim.import_id)).one()
    if found is None:
        raise NotFound("The file of this import was deleted after 24 hours.", code="file_expired")
    return vault.open_upload(db, claim.import_id, found)


def beat(db: Session, claim: ImportClaim, progress: Mapping[str, object] | None = None) -> None:
    """Move the lease on; RunStopped (``import_lost``, ``import_cancelled``) tells to stop."""
    stopping = work_orders.beat(db, TABLE, claim.import_id, claim.fence, progress or None)
    if stopping is None:
        raise RunStopped("The import is no longer this worker's.", code="import_lost")
    if stopping:
        raise RunStopped("The import was cancelled.", code="import_cancelled")


def finish(db: Session, claim: ImportClaim, report: Mapping[str, object]) -> None:
    """
    End an import with its report, in the transaction that writes its rows: all or nothing.

    Raises
    ------
    RunStopped
        The import is no longer ours, or was cancelled: roll back.
    """
    if not store.finish(db, claim, report):
        raise RunStopped("The import was lost or cancelled.", code="import_lost")
    audit.append(db, claim.pool_id, None, "import.finish", {"import": claim.import_id})


def cancel(db: Session, import_id: uuid.UUID) -> ImportJob:
    """Cancel a queued import at once, ask the worker of a running one; Conflict when it ended."""
    state = work_orders.cancel(db, TABLE, import_id)
    job = get(db, import_id)
    if state is None:
        raise Conflict(f"The import has ended already: {job.state}.", code="import_ended")
    audit.append(db, job.pool_id, None, "import.cancel", {"import": import_id})
    return job


def stop(db: Session, claim: ImportClaim) -> None:
    """Confirm a cancellation; an import that was lost is another's and is left alone."""
    if get(db, claim.import_id).cancel_requested:
        work_orders.end(db, TABLE, claim.import_id, claim.fence, "cancelled")


def fail(db: Session, claim: ImportClaim, error: MatcherError) -> None:
    """End a failed import; a failure of the database ends the attempt only."""
    if isinstance(error, Unavailable | Conflict):
        work_orders.give_up(db, TABLE, claim.import_id, claim.fence, error.code)
    else:
        if isinstance(error, ImportRefused):
            # The one who sent the file is told what is wrong with it, not only a code.
            refused = {"message": error.message, "faults": list(error.faults)}
            store.report(db, claim, {"accepted": False, "refused": refused})
        if work_orders.end(db, TABLE, claim.import_id, claim.fence, "failed", error.code):
            detail = {"import": claim.import_id, "code": error.code}
            audit.append(db, claim.pool_id, None, "import.refuse", detail)
