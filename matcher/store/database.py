"""Connections and transactions: who calls `transaction` decides what is one whole."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session

from matcher.errors import Conflict, Unavailable
from matcher.settings import settings
from matcher.store import audit
from matcher.store.acting import confine

OLDEST_SERVER = 15
POOL_SIZE = 20
POOL_TIMEOUT_SECONDS = 2
CONNECT_TIMEOUT_SECONDS = 5
STATEMENT_TIMEOUT_SECONDS = 15
LOCK_TIMEOUT_SECONDS = 3
IDLE_TIMEOUT_SECONDS = 30
# Connection lost; out of connections, disk or memory; shutting down, starting; out of time; for
# reading alone, as a server is that stands in or runs out of disk.
UNAVAILABLE = ("08", "53", "57P", "57014", "25P03", "25006")
# A row held for too long, two who wait for one another, two that cannot both be right.
BUSY = ("55P03", "40P01", "40001")


def engine() -> Engine:
    """
    Return the engine of the database that the settings name, one per process and address.

    Raises
    ------
    Unavailable
        No database is set.
    """
    url = settings().database_url
    if url is None:
        raise Unavailable(
            "No database is set. Maybe: set WORKPOOL_DATABASE_URL, or start the embedded server."
        )
    return _engine(url)


@cache
def _engine(url: str) -> Engine:
    made = create_engine(
        url,
        # Parameters hold what people wrote about people: they stay out of error texts and logs.
        hide_parameters=True,
        pool_pre_ping=True,
        pool_size=POOL_SIZE,
        # None beyond those: they would be opened and closed again for every request of a busy hour.
        max_overflow=0,
        pool_timeout=POOL_TIMEOUT_SECONDS,
        connect_args={
            "application_name": "workpool",
            "connect_timeout": CONNECT_TIMEOUT_SECONDS,
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
            "options": (
                f"-c statement_timeout={STATEMENT_TIMEOUT_SECONDS}s"
                f" -c lock_timeout={LOCK_TIMEOUT_SECONDS}s"
                f" -c idle_in_transaction_session_timeout={IDLE_TIMEOUT_SECONDS}s"
                " -c timezone=UTC"
            ),
        },
    )
    event.listen(made, "connect", _check_version)
    for check in _checks:
        event.listen(made, "connect", lambda connection, _, check=check: _pass(connection, check))
    _made[url] = made
    return made


_made: dict[str, Engine] = {}
_checks: list[Callable[[psycopg.Connection[Any]], None]] = []


def check_connections(check: Callable[[psycopg.Connection[Any]], None]) -> None:
    """Let every connection that this process opens from now on pass a check first."""
    dispose()
    _checks.append(check)


def _pass(
    connection: psycopg.Connection[Any], check: Callable[[psycopg.Connection[Any]], None]
) -> None:
    check(connection)
    # Its questions began a transaction, within which nobody can choose another isolation.
    connection.rollback()


def dispose() -> None:
    """Close every connection of this process; the next `engine` opens new ones."""
    for made in _made.values():
        made.dispose()
    _made.clear()
    _engine.cache_clear()


@contextmanager
def transaction(isolation: str | None = None) -> Iterator[Session]:
    """
    Give a session whose work is written whole at the end, or not at all after an error.

    With it go the entries of the record that it appended (`matcher.store.audit`).
    Within a request it sees what the one who asks may see: their pool (`matcher.store.acting`).

    Parameters
    ----------
    isolation
        Such as ``REPEATABLE READ``, for several reads of one moment; without it READ COMMITTED.

    Raises
    ------
    Unavailable
        The database cannot be reached, or cannot serve for the moment.
    Conflict
        ``busy``: somebody else is writing the same rows; the same again may succeed.
    """
    with _told_as_ours(), Session(engine(), expire_on_commit=False) as db:
        if isolation:
            db.connection(execution_options={"isolation_level": isolation})
        confine(db)
        yield db
        audit.settle(db)
        db.commit()


@contextmanager
def glance() -> Iterator[Connection]:
    """
    Give a connection on which each statement stands by itself, for what every request looks up.

    Nobody acts yet and no pool is seen: only what belongs to none, such as who signs in. It costs
    one round trip a statement, where a transaction costs three more.

    Raises
    ------
    Unavailable
        As `transaction`.
    """
    alone = engine().execution_options(isolation_level="AUTOCOMMIT")
    with _told_as_ours(), alone.connect() as connection:
        yield connection


@contextmanager
def _told_as_ours() -> Iterator[None]:
    try:
        yield
    except PoolTimeout as error:
        raise Unavailable("All connections to the database are in use; try again.") from error
    except (DBAPIError, psycopg.Error) as error:
        _drop_values(error)
        told = _told(error)
        if told is None:
            raise
        raise told from error


def allow_time(db: Session, seconds: int) -> None:
    """Let the statements of this transaction take up to so many seconds each, for bulk work."""
    db.execute(
        text("select set_config('statement_timeout', :limit, true)"), {"limit": f"{seconds}s"}
    )


def raw_connection(db: Session) -> psycopg.Connection[Any]:
    """Return the psycopg connection of the transaction, for COPY."""
    connection = db.connection().connection.driver_connection
    assert isinstance(connection, psycopg.Connection)
    return connection


def _told(error: DBAPIError | psycopg.Error) -> Unavailable | Conflict | None:
    """Return our own error for a failure of the database itself, None for any other."""
    original = error.orig if isinstance(error, DBAPIError) else error
    state = getattr(original, "sqlstate", None) or ""
    if state.startswith(BUSY):
        return Conflict("Somebody else is changing the same thing; try again.", code="busy")
    lost = isinstance(original, psycopg.OperationalError) and not state
    if lost or state.startswith(UNAVAILABLE):
        return Unavailable("The database cannot be reached; try again in a moment.")
    return None


def _drop_values(error: DBAPIError | psycopg.Error) -> None:
    """Leave the first line of what the server said: its details quote the row's values."""
    original = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(original, psycopg.Error) and original.diag.message_primary:
        error.args = original.args = (original.diag.message_primary,)


def _check_version(connection: psycopg.Connection[Any], _record: object) -> None:
    version = connection.info.server_version // 10_000
    if version < OLDEST_SERVER:
        raise Unavailable(
            f"The database server is PostgreSQL {version}; Workpool needs {OLDEST_SERVER} or later."
        )
