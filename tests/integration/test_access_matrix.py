"""
Who gets what: every operation, in every role, on every kind of object, over real HTTP.

The operations come from the OpenAPI document, so a new one is covered by existing; what each role
should see of others' is said here once more, apart from the scopes that are tested.
"""

import re
import sys
from collections import Counter
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from api.access import OPERATIONS, SCOPES
from api.main import create_app
from api.rates import counters
from matcher.domain.actors import PEOPLE
from matcher.service.accounts import Links
from matcher.store.database import transaction
from tests.integration.live import served
from tests.integration.signing import service_token, signed_in
from tests.integration.traces import digests
from tests.integration.worlds import Ids, World, make_world

Json = dict[str, Any]

DOCUMENT: Json = TestClient(create_app()).get("/api/v1/openapi.json").json()
CALLS = [
    (path, method, operation["operationId"])
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
]
NOBODY = "nobody"
ROLES = (*PEOPLE, "service", NOBODY)
PART_OF = {"decisionId": "decisions", "placementId": "placements", "pinId": "pins",
           "companionId": "companions"}  # fmt: skip
EVERYTHING = ("pool_manager", "auditor", "service")
# Of whose colleagues' a role sees as much as of its own; one's own pool and its nights are shared.
OF_COLLEAGUES = {
    "pools": (*PEOPLE, "service"),
    "match-runs": (*EVERYTHING, "coach"),
    **dict.fromkeys(("placements", "employers", "sites"), (*EVERYTHING, "coach", "contact_point")),
    "supervisor-groups": (*EVERYTHING, "coach"),
}
# Only what they asked themselves, and here they asked nothing.
NEVER_OWN = {("match-runs", "account_manager")}
# They change who is signed in, or last as long as a run; tests of their own are about them.
APART = {"endSession", "changeSession", "changePassword", "readSession", "listEvents"}
# They take no version, so where they may be called they take effect.
FINAL = {
    "endMembership",
    "createErasure",
    "createWithdrawal",
    "createRelease",
    "createClosure",
    "createReview",
    "createAlarmReview",
}


@pytest.fixture
def world(database: str, redis_url: str) -> World:
    return make_world()


@pytest.fixture
def people(world: World) -> dict[str, dict[str, str]]:
    own = world.own
    links = {
        "coach": Links(coach_id=own["coaches"]),
        "candidate": Links(candidate_id=own["candidates"]),
        "employer": Links(employer_ids=[own["employers"]]),
        "account_manager": Links(employer_ids=[own["employers"]]),
    }
    pool = own["pools"]
    headers = {role: signed_in(role, pool, links.get(role)) for role in PEOPLE}
    token = service_token(pool, SCOPES)
    with transaction() as db:
        for ids in (own, world.other):
            ids["memberships"] = db.execute(
                text("select id from membership where role = 'auditor'")
            ).scalar_one()
    signed_in("auditor", world.elsewhere["pools"])
    with transaction() as db:
        world.elsewhere["memberships"] = db.execute(
            text("select id from membership where pool_id = :pool"),
            {"pool": world.elsewhere["pools"]},
        ).scalar_one()
    world.unknown["memberships"] = world.unknown["pools"]
    return {**headers, "service": {"Authorization": f"Bearer {token}"}, NOBODY: {}}


@pytest.fixture
def client(people: dict[str, Any]) -> Iterator[httpx2.Client]:
    with served() as address, httpx2.Client(base_url=address, timeout=60) as found:
        yield found


def called(client: httpx2.Client, call: tuple[str, str, str], ids: Ids, who: Json) -> Any:
    """Call an operation on these objects, in a way that changes nothing even where it may."""
    path, method, _ = call
    counters.forget()
    names = re.findall(r"\{(\w+)\}", path)
    parts = path.split("/")
    for name in names:
        kind = PART_OF.get(name) or parts[parts.index("{" + name + "}") - 1]
        path = path.replace("{" + name + "}", str(ids[kind]))
    headers = {**who, "If-Match": '"999999"'}
    # Where a body makes something, an empty one cannot; a change of nothing is none.
    body = {} if method in {"post", "patch", "put"} else None
    return client.request(method.upper(), path, headers=headers, json=body)


def kind_of(path: str) -> str:
    """Return what an address with ids is about: the last part that has one."""
    return re.findall(r"/([a-z-]+)/\{", path)[0]


def sees(role: str, kind: str, label: str) -> bool:
    if label == "own":
        return (kind, role) not in NEVER_OWN
    if label == "other":
        return role in OF_COLLEAGUES.get(kind, EVERYTHING)
    return False


def contents() -> dict[str, str]:
    """Of every table that no call may change; an empty question is one, a run is cancelled."""
    return digests({"match_run", "audit_event", "audit_detail", "audit_head"})


def test_every_cell(client: httpx2.Client, world: World, people: dict[str, dict[str, str]]) -> None:
    before = contents()
    wrong: list[str] = []
    cells: Counter[str] = Counter()
    for call in CALLS:
        path, _, operation = call
        if operation in APART or OPERATIONS[operation].everyone:
            continue
        labels = ("own", "other", "elsewhere", "unknown") if "{" in path else ("own",)
        for role in ROLES:
            may = role in OPERATIONS[operation].roles or (
                role == "service" and OPERATIONS[operation].scope is not None
            )
            for label in labels:
                if operation in FINAL and may and label in {"own", "other"}:
                    continue
                answer = called(client, call, getattr(world, label), people[role])
                cells[role] += 1
                if role == NOBODY:
                    expected = answer.status_code == 401
                elif not may:
                    expected = answer.status_code == 403
                elif "{" not in path or sees(role, kind_of(path), label):
                    expected = answer.status_code not in {401, 403, 404, 500}
                else:
                    expected = answer.status_code == 404
                if not expected:
                    wrong.append(f"{operation} {role} {label}: {answer.status_code}")
    sys.stdout.write(f"cells {cells.total()}, of them wrong {len(wrong)}\n")
    assert wrong == []
    assert cells.total() > 1500
    assert contents() == before


def test_nothing_leaks(
    client: httpx2.Client, world: World, people: dict[str, dict[str, str]]
) -> None:
    """What an answer holds of other pools, other caseloads, and of a person to an employer."""
    elsewhere = {str(each) for each in world.elsewhere.values()}
    others = {str(world.other[name]) for name in ("candidates", "proposals", "deployments")}
    person = str(world.own["candidates"])
    leaks: list[str] = []
    looked = 0
    for call in CALLS:
        _, method, operation = call
        if method != "get" or operation in APART or OPERATIONS[operation].everyone:
            continue
        for role in (*PEOPLE, "service"):
            answer = called(client, call, world.own, people[role])
            looked += 1
            found = {each for each in elsewhere if each in answer.text}
            if role in {"coach", "employer", "account_manager", "candidate", "contact_point"}:
                found |= {each for each in others if each in answer.text}
            if role in {"employer", "account_manager", "contact_point"} and person in answer.text:
                found.add(person)
            if found:
                leaks.append(f"{operation} {role}")
    sys.stdout.write(f"answers {looked}, leaks {len(leaks)}\n")
    assert leaks == []
    assert looked > 200


def test_what_is_not_yours_reads_as_what_is_not_there(
    client: httpx2.Client, world: World, people: dict[str, dict[str, str]]
) -> None:
    for kind in ("candidates", "proposals", "deployments", "coaches"):
        told = {
            client.get(f"/{kind}/{ids[kind]}", headers=people["coach"]).text
            for ids in (world.other, world.elsewhere, world.unknown)
        }
        assert len(told) == 1, told


WRITTEN = {
    "/candidates": {"key": "new"},
    "/coaches": {"key": "new", "name": "Invented"},
    "/employers": {"key": "new", "tradeName": "Invented"},
    "/match-runs": {},
}


@pytest.mark.parametrize("path", WRITTEN)
def test_nobody_writes_into_another_pool(
    client: httpx2.Client, world: World, people: dict[str, dict[str, str]], path: str
) -> None:
    before = contents()
    told = set()
    for ids in (world.elsewhere, world.unknown):
        body = {"poolId": str(ids["pools"]), **WRITTEN[path]}
        answer = client.post(path, json=body, headers=people["pool_manager"])
        assert answer.status_code in {400, 404}, answer.text
        told.add(answer.text.replace(str(ids["pools"]), ""))
    assert len(told) == 1
    assert contents() == before


def test_references_stay_within_what_is_ones_own(
    client: httpx2.Client, world: World, people: dict[str, dict[str, str]]
) -> None:
    before = contents()
    for ids in (world.other, world.elsewhere):
        moved = client.patch(
            f"/candidates/{world.own['candidates']}",
            json={"coachId": str(ids["coaches"])},
            headers={**people["coach"], "If-Match": '"1"'},
        )
        assert moved.status_code in {400, 412}, moved.text
        posted = client.post(
            "/placements",
            json={
                "poolId": str(world.own["pools"]),
                "key": "new",
                "title": "Work",
                "employerId": str(ids["employers"]),
            },
            headers=people["employer"],
        )
        assert (posted.status_code, posted.json()["code"]) == (400, "unknown_reference")
    assert contents() == before
