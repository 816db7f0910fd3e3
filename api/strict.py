"""
What is looked at before a request's content: whose it is, its types, and its text.

A bare framework answers 500 to U+0000 and to lone surrogates, because the database refuses what
the parser let through; here such a body is not valid in the first place.
"""

import json
from collections.abc import Callable, Coroutine
from typing import Any

import orjson
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from api.access import OPERATIONS
from api.problems import MEDIA_TYPE, Problem

JSON_TYPES = frozenset({"application/json", "application/merge-patch+json"})
FORM_TYPES = frozenset({"multipart/form-data"})
ANSWER_TYPES = frozenset({"application/json", MEDIA_TYPE})
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILE_TYPES = ANSWER_TYPES | {"text/csv", WORKBOOK}
EVENT_TYPES = frozenset({"text/event-stream"})


class StrictRequest(Request):
    """A request whose JSON is read strictly: no NUL, lone surrogate, NaN or endless depth."""

    async def json(self) -> Any:
        body = await self.body()
        try:
            parsed = orjson.loads(body)
        except orjson.JSONDecodeError as error:
            # Its text quotes the body, which may hold somebody's data.
            raise json.JSONDecodeError("not valid JSON", "", 0) from error
        if b"\\u0000" in body and _holds_nul(parsed):
            raise json.JSONDecodeError("U+0000 is not text", "", 0)
        return parsed


class StrictRoute(APIRoute):
    """
    A route that lets in who may call it, and nobody else.

    It refuses what it cannot read (415) and what it cannot answer in (406).
    """

    reads = JSON_TYPES
    answers = ANSWER_TYPES

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        operation = operation_id(self)

        async def strict(request: Request) -> Response:
            # Before a byte of the body is read.
            await request.app.state.admit(request, operation, OPERATIONS[operation])
            _check_accept(request, self.answers)
            if self.body_field is not None:
                _check_content_type(request, self.reads)
            return await handle(StrictRequest(request.scope, request.receive))

        return strict


def operation_id(route: APIRoute) -> str:
    """Return what a route is called in the OpenAPI document and in the access table."""
    head, *rest = route.name.split("_")
    return head + "".join(map(str.title, rest))


class UploadRoute(StrictRoute):
    """A route that takes a form with a file."""

    reads = FORM_TYPES


class FileRoute(StrictRoute):
    """A route that answers with a file for a spreadsheet."""

    answers = FILE_TYPES


class EventRoute(StrictRoute):
    """A route that answers with server-sent events."""

    answers = EVENT_TYPES


def _check_content_type(request: Request, reads: frozenset[str]) -> None:
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given not in reads:
        accepted = ", ".join(sorted(reads))
        raise Problem(415, f"This address reads {accepted}.", headers={"Accept": accepted})


def _check_accept(request: Request, answers: frozenset[str]) -> None:
    for part in request.headers.get("accept", "*/*").lower().split(","):
        wanted, *parameters = (piece.strip() for piece in part.split(";"))
        quality = next((piece[2:] for piece in parameters if piece.startswith("q=")), "1")
        refused = not quality.strip("0.")
        if not refused and any(_covers(wanted, answer) for answer in answers):
            return
    raise Problem(406, f"This address answers in {', '.join(sorted(answers))}.")


def _covers(wanted: str, answer: str) -> bool:
    return wanted in {"", "*/*", answer, f"{answer.partition('/')[0]}/*"}


def _holds_nul(value: object) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any("\0" in key or _holds_nul(inner) for key, inner in value.items())
    return isinstance(value, list) and any(map(_holds_nul, value))
