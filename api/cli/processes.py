"""The long-running processes: API, worker, beat; and the tables they need."""

import signal
import subprocess
import sys
from typing import Annotated

import typer

from api.cli.screen import output
from api.cli.session import Crew, connected, stop, working
from api.launcher.start import require_free_port
from api.main import check_host
from matcher.errors import Unavailable
from matcher.service import erasure_ledger
from matcher.settings import settings
from matcher.store import migrations
from workers.app import CONTROL, RUN_QUEUES, run_beat, run_worker

LogLevel = Annotated[str, typer.Option(help="How much to log: DEBUG, INFO, WARNING or ERROR.")]


def serve() -> None:
    """Serve the API until Ctrl-C; on embedded servers of its own, with workers beside it."""
    require_free_port(settings().host, settings().port)
    with connected() as found:
        erasure_ledger.check_at_start()
        with working(found) as crew:
            serve_api(crew)


def serve_api(crew: Crew) -> None:
    """Serve the API on the servers that the settings name, and look after who works beside it."""
    host, port = settings().host, settings().port
    check_host(host)
    require_free_port(host, port)
    output.print(
        f"API on http://{host}:{port}/api/v1, documentation on http://{host}:{port}/api/v1/docs"
    )
    output.print("Sign in with an account: workpool account --help. Ctrl-C stops it.")
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "api.server"], stdin=subprocess.PIPE, start_new_session=True
    ) as server:
        try:
            look_after(server, crew)
        finally:
            stop(server)
    if server.returncode not in (0, -signal.SIGTERM):
        raise Unavailable("The API ended by itself; see the message above.")


def look_after(server: subprocess.Popen[bytes], crew: Crew, every: float = 2.0) -> None:
    """Wait until the API ends; a worker that ends meanwhile is started again."""
    while True:
        try:
            server.wait(every)
        except subprocess.TimeoutExpired:
            crew.check()
        else:
            return


def worker(
    queues: Annotated[
        str, typer.Option(help="Queues, separated by commas; `control` wants a worker of its own.")
    ] = ",".join(RUN_QUEUES),
    log_level: LogLevel = "INFO",
) -> None:
    """Work on match runs and imports, or with `--queues control` on sweeps."""
    known = (*RUN_QUEUES, CONTROL)
    named = [name.strip() for name in queues.split(",") if name.strip()]
    unknown = [name for name in named if name not in known]
    if unknown or not named:
        raise typer.BadParameter(
            f"{', '.join(unknown) or 'nothing'} is no queue; the queues are {', '.join(known)}"
        )
    erasure_ledger.check_at_start()
    run_worker(named, log_level=log_level)


def beat(log_level: LogLevel = "INFO") -> None:
    """Send the sweep every few seconds; a second one does no harm."""
    run_beat(log_level=log_level)


def migrate() -> None:
    """Bring the database's tables up to date."""
    with connected():
        migrations.upgrade()
    output.print("The tables are up to date.")
