"""Opening the record of somebody in another caseload: for a reason, for a while, and told."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from api.rates import counters
from api.schemas.attention import Oversight, TaskPage
from api.schemas.common import Page
from api.schemas.exceptional import ExceptionalAccess, ExplainedAccess
from matcher.service import auditing, erasure, subject_access
from matcher.service.accounts import Links
from matcher.store.database import transaction
from tests.integration.imports import execute, select
from tests.integration.signing import signed_in
from tests.integration.traces import tables_with
from tests.integration.worlds import World, make_world

Json = dict[str, Any]
WORDS = "Zzyzx called and sounded worried"


@pytest.fixture
def world(api: TestClient) -> World:
    counters.forget()
    api.auth = None
    return make_world()


@pytest.fixture
def stand_in(world: World) -> dict[str, str]:
    """The coach of one caseload; the person of these tests is in the other."""
    return signed_in("coach", world.own["pools"], Links(coach_id=world.own["coaches"]))


@pytest.fixture
def colleague(world: World) -> dict[str, str]:
    return signed_in("coach", world.own["pools"], Links(coach_id=world.other["coaches"]))


@pytest.fixture
def manager(world: World) -> dict[str, str]:
    return signed_in("pool_manager", world.own["pools"])


def key_of(person: UUID) -> str:
    return str(select("select key from candidate where id = :id", id=person)[0][0])


def opened(api: TestClient, who: dict[str, str], person: UUID, **more: Any) -> Any:
    body = {"candidateKey": key_of(person), "reasonCode": "colleague_absent", **more}
    return api.post("/exceptional-accesses", json=body, headers=who)


def below(person: UUID) -> list[str]:
    """What of a person is read."""
    parts = ("", "/identity", "/consents", "/pins", "/companions", "/matches")
    return [f"/candidates/{person}{part}" for part in parts]


def statuses(api: TestClient, who: dict[str, str], person: UUID) -> set[int]:
    return {api.get(path, headers=who).status_code for path in below(person)}


def test_before_with_and_after_it(
    api: TestClient, world: World, stand_in: dict[str, str], colleague: dict[str, str]
) -> None:
    person = world.other["candidates"]
    third = signed_in("coach", world.own["pools"], Links(coach_id=world.own["coaches"]))
    assert statuses(api, stand_in, person) == {404}
    answer = opened(api, stand_in, person, words=WORDS)
    assert answer.status_code == 201, answer.text
    ExplainedAccess.model_validate(answer.json())
    assert (answer.json()["candidateId"], answer.json()["words"]) == (str(person), WORDS)
    assert answer.headers["Location"].endswith(f"/exceptional-accesses/{answer.json()['id']}")
    ((left,),) = select("select open_until - now() from exceptional_access where words is not null")
    assert 3.9 * 3600 < left.total_seconds() <= 4 * 3600
    assert statuses(api, stand_in, person) == {200}
    for kind in ("proposals", "deployments"):
        path = f"/{kind}/{world.other[kind]}"
        assert api.get(path, headers=stand_in).status_code == 200, kind
    # another account is another pair of eyes, even of the same coach
    assert statuses(api, third, person) == {404}
    assert statuses(api, colleague, person) == {200}
    # by the database's clock
    execute(
        "update exceptional_access set opened_at = now() - interval '5 hours',"
        " open_until = now() - interval '1 second'"
    )
    assert statuses(api, stand_in, person) == {404}
    assert opened(api, stand_in, person).status_code == 201
    assert statuses(api, stand_in, person) == {200}


def test_a_key_that_opens_nothing_reads_the_same(
    api: TestClient, world: World, stand_in: dict[str, str]
) -> None:
    elsewhere = select(
        "update candidate set key = 'only-there' where id = :id returning key",
        id=world.elsewhere["candidates"],
    )
    assert elsewhere == [("only-there",)]
    told = set()
    for key in ("only-there", "nobody-has-this"):
        answer = api.post(
            "/exceptional-accesses",
            json={"candidateKey": key, "reasonCode": "urgent"},
            headers=stand_in,
        )
        assert answer.status_code == 404
        told.add(answer.text)
    assert len(told) == 1
    assert "only-there" not in told.pop()
    refused = select("select count(*) from audit_event where action = 'exceptional_access.refuse'")
    assert refused == [(2,)]
    assert tables_with("nobody-has-this") == {}


def test_another_municipality_stays_another(api: TestClient, world: World) -> None:
    person = world.other["candidates"]
    links = Links(coach_id=world.own["coaches"], municipality="0344")
    who = signed_in("coach", world.own["pools"], links)
    execute("update candidate set municipality = '0307' where id = :id", id=person)
    assert opened(api, who, person).status_code == 404
    execute("update candidate set municipality = '0344' where id = :id", id=person)
    assert opened(api, who, person).status_code == 201
    assert statuses(api, who, person) == {200}
    execute("update candidate set municipality = '0307' where id = :id", id=person)
    assert statuses(api, who, person) == {404}


def test_who_stands_in_reads_and_no_more(
    api: TestClient, world: World, stand_in: dict[str, str], colleague: dict[str, str]
) -> None:
    person, proposal = world.other["candidates"], world.other["proposals"]
    assert opened(api, stand_in, person).status_code == 201
    tried = {
        "patch": [
            (f"/candidates/{person}", {"hoursMax": 12}),
            (f"/candidates/{person}/identity", {"phone": "1"}),
            (f"/deployments/{world.other['deployments']}", {"hoursPerWeek": 8}),
        ],
        "delete": [(f"/candidates/{person}", None)],
        "post": [
            (f"/candidates/{person}/consents", {"fields": []}),
            (f"/candidates/{person}/pins", {"placementId": str(world.own["placements"])}),
            (f"/candidates/{person}/proposals", {"placementId": str(world.own["placements"])}),
            (f"/candidates/{person}/what-ifs", {}),
            (f"/proposals/{proposal}/decisions", {"outcome": "decline"}),
        ],
    }
    before = select("select version from candidate order by id")
    for method, calls in tried.items():
        for path, body in calls:
            headers = {**stand_in, "If-Match": '"1"'}
            answer = api.request(method.upper(), path, json=body, headers=headers)
            told = (answer.status_code, answer.json()["code"])
            assert told == (403, "reading_only"), f"{method} {path} {answer.text}"
    joined = api.post(
        f"/candidates/{world.own['candidates']}/companions",
        json={"otherId": str(person), "relation": "apart"},
        headers=stand_in,
    )
    assert joined.status_code in {400, 403}, joined.text
    assert select("select version from candidate order by id") == before
    # the person's right, which cannot wait for the own coach
    consent = f"/candidates/{person}/consents/{world.other['consents']}/withdrawal"
    assert api.post(consent, headers=stand_in).status_code == 201


def test_it_is_in_the_record_and_in_the_lists_until_a_manager_looked(
    api: TestClient,
    world: World,
    stand_in: dict[str, str],
    colleague: dict[str, str],
    manager: dict[str, str],
) -> None:
    for table in ("exceptional_access", "read_alarm"):
        execute(f"update {table} set reviewed_at = now(), reviewed_by = 'x'")
    made = opened(api, stand_in, world.other["candidates"], words=WORDS).json()
    path = f"/exceptional-accesses/{made['id']}"

    def listed(who: dict[str, str]) -> list[str]:
        told = api.get("/tasks", params={"pageSize": 200}, headers=who).json()
        TaskPage.model_validate(told)
        return [
            task["resourceId"] for task in told["items"] if task["kind"] == "exceptional_access"
        ]

    assert listed(manager) == listed(colleague) == [made["id"]]
    assert listed(stand_in) == []
    oversight = f"/pools/{world.own['pools']}/oversight"
    told = api.get(oversight, headers=manager).json()
    Oversight.model_validate(told)
    assert (told["exceptionalAccesses"], told["unreviewed"]) == (3, 1)
    auditor = signed_in("auditor", world.own["pools"])
    page = api.get("/exceptional-accesses", headers=auditor)
    Page[ExceptionalAccess].model_validate(page.json())
    assert page.json()["items"][0]["id"] == made["id"]
    assert api.get(path, headers=auditor).json()["words"] is None
    for who in (manager, colleague, stand_in):
        assert api.get(path, headers=who).json()["words"] == WORDS
    assert api.post(f"{path}/review", headers=stand_in).status_code == 403
    assert api.post(f"{path}/review", headers=manager).status_code == 201
    again = api.post(f"{path}/review", headers=manager)
    assert (again.status_code, again.json()["code"]) == (409, "reviewed_already")
    assert listed(manager) == listed(colleague) == []
    assert api.get(oversight, headers=manager).json()["unreviewed"] == 0
    done = select(
        "select v.action, v.actor, d.subject from audit_event v join audit_detail d"
        " using (pool_id, seq) where v.action like 'exceptional_access.%' order by v.seq"
    )
    assert [row[0] for row in done] == ["exceptional_access.open", "exceptional_access.review"]
    assert done[0][1] == made["openedBy"]
    assert {row[2] for row in done} == {world.other["candidates"]}
    with transaction("REPEATABLE READ") as db:
        assert all(each.valid for each in auditing.verify(db))


def test_it_ends_when_it_is_closed(
    api: TestClient, world: World, stand_in: dict[str, str], colleague: dict[str, str]
) -> None:
    person = world.other["candidates"]
    first = opened(api, stand_in, person).json()
    twice = opened(api, stand_in, person)
    assert (twice.status_code, twice.json()["code"]) == (409, "already_open")
    path = f"/exceptional-accesses/{first['id']}/closure"
    assert api.post(path, headers=stand_in).status_code == 201
    assert statuses(api, stand_in, person) == {404}
    over = api.post(path, headers=colleague)
    assert (over.status_code, over.json()["code"]) == (409, "over_already")
    second = opened(api, stand_in, person).json()
    # the own coach is back
    ended = api.post(f"/exceptional-accesses/{second['id']}/closure", headers=colleague)
    assert ended.status_code == 201
    assert statuses(api, stand_in, person) == {404}


def test_what_is_asked_for_has_to_make_sense(
    api: TestClient, world: World, stand_in: dict[str, str]
) -> None:
    own = opened(api, stand_in, world.own["candidates"])
    assert (own.status_code, own.json()["code"]) == (409, "already_yours")
    bad = opened(api, stand_in, world.other["candidates"], reasonCode="curious")
    assert bad.status_code == 400
    assert "curious" not in bad.text
    key = {**stand_in, "Idempotency-Key": "once"}
    made = [opened(api, key, world.other["candidates"]) for _ in range(2)]
    assert [each.status_code for each in made] == [201, 201]
    assert made[0].json() == made[1].json()


def test_it_is_rare(api: TestClient, world: World, stand_in: dict[str, str]) -> None:
    tried = [
        api.post(
            "/exceptional-accesses",
            json={"candidateKey": f"guess-{number}", "reasonCode": "urgent"},
            headers=stand_in,
        ).status_code
        for number in range(11)
    ]
    assert tried == [404] * 10 + [429]


def test_words_are_sealed_told_to_the_person_and_gone_with_them(
    api: TestClient, world: World, stand_in: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    person = world.other["candidates"]
    key = key_of(person)
    opened(api, stand_in, person, words=WORDS)
    assert "exceptional_access_opened" in caplog.text
    assert WORDS not in caplog.text
    assert f"{key}\n" not in caplog.text
    assert tables_with(WORDS) == {}
    with transaction() as db:
        told = subject_access.everything(db, person)["exceptional_accesses"]
    assert [row["words"] for row in told] == [None, WORDS]
    execute("update legal_hold set lifted_at = now(), lifted_by = 'x'")
    counts = "select count(*), count(candidate_id), count(words) from exceptional_access x"
    counts += " where x.pool_id = :pool"
    before = select(counts, pool=world.own["pools"])
    with transaction() as db:
        assert erasure.erase(db, person, actor="x").state == "done"
    ((rows, named, worded),) = select(counts, pool=world.own["pools"])
    assert (rows, named, worded) == (before[0][0], before[0][1] - 2, 0)
    assert str(person) not in tables_with(str(person))
    assert statuses(api, stand_in, person) == {404}


def test_a_coach_is_told_of_no_row_of_others(
    api: TestClient, world: World, stand_in: dict[str, str]
) -> None:
    mine = api.get("/exceptional-accesses", headers=stand_in).json()["items"]
    assert [row["id"] for row in mine] == [str(world.own["exceptional-accesses"])]
    with transaction() as db:
        rows = db.execute(text("select count(*) from exceptional_access")).scalar_one()
    assert rows == 4
