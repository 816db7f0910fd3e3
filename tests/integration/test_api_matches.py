"""The coach's question over HTTP: the plan's own points, fresh after every edit, fast in groups."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from api.schemas.matches import ExplainedMatch, MatchPage
from matcher.domain.plan import Plan
from matcher.errors import NotFound
from matcher.optimisation.prepared import prepare
from matcher.optimisation.ranking import rank
from matcher.optimisation.sheets import Sheet
from matcher.service import matching, policies, pools
from matcher.service.accounts import Links
from matcher.service.matching import Question
from matcher.store import reading
from matcher.store.database import transaction
from matcher.store.tables import Candidate, Coach
from tests.integration.live import served
from tests.integration.nights import publish_plan
from tests.integration.signing import signed_in
from tests.small_pools import write_pool

Json = dict[str, Any]


@pytest.fixture
def pool(api: TestClient) -> UUID:
    with transaction() as db:
        return write_pool(db, "noord")


@pytest.fixture
def planned(pool: UUID) -> tuple[UUID, UUID, Plan]:
    return (pool, *publish_plan(pool))


def candidates_of(api: TestClient, pool: UUID) -> list[Json]:
    found: list[Json] = api.get(
        "/candidates", params={"poolId": str(pool), "pageSize": 200}
    ).json()["items"]
    return found


def matches_of(api: TestClient, candidate: str, **parameters: Any) -> Json:
    answer = api.get(f"/candidates/{candidate}/matches", params=parameters)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    MatchPage.model_validate(found)
    return found


def test_the_answer_has_the_points_of_the_plan(
    api: TestClient, planned: tuple[UUID, UUID, Plan]
) -> None:
    pool, run, plan = planned
    assert plan.proposals.height > 10
    proposals = api.get("/proposals", params={"poolId": str(pool), "pageSize": 200}).json()["items"]
    assert len(proposals) == plan.proposals.height
    for proposal in proposals:
        page = matches_of(api, proposal["candidateId"])
        assert page["runId"] == str(run)
        match = next(
            item for item in page["items"] if item["placementId"] == proposal["placementId"]
        )
        # the proposal stands, so the question sees it as proposed: one term knows more by now
        known = {part["code"]: part["points"] for part in match["pointsByTerm"]}
        then = {code: part["points"] for code, part in proposal["pointsByTerm"].items()}
        assert known == then
        assert match["points"] == sum(known.values())
        assert match["price"] == proposal["price"]
        assert match["surplus"] == match["points"] - match["price"]
        assert match["journey"]["minutes"] == proposal["minutes"]
        assert [each["code"] for each in match["unknowns"]] == proposal["unknowns"]


def test_the_question_gives_what_ranking_gives(
    api: TestClient, planned: tuple[UUID, UUID, Plan]
) -> None:
    pool, _, _ = planned
    with transaction("REPEATABLE READ") as db:
        day = pools.today(db, pool)
        policy = policies.in_force(db, pool, day)
        people = [UUID(item["id"]) for item in candidates_of(api, pool)[:15]]
        placements = reading.read_placements(db, pool, day)
        prices = reading.read_prices(db, pool)
        prepared = prepare(reading.read_people(db, people, pool, day, placements), policy)
        for person in map(str, people):
            ranked = rank(prepared, prices, policy, candidate=person)
            eligible = ranked.filter("eligible")
            answer = matching.ask(db, UUID(person), page_size=200)
            shown = answer.sheet.pairs[list(answer.rows)]
            assert shown["placement.id"].to_list() == eligible["placement.id"].to_list()
            assert shown["points"].to_list() == eligible["points"].to_list()
            assert (answer.eligible, answer.ineligible) == (
                eligible.height,
                ranked.height - eligible.height,
            )
            everything = matching.ask(db, UUID(person), page_size=200, include_ineligible=True)
            sheet = everything.sheet
            assert sheet.pairs["placement.id"].to_list() == ranked["placement.id"].to_list()


def test_a_page_tells_of_a_pair_what_its_explanation_tells(
    planned: tuple[UUID, UUID, Plan],
) -> None:
    pool, _, _ = planned
    with transaction("REPEATABLE READ") as db:
        day = pools.today(db, pool)
        policy = policies.in_force(db, pool, day)
        snapshot = reading.read_snapshot(db, pool, day)
        person = snapshot.candidates["candidate.id"][0]
        ranked = rank(prepare(snapshot, policy), reading.read_prices(db, pool), policy,
                      candidate=person)  # fmt: skip
    sheet = Sheet(ranked, policy)
    for row in range(ranked.height):
        explained = sheet.explanation(row)
        assert [tuple(part.values()) for part in sheet.parts(row)] == [
            (each.code, each.share, each.points, each.unknown) for each in explained.points
        ]
        assert sheet.unknowns(row) == [
            (each.code, list(each.columns)) for each in explained.unknowns
        ]
        assert sheet.conditions(row) == list(explained.conditions)
        assert sheet.kilometres[row] == explained.journey.km


def test_pages_of_matches_follow_each_other(
    api: TestClient, planned: tuple[UUID, UUID, Plan]
) -> None:
    pool, _, _ = planned
    person = max(
        (item["id"] for item in candidates_of(api, pool)),
        key=lambda each: matches_of(api, each)["eligible"],
    )
    whole = matches_of(api, person, pageSize=200)
    assert whole["eligible"] == len(whole["items"]) > 3
    pages = [matches_of(api, person, pageSize=2, page=number)["items"] for number in range(1, 9)]
    assert [item for page in pages for item in page] == whole["items"][:16]
    beyond = matches_of(api, person, page=1000)
    assert beyond["items"] == []
    assert beyond["eligible"] == whole["eligible"]


def test_ineligible_placements_come_with_every_reason(
    api: TestClient, planned: tuple[UUID, UUID, Plan]
) -> None:
    pool, _, _ = planned
    person = candidates_of(api, pool)[0]["id"]
    page = matches_of(api, person, include="ineligible", pageSize=200)
    assert len(page["items"]) == page["eligible"] + page["ineligible"] == 15
    verdicts = [item["eligible"] for item in page["items"]]
    assert verdicts == sorted(verdicts, reverse=True)
    refused = [item for item in page["items"] if not item["eligible"]]
    assert refused
    for item in refused:
        assert item["refusals"]
        for refusal in item["refusals"]:
            assert refusal["text"]
            assert refusal["evidence"]


def test_one_pair_is_the_same_everywhere(api: TestClient, planned: tuple[UUID, UUID, Plan]) -> None:
    pool, _, _ = planned
    person = candidates_of(api, pool)[1]["id"]
    for item in matches_of(api, person, include="ineligible", pageSize=200)["items"]:
        one = api.get(f"/candidates/{person}/matches/{item['placementId']}")
        assert one.status_code == 200
        ExplainedMatch.model_validate(one.json())
        assert one.json()["match"] == item
        people = api.get(
            f"/placements/{item['placementId']}/matches",
            params={"include": "ineligible", "pageSize": 200},
        ).json()
        MatchPage.model_validate(people)
        assert item in people["items"]


def test_the_people_of_a_placement_stand_in_order(
    api: TestClient, planned: tuple[UUID, UUID, Plan]
) -> None:
    pool, _, _ = planned
    placement = api.get("/placements", params={"poolId": str(pool)}).json()["items"][0]["id"]
    page = api.get(f"/placements/{placement}/matches", params={"pageSize": 200}).json()
    assert page["eligible"] == len(page["items"]) > 1
    assert all(item["placementId"] == placement for item in page["items"])
    worth = [item["surplus"] for item in page["items"]]
    assert worth == sorted(worth, reverse=True)


def test_an_edit_is_seen_by_the_next_question(
    api: TestClient, planned: tuple[UUID, UUID, Plan]
) -> None:
    pool, _, _ = planned
    person = next(
        item["id"] for item in candidates_of(api, pool) if matches_of(api, item["id"])["items"]
    )
    before = matches_of(api, person)
    best = before["items"][0]["placementId"]
    path = f"/placements/{best}"
    version = api.get(path).headers["ETag"]
    changed = api.patch(path, json={"title": "Another"}, headers={"If-Match": version})
    assert matches_of(api, person)["items"][0]["title"] == "Another"
    closed = api.delete(path, headers={"If-Match": changed.headers["ETag"]})
    assert closed.status_code == 204
    after = matches_of(api, person)
    assert after["eligible"] == before["eligible"] - 1
    assert best not in [item["placementId"] for item in after["items"]]
    # and of the person
    version = api.get(f"/candidates/{person}").headers["ETag"]
    api.patch(f"/candidates/{person}", json={"maxTravelMinutes": 0, "walking": False},
              headers={"If-Match": version})  # fmt: skip
    assert matches_of(api, person)["eligible"] < after["eligible"]


def test_a_new_plan_changes_the_prices(api: TestClient, pool: UUID) -> None:
    person = candidates_of(api, pool)[0]["id"]
    before = matches_of(api, person)
    assert before["runId"] is None
    assert {item["price"] for item in before["items"]} <= {0}
    run, plan = publish_plan(pool)
    after = matches_of(api, person)
    assert after["runId"] == str(run)
    prices = dict(plan.prices.select("placement.id", "price").iter_rows())
    assert any(prices.values())
    for item in after["items"]:
        assert item["price"] == prices[item["placementId"]]


def test_a_new_policy_is_followed(api: TestClient, pool: UUID) -> None:
    person = next(
        item["id"] for item in candidates_of(api, pool) if matches_of(api, item["id"])["items"]
    )
    before = matches_of(api, person)
    with transaction() as db:
        text = "[short_journey]\npoints = 900\n"
        policies.publish(db, pool, text, pools.today(db, pool), "test")
    after = matches_of(api, person)
    assert after["policyVersion"] == 1 > before["policyVersion"]
    most = {term["code"]: term["points"] for term in after["terms"]}
    assert most["short_journey"] == 900


def test_what_is_not_there_is_404(api: TestClient, pool: UUID) -> None:
    nobody = uuid.uuid4()
    person = candidates_of(api, pool)[0]["id"]
    for path in (
        f"/candidates/{nobody}/matches",
        f"/placements/{nobody}/matches",
        f"/candidates/{nobody}/matches/{nobody}",
        f"/candidates/{person}/matches/{nobody}",
    ):
        answer = api.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path


def test_a_placement_of_another_pool_is_not_there(api: TestClient, pool: UUID) -> None:
    with transaction() as db:
        write_pool(db, "zuid", people=2, placements=2, seed=2)
        others = list(
            map(
                str,
                db.execute(
                    text("select id from placement where pool_id <> :pool"), {"pool": pool}
                ).scalars(),
            )
        )
    assert len(others) == 2
    listed = api.get("/placements", params={"poolId": str(pool), "pageSize": 200}).json()["items"]
    assert {item["poolId"] for item in listed} == {str(pool)}
    person = candidates_of(api, pool)[0]["id"]
    assert api.get(f"/candidates/{person}/matches/{others[0]}").status_code == 404
    shown = matches_of(api, person, include="ineligible", pageSize=200)["items"]
    assert not {item["placementId"] for item in shown} & set(others)


def test_questions_together_are_answered_as_alone(
    api: TestClient, planned: tuple[UUID, UUID, Plan]
) -> None:
    pool, _, _ = planned
    with transaction() as db:
        other = write_pool(db, "zuid", people=10, placements=5, seed=2)
    people = [UUID(item["id"]) for each in (pool, other) for item in candidates_of(api, each)]
    questions = [Question(person, page_size=3) for person in people]
    questions[5:5] = [Question(uuid.uuid4()), Question(people[3], include_ineligible=True)]
    with transaction("REPEATABLE READ") as db:
        together = matching.answer_all(db, questions)
        for question, answer in zip(questions, together, strict=True):
            alone = matching.answer_all(db, [question])[0]
            if isinstance(alone, NotFound):
                assert isinstance(answer, NotFound)
            else:
                assert not isinstance(answer, NotFound)
                assert answer.to_dict() == alone.to_dict()


def test_everybody_who_asks_at_once_gets_their_own_answer(api: TestClient, pool: UUID) -> None:
    """In groups, in which nobody sees what another one asked, or is noted for it."""
    people = [item["id"] for item in candidates_of(api, pool)]
    alone = {person: matches_of(api, person)["items"] for person in people}
    with transaction() as db:
        coaches = [Coach(pool_id=pool, key=f"coach-{at}", name="Invented") for at in range(2)]
        db.add_all(coaches)
        db.flush()
        for at, person in enumerate(people):
            db.get_one(Candidate, UUID(person)).coach_id = coaches[at % 2].id
        mine = [coach.id for coach in coaches]
    bearers = [signed_in("coach", pool, Links(coach_id=coach)) for coach in mine]
    asked = [(at, person) for at in (0, 1) for person in people] * 3
    with (
        served() as address,
        httpx2.Client(base_url=address, timeout=60) as client,
        ThreadPoolExecutor(30) as many,
    ):

        def ask(whose: tuple[int, str]) -> httpx2.Response:
            at, person = whose
            return client.get(f"/candidates/{person}/matches", headers=bearers[at])

        answers = list(many.map(ask, asked))
    for (at, person), answer in zip(asked, answers, strict=True):
        if people.index(person) % 2 == at:
            assert answer.status_code == 200
            assert answer.json()["items"] == alone[person]
        else:
            assert answer.status_code == 404
    with transaction() as db:
        noted = db.execute(
            text(
                "select c.coach_id as theirs, m.coach_id as reader, count(*) as times"
                " from access_log l join candidate c on c.id = l.subject"
                " join membership m on m.account_id::text = l.actor"
                " where m.role = 'coach' group by c.id, c.coach_id, m.coach_id"
            )
        ).all()
    assert [row.times for row in noted] == [3] * len(people)
    assert all(row.theirs == row.reader for row in noted)
