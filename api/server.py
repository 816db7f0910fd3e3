"""
The API in a process of its own, for ``python -m api.server``.

Questions come many at a time and each is small: one thread of polars for each answers almost twice
as many as a pool of threads that they share. It reads that number at import, hence the process.
"""

import os
from contextlib import suppress

os.environ.setdefault("POLARS_MAX_THREADS", "1")

import uvicorn
from starlette.types import ASGIApp

from api.launcher.start import DATABASE_URL
from api.main import create_app
from matcher.errors import Unavailable
from matcher.settings import settings
from matcher.store.database import check_connections, transaction
from matcher.store.protection import check_role
from workers.process import follow_parent


def application() -> ASGIApp:
    """
    Return the application, as a database user whom row-level security holds.

    Raises
    ------
    SettingsError
        It would see every pool.
    """
    own_user = settings().api_database_url
    if own_user is not None:
        os.environ[DATABASE_URL] = own_user
        settings.cache_clear()
    check_connections(check_role)
    # A database that is away for the moment is looked at when it is back.
    with suppress(Unavailable), transaction() as db:
        db.connection()
    return create_app()


def main() -> None:
    """Serve until told to stop, or until whoever started it has gone."""
    follow_parent()
    uvicorn.run(
        application(),
        host=settings().host,
        port=settings().port,
        log_level="warning",
        server_header=False,
        access_log=False,
    )


if __name__ == "__main__":
    main()
