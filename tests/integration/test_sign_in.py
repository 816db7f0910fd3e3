"""Signing in with a password, and the session that comes of it: begun, kept, changed, ended."""

import json
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from api.identity import CSRF_HEADER
from api.rates import counters
from api.schemas.accounts import Membership, Session
from matcher.errors import Conflict, Invalid
from matcher.service import accounts, passwords
from matcher.service.accounts import Links
from matcher.store.database import transaction
from tests.integration.signing import decoded, service_token, signed_in
from tests.small_pools import write_pool

Json = dict[str, Any]
OWN = "four quiet words here"


@pytest.fixture(autouse=True)
def _fresh_counters() -> None:
    counters.forget()


@pytest.fixture
def pool(api: TestClient) -> UUID:
    api.auth = None
    with transaction() as db:
        return write_pool(db, "noord", people=2, placements=1)


@pytest.fixture
def password(pool: UUID) -> str:
    with transaction() as db:
        account_id = accounts.create(db, "anna")
        accounts.grant(db, account_id, pool, "pool_manager")
        return accounts.reset(db, account_id)


def sign_in(api: TestClient, word: str, **more: Any) -> Any:
    return api.post("/session", json={"name": "anna", "password": word, **more})


def own_session(api: TestClient, password: str) -> dict[str, str]:
    """Sign in for the first time, make the password one's own; return what changes need."""
    first = sign_in(api, password).json()
    changed = api.put(
        "/session/password",
        json={"password": password, "newPassword": OWN},
        headers={CSRF_HEADER: first["csrfToken"]},
    )
    assert changed.status_code == 200, changed.text
    return {CSRF_HEADER: changed.json()["csrfToken"]}


def test_a_one_time_password_opens_nothing_else(api: TestClient, pool: UUID, password: str) -> None:
    answer = sign_in(api, password)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    Session.model_validate(told)
    assert told["passwordChangeRequired"] is True
    assert "httponly" in answer.headers["Set-Cookie"].lower()
    assert "samesite=lax" in answer.headers["Set-Cookie"].lower()
    refused = api.get("/candidates")
    assert (refused.status_code, refused.json()["code"]) == (403, "password_change_required")
    before = api.cookies["workpool"]
    own_session(api, password)
    assert api.cookies["workpool"] != before
    assert api.get("/candidates").status_code == 200
    # the session before the change is over, and so is the one-time password
    old = api.get("/candidates", headers={"Cookie": f"workpool={before}"})
    assert old.status_code == 401
    counters.forget()
    assert sign_in(api, password).status_code == 401


def test_wrong_names_and_passwords_read_the_same(
    api: TestClient, pool: UUID, password: str
) -> None:
    wrong = sign_in(api, "not the password").text
    unknown = api.post("/session", json={"name": "nobody", "password": OWN}).text
    assert wrong == unknown
    assert "anna" not in wrong
    counters.forget()
    elsewhere = sign_in(api, password, membershipId="00000000-0000-4000-8000-000000000000")
    assert (elsewhere.status_code, elsewhere.text) == (401, wrong)


def test_failures_lock_the_account_untold(api: TestClient, pool: UUID, password: str) -> None:
    for _ in range(5):
        assert sign_in(api, "not the password").status_code == 401
        counters.forget()
    locked = sign_in(api, password)
    assert (locked.status_code, locked.json()["code"]) == (401, "sign_in_refused")
    with transaction() as db:
        failures, wait = db.execute(
            text("select failures, locked_until - now() from account")
        ).one()
        assert failures == 5
        assert 0 < wait.total_seconds() <= 30
        db.execute(text("update account set locked_until = now() - interval '1 s'"))
    counters.forget()
    assert sign_in(api, "still not the password").status_code == 401
    with transaction() as db:
        wait = db.execute(text("select locked_until - now() from account")).scalar_one()
        assert 30 < wait.total_seconds() <= 60
        db.execute(text("update account set locked_until = now() - interval '1 s'"))
    counters.forget()
    assert sign_in(api, password).status_code == 201
    with transaction() as db:
        assert db.execute(text("select failures from account")).scalar_one() == 0


def test_the_record_tells_of_sign_ins_and_roles(api: TestClient, pool: UUID, password: str) -> None:
    sign_in(api, "not the password")
    own_session(api, password)
    with transaction() as db:
        account_id = accounts.find(db, "anna")
        rows = db.execute(
            text("select actor, action from audit_event where pool_id = :pool order by seq"),
            {"pool": pool},
        ).all()
    who = str(account_id)
    # what was refused comes in with the next minute: test_refusals.py
    assert [row.action for row in rows] == ["role.grant", "session.begin", "session.begin"]
    assert {row.actor for row in rows[1:]} == {who}


def test_sign_ins_are_counted(api: TestClient, pool: UUID) -> None:
    answers = [sign_in(api, "not the password") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 60
    assert answers[-1].json()["code"] == "too_many_requests"


def test_a_change_needs_the_token_and_our_own_page(
    api: TestClient, pool: UUID, password: str
) -> None:
    csrf = own_session(api, password)
    body = {"poolId": str(pool), "key": "C1", "name": "Invented"}
    for headers in (
        {},
        {CSRF_HEADER: "x" * 64},
        {**csrf, "Sec-Fetch-Site": "cross-site"},
        {**csrf, "Origin": "http://127.0.0.1:9999"},
    ):
        refused = api.post("/coaches", json=body, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "cross_site"), headers
    far = api.post("/coaches", json=body, headers={**csrf, "Origin": "https://evil.example"})
    assert far.status_code == 403
    assert api.get("/coaches").json()["items"] == []
    ours = {**csrf, "Origin": "http://127.0.0.1", "Sec-Fetch-Site": "same-origin"}
    assert api.post("/coaches", json=body, headers=ours).status_code == 201


@pytest.mark.parametrize(
    "over",
    [
        "update web_session set seen_at = now() - interval '31 minutes'",
        "update web_session set expires_at = now()",
        "update account set disabled = true",
        "delete from web_session",
    ],
)
def test_a_session_ends(api: TestClient, pool: UUID, password: str, over: str) -> None:
    own_session(api, password)
    assert api.get("/session").status_code == 200
    with transaction() as db:
        db.execute(text(over))
    answer = api.get("/candidates")
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_session_that_somebody_is_ending_keeps_nobody_waiting(
    api: TestClient, pool: UUID, password: str
) -> None:
    own_session(api, password)
    with transaction() as db:
        db.execute(text("update web_session set seen_at = now() - interval '5 minutes'"))
    with transaction() as ending:
        ending.execute(text("delete from web_session"))
        assert api.get("/session").status_code == 200
    assert api.get("/session").status_code == 401


def test_a_closed_account_lets_nobody_in(api: TestClient, pool: UUID, password: str) -> None:
    own_session(api, password)
    token = service_token(pool, ["candidates:read"])
    bearer = {"Authorization": f"Bearer {token}"}
    assert api.get("/candidates", headers=bearer).status_code == 200
    with transaction() as db:
        account_id = accounts.find(db, "anna")
        service_id = UUID(json.loads(decoded(token, 1))["sub"])
        for each in (account_id, service_id):
            accounts.close(db, each)
    assert api.get("/session").status_code == 401
    assert sign_in(api, OWN).status_code == 401
    assert api.get("/candidates", headers=bearer).status_code == 401
    with transaction() as db:
        for each in (account_id, service_id):
            accounts.reopen(db, each)
    with transaction() as db:
        told = db.execute(
            text("select action from audit_event where action like 'account.%' order by seq")
        )
        assert list(told.scalars()) == ["account.close"] * 2 + ["account.reopen"] * 2
    # what there was before stays ended
    assert api.get("/session").status_code == 401
    assert sign_in(api, OWN).status_code == 201
    assert api.get("/session").status_code == 200


def test_signing_out_ends_it_on_the_server(api: TestClient, pool: UUID, password: str) -> None:
    csrf = own_session(api, password)
    kept = api.cookies["workpool"]
    assert api.delete("/session", headers=csrf).status_code == 204
    assert api.get("/session", headers={"Cookie": f"workpool={kept}"}).status_code == 401


def test_of_the_cookie_only_a_hash_is_kept(api: TestClient, pool: UUID, password: str) -> None:
    own_session(api, password)
    secret = api.cookies["workpool"]
    with transaction() as db:
        rows = db.execute(text("select s::text, a::text from web_session s, account a")).all()
    assert rows
    assert all(secret not in part and OWN not in part for row in rows for part in row)


def test_another_role_is_another_session(api: TestClient, pool: UUID, password: str) -> None:
    csrf = own_session(api, password)
    with transaction() as db:
        accounts.grant(db, accounts.find(db, "anna"), pool, "auditor")
    # a role was given, so what was open is over
    assert api.get("/session").status_code == 401
    told = sign_in(api, OWN).json()
    assert [role["role"] for role in told["memberships"]] == ["pool_manager", "auditor"]
    assert told["role"] == "pool_manager"
    csrf = {CSRF_HEADER: told["csrfToken"]}
    before = api.cookies["workpool"]
    auditor = told["memberships"][1]["id"]
    changed = api.put("/session", json={"membershipId": auditor}, headers=csrf)
    assert (changed.status_code, changed.json()["role"]) == (200, "auditor")
    assert api.cookies["workpool"] != before
    assert api.get("/candidates").status_code == 403
    assert api.get("/candidates", headers={"Cookie": f"workpool={before}"}).status_code == 401


def test_a_manager_gives_and_takes_roles(api: TestClient, pool: UUID, password: str) -> None:
    csrf = own_session(api, password)
    body = {"name": "bert", "role": "auditor"}
    headers = {**csrf, "Idempotency-Key": "bert"}
    made = api.post("/memberships", json=body, headers=headers)
    assert made.status_code == 201, made.text
    Membership.model_validate(made.json())
    assert len(made.json()["oneTimePassword"]) >= 20
    again = api.post("/memberships", json=body, headers=headers)
    assert again.json() == {**made.json(), "oneTimePassword": None}
    twice = api.post("/memberships", json=body, headers=csrf)
    assert (twice.status_code, twice.json()["code"]) == (409, "role_taken")
    unlinked = api.post("/memberships", json={"name": "cor", "role": "employer"}, headers=csrf)
    assert (unlinked.status_code, unlinked.json()["code"]) == (400, "bad_links")
    path = f"/memberships/{made.json()['id']}"
    assert api.delete(path, headers=csrf).status_code == 204
    assert api.delete(path, headers=csrf).status_code == 404


def test_an_account_of_another_pool_is_not_taken_over(
    api: TestClient, pool: UUID, password: str
) -> None:
    with transaction() as db:
        other = write_pool(db, "zuid", people=1, placements=1)
    signed_in("auditor", other)
    csrf = own_session(api, password)
    with transaction() as db:
        name = db.execute(text("select name from account where name <> 'anna'")).scalar_one()
    refused = api.post("/memberships", json={"name": name, "role": "auditor"}, headers=csrf)
    assert (refused.status_code, refused.json()["code"]) == (409, "name_taken")
    listed = api.get("/memberships").json()["items"]
    assert {item["poolId"] for item in listed} == {str(pool)}


@pytest.mark.parametrize("word", ["short", "x" * 201, "aaaaaaaaaaaaaaaa", "abababababab"])
def test_a_weak_password_is_refused(word: str) -> None:
    with pytest.raises(Invalid) as refused:
        passwords.hashed(word)
    assert refused.value.code == "weak_password"
    assert word not in str(refused.value)


def test_passwords_are_argon2id_and_salted() -> None:
    first, second = passwords.hashed(OWN), passwords.hashed(OWN)
    assert first.startswith("$argon2id$")
    assert first != second
    assert passwords.verified(OWN, first)
    assert not passwords.verified("another one entirely", first)
    assert not passwords.verified(OWN, None)


def test_an_account_has_one_name_and_links_of_its_pool(pool: UUID, password: str) -> None:
    with pytest.raises(Conflict, match="account already"), transaction() as db:
        accounts.create(db, "anna")
    with pytest.raises(Invalid), transaction() as db:
        accounts.create(db, "Anna Jansen")
    with transaction() as db:
        other = write_pool(db, "zuid", people=1, placements=1)
        foreign = db.execute(
            text("select id from candidate where pool_id = :pool"), {"pool": other}
        ).scalar_one()
    with transaction() as db:
        account_id = accounts.create(db, "dirk")
    with pytest.raises(Invalid), transaction() as db:
        accounts.grant(db, account_id, pool, "candidate", Links(candidate_id=foreign))


def test_nothing_of_a_sign_in_is_logged(
    api: TestClient, pool: UUID, password: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    sign_in(api, "Zzyzx is not the password")
    own_session(api, password)
    api.get("/candidates", headers={"Authorization": "Bearer Zzyzx"})
    logged = caplog.text
    assert "refused code=sign_in_refused operation=createSession" in logged
    assert "refused code=token_refused operation=listCandidates" in logged
    for secret in ("Zzyzx", password, OWN, "anna", api.cookies["workpool"]):
        assert secret not in logged
