"""A process that gives hints as it is told on standard input, and says how that went."""

import json
import sys
import time
from uuid import UUID

from workers import hints

RUN = UUID(int=7)

for line in sys.stdin:
    word, _, number = line.strip().partition(" ")
    times, taken = [], 0
    for _ in range(int(number or 1)):
        started = time.perf_counter()
        if word == "give":
            taken += hints.give(hints.match_run(RUN, "request"))
        elif word == "send":
            taken += hints.send([hints.match_run(RUN, "nightly")] * 3)
        elif word == "close":
            hints.close()
        times.append(time.perf_counter() - started)
    sys.stdout.write(json.dumps({"taken": taken, "slowest": max(times)}) + "\n")
    sys.stdout.flush()
