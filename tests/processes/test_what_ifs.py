"""What-ifs in the fleet: beside a night, through a killed worker, and cancelled."""

import signal
import time
from uuid import UUID

import pytest

from matcher.domain.questions import Question
from matcher.service import runs
from matcher.store.database import transaction
from tests.owners import eventually, running
from tests.processes import fleet
from tests.processes.house import LEASE_SECONDS, SWEEP_SECONDS

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("house")]

COMPUTING_SECONDS = 30
CHANGE = {"change": "set_policy", "table": "short_journey", "name": "points", "value": 300}
QUESTION = Question.from_json({"kind": "difference", "changes": [CHANGE]})


def ask(pool: UUID) -> UUID:
    with transaction() as db:
        return runs.request(db, pool, "what_if", question=QUESTION)


def fence(pool: UUID) -> int:
    return int(fleet.rows("select fence from pool where id = :id", id=pool)[0][0])


def test_a_what_if_goes_on_beside_a_frozen_run_and_survives_its_worker() -> None:
    pool = fleet.pool()
    plan = fleet.expected(pool)
    with fleet.worker(["nightly"]) as nightly, fleet.worker(["interactive"]) as first:
        nightly.wait_until_ready()
        first.wait_until_ready()
        with transaction() as db:
            night, _ = runs.tonight(db, pool)
        computing = fleet.solving(nightly, night)
        # held in the middle, so that the night lasts as long as the what-if
        computing.send_signal(signal.SIGSTOP)
        before = fence(pool)
        asked = ask(pool)
        child = fleet.solving(first, asked)
        child.send_signal(signal.SIGSTOP)
        with fleet.worker(["interactive"]) as second:
            second.wait_until_ready()
            first.kill()
            died = time.monotonic()
            child.send_signal(signal.SIGCONT)
            assert eventually(lambda: not running({child.pid}), 3)
            fleet.wait_for(
                lambda: fleet.state(asked) == "succeeded",
                LEASE_SECONDS + SWEEP_SECONDS + 5 + COMPUTING_SECONDS,
                [second],
            )
            fleet.figure("what_if_recovery_seconds", time.monotonic() - died)
            again = ask(pool)
            fleet.wait_for(
                lambda: fleet.state(again) == "succeeded",
                COMPUTING_SECONDS,
                [second],
            )
        row, undisturbed = fleet.run(asked), fleet.run(again)
        assert (row.attempt, undisturbed.attempt) == (2, 1)
        assert row.answer == undisturbed.answer
        assert row.answer is not None
        # neither disturbed the other
        assert fleet.state(night) == "running"
        assert fence(pool) == before
        assert fleet.publications(pool) == 0
        computing.send_signal(signal.SIGCONT)
        fleet.wait_for(lambda: fleet.state(night) == "succeeded", COMPUTING_SECONDS, [nightly])
    assert fleet.run(night).attempt == 1
    assert fleet.published(night) == plan
    assert fleet.publications(pool) == 1


def test_a_running_what_if_is_cancelled_within_seconds() -> None:
    pool = fleet.pool()
    with fleet.worker(["interactive"]) as worker:
        worker.wait_until_ready()
        asked = ask(pool)
        child = fleet.solving(worker, asked)
        child.send_signal(signal.SIGSTOP)
        with transaction() as db:
            runs.cancel(db, asked)
        fleet.figure(
            "what_if_cancelled_seconds",
            fleet.seconds_until(lambda: fleet.state(asked) == "cancelled", 15),
        )
        assert eventually(lambda: not running({child.pid}), 5)
    assert fleet.run(asked).answer is None
    assert fleet.publications(pool) == 0
