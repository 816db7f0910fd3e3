"""Restriction: somebody's data are kept and not used, until they have been told otherwise."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from matcher.service import erasure, runs, subject_access
from matcher.service.accounts import Links
from matcher.store.database import transaction
from matcher.store.tables import Coach
from tests.integration.imports import execute, run, select
from tests.integration.nights import publish_plan
from tests.integration.signing import signed_in
from tests.integration.traces import tables_with
from tests.small_pools import write_pool

Headers = dict[str, str]
REASON = "reason-of-a-canary"
BODY = {"ground": "accuracy", "reason": REASON}


class Case:
    """A person with a proposal at an employer, their coach and the pool's manager."""

    def __init__(self, api: TestClient) -> None:
        self.api = api
        with transaction() as db:
            self.pool = write_pool(db, "noord", people=8, placements=6)
            coach = Coach(pool_id=self.pool, key="c", name="Invented")
            db.add(coach)
        publish_plan(self.pool)
        ((self.proposal, self.person),) = select(
            "select id, candidate_id from proposal where state = 'open' order by id limit 1"
        )
        execute("update candidate set coach_id = :c where id = :id", c=coach.id, id=self.person)
        self.coach = signed_in("coach", self.pool, Links(coach_id=coach.id))
        self.manager = signed_in("pool_manager", self.pool)
        self.at = f"/candidates/{self.person}/restrictions"

    def post(self, path: str, who: Headers, body: dict[str, Any] | None = None) -> Any:
        return self.api.post(path, json=body or {}, headers=who)

    def place(self) -> str:
        made = self.post(self.at, self.coach, BODY)
        assert made.status_code == 201, made.text
        return str(made.json()["id"])

    def lift(self, which: str, told: date | None = None) -> Any:
        day = (told or date.today() - timedelta(days=1)).isoformat()
        return self.post(f"{self.at}/{which}/lifting", self.manager, {"informedOn": day})

    def restricted(self) -> bool:
        return bool(select("select restricted from candidate where id = :id", id=self.person)[0][0])


@pytest.fixture
def case(api: TestClient) -> Case:
    return Case(api)


def test_it_closes_what_is_in_play_and_keeps_the_person_out_of_runs(case: Case) -> None:
    accepted = case.api.post(
        f"/proposals/{case.proposal}/decisions",
        json={"outcome": "accept"},
        headers={**case.coach, "If-Match": '"1"'},
    )
    assert accepted.status_code == 201
    assert select("select sum(taken) from placement") == [(1,)]
    case.place()
    assert case.restricted()
    assert select("select state from proposal where id = :id", id=case.proposal) == [("withdrawn",)]
    assert select("select sum(taken) from placement") == [(0,)]
    publish_plan(case.pool)
    assert (
        select("select from proposal where candidate_id = :id and state = 'open'", id=case.person)
        == []
    )


def test_a_plan_under_way_drops_the_person(case: Case) -> None:
    from matcher import plan

    with transaction() as db:
        claim = runs.claim(db, runs.request(db, case.pool), "test")
    assert claim is not None
    with transaction("REPEATABLE READ") as db:
        reading = runs.read(db, claim)
    with transaction() as db:
        runs.record(db, claim, reading)
    found = plan(reading.snapshot, reading.policy)
    assert str(case.person) in found.proposals["candidate.id"].to_list()
    case.place()
    with transaction() as db:
        assert runs.publish(db, claim, found) == found.proposals.height - 1


def test_lifting_needs_that_the_person_was_told(case: Case) -> None:
    first, second = case.place(), case.place()
    refused = case.lift(first, date.today() + timedelta(days=2))
    assert (refused.status_code, refused.json()["code"]) == (400, "informed_later")
    assert case.post(f"{case.at}/{first}/lifting", case.manager).status_code == 400
    coach = {"informedOn": "2026-01-01"}
    assert case.post(f"{case.at}/{first}/lifting", case.coach, coach).status_code == 403
    assert case.lift(first).status_code == 201
    assert case.restricted(), "another one still stands"
    assert case.lift(second).json()["informedOn"] is not None
    assert not case.restricted()
    again = case.lift(second)
    assert (again.status_code, again.json()["code"]) == (409, "lifted_already")
    assert case.lift(str(case.proposal)).status_code == 404


def test_neither_a_file_nor_a_change_lifts_it(case: Case) -> None:
    case.place()
    ((key, version),) = select("select key, version from candidate where id = :id", id=case.person)
    rows = f"key,restricted,walking\n{key},false,true\n".encode()
    assert run(case.pool, rows, "candidates").accepted
    assert select("select restricted, walking from candidate where id = :id", id=case.person) == [
        (True, True)
    ]
    refused = case.api.patch(
        f"/candidates/{case.person}",
        json={"restricted": False},
        headers={**case.coach, "If-Match": f'"{version + 1}"'},
    )
    assert (refused.status_code, refused.json()["code"]) == (400, "restricted_apart")
    assert case.restricted()


def test_who_placed_it_and_why_is_kept_listed_and_erased(case: Case) -> None:
    made = case.place()
    listed = case.api.get(case.at, headers=case.manager).json()["items"]
    assert [(each["id"], each["ground"], each["reason"]) for each in listed] == [
        (made, "accuracy", REASON)
    ]
    with transaction() as db:
        told = subject_access.everything(db, UUID(str(case.person)))
    assert told["restriction"][0]["reason"] == REASON
    entries = select(
        "select d.detail from audit_event e join audit_detail d using (pool_id, seq)"
        " where e.action = 'restriction.place'"
    )
    assert len(entries) == 1
    assert REASON not in entries[0][0]
    with transaction() as db:
        assert erasure.erase(db, UUID(str(case.person))).counts["restriction"] == 1
    assert tables_with(str(case.person), REASON) == {}


@pytest.mark.parametrize(
    "body", [{}, {"ground": "accuracy"}, {"ground": "other", "reason": "x"}, {**BODY, "x": 1}]
)
def test_a_restriction_says_on_which_ground_and_why(case: Case, body: dict[str, Any]) -> None:
    assert case.post(case.at, case.coach, body).status_code == 400
    assert not case.restricted()
