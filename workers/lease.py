"""
The sign of life of a worker that holds a row: without it the sweep gives the row to another.

A thread beats on a connection of its own, and so learns in time that the row is lost or that
somebody cancelled it. It never stops the work by itself: whoever works looks at `Held`.
"""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sqlmodel import Session

from matcher.errors import Conflict, RunStopped, Unavailable
from matcher.settings import settings
from matcher.store.database import transaction

log = logging.getLogger(__name__)

BEATS_PER_LEASE = 15

Progress = dict[str, str | int]
Beat = Callable[[Session, Progress], None]
"""Moves the lease on and writes the progress; raises `RunStopped` when the row is not ours."""


class Held:
    """What the worker knows of its lease, and tells of its progress."""

    def __init__(self) -> None:
        self._stopped: RunStopped | None = None
        self.told: Progress = {}

    def progress(self, phase: str, done: int, total: int) -> None:
        """Tell how far the work is; the next beat writes it."""
        self.told = {"phase": phase, "done": done, "total": total}

    def stop(self, stopped: RunStopped) -> None:
        """Tell that the row was lost or cancelled."""
        self._stopped = stopped

    @property
    def stopped(self) -> bool:
        """Whether the row was lost or cancelled."""
        return self._stopped is not None

    def check(self) -> None:
        """Raise `RunStopped` when the row was lost or cancelled."""
        if self._stopped is not None:
            raise self._stopped


@contextmanager
def lease(beat: Beat) -> Iterator[Held]:
    """Keep a claimed row alive as long as the block lasts."""
    held = Held()
    ended = threading.Event()
    thread = threading.Thread(target=_keep, args=(beat, held, ended), name="lease", daemon=True)
    thread.start()
    try:
        yield held
    finally:
        ended.set()
        thread.join(settings().lease_seconds)


def _keep(beat: Beat, held: Held, ended: threading.Event) -> None:
    pause = settings().lease_seconds / BEATS_PER_LEASE
    while not ended.wait(pause):
        try:
            with transaction() as db:
                beat(db, held.told)
        except RunStopped as stopped:
            held.stop(stopped)
            return
        except (Unavailable, Conflict) as error:
            # Keep trying: whether the lease was lost meanwhile, the fence tells at the end.
            log.warning("beat_failed reason=%s", error.code)
