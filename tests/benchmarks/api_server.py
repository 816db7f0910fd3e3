"""The product and, beside it in the same process, a bare endpoint that returns stored JSON."""

import os
import sys
from typing import Any

# as in api/server.py
os.environ.setdefault("POLARS_MAX_THREADS", "1")

import uvicorn
from fastapi import FastAPI
from psycopg_pool import ConnectionPool
from starlette.types import Receive, Scope, Send

from api.main import create_app

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


product = create_app()


async def app(scope: Scope, receive: Receive, send: Send) -> None:
    of = bare if scope.get("path", "").startswith("/bare/") else product
    await of(scope, receive, send)


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
