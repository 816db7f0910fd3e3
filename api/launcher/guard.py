"""
The guard: starts the servers, says where they are, and stops them when its standard input closes.

Run by ``api.launcher.start`` as ``python -m api.launcher.guard '{"folder": ..., "wanted": ...}'``.
It answers with one line of JSON: a ``State``, or ``{"error": ...}``.
"""

import hashlib
import json
import os
import shutil
import signal
import sys
from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

from api.launcher.account import (
    SOCKET_DIR_PREFIX,
    Account,
    StartFailed,
    postgres_account,
    socket_dir,
)
from api.launcher.postgres import Postgres
from api.launcher.redis import Redis
from api.launcher.state import State, own


def main(folder: Path | None, wanted: Collection[str]) -> None:
    """Keep the servers up; without a folder their data go with them."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    with ExitStack() as stack:
        try:
            if folder and (running := stack.enter_context(own(folder))):
                say(asdict(running) | {"shared": True})
                return
            state = start(folder, wanted, stack)
        except StartFailed as error:
            say({"error": str(error)})
            return
        say(asdict(state))
        sys.stdin.buffer.read()
        # The stopping itself is not to be cut short.
        signal.signal(signal.SIGTERM, signal.SIG_IGN)


def start(folder: Path | None, wanted: Collection[str], stack: ExitStack) -> State:
    """Start what is wanted, with the undoing of each step on the stack."""
    note = ""
    if folder is None:
        account = postgres_account(None)
        sockets = socket_dir(account)
        data = sockets
    else:
        data, account, note = postgres_place(folder)
        clear_away(folder, data)
        sockets = socket_dir(account)
        State(sockets=str(sockets), running=False).write(folder)
        stack.callback(State.remove, folder)
    stack.callback(shutil.rmtree, sockets, ignore_errors=True)

    keep = folder is not None
    postgres = Postgres(data / "postgres", sockets, account, keep)
    redis = Redis((folder or sockets) / "redis", sockets, keep=keep)
    for name, server in (("postgres", postgres), ("redis", redis)):
        if name in wanted:
            stack.callback(server.stop)
            server.start()
    if folder:
        # Called first of all: nobody is to find servers that are stopping.
        stack.callback(State.remove, folder)
    state = State(
        database_url=postgres.url if "postgres" in wanted else "",
        redis_url=redis.url if "redis" in wanted else "",
        sockets=str(sockets),
        note=note,
    )
    if folder:
        state.write(folder)
    return state


def clear_away(folder: Path, data: Path) -> None:
    """Stop and remove what a killed guard left behind."""
    # Both are found by the pid files in their data; the sockets do not matter here.
    Postgres(data / "postgres", folder, keep=True).stop()
    Redis(folder / "redis", folder, keep=True).stop()
    earlier = State.read(folder)
    if earlier and Path(earlier.sockets).name.startswith(SOCKET_DIR_PREFIX):
        shutil.rmtree(earlier.sockets, ignore_errors=True)


def postgres_place(folder: Path) -> tuple[Path, Account, str]:
    """Return where PostgreSQL keeps its data, as which user, and what to tell about it."""
    account = postgres_account(folder / "postgres")
    if account.reaches(folder):
        return folder, account, ""
    # We are root in a closed home: PostgreSQL refuses root, and others cannot enter.
    mark = hashlib.sha256(os.fsencode(folder)).hexdigest()[:8]
    outside = Path("/var/lib/workpool") / mark
    for made in (outside.parent, outside):
        made.mkdir(parents=True, exist_ok=True)
        made.chmod(0o755)
    note = (
        f"PostgreSQL, which does not run as root, cannot enter {folder}: its data are in {outside}"
    )
    return outside, postgres_account(outside / "postgres"), note


def say(answer: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _asked = json.loads(sys.argv[1])
    main(_asked["folder"] and Path(_asked["folder"]), _asked["wanted"])
