"""Beat and sweep: two of them make one night, none of them is noticed."""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from matcher.store.database import transaction
from tests.processes import fleet
from tests.small_pools import write_pool

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("database", "redis_url", "short_times")]


def sweep_age() -> float:
    """Seconds since the last sweep, as readiness tells it."""
    found = fleet.rows(
        "select extract(epoch from now() - at)::float from service_state where name = 'sweep'"
    )
    return float(found[0][0]) if found else float("inf")


def test_two_beats_and_two_control_workers_make_one_night(
    setting: Callable[[str, str], None],
) -> None:
    just_now = datetime.now(ZoneInfo("Europe/Amsterdam")) - timedelta(minutes=1)
    setting("nightly_at", just_now.strftime("%H:%M"))
    with transaction() as db:
        pools = {write_pool(db, key, people=3, placements=2) for key in ("one", "two", "three")}
    with ExitStack() as stack:
        beats = [stack.enter_context(fleet.beat()) for _ in range(2)]
        sweepers = [stack.enter_context(fleet.control()) for _ in range(2)]
        # The fault is there: both beats send and both workers sweep, at the same time.
        for member in beats:
            fleet.wait_for(lambda m=member: m.log.read_text().count("due task sweep") >= 3, 40)
        for member in sweepers:
            fleet.wait_for(lambda m=member: m.log.read_text().count("succeeded") >= 3, 40)
        nights = fleet.rows("select pool_id, count(*) from match_run group by pool_id")
        assert dict(nights) == dict.fromkeys(pools, 1)


def test_without_beat_the_age_of_the_last_sweep_grows_and_with_it_again_it_falls() -> None:
    with fleet.control() as sweeper:
        with fleet.beat() as beat:
            fleet.wait_for(lambda: sweep_age() < 2, 40, [beat, sweeper])
            beat.kill()
            fleet.wait_for(lambda: sweep_age() > 4, 10)
        with fleet.beat() as beat:
            fleet.wait_for(lambda: sweep_age() < 2, 40, [beat, sweeper])
