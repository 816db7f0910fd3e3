"""How often: counters in this process, per account, address or pool; beyond them 429."""

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass

from api.problems import Problem

MOST_COUNTERS = 10_000


@dataclass(frozen=True)
class Rate:
    """So many of something in so many seconds."""

    name: str
    most: int
    seconds: float


SIGN_INS = Rate("sign-ins", 5, 60)
SIGN_INS_BY_ADDRESS = Rate("sign-ins from one address", 30, 60)
EXPORTS = Rate("exports", 10, 3600)
RUN_REQUESTS = Rate("requests for a run of a pool", 6, 3600)
EXCEPTIONAL_ACCESSES = Rate("records opened outside the caseload", 10, 3600)
WHAT_IFS = Rate("what-ifs", 60, 3600)
SEARCHES_BY_NUMBER = Rate("searches by number", 60, 3600)


class Counters:
    """Counts in a window that slides: each event is forgotten when its time is over."""

    def __init__(self) -> None:
        self._events: OrderedDict[tuple[str, str], list[float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, rate: Rate, key: str) -> None:
        """
        Count an event.

        Raises
        ------
        Problem
            429 with ``Retry-After``: there were too many; this one does not count.
        """
        now = time.monotonic()
        with self._lock:
            recent = self._events.setdefault((rate.name, key), [])
            self._events.move_to_end((rate.name, key))
            recent[:] = [at for at in recent if at > now - rate.seconds]
            if len(recent) >= rate.most:
                wait = int(recent[0] + rate.seconds - now) + 1
                raise Problem(
                    429,
                    f"At most {rate.most} {rate.name} in {rate.seconds:.0f} seconds.",
                    headers={"Retry-After": str(wait)},
                )
            recent.append(now)
            while len(self._events) > MOST_COUNTERS:
                self._events.popitem(last=False)

    def forget(self) -> None:
        """Begin anew."""
        with self._lock:
            self._events.clear()


counters = Counters()
