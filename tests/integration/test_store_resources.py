"""What is left of each limit, read from people at work and on their way."""

from datetime import date, timedelta
from uuid import UUID

import polars as pl
import pytest
from sqlalchemy import text
from sqlmodel import Session

from matcher.domain.policy import Policy
from matcher.store import tables as t
from matcher.store.database import transaction
from matcher.store.reading import read_snapshot

TODAY = date(2026, 11, 21)


def left(db: Session, pool_id: UUID, policy: Policy | None = None) -> dict[tuple[str, str], int]:
    db.flush()
    frame = read_snapshot(db, pool_id, TODAY, policy).resources
    assert frame["floor"].null_count() == frame.height
    return {(code, group): most for code, group, most, _ in frame.iter_rows()}


@pytest.fixture
def world(database: str):
    with transaction() as db:
        pool = t.Pool(key="limits", name="Limits")
        db.add(pool)
        db.flush()
        mine = {"pool_id": pool.id}

        def add(row):
            db.add(row)
            db.flush()
            return row

        employer = add(t.Employer(**mine, key="e", trade_name="Works", starts_per_week=3))
        site = add(t.Site(**mine, key="s", employer_id=employer.id, max_guided_site=6))
        group = add(t.SupervisorGroup(**mine, key="g", site_id=site.id, supervisors=1))
        coach = add(t.Coach(**mine, key="k", name="Coach", hours_per_week=20, caseload_max=5))
        where = {"employer_id": employer.id, "site_id": site.id}
        place = add(
            t.Placement(**mine, **where, key="p", title="Work", openings=5, taken=2, state="open",
                        supervisor_group_id=group.id, hours_max=24)
        )  # fmt: skip
        people = [
            add(t.Candidate(**mine, key=f"c{at}", coach_id=coach.id, guidance_need=need))
            for at, need in enumerate(("intensive", "medium", "light"))
        ]
        add(
            t.Deployment(**mine, key="d", candidate_id=people[0].id, placement_id=place.id,
                         state="active", from_on=TODAY - timedelta(days=3), hours_per_week=20)
        )  # fmt: skip
        yield db, pool.id, employer, site, group, coach
        db.rollback()


def test_what_people_at_work_use_is_taken_off(world) -> None:
    db, pool_id, employer, site, group, coach = world
    found = left(db, pool_id)
    assert found["supervisor_group", str(group.id)] == 4 - 2
    assert found["site", str(site.id)] == 6 - 2
    assert found["caseload", str(coach.id)] == 5 - 1
    # intensive, 20 hours, first year: 15 %
    assert found["coach_hours", str(coach.id)] == 20 * 60 - 180
    # three a week, the six weeks of the horizon, less the one who began on Wednesday
    assert found["employer_starts", str(employer.id)] == 3 * 6 - 1
    short = Policy.from_toml("[not_deployed_then]\nhorizon_days = 10")
    assert left(db, pool_id, short)["employer_starts", str(employer.id)] == 3 - 1


def test_later_years_take_less_and_the_policy_says_how_much(world) -> None:
    db, pool_id, *_, coach = world
    db.execute(text("update deployment set from_on = :on"), {"on": TODAY - timedelta(days=400)})
    assert left(db, pool_id)["coach_hours", str(coach.id)] == 20 * 60 - 90
    policy = Policy.from_toml("[coach_hours]\nintensive_percent = 30.0")
    assert left(db, pool_id, policy)["coach_hours", str(coach.id)] == 20 * 60 - 180


def test_no_number_no_limit_and_off_is_not_read(world) -> None:
    db, pool_id, employer, site, _, coach = world
    employer.starts_per_week = site.max_guided_site = None
    coach.hours_per_week = coach.caseload_max = None
    assert {code for code, _ in left(db, pool_id)} == {"supervisor_group"}
    off = Policy.from_toml('[limits]\nsupervisor_group = "off"')
    assert left(db, pool_id, off) == {}


def test_groups_stand_once_and_in_order(world) -> None:
    db, pool_id, *_ = world
    db.flush()
    frame = read_snapshot(db, pool_id, TODAY).resources
    assert frame.equals(frame.sort("limit", "group"))
    assert not frame.select(pl.struct("limit", "group").is_duplicated().any()).item()
