"""``servers()``: PostgreSQL and Redis for the time of a block."""

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from api.launcher.postgres import NAME
from matcher.errors import Unavailable
from matcher.settings import settings
from matcher.store.acting import API_ROLE, WORKER_ROLE

DATABASE_URL = "WORKPOOL_DATABASE_URL"
API_DATABASE_URL = "WORKPOOL_API_DATABASE_URL"
WORKER_DATABASE_URL = "WORKPOOL_WORKER_DATABASE_URL"
REDIS_URL = "WORKPOOL_REDIS_URL"
SECRET_KEY = "WORKPOOL_SECRET_KEY"  # pragma: allowlist secret
SECRET_KEY_BEFORE = "WORKPOOL_SECRET_KEY_BEFORE"  # pragma: allowlist secret


@dataclass(frozen=True)
class Servers:
    """Where the servers are, and what the person at the screen should know of them."""

    database_url: str
    redis_url: str
    note: str = ""
    shared: bool = False
    """Another process started them, and they end with it."""

    ours: bool = False
    """This process started the database: nobody else works on it."""


@contextmanager
def servers(*, throwaway: bool = False) -> Iterator[Servers]:
    """
    Give PostgreSQL and Redis: those of the settings, and embedded ones where they name none.

    Within the block the settings (and so the environment of every child) name them and, if they
    hold none, a secret key: one that is kept beside kept data. Embedded servers keep
    their data in ``WORKPOOL_DATA_DIR`` and are shared with other shells; after the block, and
    however this process ends, they stop. SIGTERM ends the block as Ctrl-C does.

    Parameters
    ----------
    throwaway
        Servers of our own, fast, with data that vanish with them: for tests.

    Raises
    ------
    Unavailable
        They cannot be started: one clear sentence.
    """
    given = settings()
    wanted = []
    if throwaway or given.database_url is None:
        wanted.append("postgres")
    if throwaway or given.redis_url is None:
        wanted.append("redis")
    if not wanted:
        yield Servers(str(given.database_url), str(given.redis_url))
        return
    folder = None if throwaway else os.path.abspath(given.data_dir)
    with _sigterm_as_exit(), _guard({"folder": folder, "wanted": wanted}) as answer:
        found = Servers(
            database_url=str(answer["database_url"] or given.database_url),
            redis_url=str(answer["redis_url"] or given.redis_url),
            note=str(answer["note"]),
            shared=bool(answer.get("shared")),
            ours="postgres" in wanted and not answer.get("shared"),
        )
        known = {DATABASE_URL: found.database_url, REDIS_URL: found.redis_url}
        if "postgres" in wanted and folder is not None:
            # The API and the workers are other users of the same database, who own nothing.
            for setting, role in ((API_DATABASE_URL, API_ROLE), (WORKER_DATABASE_URL, WORKER_ROLE)):
                known[setting] = found.database_url.replace(f"//{NAME}@", f"//{role}@")
        if given.secret_key is None:
            known[SECRET_KEY] = (
                secrets.token_urlsafe(48)
                if folder is None
                else _kept_secret(Path(folder) / "secret.key")
            )
        with named(known):
            yield found


def _kept_secret(path: Path) -> str:
    """Return the secret kept beside the data that it belongs to; made the first time."""
    with contextlib.suppress(FileExistsError):
        # Written whole under another name first: a second shell reads all of it or makes its own.
        new = path.with_suffix(f".{os.getpid()}")
        new.touch(mode=0o600)
        new.write_text(secrets.token_urlsafe(48))
        try:
            os.link(new, path)
        finally:
            new.unlink()
    return path.read_text()


@contextmanager
def named(urls: Mapping[str, str]) -> Iterator[None]:
    """Let the settings name these servers for the time of the block."""
    before = {name: os.environ.get(name) for name in urls}
    os.environ.update(urls)
    settings.cache_clear()
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        settings.cache_clear()


def require_free_port(host: str, port: int) -> None:
    """
    Check that the API can listen there, before anything is started for it.

    Raises
    ------
    Unavailable
        The port is in use, or not ours to use.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise Unavailable(
                f"Cannot listen on {host} port {port} ({error.strerror}); "
                "name another one with WORKPOOL_PORT."
            ) from None


@contextmanager
def _guard(asked: Mapping[str, object]) -> Iterator[dict[str, object]]:
    """Run the guard for the time of the block; its standard input is the thread of life."""
    # A session of its own: Ctrl-C is for us, and the guard learns of it by our end.
    guard = subprocess.Popen(
        [sys.executable, "-P", "-m", "api.launcher.guard", json.dumps(asked)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert guard.stdin is not None
    assert guard.stdout is not None
    try:
        line = guard.stdout.readline()
        if not line:
            raise Unavailable("The embedded servers did not start; see the message above.")
        answer: dict[str, object] = json.loads(line)
        if "error" in answer:
            raise Unavailable(str(answer["error"]))
        yield answer
    finally:
        guard.stdin.close()
        guard.wait()
        guard.stdout.close()


@contextmanager
def _sigterm_as_exit() -> Iterator[None]:
    """Let SIGTERM unwind the block, unless somebody already handles it."""
    in_charge = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    )

    def leave(sign: int, _frame: FrameType | None) -> None:
        sys.exit(128 + sign)

    if in_charge:
        signal.signal(signal.SIGTERM, leave)
    try:
        yield
    finally:
        if in_charge:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
