"""
Everything at once: workers, slots, solvers, beat and control worker killed and frozen at random.

The seed and the figures are printed with ``pytest -s``; FIRE_SECONDS makes a longer run of it.
"""

import contextlib
import os
import random
import signal
import time
from contextlib import AbstractContextManager
from uuid import UUID

import psutil
import pytest

from matcher.errors import Conflict, Unavailable
from tests.processes import fleet
from tests.processes.house import LEASE_SECONDS

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("house")]

FIRE_SECONDS = float(os.environ.get("FIRE_SECONDS", "15"))
POOLS = 6
WORKERS = 3


class Fire:
    """Three workers that are hit again and again, and replaced when they are gone."""

    def __init__(self, chance: random.Random, stack: contextlib.ExitStack) -> None:
        self.chance = chance
        self.stack = stack
        self.hits: dict[str, int] = {"worker": 0, "slot": 0, "solver": 0, "frozen": 0}
        self.workers = [self._started() for _ in range(WORKERS)]
        self.thaw_at: dict[int, float] = {}

    def _started(self) -> fleet.Member:
        started: AbstractContextManager[fleet.Member] = fleet.worker(["interactive"])
        return self.stack.enter_context(started)

    def hit(self) -> None:
        at = self.chance.randrange(WORKERS)
        member = self.workers[at]
        # A solver is there for a moment only; most hits are meant for it.
        what = "solver" if member.solvers() and self.chance.random() < 0.5 else None
        what = what or self.chance.choice(("worker", "slot", "frozen"))
        with contextlib.suppress(psutil.NoSuchProcess, IndexError):
            if what == "worker":
                member.kill()
                self.workers[at] = self._started()
                self.thaw_at.pop(at, None)
            elif what == "slot":
                self.chance.choice(member.slots()).kill()
            elif what == "solver":
                self.chance.choice(member.solvers()).kill()
            elif at not in self.thaw_at:
                member.signal(signal.SIGSTOP)
                self.thaw_at[at] = time.monotonic() + LEASE_SECONDS + 2
            self.hits[what] += 1

    def thaw(self, everybody: bool = False) -> None:
        for at, when in list(self.thaw_at.items()):
            if everybody or time.monotonic() > when:
                self.workers[at].signal(signal.SIGCONT)
                del self.thaw_at[at]


def test_every_run_that_was_accepted_ends_and_none_is_published_twice() -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    pools = [fleet.pool(seed=number) for number in range(POOLS)]
    accepted: list[UUID] = []
    with contextlib.ExitStack() as stack:
        fire = Fire(chance, stack)
        for worker in fire.workers:
            worker.wait_until_ready()
        until = time.monotonic() + FIRE_SECONDS
        while time.monotonic() < until:
            with contextlib.suppress(Conflict, Unavailable):
                accepted.append(fleet.request(chance.choice(pools)))
            time.sleep(chance.uniform(0.5, 2.5))
            fire.hit()
            fire.thaw()
        fire.thaw(everybody=True)
        fleet.wait_for(lambda: all(ended(run) for run in accepted), 120, fire.workers)
    states = [fleet.run(run).state for run in accepted]
    fleet.figure(f"seed {seed}, hits {fire.hits}, runs accepted", len(accepted))
    fleet.figure("published", states.count("succeeded"))
    assert sum(fire.hits.values()) >= 3
    assert len(accepted) >= 3
    # Under such fire a run may use up its attempts; then it says so and publishes nothing.
    assert set(states) <= {"succeeded", "failed"}
    assert "succeeded" in states
    for run, state in zip(accepted, states, strict=True):
        found = fleet.rows("select proposals from publication where run_id = :id", id=run)
        assert len(found) == (state == "succeeded")
        if state == "failed":
            assert fleet.run(run).error_code in ("attempts_exhausted", "solver_crashed")
            assert fleet.run(run).attempt == 3
    for pool in pools:
        ((live, people),) = fleet.rows(
            "select count(*), count(distinct candidate_id) from proposal q join pool p"
            " on p.id = q.pool_id and q.run_id = p.published_run_id where q.pool_id = :pool",
            pool=pool,
        )
        assert live == people


def ended(run: UUID) -> bool:
    return fleet.state(run) in ("succeeded", "failed", "cancelled")
