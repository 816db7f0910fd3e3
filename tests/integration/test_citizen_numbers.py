"""Citizen service numbers: in where the settings let them, seen by few, and out again."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient
from typer.testing import CliRunner

from api.access import PEOPLE, SCOPES
from api.cli import app
from api.rates import SEARCHES_BY_NUMBER, counters
from api.schemas.privacy import CandidateFound, Identity
from matcher.domain.actors import ActorRole
from matcher.errors import Conflict
from matcher.service import accounts, erasure, identity, subject_access
from matcher.service.accounts import Links
from matcher.store import citizen_numbers as store
from matcher.store import vault
from matcher.store.database import transaction
from tests.integration.imports import changed_tables, everything, execute, select
from tests.integration.live import served
from tests.integration.signing import service_token, signed_in
from tests.integration.traces import tables_with
from tests.integration.worlds import World, make_world
from tests.invented import citizen_number_of_nobody

Json = dict[str, Any]
Setting = Callable[[str, str], None]
Headers = dict[str, str]
NUMBER, ANOTHER = citizen_number_of_nobody(), citizen_number_of_nobody(1)
WRONG = str(int(NUMBER) + 1)


@pytest.fixture
def world(api: TestClient, setting: Setting) -> World:
    counters.forget()
    api.auth = None
    setting("keep_bsn", "true")
    return make_world()


def who(role: ActorRole, world: World, mine: str = "own") -> Headers:
    ids = getattr(world, mine)
    links = {
        "coach": Links(coach_id=ids["coaches"]),
        "candidate": Links(candidate_id=ids["candidates"]),
        "employer": Links(employer_ids=[ids["employers"]]),
        "account_manager": Links(employer_ids=[ids["employers"]]),
    }
    return signed_in(role, ids["pools"], links.get(role))


def written(api: TestClient, headers: Headers, person: UUID, **values: Any) -> Any:
    path = f"/candidates/{person}/identity"
    version = api.get(path, headers=headers).headers["ETag"]
    return api.patch(path, json=values, headers={**headers, "If-Match": version})


def kept(api: TestClient, world: World, person: UUID | None = None, number: str = NUMBER) -> None:
    manager = who("pool_manager", world)
    answer = written(api, manager, person or world.own["candidates"], bsn=number)
    assert answer.status_code == 200, answer.text


def number_of(api: TestClient, headers: Headers, person: UUID) -> Any:
    answer = api.get(f"/candidates/{person}/identity", headers=headers)
    assert answer.status_code == 200, answer.text
    Identity.model_validate(answer.json())
    return answer.json()["bsn"]


def searched(api: TestClient, headers: Headers, number: str = NUMBER) -> Any:
    return api.post("/candidates/searches", json={"bsn": number}, headers=headers)


def found(api: TestClient, headers: Headers, number: str = NUMBER) -> Any:
    answer = searched(api, headers, number)
    assert answer.status_code == 200, answer.text
    CandidateFound.model_validate(answer.json())
    return answer.json()["candidateId"]


def looks(action: str) -> list[tuple[Any, ...]]:
    return select(
        "select subject from access_log where action = :action order by id", action=action
    )


def test_it_goes_in_with_the_identity_and_comes_out_of_it(api: TestClient, world: World) -> None:
    person, coach = world.own["candidates"], who("coach", world)
    spaced = f"{NUMBER[:4]} {NUMBER[4:6]}.{NUMBER[6:]}"
    answer = written(api, coach, person, bsn=spaced, name="Invented")
    assert (answer.status_code, answer.json()["bsn"]) == (200, NUMBER), answer.text
    assert answer.headers["ETag"] == '"1"'
    assert number_of(api, coach, person) == NUMBER
    assert number_of(api, who("candidate", world), person) == NUMBER
    # Another field changes without it, and another number takes its place.
    assert written(api, coach, person, name="Invented too").json()["bsn"] == NUMBER
    assert written(api, coach, person, bsn=ANOTHER).json()["bsn"] == ANOTHER
    assert (found(api, coach), found(api, coach, ANOTHER)) == (None, str(person))
    emptied = written(api, coach, person, bsn=None)
    assert (emptied.json()["bsn"], emptied.json()["name"]) == (None, "Invented too")
    assert select("select from candidate_number") == []


def test_nothing_of_it_stands_in_any_table_or_entry(api: TestClient, world: World) -> None:
    person = world.own["candidates"]
    kept(api, world)
    found(api, who("coach", world))
    assert written(api, who("pool_manager", world), person, bsn=WRONG).status_code == 400
    assert tables_with(NUMBER, WRONG) == {}
    ((sealed, blind),) = select("select bsn, blind from candidate_number")
    assert len(blind) == 32
    assert NUMBER.encode() not in bytes(sealed) + bytes(blind)
    # The same number in another pool has another index, and another cipher.
    manager = who("pool_manager", world, "elsewhere")
    other = written(api, manager, world.elsewhere["candidates"], bsn=NUMBER)
    assert other.status_code == 200, other.text
    assert len(select("select distinct blind from candidate_number")) == 2
    assert found(api, manager) == str(world.elsewhere["candidates"])
    assert found(api, who("pool_manager", world)) == str(person)
    changes = select(
        "select d.detail from audit_event e join audit_detail d using (pool_id, seq)"
        " where e.action = 'identity.change' and e.pool_id = :pool",
        pool=world.own["pools"],
    )
    assert [json.loads(detail) for (detail,) in changes] == [{"fields": ["bsn"]}]


def test_a_number_of_another_row_does_not_open(api: TestClient, world: World) -> None:
    kept(api, world)
    kept(api, world, world.other["candidates"], ANOTHER)
    execute("alter table candidate_number drop constraint candidate_number_pool_id_blind_key")
    execute(
        "update candidate_number t set bsn = o.bsn from candidate_number o"
        " where o.candidate_id <> t.candidate_id"
    )
    path = f"/candidates/{world.own['candidates']}/identity"
    answer = api.get(path, headers=who("coach", world))
    assert (answer.status_code, answer.json()["code"]) == (503, "vault_sealed")


def test_without_the_setting_nothing_goes_in_and_nothing_comes_out(
    api: TestClient, world: World, setting: Setting
) -> None:
    person, coach = world.own["candidates"], who("coach", world)
    kept(api, world)
    setting("keep_bsn", "false")
    assert number_of(api, coach, person) is None
    assert number_of(api, who("candidate", world), person) is None
    assert written(api, coach, person, name="Invented").json()["bsn"] is None
    for answer in (written(api, coach, person, bsn=ANOTHER), searched(api, coach)):
        assert (answer.status_code, answer.json()["code"]) == (400, "bsn_not_kept")
        assert "WORKPOOL_KEEP_BSN" in answer.json()["detail"]
        assert NUMBER not in answer.text
        assert ANOTHER not in answer.text
    with transaction() as db:
        assert store.opened(db, person) == NUMBER
    # It is still kept, so the person's own request tells it, and it can be taken away.
    with transaction() as db:
        assert subject_access.everything(db, person)["identity"][0]["bsn"] == NUMBER
    assert written(api, coach, person, bsn=None).status_code == 200
    assert select("select from candidate_number") == []


def test_what_is_no_number_is_refused_and_not_repeated(api: TestClient, world: World) -> None:
    coach, person = who("coach", world), world.own["candidates"]
    before = everything()
    for told in (WRONG, "12345", "Canary Kanarie", "0" * 9, f"{NUMBER}1"):
        for answer in (written(api, coach, person, bsn=told), searched(api, coach, told)):
            assert (answer.status_code, answer.json()["code"]) == (400, "bad_bsn"), told
            assert told not in answer.text
    for bad in (int(NUMBER), NUMBER * 5, [NUMBER], ""):
        answer = written(api, coach, person, bsn=bad)
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid"), bad
        assert NUMBER not in answer.text
    assert changed_tables(before) <= {"access_log", "web_session"}


def test_one_number_is_of_one_person_in_a_pool(api: TestClient, world: World) -> None:
    kept(api, world, world.other["candidates"])
    coach, person = who("coach", world), world.own["candidates"]
    before = everything()
    taken = written(api, coach, person, bsn=NUMBER)
    assert (taken.status_code, taken.json()["code"]) == (409, "bsn_taken")
    key = select("select key from candidate where id = :id", id=world.other["candidates"])[0][0]
    for told in (NUMBER, str(world.other["candidates"]), str(key)):
        assert told not in taken.text
    assert changed_tables(before) <= {"access_log", "web_session"}
    # Whose it is, only who may see that person finds out.
    assert found(api, coach) is None
    assert found(api, who("coach", world, "other")) == str(world.other["candidates"])
    # The same again to the same person is no conflict.
    kept(api, world, world.other["candidates"])


def test_of_two_at_the_same_moment_one_is_refused(api: TestClient, world: World) -> None:
    both, at_once = [world.own["candidates"], world.other["candidates"]], threading.Barrier(2)
    with transaction() as db:
        vault.purpose_key(db, store.PURPOSE)
    codes: list[str] = []

    def write(person: UUID) -> None:
        at_once.wait()
        try:
            with transaction() as db:
                identity.change(db, person, {"bsn": NUMBER})
                # Still open while the other looks.
                db.execute(text("select pg_sleep(0.3)"))
            codes.append("kept")
        except Conflict as refused:
            codes.append(refused.code)

    threads = [threading.Thread(target=write, args=(person,)) for person in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(codes) == ["bsn_taken", "kept"]
    assert select("select count(*) from candidate_number") == [(1,)]


def test_who_finds_whom(api: TestClient, world: World) -> None:
    own, other = world.own["candidates"], world.other["candidates"]
    kept(api, world)
    kept(api, world, other, ANOTHER)
    coach, manager = who("coach", world), who("pool_manager", world)
    assert (found(api, coach), found(api, coach, ANOTHER)) == (str(own), None)
    assert (found(api, manager), found(api, manager, ANOTHER)) == (str(own), str(other))
    assert found(api, manager, citizen_number_of_nobody(2)) is None
    assert found(api, who("pool_manager", world, "elsewhere")) is None
    # Every search is noted: about whom, where the one who asked may know it.
    assert looks("candidate.find_by_number") == [
        (own,), (None,), (own,), (other,), (None,), (None,),
    ]  # fmt: skip
    for role in set(PEOPLE) - {"coach", "pool_manager"}:
        refused = searched(api, who(role, world))
        assert (refused.status_code, refused.json()["code"]) == (403, "role_refused"), role
    token = service_token(world.own["pools"], SCOPES)
    assert searched(api, {"Authorization": f"Bearer {token}"}).status_code == 403
    assert searched(api, {}).status_code == 401


def test_searches_are_counted(api: TestClient, world: World) -> None:
    coach = who("coach", world)
    for _ in range(SEARCHES_BY_NUMBER.most):
        assert searched(api, coach).status_code == 200
    assert searched(api, coach).status_code == 429


def test_that_it_was_seen_is_noted_apart(api: TestClient, world: World) -> None:
    person, coach = world.own["candidates"], who("coach", world)
    number_of(api, coach, person)
    assert looks("identity.read_with_number") == []
    kept(api, world)
    number_of(api, coach, person)
    assert looks("identity.read_with_number") == [(person,)]
    # A change of something else tells it as well.
    written(api, coach, person, name="Invented")
    assert looks("identity.read_with_number") == [(person,)] * 3


def test_who_stands_in_does_not_see_it(api: TestClient, world: World) -> None:
    person, coach = world.other["candidates"], who("coach", world)
    kept(api, world, person)
    key = select("select key from candidate where id = :id", id=person)[0][0]
    opened = api.post(
        "/exceptional-accesses",
        json={"candidateKey": key, "reasonCode": "colleague_absent"},
        headers=coach,
    )
    assert opened.status_code == 201, opened.text
    assert number_of(api, coach, person) is None
    assert found(api, coach) is None
    assert number_of(api, who("coach", world, "other"), person) == NUMBER


def test_an_employer_sees_it_at_no_stage(api: TestClient, world: World) -> None:
    kept(api, world)
    coach, employer = who("coach", world), who("employer", world)
    person, proposal = world.own["candidates"], world.own["proposals"]
    # Nobody at work yet, and nothing consented.
    execute("delete from deployment where candidate_id = :id", id=person)
    execute("delete from candidate_consent where candidate_id = :id", id=person)
    stages = []
    for fields in (None, [], ["contact"], ["contact", "scheme"]):
        if fields is not None:
            path = f"/candidates/{person}/consents"
            given = api.post(path, json={"fields": fields}, headers=coach)
            assert given.status_code == 201, given.text
        for headers in (employer, who("account_manager", world)):
            card = api.get(f"/proposals/{proposal}/card", headers=headers)
            assert card.status_code == 200, card.text
            stages.append(card.json()["stage"])
            paths = ("/proposals", f"/proposals/{proposal}", "/deployments", "/tasks")
            for answer in (card, *(api.get(path, headers=headers) for path in paths)):
                assert answer.status_code == 200
                assert NUMBER not in answer.text
                assert "bsn" not in answer.text
    assert stages == [0, 0, 1, 1, 2, 2, 3, 3]
    asked = api.post(f"/candidates/{person}/consents", json={"fields": ["bsn"]}, headers=coach)
    assert (asked.status_code, asked.json()["code"]) == (400, "unknown_field")
    for role in ("employer", "account_manager", "contact_point", "auditor"):
        answer = api.get(f"/candidates/{person}/identity", headers=who(role, world))
        assert answer.status_code == 403, role


def test_the_person_s_own_request_tells_it(api: TestClient, world: World, tmp_path: Path) -> None:
    kept(api, world)
    out = tmp_path / "answer"
    with transaction() as db:
        told = subject_access.everything(db, world.own["candidates"])
    subject_access.write(told, out)
    assert json.loads((out / "all.json").read_text())["identity"][0]["bsn"] == NUMBER
    assert NUMBER in (out / "identity.csv").read_text()
    with transaction() as db:
        other = subject_access.everything(db, world.other["candidates"])
    assert NUMBER not in repr(other)


def test_erasing_somebody_takes_number_and_index(api: TestClient, world: World) -> None:
    person = world.own["candidates"]
    kept(api, world)
    execute("delete from legal_hold where candidate_id = :id", id=person)
    with transaction() as db:
        receipt = erasure.erase(db, person)
    assert receipt.counts["candidate_number"] == 1
    assert select("select from candidate_number") == []
    # So somebody else may have it: a mistake put right.
    kept(api, world, world.other["candidates"])


def test_a_new_secret_key_opens_and_finds_it(
    api: TestClient, world: World, setting: Setting
) -> None:
    kept(api, world)
    setting("secret_key_before", "a secret of tests alone, long enough")
    setting("secret_key", "the next secret of tests alone, long")
    with transaction() as db:
        assert vault.rotate(db) > 0
    setting("secret_key_before", "")
    with transaction() as db:
        assert store.opened(db, world.own["candidates"]) == NUMBER
        assert store.find(db, world.own["pools"], NUMBER) == world.own["candidates"]


def forgotten(*words: str) -> Any:
    return CliRunner().invoke(app, ["vault", "forget-numbers", *words])


def test_all_are_removed_once_they_may_not_be_kept(
    api: TestClient, world: World, setting: Setting
) -> None:
    execute("delete from legal_hold")
    kept(api, world)
    kept(api, world, world.other["candidates"], ANOTHER)
    refused = forgotten()
    assert refused.exit_code == 1
    assert "WORKPOOL_KEEP_BSN" in refused.output
    setting("keep_bsn", "false")
    held = {"id": world.other["candidates"], "pool": world.own["pools"]}
    execute(
        "insert into legal_hold (pool_id, candidate_id, ground, placed_by)"
        " values (:pool, :id, 'before the court', 'x')",
        **held,
    )
    before = everything()
    would = json.loads(forgotten("--dry-run", "--json").stdout)
    assert [(each["people"], each["held"]) for each in would] == [(1, 1), (0, 0)]
    assert changed_tables(before) == set()
    done = forgotten()
    assert done.exit_code == 0, done.output
    assert "noord: 1 numbers removed, 1 kept by a legal hold." in done.stdout
    assert changed_tables(before) == {"candidate_number"}
    assert select("select candidate_id from candidate_number") == [(held["id"],)]
    recorded = select("select actor from audit_event where action = 'citizen_numbers.remove'")
    assert len(recorded) == 1
    assert recorded[0][0].startswith("command:")


def test_the_lines_of_the_readme_work_as_they_stand(api: TestClient, world: World) -> None:
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    blocks = re.findall(r"```sh\n(.*?)```", readme, flags=re.DOTALL)
    helpers = next(each for each in blocks if "sign_in() {" in each).partition("\n# ")[0]
    lines = next(each for each in blocks if "candidates/searches" in each)
    pool, person = world.own["pools"], world.own["candidates"]
    with transaction() as db:
        account = accounts.create(db, "coach")
        accounts.grant(db, account, pool, "coach", Links(coach_id=world.own["coaches"]))
    command = str(Path(sys.executable).with_name("workpool"))
    with served() as address:
        given = f"sign_in coach; person={person} number={NUMBER}\n"
        whole = (helpers + "\n" + given + lines).replace(".venv/bin/workpool", command)
        done = subprocess.run(
            [
                "bash",
                "-euo",
                "pipefail",
                "-c",
                whole.replace("http://127.0.0.1:8000/api/v1", address),
            ],
            capture_output=True,
            text=True,
            check=False,
            timeout=240,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    written, found_them = map(json.loads, done.stdout.split("\n")[-3:-1])
    assert (written["bsn"], found_them) == (NUMBER, {"candidateId": str(person)})
