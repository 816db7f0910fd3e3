"""
The API in a process of its own, for ``python -m api.server``.

Questions come many at a time and each is small: one thread of polars for each answers almost twice
as many as a pool of threads that they share. It reads that number at import, hence the process.
"""

import os
import sys

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import uvicorn
from starlette.types import ASGIApp

from api.main import create_app
from matcher.errors import MatcherError
from matcher.service import erasure_ledger
from matcher.settings import settings
from matcher.store.protection import connect_as_api
from workers.process import follow_parent

GRACE_SECONDS = 5
"""For requests under way: who stops it kills it some seconds later, and counts are then lost."""


def application() -> ASGIApp:
    """
    Return the application, as a database user whom row-level security holds.

    Raises
    ------
    SettingsError
        It would see every pool.
    Unavailable
        The database was restored from before erasures that are still to be redone.
    """
    erasure_ledger.check_at_start()
    connect_as_api()
    return create_app()


def main() -> None:
    """Serve until told to stop, or until whoever started it has gone."""
    follow_parent()
    try:
        served = application()
    except MatcherError as refused:
        sys.exit(str(refused))
    uvicorn.run(
        served,
        host=settings().host,
        port=settings().port,
        log_level="warning",
        server_header=False,
        access_log=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )


if __name__ == "__main__":
    main()
