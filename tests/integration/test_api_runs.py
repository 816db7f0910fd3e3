"""Runs and imports over HTTP: asked for, followed as they happen, cancelled, reported."""

import json
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import httpx2
import pytest
from starlette.testclient import TestClient

from api.routes import match_runs
from api.schemas.inquiries import RunInFull
from api.schemas.proposals import Proposal
from api.schemas.runs import Import
from matcher.store.database import transaction
from tests.integration.live import served
from tests.integration.nights import publish_plan
from tests.integration.signing import AsService
from tests.small_pools import write_pool
from workers import tasks

Json = dict[str, Any]
PEOPLE = "key;hours_max;place\nK1;24;Utrecht\nK2;32;Zeist\n"


@pytest.fixture
def pool(api: TestClient) -> UUID:
    with transaction() as db:
        return write_pool(db, "noord")


def asked(api: TestClient, pool: UUID, **headers: str) -> Json:
    answer = api.post("/match-runs", json={"poolId": str(pool)}, headers=headers)
    assert answer.status_code == 202, answer.text
    found: Json = answer.json()
    RunInFull.model_validate(found)
    assert answer.headers["Location"] == f"/api/v1/match-runs/{found['id']}"
    return found


def test_a_run_is_queued_once(api: TestClient, pool: UUID) -> None:
    run = asked(api, pool)
    assert (run["state"], run["kind"]) == ("queued", "request")
    again = api.post("/match-runs", json={"poolId": str(pool)})
    assert (again.status_code, again.json()["code"]) == (409, "run_open")
    assert run["id"] in again.json()["detail"]
    unknown = api.post("/match-runs", json={"poolId": str(uuid.uuid4())})
    assert unknown.status_code == 404


def test_a_run_that_is_asked_for_twice_with_one_key_is_one(api: TestClient, pool: UUID) -> None:
    headers = {"Idempotency-Key": "once"}
    with ThreadPoolExecutor(10) as threads:
        runs = list(threads.map(lambda _: asked(api, pool, **headers), range(10)))
    assert len({run["id"] for run in runs}) == 1


def test_a_queued_run_is_cancelled_at_once(api: TestClient, pool: UUID) -> None:
    run = asked(api, pool)
    answer = api.post(f"/match-runs/{run['id']}/cancellation")
    assert answer.status_code == 202
    assert answer.json()["state"] == "cancelled"
    again = api.post(f"/match-runs/{run['id']}/cancellation")
    assert (again.status_code, again.json()["code"]) == (409, "run_ended")
    nothing = api.post(f"/match-runs/{uuid.uuid4()}/cancellation")
    assert nothing.status_code == 404


def test_a_real_run_is_followed_to_its_end(redis_url: str, database: str) -> None:
    with transaction() as db:
        pool = write_pool(db, "noord", people=60)
    with (
        served() as address,
        httpx2.Client(base_url=address, timeout=60, auth=AsService()) as client,
    ):
        run = client.post("/match-runs", json={"poolId": str(pool)}).json()
        events: list[tuple[str, Json]] = []
        begun = threading.Event()

        def follow() -> None:
            with client.stream("GET", f"/match-runs/{run['id']}/events") as answer:
                assert answer.headers["Content-Type"].startswith("text/event-stream")
                assert answer.headers["API-Version"] == "1.0.0"
                name = ""
                for line in answer.iter_lines():
                    if line.startswith("event:"):
                        name = line.removeprefix("event:").strip()
                    elif line.startswith("data:"):
                        events.append((name, json.loads(line.removeprefix("data:"))))
                        begun.set()

        following = threading.Thread(target=follow)
        following.start()
        assert begun.wait(20)
        tasks.match_run(run["id"])
        following.join(20)
        assert not following.is_alive()
        ended = client.get(f"/match-runs/{run['id']}").json()
        assert not match_runs._followers
    assert events[0] == ("progress", {"state": "queued"})
    assert "running" in {data["state"] for name, data in events if name == "progress"}
    assert [name for name, _ in events].count("end") == 1
    assert events[-1][0] == "end"
    assert events[-1][1]["state"] == "succeeded"
    RunInFull.model_validate(ended)
    assert ended["proof"]["proved"] is True
    assert ended["totals"]["placed"] > 0
    assert ended["finishedAt"].endswith("Z")


def test_events_of_an_ended_run_tell_the_end(api: TestClient, pool: UUID) -> None:
    run_id, _ = publish_plan(pool)
    answer = api.get(f"/match-runs/{run_id}/events")
    assert "event: end" in answer.text
    assert api.get(f"/match-runs/{uuid.uuid4()}/events").status_code == 404
    only_json = api.get(f"/match-runs/{run_id}/events", headers={"Accept": "application/json"})
    assert only_json.status_code == 406


def test_followers_are_bounded(
    api: TestClient, pool: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id, _ = publish_plan(pool)
    monkeypatch.setattr(match_runs, "MOST_FOLLOWERS", 0)
    answer = api.get(f"/match-runs/{run_id}/events")
    assert (answer.status_code, answer.json()["code"]) == (503, "too_many_followers")


def test_runs_are_listed_the_newest_first(api: TestClient, pool: UUID) -> None:
    first, _ = publish_plan(pool)
    second, _ = publish_plan(pool)
    third = asked(api, pool)["id"]
    page = api.get("/match-runs", params={"poolId": str(pool), "pageSize": 2}).json()
    assert [item["id"] for item in page["items"]] == [third, str(second)]
    rest = api.get(
        "/match-runs",
        params={"poolId": str(pool), "pageSize": 2, "cursor": page["nextCursor"]},
    ).json()
    assert [item["id"] for item in rest["items"]] == [str(first)]
    assert rest["nextCursor"] is None
    succeeded = api.get("/match-runs", params={"state": "succeeded"}).json()["items"]
    assert {item["id"] for item in succeeded} == {str(first), str(second)}


def test_proposals_are_read(api: TestClient, pool: UUID) -> None:
    run_id, plan = publish_plan(pool)
    listed = api.get("/proposals", params={"runId": str(run_id), "pageSize": 200}).json()["items"]
    assert len(listed) == plan.proposals.height > 0
    for item in listed:
        Proposal.model_validate(item)
    one = listed[0]
    answer = api.get(f"/proposals/{one['id']}")
    assert answer.json() == one
    assert answer.headers["ETag"] == '"1"'
    assert one["points"] == sum(part["points"] for part in one["pointsByTerm"].values())
    of_person = api.get("/proposals", params={"candidateId": one["candidateId"]}).json()["items"]
    assert of_person == [one]
    of_place = api.get("/proposals", params={"placementId": one["placementId"]}).json()["items"]
    assert one in of_place
    assert api.get("/proposals", params={"state": "accepted"}).json()["items"] == []
    assert api.get(f"/proposals/{uuid.uuid4()}").status_code == 404


def test_who_leaves_keeps_no_open_proposal(api: TestClient, pool: UUID) -> None:
    publish_plan(pool)
    first, second = api.get("/proposals", params={"state": "open"}).json()["items"][:2]
    for path in (
        f"/candidates/{first['candidateId']}",
        f"/placements/{second['placementId']}",
    ):
        version = api.get(path).headers["ETag"]
        assert api.delete(path, headers={"If-Match": version}).status_code == 204
    for proposal in (first, second):
        now = api.get(f"/proposals/{proposal['id']}").json()
        assert (now["state"], now["version"]) == ("withdrawn", 2)


def upload(api: TestClient, pool: UUID, content: str, **fields: str) -> httpx2.Response:
    headers = {"Idempotency-Key": fields.pop("key")} if "key" in fields else {}
    answer: httpx2.Response = api.post(
        "/imports",
        data={"kind": "candidates", "poolId": str(pool), **fields},
        files={"file": ("people.csv", content.encode())},
        headers=headers,
    )
    return answer


def test_a_file_is_imported(api: TestClient, pool: UUID) -> None:
    answer = upload(api, pool, PEOPLE)
    assert answer.status_code == 202, answer.text
    job = answer.json()
    Import.model_validate(job)
    assert job["state"] == "queued"
    assert answer.headers["Location"] == f"/api/v1/imports/{job['id']}"
    tasks.import_file(job["id"])
    done = api.get(f"/imports/{job['id']}").json()
    Import.model_validate(done)
    assert done["state"] == "succeeded", done
    keys = {
        item["key"] for item in api.get("/candidates", params={"pageSize": 200}).json()["items"]
    }
    assert {"K1", "K2"} <= keys
    assert api.get("/imports").json()["items"] == [done]


def test_a_faulty_file_is_reported_by_row(api: TestClient, pool: UUID) -> None:
    job = upload(api, pool, "key;hours_max\nK1;many\n").json()
    tasks.import_file(job["id"])
    done = api.get(f"/imports/{job['id']}").json()
    (fault,) = done["report"]["errors"]
    assert (fault["row"], fault["column"]) == (2, "hours_max")
    assert "K1" not in {item["key"] for item in api.get("/candidates").json()["items"]}


def test_an_upload_with_one_key_is_one_import(api: TestClient, pool: UUID) -> None:
    first = upload(api, pool, PEOPLE, key="once")
    second = upload(api, pool, PEOPLE, key="once")
    assert first.json()["id"] == second.json()["id"]
    other = upload(api, pool, PEOPLE + "K3;8;Houten\n", key="once")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_a_bad_upload_is_400(api: TestClient, pool: UUID) -> None:
    assert upload(api, pool, PEOPLE, kind="people").status_code == 400
    assert upload(api, pool, PEOPLE, poolId="noord").status_code == 400
    assert upload(api, uuid.uuid4(), PEOPLE).status_code == 404
    without = api.post("/imports", data={"kind": "candidates"}, files={"other": ("x", b"")})
    assert without.status_code == 400
    broken = api.post(
        "/imports", content=b"--x\r\nrubbish", headers={"Content-Type": "multipart/form-data"}
    )
    assert broken.status_code == 400
    nameless = api.post(
        "/imports",
        data={"kind": "candidates", "poolId": str(pool)},
        files={"file": ("x" * 300, b"key\n")},
    )
    assert nameless.status_code == 400
