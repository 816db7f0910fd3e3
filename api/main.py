"""The HTTP application: routes, errors and headers put together."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import orjson
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import ASGIApp

from api import identity, openapi, problems, reference
from api.access import Access, check_complete
from api.middleware import (
    PREFIX,
    AnswerHeaders,
    BodyLimit,
    Faults,
    OurAddressesOnly,
    is_loopback,
    limit_of,
)
from api.refusals import Refusals, Watched
from api.routes import (
    agreements,
    algorithm_registration,
    attention,
    audit_events,
    candidates,
    coaches,
    deployments,
    employers,
    exceptional_accesses,
    exports,
    health,
    imports,
    match_runs,
    matches,
    memberships,
    placements,
    pools,
    privacy,
    proposals,
    read_alarms,
    restrictions,
    second_factor,
    session,
    sites,
    supervisor_groups,
    what_ifs,
)
from api.strict import operation_id
from matcher.errors import SettingsError
from matcher.settings import settings
from matcher.store.database import dispose
from workers import hints

ROUTERS = (
    pools.router,
    coaches.router,
    candidates.router,
    agreements.pins,
    agreements.companions,
    employers.router,
    sites.router,
    supervisor_groups.router,
    placements.router,
    matches.router,
    match_runs.router,
    match_runs.events,
    what_ifs.router,
    proposals.router,
    proposals.choices,
    attention.cards,
    attention.figures,
    attention.tasks,
    exports.router,
    privacy.router,
    restrictions.router,
    privacy.receipts,
    exceptional_accesses.router,
    read_alarms.router,
    deployments.router,
    imports.router,
    imports.uploads,
    audit_events.router,
    algorithm_registration.router,
    session.router,
    second_factor.router,
    session.keys,
    memberships.router,
    health.router,
)


Admit = Callable[[Request, str, Access], Awaitable[None]]


def create_app(admit: Admit = identity.admit) -> ASGIApp:
    """
    Return the application, complete with what surrounds every answer.

    Parameters
    ----------
    admit
        Lets a request through as its actor, or refuses it; see `api.identity.admit`.

    Raises
    ------
    MatcherError
        An operation has no line in the access table.
    """
    api = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=operation_id,
    )
    api.state.admit = admit
    for router in ROUTERS:
        api.include_router(router)
    problems.install(api)
    document = openapi.document(api)
    check_complete(
        operation["operationId"]
        for path in document["paths"].values()
        for operation in path.values()
    )
    as_json, as_page = orjson.dumps(document), reference.page(document).encode()

    @api.get("/openapi.json", include_in_schema=False)
    async def read_openapi() -> Response:
        return Response(as_json, media_type="application/json")

    @api.get("/docs", include_in_schema=False)
    async def read_docs() -> Response:
        return Response(as_page, media_type="text/html")

    @api.get("/docs.css", include_in_schema=False)
    async def read_style() -> Response:
        return Response(reference.STYLE, media_type="text/css")

    refusals = Refusals()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        refusals.start()
        yield
        await run_in_threadpool(refusals.close)
        hints.close()
        dispose()

    root = Starlette(
        routes=[Mount(PREFIX, api)],
        exception_handlers={HTTPException: problems.of_http_exception},
        lifespan=lifespan,
    )
    root.router.redirect_slashes = False
    inner = Faults(BodyLimit(OurAddressesOnly(root), limit_of))
    return AnswerHeaders(Watched(inner, refusals.note))


def check_host(host: str) -> None:
    """
    Refuse an address that others can reach, as long as nobody says how they do: passwords and
    sessions go there over https, and a page that a browser shows has to be ours.

    Raises
    ------
    SettingsError
        The host is not this machine alone, and there is no public address with https.
    """
    if not is_loopback(host) and not (settings().public_url or "").startswith("https://"):
        raise SettingsError(
            f"WORKPOOL_HOST is {host}, which others can reach. Maybe: leave it at 127.0.0.1, or "
            "name the address that people use, with https, as WORKPOOL_PUBLIC_URL."
        )
