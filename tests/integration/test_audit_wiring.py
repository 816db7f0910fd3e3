"""Who saw, changed and decided what, as it comes into the record by itself."""

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient
from typer.testing import CliRunner

from api.cli import app
from api.launcher.start import SECRET_KEY, named
from api.schemas.audit import AuditPage, AuditVerification
from matcher.domain.actors import ActorRole
from matcher.service import sweeping
from matcher.settings import settings
from matcher.store import audit, reading
from matcher.store.database import transaction
from tests.integration.nights import publish_plan
from tests.integration.signing import person, service_of, signed_in
from tests.servers import SECRET_OF_TESTS
from tests.small_pools import write_pool

Json = dict[str, Any]


@pytest.fixture
def pool_id(database: str) -> uuid.UUID:
    with transaction() as db:
        return write_pool(db, "noord", people=8, placements=4)


def entries(api: TestClient, pool_id: uuid.UUID, **where: object) -> list[Json]:
    found = api.get("/audit-events", params={"poolId": str(pool_id), **where})
    assert found.status_code == 200, found.text
    AuditPage.model_validate(found.json())
    items: list[Json] = found.json()["items"]
    return items


def reads(action: str) -> list[tuple[str, uuid.UUID]]:
    with transaction() as db:
        rows = db.execute(
            text("select actor, subject from access_log where action = :action order by id"),
            {"action": action},
        )
        return [(row.actor, row.subject) for row in rows]


def test_what_is_done_over_http_is_in_the_record(api: TestClient, pool_id: uuid.UUID) -> None:
    made = api.post("/candidates", json={"poolId": str(pool_id), "key": "new"}).json()
    changed = api.patch(
        f"/candidates/{made['id']}", json={"hoursMin": 12}, headers={"If-Match": '"1"'}
    )
    assert changed.status_code == 200, changed.text
    stale = api.patch(
        f"/candidates/{made['id']}", json={"hoursMin": 14}, headers={"If-Match": '"1"'}
    )
    assert stale.status_code == 412
    run = api.post("/match-runs", json={"poolId": str(pool_id)}).json()
    api.post(f"/match-runs/{run['id']}/cancellation")
    granted, *found = entries(api, pool_id)
    assert granted["action"] == "role.grant"
    assert [(one["actor"], one["action"]) for one in found] == [
        (service_of(pool_id), "candidate.create"),
        (service_of(pool_id), "candidate.change"),
        (service_of(pool_id), "run.request"),
        (service_of(pool_id), "run.cancel"),
    ]
    assert found[1]["subject"] == made["id"]
    assert found[1]["detail"] == {"id": made["id"], "version": 2, "fields": ["hours_min"]}
    assert entries(api, pool_id, subject=made["id"], action="candidate.change") == [found[1]]


def test_a_night_is_one_entry_and_a_decision_another(api: TestClient, pool_id: uuid.UUID) -> None:
    publish_plan(pool_id)
    told = [one["action"] for one in entries(api, pool_id)]
    assert told.count("run.publish") == 1
    proposal = api.get("/proposals", params={"state": "open"}).json()["items"][0]
    roles: tuple[ActorRole, ...] = ("coach", "employer")
    said = []
    for role in roles:
        tag = api.get(f"/proposals/{proposal['id']}").headers["ETag"]
        path = f"/proposals/{proposal['id']}/decisions"
        headers = {"If-Match": tag, **person(role, proposal)}
        made = api.post(path, json={"outcome": "accept"}, headers=headers)
        assert made.status_code == 201, made.text
        said.append(made.json()["decidedBy"])
    coach, employer = said
    found = entries(api, pool_id, subject=proposal["candidateId"])
    assert [(one["actor"], one["action"]) for one in found] == [
        (coach, "proposal.accept"),
        (employer, "deployment.create"),
        (employer, "proposal.accept"),
    ]
    assert found[0]["detail"]["state"] == "with_employer"
    assert found[0]["detail"]["run"] == proposal["runId"]


def test_pages_of_the_record_follow_one_another(api: TestClient, pool_id: uuid.UUID) -> None:
    for number in range(5):
        api.post("/candidates", json={"poolId": str(pool_id), "key": f"new-{number}"})
    where: Json = {"poolId": str(pool_id), "pageSize": 2}
    seen: list[int] = []
    while True:
        page = api.get("/audit-events", params=where).json()
        seen += [one["seq"] for one in page["items"]]
        if page["nextCursor"] is None:
            break
        where["cursor"] = page["nextCursor"]
    # the first tells of the service's own role
    assert seen == [1, 2, 3, 4, 5, 6]
    assert api.get("/audit-events").status_code == 400


def test_reading_about_a_person_is_noted(api: TestClient, pool_id: uuid.UUID) -> None:
    publish_plan(pool_id)
    people = api.get("/candidates", params={"pageSize": 3}).json()["items"]
    somebody = people[0]["id"]
    assert [str(subject) for _, subject in reads("candidate.list")] == [one["id"] for one in people]
    placement = api.get("/placements").json()["items"][0]["id"]
    api.get(f"/candidates/{somebody}")
    api.get(f"/candidates/{somebody}/matches")
    api.get(f"/candidates/{somebody}/matches/{placement}")
    shown = api.get(f"/placements/{placement}/matches").json()["items"]
    proposal = api.get("/proposals").json()["items"][0]
    api.get(f"/proposals/{proposal['id']}")
    api.get(f"/candidates/{uuid.uuid4()}")
    for action in ("candidate.read", "candidate.match", "candidate.explain"):
        assert reads(action) == [(service_of(pool_id), uuid.UUID(somebody))], action
    assert [str(subject) for _, subject in reads("placement.match")] == [
        one["candidateId"] for one in shown
    ]
    assert [str(subject) for _, subject in reads("proposal.read")] == [proposal["candidateId"]]
    assert reads("placement.read") == []


def test_reading_what_people_noted_about_a_person_is_noted(
    api: TestClient, pool_id: uuid.UUID
) -> None:
    one, other = (each["id"] for each in api.get("/candidates").json()["items"][:2])
    placement = api.get("/placements").json()["items"][0]["id"]
    api.post(f"/candidates/{one}/companions", json={"otherId": other, "relation": "apart"})
    as_manager = signed_in("pool_manager", pool_id)
    api.post(f"/candidates/{one}/pins", json={"placementId": placement}, headers=as_manager)
    api.post(f"/candidates/{one}/legal-holds", json={"ground": "law"}, headers=as_manager)
    for kind in ("pin", "companion"):
        (found,) = api.get(f"/candidates/{one}/{kind}s").json()["items"]
        assert api.get(f"/candidates/{one}/{kind}s/{found['id']}").status_code == 200
        for action in (f"{kind}.list", f"{kind}.read"):
            assert reads(action) == [(service_of(pool_id), uuid.UUID(one))], action
    (hold,) = api.get(f"/candidates/{one}/legal-holds", headers=as_manager).json()["items"]
    assert hold["poolId"] == str(pool_id)
    assert [subject for _, subject in reads("legal_hold.list")] == [uuid.UUID(one)]


def test_the_sweep_links_what_was_read(api: TestClient, pool_id: uuid.UUID) -> None:
    people = api.get("/candidates").json()["items"]
    sweeping.sweep()
    last = entries(api, pool_id, action="access.linked")[-1]
    assert last["detail"]["reads"] == len(people) == 8
    found = api.get("/audit-events/verification", params={"poolId": str(pool_id)})
    AuditVerification.model_validate(found.json())
    assert (found.json()["valid"], found.json()["reads"]) == (True, 8)
    unknown = api.get("/audit-events/verification", params={"poolId": str(uuid.uuid4())})
    assert unknown.status_code == 404


def test_the_command_verifies_and_anchors(
    pool_id: uuid.UUID, redis_url: str, tmp_path: Path
) -> None:
    def workpool(*words: str) -> Any:
        return CliRunner().invoke(app, ["audit", *words])

    assert CliRunner().invoke(app, ["export", str(tmp_path), "--pool", "noord"]).exit_code == 0
    anchor = tmp_path / "head.json"
    written = workpool("head", str(anchor))
    assert written.exit_code == 0, written.output
    assert "(signed)" in written.output
    good = workpool("verify", "--pool", "noord", "--anchor", str(anchor))
    assert good.exit_code == 0, good.output
    assert "noord: valid, 1 entries" in good.output
    with transaction() as db:
        actor = db.execute(text("select actor from audit_event")).scalar_one()
        assert actor.startswith("command:")
        db.execute(text("set local session_replication_role = replica"))
        db.execute(text("update audit_event set actor = 'nobody'"))
    bad = workpool("verify", "--json")
    assert bad.exit_code == 1
    assert json.loads(bad.output)[0]["faults"][0]["code"] == "edited"
    assert workpool("verify", "--pool", "zuid").exit_code == 1


def test_a_head_tells_that_it_is_signed_with_the_embedded_servers_own_key(
    pool_id: uuid.UUID, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def embedded() -> Iterator[None]:
        with named({SECRET_KEY: SECRET_OF_TESTS}):
            yield

    monkeypatch.setattr("api.cli.auditing.connected", embedded)
    monkeypatch.delenv(SECRET_KEY)
    settings.cache_clear()
    written = CliRunner().invoke(app, ["audit", "head", str(tmp_path / "head.json")])
    monkeypatch.undo()
    settings.cache_clear()
    assert written.exit_code == 0, written.output
    assert "(signed)" in written.output


def test_noting_a_read_does_not_read_the_placements_anew(
    api: TestClient, pool_id: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    stamps = []
    stamp = reading.content_stamp
    monkeypatch.setattr(reading, "content_stamp", lambda *given: stamps.append(1) or stamp(*given))
    people = [one["id"] for one in api.get("/candidates").json()["items"]]
    placement = api.get("/placements").json()["items"][0]
    for _ in range(2):
        for each in people:
            assert api.get(f"/candidates/{each}/matches").status_code == 200
    assert len(reads("candidate.match")) == 2 * len(people)
    # Now and then the server itself ends something, such as an autovacuum.
    before = len(stamps)
    assert before <= len(people) / 2
    changed = api.patch(
        f"/placements/{placement['id']}", json={"title": "New"}, headers={"If-Match": '"1"'}
    )
    assert changed.status_code == 200
    found = api.get(f"/candidates/{people[0]}/matches", params={"include": "ineligible"}).json()
    assert "New" in [one["title"] for one in found["items"]]
    assert len(stamps) > before


def test_a_note_beside_another_write_is_no_mere_note(pool_id: uuid.UUID) -> None:
    def look() -> str:
        with transaction() as db:
            seen: str = db.execute(text("select pg_current_snapshot()::text")).scalar_one()
        return seen

    first = look()
    with transaction() as db:
        audit.note_reads(db, [(pool_id, "coach", uuid.uuid4())], "candidate.read")
    second = look()
    assert first != second
    assert audit.nothing_ended(first, second)
    with transaction() as db:
        db.execute(text("update placement set title = 'Other'"))
        audit.note_reads(db, [(pool_id, "coach", uuid.uuid4())], "candidate.read")
    assert not audit.nothing_ended(second, look())


def test_a_question_to_the_solver_tells_who_asked_what_kind(
    api: TestClient, pool_id: uuid.UUID
) -> None:
    with transaction() as db:
        person_id = db.execute(text("select id from candidate order by id limit 1")).scalar_one()
    asked = api.post(f"/candidates/{person_id}/what-ifs", json={"top": 3})
    assert asked.status_code == 202, asked.text
    (entry,) = entries(api, pool_id, action="what_if.request")
    assert entry["actor"] == service_of(pool_id)
    assert entry["detail"] == {"run": asked.json()["id"], "kind": "candidate", "changes": 0}
    with transaction() as db:
        subject = db.execute(
            text(
                "select subject from audit_detail join audit_event using (pool_id, seq)"
                " where action = 'what_if.request'"
            )
        ).scalar_one()
    assert subject == person_id
