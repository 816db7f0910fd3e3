"""What the guard leaves in the data folder, so that a second shell finds the running servers."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from api.launcher.account import StartFailed


@dataclass(frozen=True)
class State:
    """Where the servers are; an address is empty for a server that is not ours to start."""

    database_url: str = ""
    redis_url: str = ""
    sockets: str = ""
    note: str = ""
    running: bool = True
    """False for what is written before the start, so that a start cut short is cleaned up."""

    def write(self, folder: Path) -> None:
        beside = folder / "servers.json.new"
        beside.write_text(json.dumps(asdict(self)))
        beside.replace(folder / "servers.json")

    @classmethod
    def read(cls, folder: Path) -> "State | None":
        try:
            return cls(**json.loads((folder / "servers.json").read_text()))
        except (OSError, ValueError, TypeError):
            return None

    @staticmethod
    def remove(folder: Path) -> None:
        (folder / "servers.json").unlink(missing_ok=True)


@contextmanager
def own(folder: Path, patience_seconds: float = 60) -> Iterator[State | None]:
    """
    Own the data folder for the time of the block, or find the servers of who owns it.

    The lock belongs to the open file and so to the living process: a killed owner holds nothing,
    whatever its state file says.

    Yields
    ------
    None when the folder is ours now, else the state of the servers that run.

    Raises
    ------
    StartFailed
        The folder cannot be written, or its owner neither gets ready nor goes away.
    """
    try:
        if not folder.exists():
            folder.mkdir(parents=True, exist_ok=True)
            # Others may pass through: PostgreSQL may have to run as another user than we do.
            folder.chmod(0o755)
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise StartFailed(
            f"The folder {folder} cannot be used ({error.strerror}); "
            "name another one with WORKPOOL_DATA_DIR."
        ) from error
    try:
        deadline = time.monotonic() + patience_seconds
        while not _locked(lock):
            state = State.read(folder)
            if state and state.running:
                yield state
                return
            if time.monotonic() > deadline:
                raise StartFailed(
                    f"The folder {folder} is in use by another start that does not get ready; "
                    "stop it, or name another folder with WORKPOOL_DATA_DIR."
                )
            time.sleep(0.05)
        yield None
    finally:
        os.close(lock)


def _locked(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
