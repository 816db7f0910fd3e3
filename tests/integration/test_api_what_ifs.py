"""Questions to the solver over HTTP: asked, answered, refused."""

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from api.schemas.inquiries import RunInFull
from api.schemas.runs import Run
from matcher.service import what_ifs
from matcher.store.database import transaction
from tests.integration.nights import publish_plan
from tests.small_pools import write_pool
from workers import tasks

Json = dict[str, Any]
POINTS = {"change": "set_policy", "table": "short_journey", "name": "points", "value": 300}


@pytest.fixture
def pool(api: TestClient) -> UUID:
    with transaction() as db:
        return write_pool(db, "noord")


def first(table: str, pool: UUID, condition: str = "true") -> str:
    with transaction() as db:
        found = db.execute(
            text(f"select id from {table} where pool_id = :pool and {condition} order by key"),
            {"pool": pool},
        )
        return str(found.scalars().first())


def answered(api: TestClient, path: str, body: Json) -> Json:
    """Ask, let the worker's task answer, and return the answer, checked against its model."""
    asked = api.post(path, json=body)
    assert asked.status_code == 202, asked.text
    run = asked.json()
    RunInFull.model_validate(run)
    assert (run["kind"], run["state"], run["answer"]) == ("what_if", "queued", None)
    assert asked.headers["Location"] == f"/api/v1/match-runs/{run['id']}"
    tasks.match_run(run["id"])
    read: Json = api.get(f"/match-runs/{run['id']}").json()
    RunInFull.model_validate(read)
    assert read["question"] == run["question"]
    assert read["state"] == "succeeded", read
    found: Json = read["answer"]
    return found


def about(pool: UUID, **question: Any) -> Json:
    return {"poolId": str(pool), "kind": "what_if", "question": question}


def test_two_plans_are_compared_and_nothing_is_published(api: TestClient, pool: UUID) -> None:
    placement = first("placement", pool)
    more = {"change": "add_openings", "placement": placement, "add": 5}
    found = answered(api, "/match-runs", about(pool, kind="difference", changes=[more, POINTS]))
    openings = found["totals"]["openings"]
    assert openings["after"] - openings["before"] == openings["more"] == 5
    assert found["totals"]["longestWaitingPlaced"]["before"] >= 0
    assert found["proved"]
    assert {"kept", "moved", "gained", "lost"} == set(found["people"])
    assert api.get("/proposals").json()["items"] == []


def test_a_person_is_asked_about(api: TestClient, pool: UUID) -> None:
    publish_plan(pool)
    proposal = api.get("/proposals").json()["items"][0]
    person = proposal["candidateId"]
    found = answered(api, f"/candidates/{person}/what-ifs", {"top": 3})
    assert (found["kind"], found["candidate"]) == ("candidate", person)
    assert found["proposed"]
    assert len(found["others"]) <= 3
    for other in found["others"]:
        assert {"people", "points", "elsewhere"} == set(other["loss"])
    # tiers keep their codes
    people = {code for other in found["others"] for code in other["loss"]["people"]}
    assert all(code == code.lower() for code in people)


def test_a_pair_is_asked_about(api: TestClient, pool: UUID) -> None:
    person = first("candidate", pool, "hours_max < 16")
    placement = first("placement", pool, "hours_min = 24")
    found = answered(api, f"/candidates/{person}/what-ifs", {"placementId": placement})
    assert (found["kind"], found["placement"]) == ("pair", placement)
    assert "hours_overlap" in found["refusedBy"]
    assert found["levers"]


def test_a_placement_is_asked_about(api: TestClient, pool: UUID) -> None:
    placement = first("placement", pool)
    found = answered(api, f"/placements/{placement}/what-ifs", {})
    assert (found["kind"], found["placement"]) == ("placement", placement)
    assert found["openings"] > 0
    assert found["oneMoreOpening"]["gain"]["placed"] >= 0


def test_advice_is_asked_for(api: TestClient, pool: UUID) -> None:
    found = answered(api, "/match-runs", about(pool, kind="advice", top=2))
    assert found["waiting"]["total"] > 0
    assert len(found["openings"]) <= 2
    site = {"change": "imagine", "kind": "voluntary", "place": "Utrecht", "hours": [8, 32]}
    change = site | {"guidance": "intensive", "demands": {"public_contact": 0}}
    found = answered(api, "/match-runs", about(pool, kind="imagined", changes=[change]))
    assert found["imagined"][0]["imagine"]["demands"] == {"public_contact": 0}
    assert found["imagined"][0]["gain"]["placed"] >= 0


def test_a_question_that_does_not_suit_tells_what_was_wrong(api: TestClient, pool: UUID) -> None:
    imagined = {"change": "imagine", "kind": "voluntary", "place": "9999", "hours": [8, 16]}
    asked = api.post("/match-runs", json=about(pool, kind="difference", changes=[imagined]))
    tasks.match_run(asked.json()["id"])
    read = api.get(f"/match-runs/{asked.json()['id']}").json()
    RunInFull.model_validate(read)
    assert (read["state"], read["errorCode"]) == ("failed", "bad_snapshot")
    assert "9999 is no postcode area" in read["answer"]["error"]["message"]


def test_lists_hold_neither_question_nor_answer(api: TestClient, pool: UUID) -> None:
    api.post("/match-runs", json=about(pool, kind="advice"))
    (item,) = api.get("/match-runs", params={"kind": "what_if"}).json()["items"]
    Run.model_validate(item)
    assert not {"question", "answer"} & set(item)


def test_one_key_asks_once_and_a_queued_question_is_cancelled(api: TestClient, pool: UUID) -> None:
    body, headers = about(pool, kind="advice"), {"Idempotency-Key": "once"}
    one, two = (api.post("/match-runs", json=body, headers=headers).json() for _ in range(2))
    assert one["id"] == two["id"]
    gone = api.post(f"/match-runs/{one['id']}/cancellation")
    assert (gone.status_code, gone.json()["state"]) == (202, "cancelled")


def test_open_questions_are_bounded(
    api: TestClient, pool: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(what_ifs, "MOST_OPEN", 1)
    assert api.post("/match-runs", json=about(pool, kind="advice")).status_code == 202
    refused = api.post("/match-runs", json=about(pool, kind="advice"))
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_what_ifs")
    assert "1 questions open" in refused.json()["detail"]


SOMEBODY = "00000000-0000-4000-8000-000000000001"
IMAGINED = {"change": "imagine", "kind": "voluntary", "place": "Leek", "hours": 16}


@pytest.mark.parametrize(
    ("question", "status", "told"),
    [
        ({"kind": "advise"}, 400, "is not allowed: expected"),
        ({"kind": "advice", "tops": 1}, 400, "is not a known field"),
        ({"kind": "advice", "top": 51}, 400, "le 50"),
        ({"kind": "advice", "candidate": SOMEBODY}, 400, "has no candidate"),
        ({"kind": "candidate"}, 400, "needs candidate"),
        ({"kind": "candidate", "candidate": "K1"}, 400, "must be a UUID"),
        ({"kind": "candidate", "candidate": SOMEBODY}, 404, "no candidate"),
        ({"kind": "difference"}, 400, "needs changes"),
        ({"kind": "difference", "changes": [{"change": "close"}]}, 400, "is not allowed"),
        ({"kind": "difference", "changes": [{"change": "add_openings"}]}, 400, "is required"),
        (
            {
                "kind": "difference",
                "changes": [{"change": "remove_placement", "placement": SOMEBODY}],
            },
            404,
            "no placement",
        ),
        (
            {
                "kind": "difference",
                "changes": [
                    {"change": "set_candidate", "candidate": SOMEBODY, "column": "gender"},
                ],
            },
            400,
            "protected",
        ),
        (
            {"kind": "difference", "changes": [POINTS | {"name": "point"}]},
            400,
            "Maybe: points",
        ),
        ({"kind": "imagined", "changes": [POINTS]}, 400, "only changes of imagine"),
        ({"kind": "imagined", "changes": [IMAGINED | {"place": ""}]}, 400, "min length 1"),
        ({"kind": "imagined", "changes": [IMAGINED | {"demands": {"x": 1}}]}, 400, "lifting"),
        (
            {"kind": "imagined", "changes": [{k: IMAGINED[k] for k in ("change", "kind")}]},
            400,
            "is required",
        ),
    ],
    ids=lambda value: str(value)[:60],
)
def test_a_bad_question_is_one_clear_problem(
    api: TestClient, pool: UUID, question: Json, status: int, told: str
) -> None:
    refused = api.post("/match-runs", json=about(pool, **question))
    assert refused.status_code == status, refused.text
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert told in refused.text


def test_only_a_what_if_has_a_question(api: TestClient, pool: UUID) -> None:
    without = api.post("/match-runs", json={"poolId": str(pool), "kind": "what_if"})
    assert (without.status_code, without.json()["code"]) == (400, "invalid")
    other = {**about(pool, kind="advice"), "kind": "request"}
    assert api.post("/match-runs", json=other).status_code == 400


def test_whoever_is_not_there_cannot_be_asked_about(api: TestClient, pool: UUID) -> None:
    assert api.post(f"/candidates/{SOMEBODY}/what-ifs", json={}).status_code == 404
    assert api.post(f"/placements/{SOMEBODY}/what-ifs", json={}).status_code == 404
    person = first("candidate", pool)
    nowhere = {"placementId": SOMEBODY}
    assert api.post(f"/candidates/{person}/what-ifs", json=nowhere).status_code == 404


@pytest.mark.parametrize(
    "change",
    [
        {"change": "set_candidate", "column": "hours_max", "value": "Jan Geheim"},
        {"change": "set_policy", "table": "short_journey", "name": "points", "value": "Jan Geheim"},
    ],
)
def test_a_refused_question_does_not_tell_its_values(
    api: TestClient, pool: UUID, change: Json
) -> None:
    if change["change"] == "set_candidate":
        change = {**change, "candidate": first("candidate", pool)}
    refused = api.post("/match-runs", json=about(pool, kind="difference", changes=[change]))
    assert refused.status_code == 400
    assert refused.json()["code"] in ("bad_question", "bad_policy")
    assert "Geheim" not in refused.text
    assert "hours_max" in refused.text or "short_journey" in refused.text
