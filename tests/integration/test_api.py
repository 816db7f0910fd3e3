"""Resources over HTTP: list, read, create, change, end, with their preconditions."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from starlette.testclient import TestClient

Json = dict[str, Any]


def made(api: TestClient, path: str, **body: Any) -> Json:
    answer = api.post(path, json=body)
    assert answer.status_code == 201, answer.text
    found: Json = answer.json()
    return found


@pytest.fixture
def pool(api: TestClient) -> Json:
    return made(api, "/pools", key="noord", name="Pool Noord")


@pytest.fixture
def candidate(api: TestClient, pool: Json) -> Json:
    return made(
        api,
        "/candidates",
        poolId=pool["id"],
        key="K1",
        hoursMax=24,
        mediationPostcode="3511AB",
        licences=["B", "AM"],
        transport=[{"mode": "bicycle", "forCommute": True}],
        occupations=[
            {"rank": 2, "occupation": "urn:esco:gardener"},
            {"rank": 1, "occupation": "urn:esco:cook"},
        ],
    )


def placement_of(api: TestClient, pool: Json, key: str = "P1", **more: Any) -> Json:
    found = api.get("/employers", params={"poolId": pool["id"], "key": "E1"}).json()["items"]
    employer = (
        found[0]
        if found
        else made(api, "/employers", poolId=pool["id"], key="E1", tradeName="Invented works")
    )
    return made(
        api,
        "/placements",
        poolId=pool["id"],
        employerId=employer["id"],
        key=key,
        title="Work",
        **more,
    )


def test_a_new_candidate_is_read_as_it_was_sent(api: TestClient, candidate: Json) -> None:
    answer = api.get(f"/candidates/{candidate['id']}")
    assert answer.json() == candidate
    assert answer.headers["ETag"] == '"1"'
    assert candidate["licences"] == ["AM", "B"]
    assert candidate["transport"] == [{"mode": "bicycle", "forCommute": True, "forWork": None}]
    # the most wished first
    assert [item["rank"] for item in candidate["occupations"]] == [1, 2]
    assert candidate["hoursMax"] == 24
    assert candidate["state"] == "active"


def test_creating_tells_where(api: TestClient, pool: Json) -> None:
    answer = api.post("/coaches", json={"poolId": pool["id"], "key": "C1", "name": "Coach"})
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/coaches/{answer.json()['id']}"


def test_a_candidate_has_no_identity(api: TestClient, candidate: Json) -> None:
    known = {"name", "phone", "email", "street", "birthDate", "bsn", "scheme", "payer"}
    assert known.isdisjoint(candidate)
    refused = api.post(
        "/candidates", json={"poolId": candidate["poolId"], "key": "K2", "name": "Invented"}
    )
    assert refused.status_code == 400
    assert refused.json()["errors"] == [
        {"field": "body.name", "code": "extra_forbidden", "message": "is not a known field"}
    ]
    assert "Invented" not in refused.text


def test_a_change_replaces_what_it_names(api: TestClient, candidate: Json) -> None:
    answer = api.patch(
        f"/candidates/{candidate['id']}",
        json={"hoursMax": 32, "licences": ["C"], "mediationPostcode": None},
        headers={"If-Match": '"1"'},
    )
    assert answer.status_code == 200, answer.text
    assert answer.headers["ETag"] == '"2"'
    assert answer.json() == {
        **candidate,
        "version": 2,
        "hoursMax": 32,
        "licences": ["C"],
        "mediationPostcode": None,
    }


def test_a_change_needs_a_fresh_version(api: TestClient, candidate: Json) -> None:
    path = f"/candidates/{candidate['id']}"
    missing = api.patch(path, json={"hoursMax": 32})
    assert (missing.status_code, missing.json()["code"]) == (428, "precondition_required")
    stale = api.patch(path, json={"hoursMax": 32}, headers={"If-Match": '"7"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    odd = api.patch(path, json={"hoursMax": 32}, headers={"If-Match": 'W/"x"'})
    assert odd.status_code == 412
    assert api.get(path).json()["hoursMax"] == 24


def test_of_many_changes_of_one_version_one_wins(api: TestClient, candidate: Json) -> None:
    def change(hours: int) -> int:
        return api.patch(
            f"/candidates/{candidate['id']}",
            json={"hoursMax": hours},
            headers={"If-Match": '"1"'},
        ).status_code

    with ThreadPoolExecutor(10) as threads:
        statuses = sorted(threads.map(change, range(10, 30)))
    assert statuses == [200] + [412] * 19
    assert api.get(f"/candidates/{candidate['id']}").json()["version"] == 2


def test_a_key_stands_once_in_a_pool(api: TestClient, pool: Json, candidate: Json) -> None:
    again = api.post("/candidates", json={"poolId": pool["id"], "key": "K1"})
    assert (again.status_code, again.json()["code"]) == (409, "key_taken")
    assert "K1" not in again.text
    other = made(api, "/pools", key="zuid", name="Pool Zuid")
    made(api, "/candidates", poolId=other["id"], key="K1")


def test_a_reference_stays_within_the_pool(api: TestClient, pool: Json) -> None:
    other = made(api, "/pools", key="zuid", name="Pool Zuid")
    coach = made(api, "/coaches", poolId=other["id"], key="C1", name="Coach")
    answer = api.post(
        "/candidates", json={"poolId": pool["id"], "key": "K9", "coachId": coach["id"]}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_reference")
    unknown = api.post("/candidates", json={"poolId": str(uuid.uuid4()), "key": "K9"})
    assert (unknown.status_code, unknown.json()["code"]) == (400, "unknown_reference")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("hoursMax", 100),
        ("hoursMax", 10**40),
        ("hoursMax", "many"),
        ("radiusCode", 0),
        ("dayparts", "01"),
        ("mediationPostcode", "12345"),
        ("waitingSince", "2026-13-01"),
        ("waitingSince", "2026-01-01T10:00:00Z"),
        ("waitingSince", "0001-01-01"),
        ("workLevel", 2.5),
        ("place", "x" * 101),
        ("place", "a\0b"),
        ("licences", ["Q"]),
        ("state", None),
        ("transport", [{"mode": "bicycle", "colour": "red"}]),
    ],
)
def test_a_bad_value_is_400(bare: TestClient, field: str, value: object) -> None:
    body = {"poolId": str(uuid.uuid4()), "key": "K1", field: value}
    answer = bare.post("/candidates", json=body)
    assert answer.status_code == 400, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


def test_all_faults_come_at_once(bare: TestClient) -> None:
    answer = bare.post("/placements", json={"openings": 0, "kind": "job"})
    fields = {fault["field"] for fault in answer.json()["errors"]}
    assert fields == {
        "body.poolId",
        "body.employerId",
        "body.key",
        "body.title",
        "body.openings",
        "body.kind",
    }


def test_a_list_holds_an_element_once(api: TestClient, pool: Json) -> None:
    body = {"poolId": pool["id"], "key": "K1", "licences": ["B", "B"]}
    answer = api.post("/candidates", json=body)
    assert answer.status_code == 400
    assert "twice" in answer.json()["detail"]


def test_hours_must_be_in_order(api: TestClient, pool: Json) -> None:
    answer = api.post(
        "/candidates", json={"poolId": pool["id"], "key": "K1", "hoursMin": 30, "hoursMax": 20}
    )
    assert answer.status_code == 400
    assert "hours min before hours max" in answer.json()["detail"]


def test_pages_show_every_item_once(api: TestClient, pool: Json) -> None:
    keys = [f"K{number:02}" for number in range(25)]
    for key in reversed(keys):
        made(api, "/candidates", poolId=pool["id"], key=key)
    seen: list[str] = []
    cursor = None
    while True:
        parameters = {"poolId": pool["id"], "pageSize": 7} | ({"cursor": cursor} if cursor else {})
        page = api.get("/candidates", params=parameters).json()
        assert len(page["items"]) <= 7
        seen += [item["key"] for item in page["items"]]
        # one comes in before the place that we are at, and must not move the rest
        made(api, "/candidates", poolId=pool["id"], key=f"A{len(seen)}")
        cursor = page["nextCursor"]
        if cursor is None:
            break
    assert seen == keys


def test_a_cursor_that_names_nothing_is_400(api: TestClient) -> None:
    answer = api.get("/candidates", params={"cursor": str(uuid.uuid4())})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_lists_are_filtered(api: TestClient, pool: Json, candidate: Json) -> None:
    coach = made(api, "/coaches", poolId=pool["id"], key="C1", name="Coach")
    mine = made(api, "/candidates", poolId=pool["id"], key="K2", coachId=coach["id"])
    gone = made(api, "/candidates", poolId=pool["id"], key="K3", state="inactive")

    def keys(**where: str) -> list[str]:
        items = api.get("/candidates", params=where).json()["items"]
        return [item["key"] for item in items]

    assert keys(poolId=pool["id"]) == ["K1", "K2", "K3"]
    assert keys(coachId=coach["id"]) == [mine["key"]]
    assert keys(state="inactive") == [gone["key"]]
    assert keys(poolId=str(uuid.uuid4())) == []


def test_thirty_at_once_with_one_key_make_one(api: TestClient, pool: Json) -> None:
    def create(_: int) -> tuple[int, str]:
        answer = api.post(
            "/candidates",
            json={"poolId": pool["id"], "key": "K1", "interests": ["wood"]},
            headers={"Idempotency-Key": "one-and-the-same"},
        )
        return answer.status_code, answer.json()["id"]

    with ThreadPoolExecutor(15) as threads:
        answers = list(threads.map(create, range(30)))
    assert {status for status, _ in answers} == {201}
    assert len({found for _, found in answers}) == 1
    assert len(api.get("/candidates").json()["items"]) == 1


def test_a_key_with_another_body_is_422(api: TestClient, pool: Json) -> None:
    headers = {"Idempotency-Key": "mine"}
    body = {"poolId": pool["id"], "key": "C1", "name": "Coach"}
    assert api.post("/coaches", json=body, headers=headers).status_code == 201
    other = api.post("/coaches", json={**body, "name": "Another"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    elsewhere = api.post("/candidates", json={"poolId": pool["id"], "key": "K1"}, headers=headers)
    assert elsewhere.status_code == 422


def test_a_refused_request_may_come_again_with_its_key(api: TestClient, pool: Json) -> None:
    headers = {"Idempotency-Key": "mine"}
    body = {"poolId": pool["id"], "key": "C1", "name": "Coach", "sites": [str(uuid.uuid4())]}
    assert api.post("/coaches", json=body, headers=headers).status_code == 400
    assert api.post("/coaches", json={**body, "sites": []}, headers=headers).status_code == 201


def test_a_candidate_who_leaves_stays_on_record(api: TestClient, candidate: Json) -> None:
    path = f"/candidates/{candidate['id']}"
    assert api.delete(path).status_code == 428
    assert api.delete(path, headers={"If-Match": '"1"'}).status_code == 204
    assert api.get(path).json() == {**candidate, "state": "inactive", "version": 2}
    back = api.patch(path, json={"state": "active"}, headers={"If-Match": '"2"'})
    assert back.json()["state"] == "active"


def test_a_placement_closes(api: TestClient, pool: Json) -> None:
    placement = placement_of(api, pool, state="open", hourlyWage=15.5, tags=["wood"])
    assert placement["hourlyWage"] == 15.5
    path = f"/placements/{placement['id']}"
    assert api.delete(path, headers={"If-Match": '"1"'}).status_code == 204
    assert api.get(path).json()["state"] == "closed"


def test_what_is_in_use_cannot_go(api: TestClient, pool: Json) -> None:
    placement = placement_of(api, pool)
    employer = f"/employers/{placement['employerId']}"
    answer = api.delete(employer, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json()["code"]) == (409, "in_use")
    full = api.delete(f"/pools/{pool['id']}", headers={"If-Match": '"1"'})
    assert (full.status_code, full.json()["code"]) == (409, "in_use")
    coach = made(api, "/coaches", poolId=pool["id"], key="C1", name="Coach")
    path = f"/coaches/{coach['id']}"
    assert api.delete(path, headers={"If-Match": '"2"'}).status_code == 412
    assert api.delete(path, headers={"If-Match": '"1"'}).status_code == 204
    assert api.get(path).status_code == 404
    assert api.delete(path, headers={"If-Match": '"1"'}).status_code == 404


def test_a_site_and_its_supervisors(api: TestClient, pool: Json) -> None:
    employer = made(api, "/employers", poolId=pool["id"], key="E1", tradeName="Invented works")
    site = made(
        api, "/sites", poolId=pool["id"], employerId=employer["id"], key="S1", postcode="3511AB"
    )
    group = made(
        api, "/supervisor-groups", poolId=pool["id"], siteId=site["id"], key="G1", supervisors=2
    )
    coach = made(api, "/coaches", poolId=pool["id"], key="C1", name="Coach", sites=[site["id"]])
    assert coach["sites"] == [site["id"]]
    placement = placement_of(
        api, pool, siteId=site["id"], supervisorGroupId=group["id"], guidanceOffered="medium"
    )
    assert placement["supervisorGroupId"] == group["id"]
    listed = api.get("/supervisor-groups", params={"siteId": site["id"]}).json()
    assert [item["key"] for item in listed["items"]] == ["G1"]
    changed = api.patch(
        f"/sites/{site['id']}", json={"place": "Utrecht"}, headers={"If-Match": '"1"'}
    )
    assert changed.json()["place"] == "Utrecht"
    listed = api.get("/sites", params={"employerId": employer["id"]}).json()
    assert [item["place"] for item in listed["items"]] == ["Utrecht"]


def test_a_pool_changes(api: TestClient, pool: Json) -> None:
    assert pool["timezone"] == "Europe/Amsterdam"
    path = f"/pools/{pool['id']}"
    changed = api.patch(
        path, json={"name": "Noord", "horizonDays": 56}, headers={"If-Match": '"1"'}
    )
    assert changed.json() == {**pool, "name": "Noord", "horizonDays": 56, "version": 2}
    bad = api.patch(path, json={"timezone": "Mars/Base"}, headers={"If-Match": '"2"'})
    assert bad.status_code == 400
    found = api.get("/pools", params={"key": "noord"}).json()
    assert [item["id"] for item in found["items"]] == [pool["id"]]


def test_openings_stay_above_those_taken(api: TestClient, pool: Json) -> None:
    placement = placement_of(api, pool, openings=3)
    from sqlalchemy import text

    from matcher.store.database import transaction

    with transaction() as db:
        db.execute(text("update placement set taken = 2"))
    path = f"/placements/{placement['id']}"
    fewer = api.patch(path, json={"openings": 1}, headers={"If-Match": '"1"'})
    assert (fewer.status_code, fewer.json()["code"]) == (409, "openings_taken")
