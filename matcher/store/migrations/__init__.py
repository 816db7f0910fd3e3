"""The tables' history: each file in ``versions`` is one step, up and down."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

from matcher.store.database import transaction
from matcher.store.protection import protect, unprotect

_HERE = Path(__file__).parent
# Any number of processes may migrate at start-up: the second waits here and finds nothing to do.
_LOCK = 7_165_206_311


def upgrade(revision: str = "head") -> None:
    """
    Bring the database of the settings to the newest tables; already there is fine.

    Raises
    ------
    Unavailable
        The server cannot be reached, is older than Workpool needs, or lacks the API's role.
    """
    with transaction() as db:
        command.upgrade(_config(db.connection()), revision)
        protect(db)


def downgrade(revision: str = "base") -> None:
    """Take the tables back to a revision; ``base`` leaves none of them, and no data."""
    with transaction() as db:
        config = _config(db.connection())
        unprotect(db)  # a policy holds on to the tables that it looks at
        command.downgrade(config, revision)
        protect(db)


def check() -> None:
    """Raise alembic's CommandError if the tables in the code differ from those in the database."""
    with transaction() as db:
        command.check(_config(db.connection()))


def _config(connection: Connection) -> Config:
    for setting in ("statement_timeout", "lock_timeout"):
        connection.execute(text(f"set local {setting} = 0"))
    connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.attributes["connection"] = connection
    return config
