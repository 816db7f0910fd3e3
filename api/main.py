"""The HTTP application: routes, errors and headers put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
from fastapi import Depends, FastAPI
from fastapi.routing import APIRoute
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import ASGIApp

from api import openapi, problems, reference
from api.dependencies import on_behalf
from api.middleware import (
    PREFIX,
    AnswerHeaders,
    BodyLimit,
    Faults,
    ThisMachineOnly,
    is_loopback,
    limit_of,
)
from api.routes import (
    agreements,
    algorithm_registration,
    audit_events,
    candidates,
    coaches,
    deployments,
    employers,
    health,
    imports,
    match_runs,
    matches,
    placements,
    pools,
    proposals,
    sites,
    supervisor_groups,
    what_ifs,
)
from matcher.errors import SettingsError
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
    deployments.router,
    imports.router,
    imports.uploads,
    audit_events.router,
    algorithm_registration.router,
    health.router,
)


def create_app() -> ASGIApp:
    """Return the application, complete with what surrounds every answer."""
    api = FastAPI(
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
    )
    for router in ROUTERS:
        api.include_router(router, dependencies=[Depends(on_behalf)])
    problems.install(api)
    document = openapi.document(api)
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

    root = Starlette(
        routes=[Mount(PREFIX, api)],
        exception_handlers={HTTPException: problems.of_http_exception},
        lifespan=_lifespan,
    )
    root.router.redirect_slashes = False
    return AnswerHeaders(Faults(ThisMachineOnly(BodyLimit(root, limit_of))))


def check_host(host: str) -> None:
    """
    Refuse an address that others can reach: there are no accounts yet.

    Raises
    ------
    SettingsError
        The host is not this machine alone.
    """
    if not is_loopback(host):
        raise SettingsError(
            f"WORKPOOL_HOST is {host}, which others can reach, and the API has no accounts yet. "
            "Maybe: leave it at 127.0.0.1."
        )


def _operation_id(route: APIRoute) -> str:
    head, *rest = route.name.split("_")
    return head + "".join(map(str.title, rest))


@asynccontextmanager
async def _lifespan(_: Starlette) -> AsyncIterator[None]:
    yield
    hints.close()
    dispose()
