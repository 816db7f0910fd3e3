"""Pins, companions and teams over HTTP: made, told, taken back, and what a run then reads."""

import uuid
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from api.schemas.agreements import Companion, Pin
from matcher.domain.actors import ActorRole
from matcher.store.database import transaction
from matcher.store.reading import read_snapshot
from tests.integration.nights import publish_plan
from tests.integration.signing import person, signed_in
from tests.small_pools import write_pool

Json = dict[str, Any]
TODAY = date(2026, 3, 2)


@pytest.fixture
def pool_id(database: str) -> uuid.UUID:
    with transaction() as db:
        return write_pool(db, "noord", people=8, placements=4)


@pytest.fixture
def people(api: TestClient, pool_id: uuid.UUID) -> list[str]:
    api.headers.update(signed_in("pool_manager", pool_id))
    return [item["id"] for item in api.get("/candidates").json()["items"]]


@pytest.fixture
def places(api: TestClient, pool_id: uuid.UUID) -> list[str]:
    return [item["id"] for item in api.get("/placements").json()["items"]]


def pinned(api: TestClient, person: str, place: str, **more: Any) -> Json:
    answer = api.post(f"/candidates/{person}/pins", json={"placementId": place, **more})
    assert answer.status_code == 201, answer.text
    made: Json = answer.json()
    return made


def deciding(api: TestClient, role: ActorRole, proposal: Json) -> dict[str, str]:
    """Return the headers of a decision by somebody whom the proposal concerns."""
    tag = api.get(f"/proposals/{proposal['id']}").headers["ETag"]
    return {**person(role, proposal), "If-Match": tag}


def snapshot_of(pool_id: uuid.UUID) -> Any:
    with transaction("REPEATABLE READ") as db:
        return read_snapshot(db, pool_id, TODAY)


def pins_read(pool_id: uuid.UUID) -> list[tuple[str, str, int]]:
    return snapshot_of(pool_id).pins.rows()


def test_a_pin_is_made_told_and_withdrawn(
    api: TestClient, pool_id: uuid.UUID, people: list[str], places: list[str]
) -> None:
    first = pinned(api, people[0], places[0], reason="asked for", until="2199-12-31")
    second = pinned(api, people[1], places[0])
    Pin.model_validate(first)
    path = f"/candidates/{people[0]}/pins"
    one = api.get(f"{path}/{first['id']}")
    assert one.json() == first
    assert one.headers["ETag"] == '"1"'
    assert api.get(path).json()["items"] == [first]
    assert pins_read(pool_id) == [(people[0], places[0], 1), (people[1], places[0], 2)]
    assert api.get(f"{path}/{second['id']}").status_code == 404
    assert api.delete(f"{path}/{first['id']}").status_code == 428
    gone = f"{path}/{first['id']}"
    assert api.delete(gone, headers={"If-Match": '"9"'}).status_code == 412
    assert api.delete(gone, headers={"If-Match": '"1"'}).status_code == 204
    again = api.delete(gone, headers={"If-Match": '"2"'})
    assert (again.status_code, again.json()["code"]) == (409, "already_withdrawn")
    told = api.get(gone).json()
    assert told["withdrawnAt"].endswith("Z")
    assert told["withdrawnBy"]
    assert pins_read(pool_id) == [(people[1], places[0], 1)]
    # after a withdrawal the same pair may be pinned again, as the youngest
    pinned(api, people[0], places[0])
    assert pins_read(pool_id) == [(people[1], places[0], 1), (people[0], places[0], 2)]


def test_a_pin_that_cannot_be_is_refused_in_words(
    api: TestClient, people: list[str], places: list[str]
) -> None:
    pinned(api, people[0], places[0])
    path = f"/candidates/{people[0]}/pins"
    twice = api.post(path, json={"placementId": places[0]})
    assert (twice.status_code, twice.json()["code"]) == (409, "already_pinned")
    past = api.post(path, json={"placementId": places[1], "until": "2020-01-01"})
    assert (past.status_code, past.json()["code"]) == (400, "until_past")
    nowhere = api.post(path, json={"placementId": str(uuid.uuid4())})
    assert nowhere.status_code == 404
    nobody = api.post(f"/candidates/{uuid.uuid4()}/pins", json={"placementId": places[0]})
    assert nobody.status_code == 404


def test_an_idempotency_key_makes_one_pin(
    api: TestClient, people: list[str], places: list[str]
) -> None:
    body = {"placementId": places[0]}
    made = [
        api.post(f"/candidates/{people[0]}/pins", json=body, headers={"Idempotency-Key": "k"})
        for _ in range(2)
    ]
    assert made[0].json() == made[1].json()
    assert len(api.get(f"/candidates/{people[0]}/pins").json()["items"]) == 1


def test_a_decline_is_the_answer_to_a_pin(
    api: TestClient, pool_id: uuid.UUID, people: list[str], places: list[str]
) -> None:
    publish_plan(pool_id)
    proposal = api.get("/proposals", params={"state": "open"}).json()["items"][0]
    pin = pinned(api, proposal["candidateId"], proposal["placementId"])
    declined = api.post(
        f"/proposals/{proposal['id']}/decisions",
        json={"outcome": "decline", "reasonCode": "not_for_me"},
        headers=deciding(api, "candidate", proposal),
    )
    assert declined.status_code == 201, declined.text
    told = api.get(f"/candidates/{proposal['candidateId']}/pins/{pin['id']}").json()
    assert told["withdrawnBy"] == declined.json()["decidedBy"]
    assert pins_read(pool_id) == []


def test_a_pin_that_is_with_the_employer_is_kept_there(
    api: TestClient, pool_id: uuid.UUID, people: list[str], places: list[str]
) -> None:
    publish_plan(pool_id)
    proposal = api.get("/proposals", params={"state": "open"}).json()["items"][0]
    pinned(api, proposal["candidateId"], proposal["placementId"])
    assert len(pins_read(pool_id)) == 1
    accepted = api.post(
        f"/proposals/{proposal['id']}/decisions",
        json={"outcome": "accept"},
        headers=deciding(api, "coach", proposal),
    )
    assert accepted.status_code == 201, accepted.text
    assert pins_read(pool_id) == []


def test_companions_are_told_from_both_sides(
    api: TestClient, pool_id: uuid.UUID, people: list[str]
) -> None:
    path = f"/candidates/{people[0]}/companions"
    answer = api.post(path, json={"otherId": people[1], "relation": "apart"})
    assert answer.status_code == 201, answer.text
    made = answer.json()
    Companion.model_validate(made)
    assert api.get(answer.headers["Location"].removeprefix("/api/v1")).json() == made
    assert api.get(f"/candidates/{people[0]}").json()["version"] == 2
    assert api.get(f"/candidates/{people[1]}").json()["version"] == 2
    other = api.get(f"/candidates/{people[1]}/companions").json()["items"]
    assert other == [made | {"candidateId": people[1], "otherId": people[0]}]
    assert api.get(f"/candidates/{people[2]}/companions").json()["items"] == []
    assert snapshot_of(pool_id).companions.rows() == [(people[0], people[1], "apart", None, None)]
    back = api.post(
        f"/candidates/{people[1]}/companions", json={"otherId": people[0], "relation": "together"}
    )
    assert (back.status_code, back.json()["code"]) == (409, "already_companions")
    alone = api.post(path, json={"otherId": people[0], "relation": "apart"})
    assert (alone.status_code, alone.json()["code"]) == (400, "same_person")
    unknown = api.post(path, json={"otherId": str(uuid.uuid4()), "relation": "apart"})
    assert (unknown.status_code, unknown.json()["code"]) == (400, "unknown_reference")
    theirs = f"/candidates/{people[1]}/companions/{made['id']}"
    assert api.get(f"/candidates/{people[2]}/companions/{made['id']}").status_code == 404
    assert api.delete(theirs, headers={"If-Match": '"2"'}).status_code == 412
    assert api.delete(theirs, headers={"If-Match": '"1"'}).status_code == 204
    assert snapshot_of(pool_id).companions.is_empty()


def test_the_pages_of_companions_show_each_once(api: TestClient, people: list[str]) -> None:
    for other in people[1:6]:
        body = {"otherId": other, "relation": "apart"}
        assert api.post(f"/candidates/{people[0]}/companions", json=body).status_code == 201
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = api.get(
            f"/candidates/{people[0]}/companions", params={"pageSize": 2, **cursor}
        ).json()
        seen += [item["otherId"] for item in page["items"]]
        if page["nextCursor"] is None:
            break
        cursor = {"cursor": page["nextCursor"]}
    assert sorted(seen) == sorted(people[1:6])


def test_where_somebody_goes_already_binds_the_other(
    api: TestClient, pool_id: uuid.UUID, people: list[str]
) -> None:
    publish_plan(pool_id)
    proposal = api.get("/proposals", params={"state": "open"}).json()["items"][0]
    one = proposal["candidateId"]
    other = next(each for each in people if each != one)
    api.post(f"/candidates/{other}/companions", json={"otherId": one, "relation": "apart"})
    api.post(
        f"/proposals/{proposal['id']}/decisions",
        json={"outcome": "accept"},
        headers=deciding(api, "coach", proposal),
    )
    bound = snapshot_of(pool_id).companions.rows()
    assert bound == [(other, one, "apart", None, proposal["placementId"])]


def test_a_placement_says_that_it_takes_a_team(
    api: TestClient, pool_id: uuid.UUID, places: list[str]
) -> None:
    assert api.get(f"/placements/{places[0]}").json()["team"] is False
    answer = api.patch(f"/placements/{places[0]}", json={"team": True}, headers={"If-Match": '"1"'})
    assert answer.json()["team"] is True
    frame = snapshot_of(pool_id).placements
    teams = dict(frame.select("placement.id", "placement.team").rows())
    assert teams == {place: place == places[0] for place in places}
    assert frame["placement.workplace"].null_count() == 0


def test_erasing_a_person_takes_pins_and_companions_along(
    api: TestClient, pool_id: uuid.UUID, people: list[str], places: list[str]
) -> None:
    pinned(api, people[0], places[0])
    api.post(
        f"/candidates/{people[1]}/companions", json={"otherId": people[0], "relation": "apart"}
    )
    with transaction() as db:
        db.execute(text("delete from candidate where id = :id"), {"id": people[0]})
        left = [
            db.execute(text(f"select count(*) from {table}")).scalar_one()
            for table in ("pin", "companion")
        ]
    assert left == [0, 0]
