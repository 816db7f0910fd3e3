"""Following a match run until it ends."""

import time
from uuid import UUID

from api.cli.screen import progress
from api.cli.session import Crew
from matcher.errors import MatcherError
from matcher.service import runs
from matcher.store.database import transaction
from matcher.store.tables.runs import MatchRun

POLL_SECONDS = 0.3
FINAL = ("succeeded", "failed", "cancelled")


class RunFailed(MatcherError):
    """A run ended without a plan."""

    default_code = "run_failed"


def follow(run_id: UUID, title: str, crew: Crew) -> MatchRun:
    """
    Show a run's progress until it ends, and return its row.

    Raises
    ------
    RunFailed
        It failed or was cancelled; the message has its reason and the way out.
    Unavailable
        A process of the crew that should do the work has ended.
    """
    with progress(title) as show:
        while True:
            with transaction() as db:
                run = runs.get(db, run_id)
                db.expunge(run)
            now = run.progress or {}
            phase = str(now.get("phase", run.state))
            show(phase, int(now.get("done", 0)), int(now.get("total", 0)))
            if run.state in FINAL:
                break
            crew.check()
            time.sleep(POLL_SECONDS)
    if run.state != "succeeded" and run.answer is not None:
        raise RunFailed(run.answer["error"]["message"], code=run.answer["error"]["code"])
    if run.state != "succeeded":
        raise RunFailed(
            f"The run {run_id} ended as {run.state}"
            + (f": {run.error_code}." if run.error_code else ".")
            + " The logs of the workers tell more; `workpool match` asks for a new run."
        )
    return run
