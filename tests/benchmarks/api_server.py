"""
The product and, beside it in the same process, two peers: a bare endpoint that returns stored JSON,
and the product with its doors open, which asks nobody who they are and notes nothing.
"""

import os
import sys
from collections.abc import Iterable
from contextvars import ContextVar
from functools import cache
from typing import Any
from uuid import UUID

# as in api/server.py
os.environ.setdefault("POLARS_MAX_THREADS", "1")

import uvicorn
from fastapi import FastAPI
from psycopg_pool import ConnectionPool
from sqlmodel import Session
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from api.access import Access
from api.main import create_app
from api.routes import matches
from matcher.domain.actors import Actor
from matcher.service import tokens
from matcher.store.acting import acting, crossing
from matcher.store.audit import note_reads
from matcher.store.database import glance

pool = ConnectionPool(
    os.environ["WORKPOOL_DATABASE_URL"].replace("+psycopg", ""), min_size=10, max_size=20
)
bare = FastAPI()


@bare.get("/bare/{number}")
def read(number: int) -> dict[str, Any]:
    with pool.connection() as connection:
        row = connection.execute("select payload from bare where number = %s", (number,)).fetchone()
    assert row is not None
    return row[0]  # type: ignore[no-any-return]


unnoted: ContextVar[bool] = ContextVar("unnoted", default=False)


@cache
def known_before() -> Actor:
    claims = tokens.read(os.environ["BENCH_TOKEN"])
    assert claims is not None
    with glance() as db:
        found = tokens.bearer(db, claims)
    assert found is not None
    return found


async def let_in(_request: Request, _operation: str, _access: Access) -> None:
    acting.set(known_before())
    crossing.set(None)
    unnoted.set(True)


def note_unless_open(
    db: Session, reads: Iterable[tuple[UUID, str, UUID | None]], action: str
) -> None:
    if not unnoted.get():
        note_reads(db, reads, action)


matches.note_reads = note_unless_open  # type: ignore[attr-defined]
product = create_app()
open_doors = create_app(let_in)
OPEN = "/open"


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    path = scope.get("path", "")
    if path.startswith(f"{OPEN}/"):
        inside = path.removeprefix(OPEN)
        await open_doors({**scope, "path": inside, "raw_path": inside.encode()}, receive, send)
        return
    await (bare if path.startswith("/bare/") else product)(scope, receive, send)


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
