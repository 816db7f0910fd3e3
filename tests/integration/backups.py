"""A real backup of a test's database and a real restore, with PostgreSQL's own programs."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url

from api.launcher.postgres import MAJOR, wheel_folder
from api.launcher.start import DATABASE_URL, named
from matcher.store.database import dispose
from tests.servers import drop_database, fill_database


def backed_up(url: str, file: Path) -> Path:
    """Write everything that is in a database now to a file."""
    _run("pg_dump", "--format=custom", f"--file={file}", f"--dbname={_address(url)}")
    return file


@contextmanager
def restored(url: str, file: Path) -> Iterator[str]:
    """Restore a backup into a new database of the same server, and let the settings name it."""
    made = fill_database(url, "template0")
    try:
        _run("pg_restore", "--exit-on-error", f"--dbname={_address(made)}", str(file))
        dispose()
        with named({DATABASE_URL: made}):
            yield made
            dispose()
    finally:
        drop_database(made)


def _address(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _run(name: str, *words: str) -> None:
    program = wheel_folder() / f"pginstall{MAJOR}" / "bin" / name
    done = subprocess.run(
        [program, *words], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
