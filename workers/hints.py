"""
Hints to the workers that a row waits for them, sent by one thread per process.

Whoever asks for work commits its row first and never waits for Redis: a frozen one held a request
for over 25 s. A hint that finds the queue full, or Redis away, is dropped; the sweep repeats it.
"""

import atexit
import contextlib
import logging
import math
import queue
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from workers.app import CONTROL, INTERACTIVE, NIGHTLY, app

log = logging.getLogger(__name__)

WAITING = 200
"""How many hints may wait for the sender."""
CLOSE_SECONDS = 5.0


@dataclass(frozen=True)
class Hint:
    """A task to be started: its name, its queue, and the id of the row that it is about."""

    task: str
    queue: str
    arguments: dict[str, str]


def match_run(run_id: UUID, kind: str) -> Hint:
    """Return the hint for a run; nights have a queue of their own, so that people need not wait."""
    on = NIGHTLY if kind == "nightly" else INTERACTIVE
    return Hint("match_run", on, {"run_id": str(run_id)})


def import_file(import_id: UUID) -> Hint:
    """Return the hint for an import."""
    return Hint("import_file", INTERACTIVE, {"import_id": str(import_id)})


def sweep() -> Hint:
    """Return the hint for a sweep out of turn."""
    return Hint("sweep", CONTROL, {})


def give(hint: Hint) -> bool:
    """Leave a hint with the sender thread, without waiting; False when it was dropped."""
    return _sender().give(hint)


def send(hints: Iterable[Hint]) -> int:
    """
    Send hints from this thread and return how many went; for tasks, which may wait for Redis.

    The first failure ends it: with Redis away each of the others would wait as long.
    """
    sent = 0
    for hint in hints:
        if not _send(hint):
            break
        sent += 1
    return sent


def close(timeout: float = CLOSE_SECONDS) -> None:
    """Send what waits, as far as time allows, and end the thread; a later hint starts another."""
    global _only
    with _lock:
        sender, _only = _only, None
    if sender is not None:
        sender.close(timeout)


class Sender:
    """One thread that sends what was left in a bounded queue."""

    def __init__(self) -> None:
        self._waiting: queue.Queue[Hint | None] = queue.Queue(WAITING)
        self._give_up_at = math.inf
        self._closing = False
        # A daemon: a frozen Redis must not keep a process from ending.
        self._thread = threading.Thread(target=self._work, name="hints", daemon=True)
        self._thread.start()

    def give(self, hint: Hint) -> bool:
        try:
            self._waiting.put_nowait(hint)
        except queue.Full:
            log.warning("hint_dropped task=%s reason=queue_full", hint.task)
            return False
        return True

    def close(self, timeout: float) -> bool:
        """Send what waits, as far as time allows; False when the thread still waits for Redis."""
        self._give_up_at = time.monotonic() + timeout
        self._closing = True
        # A full queue wakes the thread by itself.
        with contextlib.suppress(queue.Full):
            self._waiting.put_nowait(None)
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _work(self) -> None:
        while not self._closing or not self._waiting.empty():
            hint = self._waiting.get()
            if time.monotonic() > self._give_up_at:
                return
            if hint is not None:
                _send(hint)


def _send(hint: Hint) -> bool:
    try:
        app.send_task(hint.task, kwargs=hint.arguments, queue=hint.queue)
    except (OperationalError, RedisError, OSError) as error:
        log.warning("hint_dropped task=%s reason=%s", hint.task, type(error).__name__)
        return False
    return True


_lock = threading.Lock()
_only: Sender | None = None


def _sender() -> Sender:
    global _only
    with _lock:
        if _only is None:
            _only = Sender()
        return _only


atexit.register(close)
