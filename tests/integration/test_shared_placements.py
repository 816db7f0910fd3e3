"""An employer answers on work that their pool opens to people of another; nothing else crosses."""

import pytest
from starlette.testclient import TestClient

from matcher.service import consents, identity
from matcher.service.accounts import Links
from matcher.service.auditing import verify
from matcher.service.sweeping import sweep
from matcher.store.database import transaction
from matcher.store.tables import Employer
from tests.integration.imports import execute, select
from tests.integration.sharing import Shared, shared_work
from tests.integration.signing import signed_in

NAME = "Canary Kanarie"


@pytest.fixture
def shared(api: TestClient) -> Shared:
    return shared_work(api)


def test_the_employer_of_the_other_pool_sees_the_card_and_accepts(shared: Shared) -> None:
    with transaction() as db:
        identity.change(db, shared.person, {"name": NAME, "phone": "0612345678"})
    proposal = shared.chosen()
    # Nothing reaches an employer before the coach's step.
    for path in (f"/proposals/{proposal}", f"/proposals/{proposal}/card"):
        assert shared.get(path, shared.employer).status_code == 404
    assert shared.get("/proposals", shared.employer).json()["items"] == []
    assert shared.decide(proposal, shared.coach).status_code == 201

    listed = shared.get("/proposals", shared.employer)
    assert [each["id"] for each in listed.json()["items"]] == [proposal]
    tasks = shared.get("/tasks", shared.employer).json()["items"]
    assert (tasks[0]["kind"], tasks[0]["resourceId"]) == ("reservation_ends", proposal)
    card = shared.get(f"/proposals/{proposal}/card", shared.employer)
    assert (card.status_code, card.json()["stage"]) == (200, 0)
    with transaction() as db:
        agreed = {"purpose": "matching", "fields": ["name"]}
        consents.give(db, shared.person, agreed, actor="the coach")
    card = shared.get(f"/proposals/{proposal}/card", shared.employer)
    assert (card.json()["stage"], card.json()["shown"]) == (2, {"name": NAME})
    for answer in (listed, card):
        assert str(shared.person) not in answer.text

    assert shared.decide(proposal, shared.employer).status_code == 201
    ((pool, state, placement),) = select("select pool_id, state, placement_id from deployment")
    assert (pool, state, placement) == (shared.a, "active", shared.place)
    assert select("select taken from placement where id = :id", id=shared.place) == [(1,)]


def test_both_sides_see_the_answer(shared: Shared) -> None:
    proposal = shared.passed_on()
    seen = shared.get(f"/proposals/{proposal}", shared.manager)
    assert (seen.status_code, seen.json()["state"]) == (200, "with_employer")
    answered = shared.decide(proposal, shared.employer, "decline", reasonCode="missing_skill")
    assert answered.status_code == 201, answered.text
    for who in (shared.coach, shared.employer, shared.manager):
        assert shared.get(f"/proposals/{proposal}", who).json()["state"] == "declined"
        told = shared.get(f"/proposals/{proposal}/decisions", who).json()["items"]
        assert [(each["role"], each["reasonCode"]) for each in told] == [
            ("coach", None),
            ("employer", "missing_skill"),
        ]
    assert select("select taken from placement where id = :id", id=shared.place) == [(0,)]
    # The pair is parked with the person, in their pool.
    assert select("select pool_id, target from candidate_parking") == [
        (shared.a, str(shared.place))
    ]


def test_the_account_manager_may_answer_for_the_employer(shared: Shared) -> None:
    proposal = shared.passed_on()
    assert shared.decide(proposal, shared.manager).status_code == 201
    assert select("select role from decision order by decided_at") == [
        ("coach",),
        ("account_manager",),
    ]


def test_nothing_else_crosses(shared: Shared) -> None:
    proposal = shared.passed_on()
    ((other,),) = select(
        "update candidate set coach_id = (select id from coach limit 1) where id = (select id"
        " from candidate where pool_id = :a and id <> :id order by key limit 1) returning id",
        a=shared.a, id=shared.person,
    )  # fmt: skip
    undecided = shared.api.post(
        f"/candidates/{other}/proposals",
        json={"placementId": str(shared.place)},
        headers=shared.coach,
    ).json()["id"]
    with transaction() as db:
        elsewhere = Employer(pool_id=shared.b, key="second", trade_name="Invented others")
        db.add(elsewhere)
    ((own,),) = select("select id from employer where pool_id = :a", a=shared.a)
    second = Links(employer_ids=[elsewhere.id])
    strangers = {
        "another employer of B": signed_in("employer", shared.b, second),
        "another manager of B": signed_in("account_manager", shared.b, second),
        "the pool manager of B": signed_in("pool_manager", shared.b),
        "the auditor of B": signed_in("auditor", shared.b),
        "an employer of A": signed_in("employer", shared.a, Links(employer_ids=[own])),
    }
    for name, who in strangers.items():
        paths = [f"/proposals/{proposal}", f"/proposals/{proposal}/decisions"]
        for path in paths:
            assert shared.get(path, who).status_code == 404, (name, path)
        assert shared.get("/proposals", who).json()["items"] == [], name
        assert shared.get(f"/proposals/{proposal}/card", who).status_code in (403, 404), name
    refused = shared.decide(proposal, strangers["another employer of B"])
    assert refused.status_code == 404

    for path in (f"/proposals/{undecided}", f"/proposals/{undecided}/card"):
        assert shared.get(path, shared.employer).status_code == 404
    for person in (shared.person, other):
        for path in (f"/candidates/{person}", f"/candidates/{person}/identity"):
            assert shared.get(path, shared.employer).status_code == 403
            answer = shared.get(path, strangers["the pool manager of B"])
            assert answer.status_code == 404
    assert shared.decide(undecided, shared.employer).status_code == 404
    assert select("select state from proposal where id = :id", id=undecided) == [("open",)]


@pytest.mark.parametrize(
    "change",
    [
        "from_on = null, until_on = current_date - 1",
        "from_on = current_date + 1",
        "kinds = '{regular}'",
    ],
)
def test_outside_of_what_the_agreement_names_nothing_is_answered(
    shared: Shared, change: str
) -> None:
    proposal = shared.passed_on()
    execute(f"update sharing_agreement set {change}")
    for path in ("", "/card", "/decisions"):
        for who in (shared.employer, shared.manager):
            assert shared.get(f"/proposals/{proposal}{path}", who).status_code == 404
    assert shared.get("/proposals", shared.employer).json()["items"] == []
    assert shared.get("/tasks", shared.employer).json()["items"] == []
    assert shared.decide(proposal, shared.employer).status_code == 404
    assert select("select taken from placement where id = :id", id=shared.place) == [(1,)]
    sweep()
    assert shared.get(f"/proposals/{proposal}", shared.coach).json()["state"] == "expired"
    assert select("select taken from placement where id = :id", id=shared.place) == [(0,)]


def test_a_coach_passes_on_nothing_that_is_not_shared_any_more(shared: Shared) -> None:
    proposal = shared.chosen()
    shared.end_agreement()
    refused = shared.decide(proposal, shared.coach)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_shared")


def test_work_that_began_goes_on_when_the_agreement_ends(shared: Shared) -> None:
    proposal = shared.passed_on()
    shared.decide(proposal, shared.employer)
    shared.end_agreement()
    assert shared.get(f"/proposals/{proposal}", shared.employer).json()["state"] == "accepted"
    (work,) = shared.get("/deployments", shared.employer).json()["items"]
    assert work["candidateId"] is None
    path = f"/deployments/{work['id']}"
    tag = shared.get(path, shared.employer).headers["etag"]
    ended = shared.api.patch(
        path,
        json={"state": "ended", "endReason": "contract_over"},
        headers={**shared.employer, "If-Match": tag},
    )
    assert (ended.status_code, ended.json()["state"]) == (200, "ended")
    assert select("select taken from placement where id = :id", id=shared.place) == [(0,)]
    stranger = signed_in("pool_manager", shared.b)
    assert shared.get("/deployments", stranger).json()["items"] == []
    execute("delete from sharing_agreement")
    assert shared.get(path, shared.employer).status_code == 404
    assert shared.get(f"/proposals/{proposal}", shared.employer).status_code == 404


def test_both_records_tell_of_it_and_only_one_of_whom(shared: Shared) -> None:
    proposal = shared.passed_on()
    shared.get(f"/proposals/{proposal}/card", shared.employer)
    shared.decide(proposal, shared.employer)
    theirs = "select e.action, d.subject, d.detail from audit_event e left join audit_detail d"
    theirs += " using (pool_id, seq) where e.pool_id = :pool and e.action like :action"
    in_b = select(theirs, pool=shared.b, action="shared_work.%")
    assert [(action, subject) for action, subject, _ in in_b] == [("shared_work.accept", None)] * 2
    assert all(str(shared.person) not in detail for *_, detail in in_b)
    in_a = select(theirs, pool=shared.a, action="proposal.accept")
    assert [subject for _, subject, _ in in_a] == [shared.person] * 2
    looked = select("select pool_id, subject from access_log where action = 'card.stage_none'")
    assert looked == [(shared.a, shared.person)]
    sweep()
    with transaction("REPEATABLE READ") as db:
        assert [each.valid for each in verify(db)] == [True, True]
