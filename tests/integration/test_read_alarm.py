"""Who reads about very many people within an hour is asked why."""

import logging
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from api.schemas.attention import Oversight
from api.schemas.common import Page
from api.schemas.exceptional import ReadAlarm
from matcher.service.accounts import Links
from matcher.service.sweeping import sweep
from matcher.store.database import transaction
from matcher.store.tables import Coach
from tests.integration.imports import execute, select
from tests.integration.signing import signed_in
from tests.small_pools import write_pool
from workers import tasks

Json = dict[str, Any]


@pytest.fixture
def coach(api: TestClient) -> UUID:
    """A coach with 210 people, and a pool beside theirs."""
    api.auth = None
    with transaction() as db:
        pool = write_pool(db, "noord", people=210, placements=1)
        write_pool(db, "zuid", people=3, placements=1)
        made = Coach(pool_id=pool, key="coach", name="Invented")
        db.add(made)
        db.flush()
        coach_id = made.id
    execute("update candidate set coach_id = :id where pool_id = :pool", id=coach_id, pool=pool)
    return coach_id


def pool() -> UUID:
    return UUID(str(select("select id from pool where key = 'noord'")[0][0]))


def as_coach(coach: UUID) -> dict[str, str]:
    return signed_in("coach", pool(), Links(coach_id=coach))


def read(api: TestClient, who: dict[str, str], people: int) -> None:
    """Read about so many people, by lists and by record."""
    cursor = None
    left = people
    while left:
        size = min(left, 100)
        page = api.get(
            "/candidates",
            params={"pageSize": size, **({"cursor": cursor} if cursor else {})},
            headers=who,
        )
        assert page.status_code == 200, page.text
        items, cursor = page.json()["items"], page.json()["nextCursor"]
        left -= len(items)
    again = api.get(f"/candidates/{items[-1]['id']}", headers=who)
    assert again.status_code == 200


def alarms() -> list[tuple[str, int]]:
    execute("delete from service_state where name = 'read alarm'")
    return [(alarm.read_by, alarm.people) for alarm in sweep().alarms]


def test_above_two_hundred_people_within_an_hour(api: TestClient, coach: UUID) -> None:
    who = as_coach(coach)
    read(api, who, 200)
    read(api, who, 200)
    assert select("select count(distinct subject) from access_log") == [(200,)]
    assert alarms() == []
    # one more person, and once in an hour
    last = select(
        "select id from candidate where coach_id is not null and id not in"
        " (select subject from access_log where subject is not null)"
    )
    assert api.get(f"/candidates/{last[0][0]}", headers=who).status_code == 200
    account = select("select id::text from account")[0][0]
    assert alarms() == [(account, 201)]
    assert alarms() == []
    execute("update read_alarm set raised_at = now() - interval '61 minutes'")
    assert alarms() == [(account, 201)]


def test_an_hour_later_it_begins_anew(api: TestClient, coach: UUID) -> None:
    who = as_coach(coach)
    read(api, who, 210)
    execute(
        "set local session_replication_role = replica;"
        "update access_log set at = now() - interval '61 minutes'"
    )
    assert alarms() == []
    read(api, who, 150)
    assert alarms() == []


def test_it_is_asked_once_a_minute(
    api: TestClient, coach: UUID, setting: Callable[[str, str], None]
) -> None:
    assert sweep().alarms == []
    setting("read_alarm_people", "10")
    read(api, as_coach(coach), 11)
    assert sweep().alarms == []
    execute("update service_state set at = at - interval '1 minute' where name = 'read alarm'")
    assert [alarm.people for alarm in sweep().alarms] == [11]


def test_only_of_coaches_and_of_each_by_themselves(
    api: TestClient, coach: UUID, setting: Callable[[str, str], None]
) -> None:
    setting("read_alarm_people", "10")
    first, second = as_coach(coach), as_coach(coach)
    read(api, first, 8)
    read(api, second, 8)
    read(api, signed_in("pool_manager", pool()), 100)
    assert alarms() == []


def test_it_is_in_record_log_list_and_oversight_until_somebody_looked(
    api: TestClient,
    coach: UUID,
    setting: Callable[[str, str], None],
    caplog: pytest.LogCaptureFixture,
) -> None:
    setting("read_alarm_people", "10")
    manager, auditor = (signed_in(role, pool()) for role in ("pool_manager", "auditor"))
    who = as_coach(coach)
    read(api, who, 11)
    with caplog.at_level(logging.WARNING):
        tasks.sweep()
    (line,) = [each.getMessage() for each in caplog.records if "read_alarm" in each.getMessage()]
    account = select("select account_id::text from membership where role = 'coach'")[0][0]
    assert line == f"read_alarm pool={pool()} account={account} people=11"
    assert select("select count(*) from audit_event where action = 'access.alarm'") == [(1,)]
    page = api.get("/read-alarms", headers=auditor).json()
    Page[ReadAlarm].model_validate(page)
    (alarm,) = page["items"]
    assert (alarm["readBy"], alarm["people"]) == (account, 11)

    def listed() -> list[str]:
        found = api.get("/tasks", headers=manager).json()["items"]
        return [task["resourceId"] for task in found if task["kind"] == "read_alarm"]

    def oversight() -> tuple[int, int]:
        told = api.get(f"/pools/{pool()}/oversight", headers=manager).json()
        Oversight.model_validate(told)
        return told["readAlarms"], told["unreviewed"]

    assert listed() == [alarm["id"]]
    assert oversight() == (1, 1)
    assert api.get("/read-alarms", headers=who).status_code == 403
    path = f"/read-alarms/{alarm['id']}"
    assert api.get(path, headers=manager).json() == alarm
    assert api.post(f"{path}/review", headers=auditor).status_code == 403
    assert api.post(f"{path}/review", headers=manager).status_code == 201
    again = api.post(f"{path}/review", headers=manager)
    assert (again.status_code, again.json()["code"]) == (409, "reviewed_already")
    assert listed() == []
    assert oversight() == (1, 0)
