"""A pool's own past, counted month by month from the dates of its records."""

from collections.abc import Iterator
from datetime import date

import polars as pl
import pytest
from sqlalchemy import text

from matcher.domain.policy import Policy
from matcher.domain.snapshot import HISTORY_SCHEMA
from matcher.optimisation.prospects import outlook_of
from matcher.store import tables as t
from matcher.store.database import transaction
from matcher.store.history import read_history
from tests.integration.single import World

TODAY = date(2026, 11, 21)


@pytest.fixture
def world(database: str) -> Iterator[World]:
    with transaction() as db:
        yield World(db)


def counts(world: World) -> dict[tuple[str, str], int]:
    found = read_history(world.db, world.pool_id, TODAY)
    assert found.schema == pl.Schema(HISTORY_SCHEMA)
    return {
        (month.isoformat()[:7], event): count for month, event, count in found.iter_rows() if count
    }


def test_a_new_pool_has_no_past(world: World) -> None:
    assert read_history(world.db, world.pool_id, TODAY).is_empty()


def test_what_came_and_went_is_counted_in_its_month(world: World) -> None:
    db = world.db
    db.execute(text("update candidate set entered_on = '2026-02-10'"))
    db.execute(text("update placement set posted_on = '2026-02-10'"))
    for key, entered in (("d", "2026-03-01"), ("e", "2026-03-31"), ("f", "2026-10-31")):
        world.add(t.Candidate(**world.mine, key=key, entered_on=date.fromisoformat(entered)))
    world.add_placement("q", openings=3, posted_on=date(2026, 5, 4))
    world.add_placement("draft", state="draft", posted_on=date(2026, 5, 4))
    left = world.add(t.Candidate(**world.mine, key="g", entered_on=date(2026, 2, 11)))
    worker = world.add(t.Candidate(**world.mine, key="h", entered_on=date(2026, 2, 11)))
    work = t.Deployment(
        **world.mine,
        key="w",
        candidate_id=worker.id,
        placement_id=world.placement.id,
        from_on=date(2026, 3, 1),
        until_on=date(2026, 7, 14),
        state="ended",
    )
    world.add(work)
    shut = world.add_placement("r", openings=4, taken=1, posted_on=date(2026, 2, 10))
    db.execute(text("update candidate set state = 'inactive' where key in ('g', 'h')"))
    assert left.id
    db.execute(text("update candidate set inactive_since = '2026-08-01' where key = 'g'"))
    db.execute(text("update candidate set inactive_since = '2026-07-20' where key = 'h'"))
    db.execute(text("update placement set state = 'closed' where id = :id"), {"id": shut.id})
    closed = db.execute(text("select closed_on from placement where key = 'r'")).scalar_one()
    assert closed == db.execute(text("select current_date")).scalar_one()
    db.execute(text("update placement set closed_on = '2026-09-30' where key = 'r'"))
    assert counts(world) == {
        ("2026-03", "candidates_in"): 2,
        ("2026-10", "candidates_in"): 1,
        ("2026-05", "openings_in"): 3,
        # the work that ended gave its opening back; who left from it did not leave by themselves
        ("2026-07", "openings_in"): 1,
        ("2026-08", "candidates_out"): 1,
        ("2026-09", "openings_out"): 3,
    }
    months = read_history(db, world.pool_id, TODAY)["month"].unique().sort()
    assert (months[0], months[-1], months.len()) == (date(2026, 3, 1), date(2026, 10, 1), 8)
    outlook = outlook_of(world.snapshot(), Policy.default())
    assert outlook is not None
    assert (outlook.source, outlook.months) == ("history", 8)
    assert outlook.candidates_in == pytest.approx(3 * 7 / 245)


def test_another_pools_past_is_not_counted(world: World) -> None:
    other = t.Pool(key="other", name="Other")
    world.add(other)
    world.add(t.Candidate(pool_id=other.id, key="x", entered_on=date(2026, 1, 2)))
    world.add(t.Candidate(pool_id=other.id, key="y", entered_on=date(2026, 6, 2)))
    assert counts(world) == {}
    assert read_history(world.db, other.id, TODAY).height == 4 * 9


def test_a_placement_that_opens_again_is_not_closed(world: World) -> None:
    world.db.execute(text("update placement set state = 'closed'"))
    world.db.execute(text("update placement set state = 'open'"))
    assert world.db.execute(text("select closed_on from placement")).scalar_one() is None
