"""Consent, cards, identity, erasure, holds, tasks and retention over HTTP, role by role."""

import uuid
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.schemas.attention import Impact, Oversight, TaskPage
from api.schemas.privacy import Card, Consent, ErasureRow, Identity, LegalHold, Retention
from matcher.store.database import transaction
from tests.integration.imports import execute
from tests.integration.nights import publish_plan
from tests.integration.signing import person, signed_in
from tests.integration.traces import tables_with
from tests.small_pools import write_pool

Json = dict[str, Any]
NAME = "Canary Kanarie"


@pytest.fixture
def proposal(api: TestClient) -> Json:
    with transaction() as db:
        pool = write_pool(db, "noord", people=12, placements=8)
    publish_plan(pool)
    found: Json = api.get("/proposals", params={"state": "open"}).json()["items"][0]
    return found


def manager(proposal: Json) -> dict[str, str]:
    return signed_in("pool_manager", uuid.UUID(proposal["poolId"]))


def candidate(proposal: Json) -> str:
    return f"/candidates/{proposal['candidateId']}"


def named(api: TestClient, proposal: Json) -> None:
    answer = api.patch(
        f"{candidate(proposal)}/identity",
        json={"name": NAME, "phone": "088-1234567"},
        headers={**person("coach", proposal), "If-Match": '"0"'},
    )
    assert answer.status_code == 200, answer.text


def passed_on(api: TestClient, proposal: Json, role: Any = "coach") -> None:
    path = f"/proposals/{proposal['id']}"
    headers = person(role, proposal)
    tag = api.get(path, headers=headers).headers["ETag"]
    answer = api.post(
        f"{path}/decisions", json={"outcome": "accept"}, headers={**headers, "If-Match": tag}
    )
    assert answer.status_code == 201, answer.text


def consent(api: TestClient, proposal: Json, *fields: str) -> Json:
    answer = api.post(
        f"{candidate(proposal)}/consents",
        json={"fields": list(fields), "givenHow": "spoken"},
        headers=person("coach", proposal),
    )
    assert answer.status_code == 201, answer.text
    Consent.model_validate(answer.json())
    found: Json = answer.json()
    return found


def card(api: TestClient, proposal: Json, role: Any = "employer") -> Json:
    answer = api.get(f"/proposals/{proposal['id']}/card", headers=person(role, proposal))
    assert answer.status_code == 200, answer.text
    Card.model_validate(answer.json())
    found: Json = answer.json()
    return found


def test_who_somebody_is_stands_apart_and_needs_a_fresh_version(
    api: TestClient, proposal: Json
) -> None:
    path, coach = f"{candidate(proposal)}/identity", person("coach", proposal)
    before = api.get(path, headers=coach)
    assert (before.json()["name"], before.headers["ETag"]) == (None, '"0"')
    assert api.patch(path, json={"name": NAME}, headers=coach).status_code == 428
    named(api, proposal)
    stale = api.patch(path, json={"name": NAME}, headers={**coach, "If-Match": '"0"'})
    assert stale.status_code == 412
    after = api.get(path, headers=coach)
    Identity.model_validate(after.json())
    assert after.json()["name"] == NAME
    warned = api.patch(
        path, json={"notes": "slikt medicatie"}, headers={**coach, "If-Match": '"1"'}
    )
    assert "health" in warned.json()["warnings"][0]
    assert api.get(path, headers=person("employer", proposal)).status_code == 403
    manager = signed_in("pool_manager", uuid.UUID(proposal["poolId"]))
    told = api.get(path, headers=manager)
    assert (told.json()["name"], told.json()["notes"]) == (NAME, None)
    for notes in ("other notes", None):
        refused = api.patch(path, json={"notes": notes}, headers={**manager, "If-Match": '"2"'})
        assert (refused.status_code, refused.json()["code"]) == (403, "notes_of_coach")
    changed = api.patch(path, json={"phone": "088-1234567"}, headers={**manager, "If-Match": '"2"'})
    assert (changed.status_code, changed.json()["notes"]) == (200, None)
    assert api.get(path, headers=coach).json()["notes"] == "slikt medicatie"
    assert NAME not in api.get(candidate(proposal), headers=coach).text


def test_an_employer_sees_what_consent_allows_and_nothing_after_it(
    api: TestClient, proposal: Json
) -> None:
    named(api, proposal)
    employer = person("employer", proposal)
    path = f"/proposals/{proposal['id']}"
    assert api.get(f"{path}/card", headers=employer).status_code == 404
    passed_on(api, proposal)
    assert card(api, proposal)["stage"] == 0
    given = consent(api, proposal, "name")
    found = card(api, proposal)
    assert (found["stage"], found["shown"]) == (2, {"name": NAME})
    for address in (
        "/proposals", path, f"{path}/card", f"{path}/decisions", "/deployments", "/tasks",
        "/placements", f"/placements/{proposal['placementId']}",
    ):  # fmt: skip
        answer = api.get(address, headers=employer)
        assert answer.status_code == 200, (address, answer.text)
        assert proposal["candidateId"] not in answer.text, address
    withdrawn = api.post(
        f"{candidate(proposal)}/consents/{given['id']}/withdrawal",
        headers=person("coach", proposal),
    )
    assert withdrawn.status_code == 201, withdrawn.text
    assert withdrawn.json()["proposalsClosed"] == 1
    for address in ("/proposals", path, f"{path}/card", f"{path}/decisions"):
        assert NAME not in api.get(address, headers=employer).text
    assert card(api, proposal)["stage"] == 0
    assert api.get(path, headers=person("coach", proposal)).json()["state"] == "withdrawn"
    listed = api.get(f"{candidate(proposal)}/consents", headers=person("coach", proposal)).json()
    assert listed["items"][0]["withdrawnAt"] is not None


def test_a_consent_with_an_unknown_word_is_refused(api: TestClient, proposal: Json) -> None:
    answer = api.post(
        f"{candidate(proposal)}/consents",
        json={"fields": ["diagnosis"]},
        headers=person("coach", proposal),
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown_field")


def test_a_manager_erases_and_nobody_else(api: TestClient, proposal: Json) -> None:
    named(api, proposal)
    passed_on(api, proposal)
    path = f"{candidate(proposal)}/erasures"
    assert api.post(path, headers=person("coach", proposal)).status_code == 403
    headers = manager(proposal)
    preview = api.get(f"{candidate(proposal)}/erasure-preview", headers=headers)
    assert preview.json()["state"] == "dry_run"
    assert preview.json()["counts"]["proposal"] == 1
    held = api.post(
        f"{candidate(proposal)}/legal-holds", json={"ground": "before the court"}, headers=headers
    )
    LegalHold.model_validate(held.json())
    refused = api.post(path, headers=headers)
    assert (refused.status_code, refused.json()["state"]) == (201, "refused")
    assert refused.json()["ground"] == "before the court"
    released = api.post(
        f"{candidate(proposal)}/legal-holds/{held.json()['id']}/release", headers=headers
    )
    assert released.json()["liftedAt"] is not None
    # The coach of this test was named after the person.
    execute("update coach set key = 'k1'")
    done = api.post(path, headers={**headers, "Idempotency-Key": "erase-once"})
    assert (done.status_code, done.json()["state"]) == (201, "done"), done.text
    ErasureRow.model_validate(done.json())
    assert tables_with(proposal["candidateId"], NAME) == {}
    assert api.get(candidate(proposal)).status_code == 404
    assert api.post(path, headers={**headers, "Idempotency-Key": "erase-once"}).status_code == 404
    receipt = api.get(done.headers["Location"].removeprefix("/api/v1"), headers=headers)
    assert receipt.json()["counts"]["proposal"] == 1
    states = [one["state"] for one in api.get("/erasures", headers=headers).json()["items"]]
    assert sorted(states) == ["done", "refused"]


def test_an_erased_person_can_no_longer_sign_in(api: TestClient, proposal: Json) -> None:
    mine = person("candidate", proposal)
    assert api.get(candidate(proposal), headers=mine).status_code == 200
    assert api.post(f"{candidate(proposal)}/erasures", headers=manager(proposal)).status_code == 201
    assert api.get(candidate(proposal), headers=mine).status_code == 401


def test_each_sees_their_own_tasks(api: TestClient, proposal: Json) -> None:
    def kinds(role: Any) -> set[str]:
        answer = api.get("/tasks", headers=person(role, proposal))
        TaskPage.model_validate(answer.json())
        return {task["kind"] for task in answer.json()["items"]}

    assert "proposal_waits" in kinds("coach")
    assert kinds("employer") == set()
    passed_on(api, proposal)
    assert kinds("employer") == {"reservation_ends"}
    assert "card_without_consent" in kinds("coach")
    first = api.get("/tasks", params={"pageSize": 1}, headers=person("coach", proposal)).json()
    assert (len(first["items"]), first["nextPage"]) == (1, 2)


def test_oversight_impact_and_retention_are_the_manager_s(api: TestClient, proposal: Json) -> None:
    passed_on(api, proposal)
    headers, pool = manager(proposal), f"/pools/{proposal['poolId']}"
    oversight = api.get(f"{pool}/oversight", headers=headers).json()
    Oversight.model_validate(oversight)
    assert (oversight["decisions"], oversight["acceptedUnopened"]) == (1, 1.0)
    impact = api.get(f"{pool}/impact", headers=headers).json()
    Impact.model_validate(impact)
    assert [(cell["event"], cell["people"]) for cell in impact["cells"]] == [
        ("accept_by_coach", None)
    ]
    rule = {"recordClass": "candidate", "ground": "a law", "days": 10, "action": "erase"}
    made = api.post(f"{pool}/retention-rules", json=rule, headers=headers)
    assert made.status_code == 201, made.text
    kept = api.get(f"{pool}/retention", headers=headers).json()
    Retention.model_validate(kept)
    assert kept["rules"] == [{**rule, "rows": 0, "held": 0}]
    refused = api.post(
        f"{pool}/retention-rules", json=rule | {"action": "anonymise"}, headers=headers
    )
    assert (refused.status_code, refused.json()["code"]) == (400, "unknown_action")
    assert api.get(f"{pool}/oversight", headers=person("coach", proposal)).status_code == 403
