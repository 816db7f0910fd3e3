"""
What was refused: every answer of 400 to 499, counted here, told in the log, written once a minute.

Who is refused costs this process a number in memory, and the database one row per minute, account,
operation and code: a stranger who asks ten thousand times slows nobody and fills nothing. What is
counted names no person: an operation, a code, an account.
"""

import logging
import threading
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from matcher.errors import Conflict, Unavailable
from matcher.store import refusals as store
from matcher.store.database import transaction
from matcher.store.refusals import Refusal, Refused

log = logging.getLogger(__name__)

WINDOW_SECONDS = 60.0
MOST_ROWS = 200
"""Of those who have signed in; what is more in a window is counted by pool and code alone."""
MOST_ROWS_OF_STRANGERS = 20
CLOSE_SECONDS = 5.0
UNTOLD = "http_error"


@dataclass
class Asked:
    """
    What is known so far of who asks for what, in case it is refused.

    ``why`` is more exact than the ``code`` of the answer may be: whether it was the password or
    the lock is told to the record, and not to the one who tries.
    """

    operation: str | None = None
    pool_id: UUID | None = None
    account_id: UUID | None = None
    code: str = UNTOLD
    why: str | None = None


def asked(scope: MutableMapping[str, Any]) -> Asked:
    """Return what is known of a request."""
    found: Asked = scope.setdefault("asked", Asked())
    return found


class Refusals:
    """Counts refusals by window, in bounded memory; a thread writes them down."""

    def __init__(self) -> None:
        self._counts: dict[Refusal, Refused] = {}
        self._strangers = 0
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def note(self, refused: Asked) -> None:
        """Count a refusal; the first of its kind in a window is told in the log."""
        now = datetime.now(UTC)
        key = Refusal(
            refused.pool_id, refused.account_id, refused.operation, refused.why or refused.code
        )
        with self._lock:
            if key not in self._counts and self._full(key):
                key = Refusal(key.pool_id, None, None, key.code)
            before = self._counts.get(key)
            if before is None:
                self._strangers += key.account_id is None
                self._counts[key] = Refused(1, now, now)
            else:
                self._counts[key] = replace(before, requests=before.requests + 1, last_at=now)
        if before is None:
            _tell("refused", key, 1)

    def write(self) -> int:
        """
        Write what was counted as one statement and begin a new window; return how many rows.

        While the database cannot be reached the window goes on.
        """
        with self._lock:
            counts, self._counts, self._strangers = self._counts, {}, 0
        if not counts:
            return 0
        try:
            with transaction() as db:
                store.note(db, counts)
        except (Unavailable, Conflict) as error:
            log.warning("refusals_kept rows=%d reason=%s", len(counts), error.code)
            self._take_back(counts)
            return 0
        for key, found in counts.items():
            if found.requests > 1:
                _tell("refused_again", key, found.requests - 1)
        return len(counts)

    def start(self) -> None:
        """Begin to write, in a thread of its own: no request waits for it."""
        self._over.clear()
        self._thread = threading.Thread(target=self._work, name="refusals", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write what is left, and end the thread."""
        self._over.set()
        if self._thread is not None:
            self._thread.join(CLOSE_SECONDS)
            self._thread = None

    def _work(self) -> None:
        while not self._over.wait(WINDOW_SECONDS):
            self.write()
        self.write()

    def _full(self, key: Refusal) -> bool:
        if key.account_id is None:
            return self._strangers >= MOST_ROWS_OF_STRANGERS
        return len(self._counts) - self._strangers >= MOST_ROWS

    def _take_back(self, counts: dict[Refusal, Refused]) -> None:
        with self._lock:
            for key, since in self._counts.items():
                before = counts.get(key)
                counts[key] = since if before is None else before.and_then(since)
            self._counts = counts
            self._strangers = sum(key.account_id is None for key in counts)


def _tell(event: str, key: Refusal, requests: int) -> None:
    log.warning(
        "%s code=%s operation=%s account=%s pool=%s requests=%d",
        event, key.code, key.operation, key.account_id, key.pool_id, requests,
    )  # fmt: skip


class Watched:
    """See every answer that refuses something, whoever gives it, and have it counted."""

    def __init__(self, app: ASGIApp, note: Callable[[Asked], None]) -> None:
        self.app = app
        self.note = note

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        known = asked(scope)

        async def send_seen(message: Message) -> None:
            if message["type"] == "http.response.start" and 400 <= message["status"] < 500:
                self.note(known)
            await send(message)

        await self.app(scope, receive, send_seen)
