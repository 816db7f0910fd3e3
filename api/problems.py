"""From our own errors to ``application/problem+json``: one table, and the framework's too."""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.types import Receive, Scope, Send

from api.refusals import UNTOLD, asked
from matcher.errors import (
    Conflict,
    ImportRefused,
    Invalid,
    MatcherError,
    NotFound,
    PolicyError,
    Stale,
    Unavailable,
)

MEDIA_TYPE = "application/problem+json"
FAULT = "Something went wrong on our side. Maybe: try again later."
RETRY_AFTER_SECONDS = 5

STATUS_OF_CODE: Mapping[str, int] = {
    "idempotency_key_reused": 422,
    "notes_of_coach": 403,
    "reading_only": 403,
}
STATUS_OF_ERROR: Mapping[type[MatcherError], int] = {
    NotFound: 404,
    Conflict: 409,
    Stale: 412,
    Invalid: 400,
    PolicyError: 400,
    ImportRefused: 400,
    Unavailable: 503,
}
"""An error that is not here is a fault of ours: 500, without its text."""

QUOTING = frozenset({"bad_question", "bad_policy"})
"""Codes of errors that end with the value, for whoever has the file in front of them."""

CODES: Mapping[int, str] = {
    400: "invalid",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    413: "too_large",
    415: "unsupported_media_type",
    428: "precondition_required",
    429: "too_many_requests",
    500: "internal_error",
    503: "unavailable",
}

# pydantic tells the value in some of its messages; these are our own, by the kind of fault.
FAULTS: Mapping[str, str] = {
    "missing": "is required",
    "extra_forbidden": "is not a known field",
    "json_invalid": "is not valid JSON",
    "uuid_parsing": "must be a UUID",
    "uuid_type": "must be a UUID",
    "date_from_datetime_inexact": "must be a date without time, such as 2026-11-21",
    "date_from_datetime_parsing": "must be a date, such as 2026-11-21",
    "date_parsing": "must be a date, such as 2026-11-21",
    "date_type": "must be a date, such as 2026-11-21",
    "datetime_from_date_parsing": "must be an instant, such as 2026-11-21T08:00:00Z",
    "datetime_parsing": "must be an instant, such as 2026-11-21T08:00:00Z",
    "datetime_type": "must be an instant, such as 2026-11-21T08:00:00Z",
    "timezone_aware": "must have an offset, such as 2026-11-21T08:00:00Z",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing_size": "is too large a number",
    "finite_number": "must be a finite number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "string_type": "must be text",
    "string_unicode": "must be valid Unicode text",
    "string_pattern_mismatch": "does not have the expected form",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "list_type": "must be a list",
    "model_attributes_type": "must be an object",
    "dict_type": "must be an object",
}


_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,59}")


class Problem(Exception):
    """An answer that only the web knows: a missing header, an unacceptable content type."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        code: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.code = code or CODES[status]
        self.headers = headers


class ProblemResponse(Response):
    """A problem, which tells its code to whoever counts what is refused."""

    def __init__(self, code: str, *rest: Any) -> None:
        super().__init__(*rest)
        self.code = code

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked(scope).code = self.code
        await super().__call__(scope, receive, send)


def problem(
    status: int,
    detail: str,
    *,
    code: str | None = None,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return a problem as RFC 9457 has it, with a stable ``code`` and every fault at once."""
    body: dict[str, Any] = {
        "status": status,
        "title": HTTPStatus(status).phrase,
        "detail": detail,
        "code": code or CODES.get(status, UNTOLD),
    }
    if errors:
        body["errors"] = list(errors)
    more = dict(headers or {})
    if status == 503:
        more.setdefault("Retry-After", str(RETRY_AFTER_SECONDS))
    return ProblemResponse(body["code"], orjson.dumps(body), status, more, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Let every error of this application answer as a problem."""
    app.add_exception_handler(Problem, _of_problem)
    app.add_exception_handler(MatcherError, _of_matcher_error)
    app.add_exception_handler(RequestValidationError, _of_invalid_input)
    app.add_exception_handler(HTTPException, of_http_exception)
    app.add_exception_handler(Exception, _of_fault)


async def _of_problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return problem(error.status, error.detail, code=error.code, headers=error.headers)


async def _of_matcher_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, MatcherError)
    status = STATUS_OF_CODE.get(error.code) or next(
        (STATUS_OF_ERROR[kind] for kind in type(error).__mro__ if kind in STATUS_OF_ERROR), 500
    )
    if status == 500:
        return await _of_fault(request, error)
    told = _without_value if error.code in QUOTING else str
    faults = getattr(error, "faults", ())
    first_line = told(error.message.partition("\n")[0])
    errors = [{"field": "", "message": told(fault)} for fault in faults]
    return problem(status, first_line, code=error.code, errors=errors)


def _without_value(message: str) -> str:
    """Return what was expected, without what came instead: it may be somebody's."""
    expected, quotes, _ = message.partition(", not ")
    return f"{expected}." if quotes else message


async def _of_invalid_input(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    errors = [
        {
            "field": ".".join(map(_field, fault["loc"])),
            "code": fault["type"],
            "message": _message(fault),
        }
        for fault in error.errors()
    ]
    return problem(400, "The request is not valid; errors lists every fault.", errors=errors)


def _field(part: str | int) -> str:
    """Return a part of where a fault is; ``?`` for what somebody sent instead of a field's name."""
    return str(part) if isinstance(part, int) or _FIELD.fullmatch(part) else "?"


def _message(fault: Mapping[str, Any]) -> str:
    """Return what is wrong without the value: it may be somebody's."""
    kind = fault["type"]
    if kind in FAULTS:
        return FAULTS[kind]
    if kind in ("value_error", "assertion_error"):  # our own validators, which name no value
        return str(fault["msg"]).removeprefix("Value error, ")
    limits = ", ".join(
        f"{name.replace('_', ' ')} {value}"
        for name, value in (fault.get("ctx") or {}).items()
        if name in {"ge", "le", "gt", "lt", "min_length", "max_length", "expected"}
    )
    return f"is not allowed: {limits}" if limits else "is not allowed"


async def of_http_exception(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    headers = dict(error.headers or {})
    if error.status_code == 404:
        detail = "There is nothing at this address."
    elif error.status_code == 405:
        headers["Allow"] = ", ".join(sorted(_allowed(request)))
        detail = f"{request.method} is not possible here; Allow lists what is."
    elif error.status_code == 413:
        detail = "The request is larger than this address takes."
        # The rest of the body is not read, so the connection cannot serve another request.
        headers["Connection"] = "close"
    else:
        detail = "The request cannot be read."
    return problem(error.status_code, detail, headers=headers)


def _allowed(request: Request) -> set[str]:
    """Return the methods of every route at this path: the framework names one route's alone."""
    found: set[str] = set()
    for route in request.app.router.routes:
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            scope = {**request.scope, "method": method}
            if route.matches(scope)[0] is Match.FULL:
                found.add(method)
    return found


async def _of_fault(_: Request, error: Exception) -> Response:
    return problem(500, FAULT)
