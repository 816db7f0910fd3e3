"""One nightly run per pool and business date: change of clocks, several schedulers, late starts."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text
from sqlmodel import select

from matcher.service import runs
from matcher.store.database import transaction
from matcher.store.tables import MatchRun, Pool

AMSTERDAM = ZoneInfo("Europe/Amsterdam")


def make_pool(key: str, timezone: str = "Europe/Amsterdam") -> uuid.UUID:
    pool = Pool(key=key, name=key, timezone=timezone)
    with transaction() as db:
        db.add(pool)
    return pool.id


@pytest.fixture
def pool_id(database: str) -> uuid.UUID:
    return make_pool("pool")


def nights(pool_id: uuid.UUID) -> list[date]:
    with transaction() as db:
        rows = db.execute(
            text(
                "select business_date from match_run where pool_id = :id and kind = 'nightly'"
                " order by business_date"
            ),
            {"id": pool_id},
        )
        return list(rows.scalars())


def at(day: date, clock: str, zone: ZoneInfo = AMSTERDAM) -> datetime:
    return datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=zone)


def test_the_window(pool_id: uuid.UUID) -> None:
    day = date(2026, 11, 21)
    runs.sweep(now=at(day, "03:29:59"))
    assert nights(pool_id) == []
    runs.sweep(now=at(day, "03:30"))
    assert nights(pool_id) == [day]
    runs.sweep(now=at(day, "15:29"))
    assert nights(pool_id) == [day]


def test_caught_up_within_the_window(pool_id: uuid.UUID) -> None:
    runs.sweep(now=at(date(2026, 11, 21), "15:29"))
    assert nights(pool_id) == [date(2026, 11, 21)]


def test_past_the_window_it_is_missed_and_told(pool_id: uuid.UUID) -> None:
    assert runs.sweep(now=at(date(2026, 11, 21), "15:31")).missed == []
    runs.sweep(now=at(date(2026, 11, 21), "03:30") + timedelta(days=1))
    late = runs.sweep(now=at(date(2026, 11, 23), "15:31"))
    assert late.missed == [(pool_id, date(2026, 11, 23))]
    assert nights(pool_id) == [date(2026, 11, 22)]
    assert runs.sweep(now=at(date(2026, 11, 23), "15:32")).missed == []


@pytest.mark.parametrize(
    "change", [date(2026, 3, 29), date(2026, 10, 25)], ids=["23 hours", "25 hours"]
)
def test_days_of_23_and_25_hours(pool_id: uuid.UUID, change: date) -> None:
    """Every ten minutes from the day before to the day after: one night for each date."""
    now = at(change - timedelta(days=1), "00:00").astimezone(UTC)
    end = at(change + timedelta(days=1), "23:50").astimezone(UTC)
    opened: dict[date, datetime] = {}
    while now <= end:
        with transaction() as db:
            due, _ = runs.store.nights_due(db, now)
            for pool, day in due:
                assert runs.store.insert_night(db, pool, day)
                opened[day] = now.astimezone(AMSTERDAM)
        now += timedelta(minutes=10)
    days = [change + timedelta(days=n) for n in (-1, 0, 1)]
    assert nights(pool_id) == days
    assert [opened[day] for day in days] == [at(day, "03:30") for day in days]


def test_each_pool_by_its_own_clock(pool_id: uuid.UUID) -> None:
    bonaire = make_pool("bonaire", "America/Kralendijk")
    now = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)  # 06:00 in Amsterdam, 01:00 on Bonaire
    runs.sweep(now=now)
    assert (nights(pool_id), nights(bonaire)) == ([date(2026, 11, 21)], [])
    runs.sweep(now=now + timedelta(hours=3))
    assert nights(bonaire) == [date(2026, 11, 21)]


def test_a_window_over_midnight_belongs_to_the_day_it_opened(pool_id: uuid.UUID, setting) -> None:
    setting("nightly_at", "22:00")
    runs.sweep(now=at(date(2026, 11, 21), "21:59"))
    runs.sweep(now=at(date(2026, 11, 21), "23:00"))
    runs.sweep(now=at(date(2026, 11, 22), "01:00"))
    assert nights(pool_id) == [date(2026, 11, 21)]


def test_two_sweeps_at_once_make_one_night(pool_id: uuid.UUID) -> None:
    pools = [pool_id, *(make_pool(f"pool-{n}") for n in range(5))]
    days = [date(2026, 11, 1) + timedelta(days=n) for n in range(4)]
    with ThreadPoolExecutor(4) as threads:
        for day in days:
            swept = list(threads.map(lambda now: runs.sweep(now=now), [at(day, "04:00")] * 4))
            assert sum(one.nights for one in swept) == len(pools)
    for pool in pools:
        assert nights(pool) == days


def test_clocks_that_jump_back_make_no_second_night(pool_id: uuid.UUID) -> None:
    for clock in ("04:00", "03:31", "09:00", "03:45"):
        runs.sweep(now=at(date(2026, 11, 21), clock))
    assert nights(pool_id) == [date(2026, 11, 21)]


def test_a_night_is_for_its_own_date(pool_id: uuid.UUID) -> None:
    runs.sweep(now=at(date(2026, 11, 21), "04:00"))
    with transaction() as db:
        night = db.exec(select(MatchRun.id)).one()
        claim = runs.claim(db, night, "worker")
    assert claim is not None
    assert (claim.kind, claim.today) == ("nightly", date(2026, 11, 21))
