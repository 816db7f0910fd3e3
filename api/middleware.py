"""What surrounds every answer, in plain ASGI: headers, and the limit on what may come in."""

import ipaddress
import logging
import traceback
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import FAULT, problem
from matcher.settings import settings

log = logging.getLogger(__name__)

API_VERSION = "1.0.0"
"""The version of the HTTP interface (semver), apart from that of the software."""
PREFIX = "/api/v1"

JSON_LIMIT_BYTES = 1024 * 1024
UPLOAD_LIMIT_BYTES = 32 * 1024 * 1024
"""Formats have narrower limits of their own; a zipped pool folder holds many files."""

_SECURITY = {
    "API-Version": API_VERSION,
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; form-action 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
_EVERYWHERE = [(name.lower().encode(), value.encode()) for name, value in _SECURITY.items()]
_FOR_ALL_ORIGINS = [(b"access-control-allow-origin", b"*")]
_SET_HERE = {name for name, _ in _EVERYWHERE} | {b"server"}
_OPEN_PATHS = {f"{PREFIX}/openapi.json"}
"""Public, and read by tools in a browser: any origin may fetch it."""


class AnswerHeaders:
    """Set the version and security headers on every answer, the errors' too."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = [pair for pair in message["headers"] if pair[0].lower() not in _SET_HERE]
                message["headers"] = own + _EVERYWHERE
                if scope["path"] in _OPEN_PATHS:
                    message["headers"] += _FOR_ALL_ORIGINS
            await send(message)

        await self.app(scope, receive, send_with_headers)


class Faults:
    """
    Answer a fault of our own with 500, and log where it arose but not what it says.

    The text of an unforeseen error may quote a value: a database names the key that stands twice.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def send_noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.app(scope, receive, send_noted)
        except Exception as error:
            # The edge of the program: from here on the server would log the whole error.
            frames = "".join(traceback.format_tb(error.__traceback__))
            log.error("fault type=%s\n%s", type(error).__name__, frames)
            if scope["type"] != "http":
                raise
            if not begun:
                await problem(500, FAULT)(scope, receive, send)


class OurAddressesOnly:
    """
    Refuse what a page of somebody else makes a browser on this machine ask.

    Listening on loopback keeps other machines out, but not a page whose host name is made to point
    at this machine, nor a form that it sends here: they tell by their ``Host`` and ``Origin``.
    With a public address (``WORKPOOL_PUBLIC_URL``) that one is as good.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] not in _OPEN_PATHS:
            headers = Headers(scope=scope)
            origin = headers.get("origin")
            asked = [headers.get("host", "")] + ([origin] if origin is not None else [])
            if not all(map(_is_ours, asked)):
                detail = "This API answers to its own addresses alone."
                await problem(403, detail, code="not_this_machine")(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _is_ours(address: str) -> bool:
    """Return whether a host, or the host of an origin, is this machine or the public address."""
    try:
        host = urlsplit(address if "://" in address else f"//{address}").hostname
        public = urlsplit(settings().public_url or "").hostname
    except ValueError:
        return False
    return host is not None and (is_loopback(host) or host == public)


def is_loopback(host: str) -> bool:
    """Return whether an address reaches this machine alone."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class BodyLimit:
    """
    Refuse a body that is too large before anything reads or parses it.

    A length that is announced is refused at once; one that is not (chunked) is counted as it
    comes in, so that a body without an end stops at the limit. One that was answered before all
    of it came in, such as a stranger's, is not read on: the connection ends with the answer.
    """

    def __init__(self, app: ASGIApp, limit_of: Callable[[str], int]) -> None:
        self.app = app
        self.limit_of = limit_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = self.limit_of(scope["path"])
        announced = Headers(scope=scope).get("content-length", "0")
        if not announced.isdigit():
            await _refuse(400, "Content-Length is not a number.", scope, receive, send)
            return
        if len(announced) > 18 or int(announced) > limit:
            await _refuse_size(limit, scope, receive, send)
            return
        received = 0
        read_whole = announced.strip("0") == "" and "transfer-encoding" not in Headers(scope=scope)

        async def receive_counted() -> Message:
            nonlocal received, read_whole
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                read_whole = read_whole or not message.get("more_body", False)
                if received > limit:
                    # The one kind of error that the framework lets through while it reads.
                    raise HTTPException(413)
            return message

        async def send_last(message: Message) -> None:
            if message["type"] == "http.response.start" and not read_whole:
                others = [pair for pair in message["headers"] if pair[0].lower() != b"connection"]
                message["headers"] = [*others, (b"connection", b"close")]
            await send(message)

        await self.app(scope, receive_counted, send_last)


def limit_of(path: str) -> int:
    """Return how many bytes a path takes."""
    return UPLOAD_LIMIT_BYTES if path == f"{PREFIX}/imports" else JSON_LIMIT_BYTES


async def _refuse_size(limit: int, scope: Scope, receive: Receive, send: Send) -> None:
    await _refuse(413, f"At most {limit} bytes are taken here.", scope, receive, send)


async def _refuse(status: int, detail: str, scope: Scope, receive: Receive, send: Send) -> None:
    response: Response = problem(status, detail)
    # The rest of the body is not read, so the connection cannot serve another request.
    response.headers["Connection"] = "close"
    await response(scope, receive, send)
