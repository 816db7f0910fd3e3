"""Answers in JSON, written straight from plain values: the models describe them, tests compare."""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

import orjson
from pydantic.alias_generators import to_camel
from sqlmodel import Session
from starlette.responses import Response

from api.dependencies import etag
from api.fields import shown
from api.identity import present
from api.middleware import PREFIX
from api.schemas.common import ApiModel
from matcher.service import idempotency, records
from matcher.service.records import Kind, Record
from matcher.store.database import transaction

camel = cache(to_camel)


def answer(
    content: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return plain values as JSON; instants are in UTC, with a Z."""
    body = orjson.dumps(content, default=_plain, option=orjson.OPT_UTC_Z)
    return Response(body, status, headers, media_type="application/json")


def in_camel_case(record: Mapping[str, Any]) -> Record:
    """Return a record with its keys, and those of its lists' elements, as people send them."""
    return {camel(name): _elements(value) for name, value in record.items()}


def in_camel_case_throughout(value: Any) -> Any:
    """
    Return a value with the keys of all objects in it as people send them.

    The keys of ``people`` (tiers) and ``demands`` are codes, which stay as they are.
    """
    if isinstance(value, Mapping):
        return {
            camel(name): each if name in ("people", "demands") else in_camel_case_throughout(each)
            for name, each in value.items()
        }
    return [in_camel_case_throughout(each) for each in value] if isinstance(value, list) else value


def page_of(
    kind: Kind,
    where: Mapping[str, object],
    cursor: UUID | None,
    size: int,
    *,
    newest_first: bool = False,
) -> Response:
    """Answer with a page of records."""
    with transaction() as db:
        found = records.page(db, kind, where, after=cursor, size=size, newest_first=newest_first)
        records.note_reading(db, kind, found.items, "list")
    items = [in_camel_case(shown(kind, item)) for item in found.items]
    return answer({"items": items, "nextCursor": found.next_cursor})


def created(kind: Kind, path: str, body: ApiModel, key: str | None, **defaults: object) -> Response:
    """Create a record, once for each ``Idempotency-Key``, and answer with it."""
    values = {**body.model_dump(), **defaults}
    return made(kind, path, body, key, lambda db: records.create(db, kind, values))


def made(
    kind: Kind,
    path: str,
    body: ApiModel,
    key: str | None,
    make: Callable[[Session], UUID],
    *,
    asked_at: str | None = None,
) -> Response:
    """
    Make a record, once for each ``Idempotency-Key``, and answer with it.

    It can be read under ``path``; ``asked_at`` is where it was asked for, if not there.
    """
    with transaction() as db:
        record_id = once(db, asked_at or path, key, lambda: make(db), body)
        record = records.read(db, kind, record_id)
    return _versioned(kind, record, 201, {"Location": f"{PREFIX}/{path}/{record_id}"})


def once(
    db: Session,
    asked_at: str,
    key: str | None,
    make: Callable[[], UUID],
    asked: ApiModel | bytes = b"",
) -> UUID:
    """Make something, once for each ``Idempotency-Key`` of who asks; return what it refers to."""
    content = asked if isinstance(asked, bytes) else asked.model_dump_json().encode()
    return idempotency.once(db, present().name, key, asked_at, content, make)


def record_of(kind: Kind, record_id: UUID) -> Response:
    """Answer with a record."""
    with transaction() as db:
        record = records.read(db, kind, record_id)
        records.note_reading(db, kind, [record], "read")
    return _versioned(kind, record)


def changed(kind: Kind, record_id: UUID, version: int, body: ApiModel) -> Response:
    """Change what a body names of a record, and answer with it."""
    with transaction() as db:
        records.change(db, kind, record_id, version, body.model_dump(exclude_unset=True))
        record = records.read(db, kind, record_id)
    return _versioned(kind, record)


def _versioned(
    kind: Kind, record: Record, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    # What is never changed, only withdrawn, has no version.
    version = {"ETag": etag(record["version"])} if "version" in record else {}
    return answer(in_camel_case(shown(kind, record)), status, {**(headers or {}), **version})


def _elements(value: Any) -> Any:
    if not isinstance(value, Sequence) or isinstance(value, str):
        return value
    return [in_camel_case(item) if isinstance(item, dict) else item for item in value]


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(type(value).__name__)
