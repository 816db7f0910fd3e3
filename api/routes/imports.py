"""Imports: a file is left here, a worker reads it, the report stands in the resource."""

import uuid
from typing import Annotated, Literal

from fastapi import APIRouter, File, Form, UploadFile
from starlette.responses import Response

from api.answers import answer, in_camel_case, once, page_of
from api.dependencies import ACCEPTED, Cursor, Id, IdempotencyKey, PageSize, PoolFilter
from api.identity import present
from api.middleware import PREFIX
from api.problems import Problem
from api.schemas.common import Page
from api.schemas.runs import Import
from api.strict import StrictRoute, UploadRoute
from matcher.service import import_jobs, importing, records
from matcher.service.people import POOLS
from matcher.service.progress import IMPORTS
from matcher.store.database import transaction
from workers import hints

router = APIRouter(prefix="/imports", tags=["imports"], route_class=StrictRoute)
uploads = APIRouter(prefix="/imports", tags=["imports"], route_class=UploadRoute)


@router.get("", response_model=Page[Import], summary="List imports, the newest first")
def list_imports(
    pool_id: PoolFilter = None, cursor: Cursor = None, page_size: PageSize = 50
) -> Response:
    return page_of(IMPORTS, {"pool_id": pool_id}, cursor, page_size, newest_first=True)


@uploads.post(
    "", status_code=202, response_model=Import, responses=ACCEPTED, summary="Import a file"
)
def create_import(
    file: Annotated[UploadFile, File(description="CSV, XLSX or, for a pool, a ZIP of CSVs.")],
    kind: Annotated[Literal["pool", "sonar", "candidates", "employers", "placements"], Form()],
    pool_id: Annotated[uuid.UUID, Form(alias="poolId")],
    dry_run: Annotated[
        bool, Form(alias="dryRun", description="Only report; write nothing.")
    ] = False,
    skip_bad_rows: Annotated[
        bool, Form(alias="skipBadRows", description="Write the good rows beside faulty ones.")
    ] = False,
    encoding: Annotated[
        Literal["utf-8", "cp1252"], Form(description="Of CSV files; a workbook tells its own.")
    ] = "utf-8",
    idempotency_key: IdempotencyKey = None,
) -> Response:
    """The file is deleted after 24 hours. Without ``skipBadRows`` one faulty row writes nothing."""
    content = file.file.read()
    name = _name_of(file)
    if encoding != "utf-8":
        content = importing.transcoded(content, kind, encoding, name)
    with transaction() as db:
        records.read(db, POOLS, pool_id)
        import_id = once(
            db,
            "imports",
            idempotency_key,
            lambda: import_jobs.submit(
                db,
                pool_id,
                kind,
                name,
                content,
                dry_run=dry_run,
                skip_bad_rows=skip_bad_rows,
                created_by=present().name,
            ),
            f"{kind} {pool_id} {dry_run} {skip_bad_rows} ".encode() + content,
        )
        record = records.read(db, IMPORTS, import_id)
    hints.give(hints.import_file(import_id))
    return answer(in_camel_case(record), 202, {"Location": f"{PREFIX}/imports/{import_id}"})


def _name_of(file: UploadFile) -> str:
    """Return the file's own name, which tells its format, without folders."""
    name = (file.filename or "").replace("\\", "/").rpartition("/")[2]
    if not name or len(name) > 255 or "\0" in name or not name.isprintable():
        raise Problem(400, "The file needs a name of at most 255 characters, such as pool.zip.")
    return name


@router.get("/{id}", response_model=Import, summary="Read an import")
def read_import(import_id: Id) -> Response:
    with transaction() as db:
        record = records.read(db, IMPORTS, import_id)
    return answer(in_camel_case(record))
