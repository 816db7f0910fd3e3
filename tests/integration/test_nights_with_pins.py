"""From an agreement over HTTP to the night's plan, through a real worker and its child."""

import uuid
from typing import Any

from sqlalchemy import text
from starlette.testclient import TestClient

from api.main import create_app
from matcher.service import runs
from matcher.store.database import transaction
from matcher.store.reading import read_snapshot
from tests.builders import TODAY
from tests.integration.nights import publish_plan
from tests.integration.plans import plan_for
from tests.integration.signing import signed_in
from tests.processes import fleet
from tests.small_pools import write_pool

Json = dict[str, Any]


def proposals(api: TestClient, pool: uuid.UUID) -> dict[str, Json]:
    answer = api.get(
        "/proposals", params={"poolId": str(pool), "state": "open", "pageSize": 200}
    ).json()
    return {each["candidateId"]: each for each in answer["items"]}


def asked(api: TestClient, pool: uuid.UUID, worker: fleet.Member) -> Json:
    run = api.post("/match-runs", json={"poolId": str(pool)}).json()["id"]
    fleet.wait_for(lambda: fleet.state(uuid.UUID(run)) == "succeeded", 60, [worker])
    told: Json = api.get(f"/match-runs/{run}").json()
    return told


def test_a_pin_is_in_the_next_plan(worker: fleet.Member) -> None:
    with transaction() as db:
        pool = write_pool(db, f"pins-{uuid.uuid4().hex[:8]}", people=12, placements=4)
    api = TestClient(create_app(), base_url="http://127.0.0.1/api/v1")
    api.headers.update(signed_in("pool_manager", pool))
    first = asked(api, pool, worker)
    assert first["totals"]["pinned"] == 0
    before = proposals(api, pool)
    people = [
        each["id"] for each in api.get("/candidates", params={"poolId": str(pool)}).json()["items"]
    ]
    chosen = next(person for person in people if person not in before)
    taken = next(iter(before.values()))["placementId"]
    other = next(each for each in before.values() if each["placementId"] == taken)["candidateId"]
    for person in (chosen, chosen, other):
        api.post(
            f"/candidates/{person}/pins",
            json={"placementId": taken},
        )
    openings = api.get(f"/placements/{taken}").json()["openings"]
    told = asked(api, pool, worker)
    after = proposals(api, pool)
    assert after[chosen]["placementId"] == taken
    assert after[chosen]["pinned"] is True
    if openings == 1:
        assert told["totals"]["pin_conflicts"] == [
            {
                "resource": "openings",
                "pins": [
                    {"candidate": chosen, "placement": taken},
                    {"candidate": other, "placement": taken},
                ],
            }
        ]
    assert told["totals"]["pinned"] == (1 if openings == 1 else 2)
    assert told["proof"]["proved"]


def test_a_team_is_published_whole_or_not_at_all(database: str) -> None:
    with transaction() as db:
        pool = write_pool(db, "noord", people=6, placements=2)
        db.execute(text("update placement set openings = 3, team = true"))
    with transaction("REPEATABLE READ") as db:
        snapshot = read_snapshot(db, pool, TODAY)
    people = sorted(snapshot.candidates["candidate.id"])
    places = sorted(snapshot.placements["placement.id"])
    pairs = [(person, places[number % 2]) for number, person in enumerate(people)]
    made = plan_for(snapshot, pairs)
    bundle = made.proposals["placement.id"]
    made = type(made)(
        made.proposals.with_columns(bundle=bundle),
        made.prices,
        made.unplaced,
        made.totals,
        made.proof,
        made.timings,
    )
    with transaction() as db:
        run_id = runs.request(db, pool)
    with transaction() as db:
        claim = runs.claim(db, run_id, "test")
        assert claim is not None
    with transaction() as db:
        # somebody of the first team changed meanwhile
        db.execute(
            text("update candidate set version = version + 1 where id = :id"), {"id": people[0]}
        )
    with transaction() as db:
        assert runs.publish(db, claim, made) == 3
        left = db.execute(text("select distinct placement_id::text from proposal")).scalars().all()
    assert left == [places[1]]


def test_companions_are_published_with_their_notes(database: str, redis_url: str) -> None:
    with transaction() as db:
        pool = write_pool(db, "noord", people=6, placements=2)
        db.execute(text("update placement set openings = 2"))
    api = TestClient(create_app(), base_url="http://127.0.0.1/api/v1")
    api.headers.update(signed_in("pool_manager", pool))
    publish_plan(pool)
    people = list(proposals(api, pool))[:2]
    answer = api.post(
        f"/candidates/{people[0]}/companions", json={"otherId": people[1], "relation": "together"}
    )
    assert answer.status_code == 201
    publish_plan(pool)
    now = proposals(api, pool)
    both = [now.get(person) for person in people]
    assert (both[0] is None) == (both[1] is None)
    for each in filter(None, both):
        assert each["notes"] == [{"code": "starts_together", "others": 1}]
        assert people[0] not in str(each["notes"])


def test_a_pair_tells_its_pin_and_what_the_run_found_against_it(
    database: str, redis_url: str
) -> None:
    with transaction() as db:
        pool = write_pool(db, "noord", people=6, placements=2)
    api = TestClient(create_app(), base_url="http://127.0.0.1/api/v1")
    api.headers.update(signed_in("pool_manager", pool))
    people = [each["id"] for each in api.get("/candidates").json()["items"]]
    place = api.get("/placements").json()["items"][0]["id"]
    with transaction() as db:
        db.execute(text("update placement set openings = 1, taken = 0"))
    for person in people[:2]:
        body = {"placementId": place}
        assert api.post(f"/candidates/{person}/pins", json=body).status_code == 201
    publish_plan(pool)
    told = [api.get(f"/candidates/{person}/matches/{place}").json()["pin"] for person in people[:3]]
    assert told[0]["against"] is None
    assert (told[1]["against"], told[1]["pins"]) == ("openings", 1)
    assert told[1]["pinnedBy"]
    assert told[2] is None
    assert people[0] not in str(told[1])
