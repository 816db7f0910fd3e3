"""From proposal to work over HTTP: preconditions, repetition, and what is told."""

import re
import subprocess
import sys
import uuid
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from api.cli.demo_accounts import show_accounts
from api.schemas.deployments import Deployment
from api.schemas.proposals import Decision, Proposal
from matcher.store.database import transaction
from matcher.store.tables import Coach
from tests.integration.live import served
from tests.integration.nights import publish_plan
from tests.integration.signing import person
from tests.small_pools import write_pool

Json = dict[str, Any]
COACH = {"as": "coach"}
EMPLOYER = {"as": "employer"}


@pytest.fixture
def proposal(api: TestClient) -> Json:
    with transaction() as db:
        pool = write_pool(db, "noord", people=8, placements=4)
    publish_plan(pool)
    found: Json = api.get("/proposals", params={"state": "open"}).json()["items"][0]
    return found


def path_of(proposal: Json) -> str:
    return f"/proposals/{proposal['id']}"


def decided(api: TestClient, proposal: Json, body: Json, **headers: str) -> Any:
    tag = api.get(path_of(proposal)).headers["ETag"]
    return sent(
        api, f"{path_of(proposal)}/decisions", proposal, body, **{"If-Match": tag, **headers}
    )


def sent(api: TestClient, path: str, proposal: Json, body: Json, **headers: str) -> Any:
    """Send what somebody says, as the one whom ``as`` names."""
    said = {name: value for name, value in body.items() if name != "as"}
    return api.post(path, json=said, headers={**headers, **person(body["as"], proposal)})


def test_the_way_from_proposal_to_work(api: TestClient, proposal: Json) -> None:
    seen = "2026-01-02T08:00:00Z"
    first = decided(api, proposal, {"outcome": "accept", "seenAt": seen, **COACH})
    assert first.status_code == 201, first.text
    made = first.json()
    Decision.model_validate(made)
    assert UUID(made["decidedBy"])
    assert (made["role"], made["outcome"], made["seenAt"]) == ("coach", "accept", seen)
    assert first.headers["Location"] == f"/api/v1{path_of(proposal)}/decisions/{made['id']}"
    assert api.get(first.headers["Location"].removeprefix("/api/v1")).json() == made
    now = api.get(path_of(proposal)).json()
    assert now["state"] == "with_employer"
    assert now["reservedUntil"].endswith("Z")
    second = decided(api, proposal, {"outcome": "accept", "startsOn": "2199-01-04", **EMPLOYER})
    assert second.status_code == 201, second.text
    assert api.get(path_of(proposal)).json()["state"] == "accepted"
    listed = api.get(f"{path_of(proposal)}/decisions").json()["items"]
    assert listed == [made, second.json()]
    work = api.get("/deployments", params={"proposalId": proposal["id"]}).json()["items"]
    assert [(one["state"], one["fromOn"]) for one in work] == [("planned", "2199-01-04")]
    Deployment.model_validate(work[0])
    placement = api.get(f"/placements/{proposal['placementId']}").json()
    assert placement["taken"] == 1
    ended = api.patch(
        f"/deployments/{work[0]['id']}",
        json={"state": "ended", "endReason": "did_not_begin"},
        headers={"If-Match": '"1"'},
    )
    assert ended.status_code == 200, ended.text
    assert (ended.json()["state"], ended.headers["ETag"]) == ("ended", '"2"')
    assert api.get(f"/placements/{proposal['placementId']}").json()["taken"] == 0
    assert api.get("/deployments", params={"state": "planned"}).json()["items"] == []


def test_a_decision_needs_a_fresh_version(api: TestClient, proposal: Json) -> None:
    path = f"{path_of(proposal)}/decisions"
    body = {"outcome": "accept", **COACH}
    missing = sent(api, path, proposal, body)
    assert (missing.status_code, missing.json()["code"]) == (428, "precondition_required")
    stale = sent(api, path, proposal, body, **{"If-Match": '"99"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    elsewhere = f"/proposals/{uuid.uuid4()}/decisions"
    nowhere = sent(api, elsewhere, proposal, body, **{"If-Match": '"1"'})
    assert nowhere.status_code == 404
    assert api.get(path).json() == {"items": [], "nextCursor": None}


def test_of_many_who_read_one_version_one_decides(api: TestClient, proposal: Json) -> None:
    tag = api.get(path_of(proposal)).headers["ETag"]
    bodies: list[Json] = [
        {"outcome": "accept", **COACH},
        {"outcome": "hold", **COACH},
        {"outcome": "decline", "reasonCode": "not_for_me", **COACH},
    ]

    def decide(number: int) -> int:
        path = f"{path_of(proposal)}/decisions"
        status: int = sent(api, path, proposal, bodies[number % 3], **{"If-Match": tag}).status_code
        return status

    person("coach", proposal)
    with ThreadPoolExecutor(9) as threads:
        statuses = sorted(threads.map(decide, range(9)))
    assert statuses == [201] + [412] * 8
    assert len(api.get(f"{path_of(proposal)}/decisions").json()["items"]) == 1


def test_a_repeated_decision_takes_effect_once(api: TestClient, proposal: Json) -> None:
    tag = api.get(path_of(proposal)).headers["ETag"]
    body = {"outcome": "accept", **COACH}
    headers = {"If-Match": tag, "Idempotency-Key": "once"}
    path = f"{path_of(proposal)}/decisions"

    def decide(_: int) -> tuple[int, str]:
        answer = sent(api, path, proposal, body, **headers)
        return answer.status_code, answer.text

    person("coach", proposal)
    with ThreadPoolExecutor(5) as threads:
        answers = set(threads.map(decide, range(5)))
    assert {status for status, _ in answers} == {201}
    assert len(answers) == 1
    other = sent(api, path, proposal, {"outcome": "hold", **COACH}, **headers)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert api.get(f"/placements/{proposal['placementId']}").json()["taken"] == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"outcome": "accept", **EMPLOYER}, 404, "not_found"),
        ({"outcome": "decline", **COACH}, 400, "reason_required"),
        ({"outcome": "decline", "reasonCode": "origin", **COACH}, 400, "reason_refused"),
        ({"outcome": "decline", "reasonCode": "Zzyzx", **COACH}, 400, "unknown_reason"),
        ({"outcome": "hold", "until": "2199-01-01", **COACH}, 400, "hold_too_long"),
        ({"outcome": "accept", "seenAt": "2199-01-01T00:00:00Z", **COACH}, 400, "seen_later"),
        ({"outcome": "accept", "seenAt": "2026-01-01T00:00:00", **COACH}, 400, "invalid"),
        ({"outcome": "accept", "seenAt": "0001-01-01T00:00:00+01:00", **COACH}, 400, "invalid"),
        ({"outcome": "accept", "as": "auditor"}, 403, "role_refused"),
        ({"outcome": "accept", "decidedBy": "x", **COACH}, 400, "invalid"),
        ({"outcome": "accept", "role": "employer", **COACH}, 400, "invalid"),
        ({"outcome": "accept", "as": "pool_manager"}, 409, "not_your_step"),
        ({"outcome": "start", **COACH}, 400, "invalid"),
    ],
)
def test_what_is_refused_is_told(
    api: TestClient, proposal: Json, body: Json, status: int, code: str
) -> None:
    answer = decided(api, proposal, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "Invented" not in answer.text
    assert "Zzyzx" not in answer.text
    assert api.get(path_of(proposal)).json() == proposal


def test_a_full_placement_and_a_decided_proposal_are_conflicts(
    api: TestClient, proposal: Json
) -> None:
    with transaction() as db:
        db.execute(text("update placement set taken = openings"))
    full = decided(api, proposal, {"outcome": "accept", **COACH})
    assert (full.status_code, full.json()["code"]) == (409, "placement_full")
    assert decided(api, proposal, {"outcome": "withdraw", **COACH}).status_code == 201
    late = decided(api, proposal, {"outcome": "accept", **COACH})
    assert (late.status_code, late.json()["code"]) == (409, "already_decided")


def test_a_decline_stands_in_the_record_of_the_person(api: TestClient, proposal: Json) -> None:
    body = {"outcome": "decline", "reasonCode": "too_far", "as": "candidate"}
    assert decided(api, proposal, body).status_code == 201
    person = api.get(f"/candidates/{proposal['candidateId']}").json()
    placement = api.get(f"/placements/{proposal['placementId']}").json()
    assert person["parkings"] == [
        {
            "targetKind": "pair",
            "target": placement["key"],
            "reasonCode": "too_far",
            "until": None,
        }
    ]
    match = api.get(f"/candidates/{person['id']}/matches/{placement['id']}").json()["match"]
    assert "not_parked" in {refusal["code"] for refusal in match["refusals"]}


def test_a_choice_by_hand(api: TestClient, proposal: Json) -> None:
    placements = api.get("/placements").json()["items"]
    other = next(one for one in placements if one["id"] != proposal["placementId"])
    path = f"/candidates/{proposal['candidateId']}/proposals"
    body = {"placementId": other["id"], "reason": "Invented reason", **COACH}
    answers = [sent(api, path, proposal, body, **{"Idempotency-Key": "c"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 201], answers[0].text
    assert answers[0].json() == answers[1].json()
    made = answers[0].json()
    Proposal.model_validate(made)
    assert answers[0].headers["Location"] == f"/api/v1/proposals/{made['id']}"
    assert (made["state"], made["runId"], made["placementId"]) == ("open", None, other["id"])
    assert made["evidence"]["choice"]["reason"] == "Invented reason"
    assert api.get(path_of(proposal)).json()["state"] == "declined"
    overruled = api.get(f"{path_of(proposal)}/decisions").json()["items"]
    assert [(one["reasonCode"], one["overrides"]) for one in overruled] == [("chose_other", True)]
    again = sent(api, path, proposal, body)
    assert (again.status_code, again.json()["code"]) == (409, "already_proposed")
    accepted = decided(api, made, {"outcome": "accept", **COACH})
    assert accepted.json()["overrides"] is True
    nowhere = sent(api, path, proposal, {**body, "placementId": str(uuid.uuid4())})
    assert nowhere.status_code == 404


def test_a_change_of_a_deployment_needs_a_fresh_version(api: TestClient, proposal: Json) -> None:
    decided(api, proposal, {"outcome": "accept", **COACH})
    decided(api, proposal, {"outcome": "accept", **EMPLOYER})
    work = api.get("/deployments", params={"candidateId": proposal["candidateId"]}).json()
    path = f"/deployments/{work['items'][0]['id']}"
    body = {"phase": "introduction", "hoursPerWeek": 20}
    assert api.patch(path, json=body).status_code == 428
    assert api.patch(path, json=body, headers={"If-Match": '"9"'}).status_code == 412
    done = api.patch(path, json=body, headers={"If-Match": '"1"'})
    assert (done.status_code, done.json()["phase"]) == (200, "introduction")
    bare_end = api.patch(path, json={"state": "ended"}, headers={"If-Match": '"2"'})
    assert (bare_end.status_code, bare_end.json()["code"]) == (400, "reason_required")


def test_the_lines_of_the_readme_work_as_they_stand(api: TestClient, proposal: Json) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    section = readme.partition("## From proposal to work\n")[2].partition("\n## ")[0]
    found = re.search(r"```sh\n(.*?)```", section, flags=re.DOTALL)
    assert found
    written = "http://127.0.0.1:8000/api/v1"
    assert found[1].count(written) == 1
    everybody_of(proposal)
    command = str(Path(sys.executable).with_name("workpool"))
    with served() as address:
        lines = found[1].replace(written, address).replace(".venv/bin/workpool", command)
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", lines],
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    # which proposal is declined is chance: the first of the list, in the order of its random id.
    # What a decline brings at once, if anything was possible, gives way to the coach's own choice.
    brought = _rows("select 1 from proposal where evidence ? 'instead_of'")
    assert _rows("select role, outcome, reason_code from decision order by decided_at") == [
        ("coach", "accept", None),
        ("employer", "accept", None),
        ("coach", "decline", "not_for_me"),
        *[("coach", "decline", "chose_other") for _ in brought],
    ]
    assert _rows("select state, end_reason from deployment") == [("ended", "contract_over")]
    by_hand = "select state, evidence -> 'choice' ->> 'reason' from proposal where run_id is null"
    assert _rows(by_hand) == [("open", "knows the team")]


def everybody_of(proposal: Json) -> None:
    """Make the accounts of the demo, for a pool whose people all have one coach."""
    pool = UUID(proposal["poolId"])
    with transaction() as db:
        coach = Coach(pool_id=pool, key="C1", name="Invented")
        db.add(coach)
        db.flush()
        db.execute(text("update candidate set coach_id = :coach"), {"coach": coach.id})
    show_accounts(pool)


def _rows(query: str) -> list[Any]:
    with transaction() as db:
        return [tuple(row) for row in db.execute(text(query))]
