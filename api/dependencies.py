"""What several routes take: pages, preconditions, whose request it is."""

import uuid
from typing import Annotated

from fastapi import Depends, Header, Path, Query

from api.problems import Problem
from api.schemas.common import Key
from matcher.service.records import PAGE_SIZE_MAX

PageSize = Annotated[
    int, Query(alias="pageSize", ge=1, le=PAGE_SIZE_MAX, description="Items on a page.")
]
Cursor = Annotated[
    uuid.UUID | None, Query(description="`nextCursor` of the page before; without it the first.")
]
PoolFilter = Annotated[uuid.UUID | None, Query(alias="poolId", description="Only of this pool.")]

KeyFilter = Annotated[Key | None, Query(description="Only the one with your own key.")]
Id = Annotated[uuid.UUID, Path(alias="id")]

IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=200,
        pattern=r"^[!-~]+$",
        description="Names this request: repeated with the same key it takes effect once. "
        "Kept for 24 hours.",
    ),
]


async def _version_matched(
    if_match: Annotated[
        str | None,
        Header(
            max_length=100,
            description="The `ETag` that you read. Required: without it 428, when stale 412.",
        ),
    ] = None,
) -> int:
    if if_match is None:
        raise Problem(428, "If-Match is required: give the ETag of what you read.")
    digits = if_match.strip().strip('"')
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        raise Problem(412, "If-Match is not an ETag of this resource.", code="stale")
    return int(digits)


ETAG = {"ETag": {"description": "Its version, for If-Match.", "schema": {"type": "string"}}}
LOCATION = {"Location": {"description": "Where it is.", "schema": {"type": "string"}}}
READ: dict[int | str, dict[str, object]] = {200: {"headers": ETAG}}
CREATED: dict[int | str, dict[str, object]] = {201: {"headers": {**ETAG, **LOCATION}}}
MADE: dict[int | str, dict[str, object]] = {201: {"headers": LOCATION}}
"""What is made and has no version: what somebody said or did."""
ACCEPTED: dict[int | str, dict[str, object]] = {202: {"headers": LOCATION}}

SEE_OTHER: dict[int | str, dict[str, object]] = {303: {"headers": LOCATION}}

IfMatch = Annotated[int, Depends(_version_matched)]


def etag(version: int) -> str:
    """Return the version of a resource as an ETag."""
    return f'"{version}"'
