"""Whose rights a server gets: PostgreSQL refuses to run as root."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

# The kernel allows 107 bytes for the path of a socket; the longest name below is .s.PGSQL.5432.
SOCKET_DIR_BYTES = 80
SOCKET_DIR_PREFIX = "workpool-"


class StartFailed(Exception):
    """A server cannot be started; the message is one clear sentence for a person."""


@dataclass(frozen=True)
class Account:
    """
    The user that a server runs as: ourselves, or for root an ordinary user.

    ``uid`` and ``gid`` are ``None`` for ourselves.
    """

    uid: int | None = None
    gid: int | None = None

    @property
    def rights(self) -> dict[str, Any]:
        """What ``subprocess`` needs to run a program with this user's rights and no others."""
        return {
            "cwd": "/",
            "env": {"PATH": os.defpath, "TZ": "UTC", "LC_ALL": "C.UTF-8"},
            "user": self.uid,
            "group": self.gid,
            "extra_groups": None if self.uid is None else [],
        }

    def run(self, command: Sequence[str | Path]) -> subprocess.CompletedProcess[str]:
        """Run a command with this user's rights, and return what it said."""
        return subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            **self.rights,
        )

    def reaches(self, path: Path) -> bool:
        """Tell whether this user can enter the folder, or run the program."""
        return self.run(["test", "-x", path]).returncode == 0

    def take(self, folder: Path) -> None:
        """Give the folder and everything in it to this user, for its eyes only."""
        folder.chmod(0o700)
        if self.uid is not None and self.gid is not None:
            for path in (folder, *folder.rglob("*")):
                os.chown(path, self.uid, self.gid, follow_symlinks=False)


def is_running(pid: int, programs: Sequence[str]) -> bool:
    """Tell whether the process is one of these still: a number is used again for another."""
    try:
        process = psutil.Process(pid)
        return process.name() in programs and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def postgres_account(data: Path | None) -> Account:
    """
    Return the user for PostgreSQL: ourselves; for root the owner of earlier data, or nobody.

    Raises
    ------
    StartFailed
        We are an ordinary user and the data belong to another.
    """
    owner = data.stat().st_uid if data and data.exists() else None
    if os.geteuid() != 0:
        if owner not in (None, os.geteuid()):
            raise StartFailed(
                f"The folder {data} belongs to another user; "
                "run as that user, or name another folder with WORKPOOL_DATA_DIR."
            )
        return Account()
    entry = pwd.getpwuid(owner) if owner else pwd.getpwnam("nobody")
    return Account(entry.pw_uid, entry.pw_gid)


def socket_dir(account: Account) -> Path:
    """Make a short-named folder for sockets, which only its user (and root) can enter."""
    # mkdtemp makes what nobody else can enter: nosec says so to bandit.
    for base in (tempfile.gettempdir(), "/tmp", "/var/tmp"):  # nosec B108
        folder = Path(tempfile.mkdtemp(prefix=SOCKET_DIR_PREFIX, dir=base))
        account.take(folder)
        if len(os.fsencode(folder)) <= SOCKET_DIR_BYTES and account.reaches(folder):
            return folder
        shutil.rmtree(folder)
    raise StartFailed("No temporary folder with a short name; name one with TMPDIR.")
