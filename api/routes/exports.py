"""What leaves the product for a spreadsheet, without names."""

from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query
from starlette.responses import Response

from api.dependencies import Id
from api.identity import present
from api.rates import EXPORTS, counters
from api.strict import WORKBOOK, FileRoute
from matcher.service import records, reporting
from matcher.service.people import POOLS
from matcher.store.database import transaction

router = APIRouter(prefix="/pools", tags=["pools"], route_class=FileRoute)

TYPES: Final = {"csv": "text/csv; charset=utf-8", "xlsx": WORKBOOK}
FILES: Final[dict[int | str, dict[str, object]]] = {
    200: {
        "content": {
            kind.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
            for kind in TYPES.values()
        }
    }
}


@router.get(
    "/{id}/export",
    response_class=Response,
    responses=FILES,
    summary="Export a pool's proposals, deployments or figures",
)
def read_export(
    record_id: Id,
    table: Annotated[Literal["proposals", "deployments", "figures"], Query()] = "proposals",
    file_format: Annotated[Literal["csv", "xlsx"], Query(alias="format")] = "csv",
) -> Response:
    """
    Under the sender's own keys, as `workpool export` writes it. Text that a spreadsheet would take
    for a formula gets an apostrophe. Noted in the record; at most 10 an hour per account.
    """
    with transaction() as db:
        records.read(db, POOLS, record_id)
        counters.take(EXPORTS, present().name)
        frame = reporting.tables(db, record_id)[table]
    return Response(
        reporting.as_bytes(frame, table, file_format),
        headers={"Content-Disposition": f'attachment; filename="{table}.{file_format}"'},
        media_type=TYPES[file_format],
    )
