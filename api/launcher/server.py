"""What the two embedded servers have in common: starting, answering, ending."""

import os
import shutil
import signal
import subprocess
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

from api.launcher.account import Account, StartFailed, is_running


@dataclass
class Server(ABC):
    """
    One server: its data, the folder of its socket, its user.

    ``keep`` means that the data are to survive this computer's sudden end; without it the server
    is fast, and stops at once.
    """

    data: Path
    sockets: Path
    account: Account = field(default_factory=Account)
    keep: bool = False
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    programs: ClassVar[Sequence[str]]

    @property
    @abstractmethod
    def url(self) -> str:
        """Where the server is."""

    @property
    @abstractmethod
    def pid_file(self) -> Path:
        """Where the server itself notes its process."""

    @property
    @abstractmethod
    def stop_signal(self) -> signal.Signals:
        """What makes the server stop in good order."""

    @abstractmethod
    def start(self) -> None:
        """
        Start the server and wait until it answers.

        Raises
        ------
        StartFailed
            It does not start: one clear sentence.
        """

    @property
    def pid(self) -> int | None:
        """The server's process, also of one that an earlier owner left; None if none runs."""
        try:
            pid = int(self.pid_file.read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return None
        return pid if is_running(pid, self.programs) else None

    def stop(self) -> None:
        """Stop the server if it runs, also one that an earlier owner left behind."""
        self._end(self.stop_signal)

    def kill(self) -> None:
        """Kill the server, as the out-of-memory killer would: for fault tests."""
        self._end(signal.SIGKILL)

    def _end(self, sign: signal.Signals) -> None:
        """Send the signal and wait for the end; who does not end is killed."""
        process, self._process = self._process, None
        pid = process.pid if process else self.pid
        if pid is None:
            return

        def running() -> bool:
            # A child of ours stays in the list of processes until it is asked for.
            return process.poll() is None if process else is_running(pid, self.programs)

        if running():
            os.kill(pid, sign)
        if not _becomes_true(lambda: not running(), seconds=20):
            os.kill(pid, signal.SIGKILL)
            _becomes_true(lambda: not running(), seconds=5)

    def _launch(self, command: Sequence[str | Path], ready: Callable[[], bool]) -> None:
        """Run the server's program until it is ready, with what it says in a log beside it."""
        log = self.data.with_name(self.data.name + ".log")
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                **self.account.rights,
            )
        process = self._process
        # Recovery after a sudden end takes its time; an end of the process tells at once.
        _becomes_true(lambda: process.poll() is not None or ready(), seconds=120)
        if process.poll() is not None or not ready():
            self.stop()
            lines = log.read_text(errors="replace").splitlines() or ["it said nothing"]
            fatal = [line for line in lines if "FATAL" in line] or lines
            raise StartFailed(f"{Path(command[0]).name} did not start: {fatal[-1]}")


def program_on_path(names: Sequence[str]) -> Path | None:
    """Return the first of these programs that this computer has."""
    return next((Path(found) for name in names if (found := shutil.which(name))), None)


def _becomes_true(condition: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True
