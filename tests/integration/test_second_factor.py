"""A second factor beside the password: begun, asked for, used once, lost, taken away."""

import base64
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from starlette.testclient import TestClient

from api.identity import CSRF_HEADER
from api.rates import counters
from api.schemas.accounts import RecoveryCodes, SecondFactor, Session
from matcher.service import accounts, one_time_codes
from matcher.store.database import transaction
from tests.integration.imports import execute, select
from tests.integration.signing import signed_in
from tests.integration.test_sign_in import OWN, own_session, sign_in
from tests.integration.traces import tables_with
from tests.small_pools import write_pool

Json = dict[str, Any]
Csrf = dict[str, str]
FACTOR = "/session/second-factor"


@pytest.fixture
def pool(api: TestClient) -> UUID:
    api.auth = None
    counters.forget()
    with transaction() as db:
        return write_pool(db, "noord", people=2, placements=1)


@pytest.fixture
def csrf(api: TestClient, pool: UUID) -> Csrf:
    """Anna, a pool manager, signed in with her own password."""
    with transaction() as db:
        account_id = accounts.create(db, "anna")
        accounts.grant(db, account_id, pool, "pool_manager")
        password = accounts.reset(db, account_id)
    return own_session(api, password)


def code(secret: str, later: int = 0) -> str:
    """Return the code of now, or of so many steps later."""
    padded = secret + "=" * (-len(secret) % 8)
    step = one_time_codes.step_at(time.time()) + later
    return one_time_codes.code_at(base64.b32decode(padded), step)


def begun(api: TestClient, csrf: Csrf) -> str:
    answer = api.post(FACTOR, json={"password": OWN}, headers=csrf)
    assert answer.status_code == 201, answer.text
    SecondFactor.model_validate(answer.json())
    assert len(base64.b32decode(answer.json()["secret"])) == 20
    told = parse_qs(urlsplit(answer.json()["address"]).query)
    assert (told["secret"], told["issuer"]) == ([answer.json()["secret"]], ["Workpool"])
    return str(answer.json()["secret"])


def confirmed(api: TestClient, csrf: Csrf) -> tuple[str, list[str]]:
    secret = begun(api, csrf)
    answer = api.post(f"{FACTOR}/confirmation", json={"code": code(secret)}, headers=csrf)
    assert answer.status_code == 201, answer.text
    RecoveryCodes.model_validate(answer.json())
    counters.forget()
    return secret, answer.json()["recoveryCodes"]


def signs_in(api: TestClient, **more: Any) -> Any:
    counters.forget()
    return sign_in(api, OWN, **more)


def test_from_then_on_each_sign_in_takes_a_code_and_each_code_is_taken_once(
    api: TestClient, csrf: Csrf
) -> None:
    secret = begun(api, csrf)
    # one that was begun and never confirmed locks nobody out
    assert signs_in(api).status_code == 201
    csrf = {CSRF_HEADER: api.get("/session").json()["csrfToken"]}
    assert api.get("/session").json()["secondFactor"] is False
    confirmation = f"{FACTOR}/confirmation"
    wrong = api.post(confirmation, json={"code": "000000"}, headers=csrf)
    assert (wrong.status_code, wrong.json()["code"]) == (400, "second_factor_refused")
    first = code(secret)
    assert api.post(confirmation, json={"code": first}, headers=csrf).status_code == 201
    without = signs_in(api)
    assert (without.status_code, without.json()["code"]) == (401, "sign_in_refused")
    assert without.text == sign_in(api, "not the password").text
    assert signs_in(api, code="000000").text == without.text
    # the one that confirmed it was used with that
    assert signs_in(api, code=first).text == without.text
    second = code(secret, later=1)
    told = signs_in(api, code=f"{second[:3]} {second[3:]}")
    assert told.status_code == 201
    Session.model_validate(told.json())
    assert (told.json()["secondFactor"], told.json()["recoveryCodesLeft"]) == (True, 10)
    assert signs_in(api, code=second).text == without.text
    far = code(secret, later=3)
    assert signs_in(api, code=far).text == without.text


def test_a_recovery_code_is_taken_once(api: TestClient, csrf: Csrf) -> None:
    _, spare = confirmed(api, csrf)
    assert len(set(spare)) == 10
    told = signs_in(api, code=spare[3].upper())
    assert (told.status_code, told.json()["recoveryCodesLeft"]) == (201, 9)
    assert signs_in(api, code=spare[3]).status_code == 401
    assert signs_in(api, code=spare[4].replace("-", "")).status_code == 201
    # a right code with a wrong password is not used up
    counters.forget()
    assert sign_in(api, "not the password", code=spare[5]).status_code == 401
    assert signs_in(api, code=spare[5]).status_code == 201


def test_wrong_codes_lock_as_wrong_passwords_do(api: TestClient, csrf: Csrf) -> None:
    secret, spare = confirmed(api, csrf)
    for _ in range(5):
        assert signs_in(api, code="000000").status_code == 401
    assert signs_in(api, code=code(secret, later=1)).status_code == 401
    assert signs_in(api, code=spare[0]).status_code == 401
    ((failures, locked),) = select("select failures, locked_until > now() from account")
    assert (failures, locked) == (5, True)
    execute("update account set locked_until = now() - interval '1 s'")
    # neither was used up while it was locked
    assert signs_in(api, code=spare[0]).status_code == 201
    execute("update account set locked_until = null")
    assert signs_in(api, code=code(secret, later=1)).status_code == 201


def test_required_of_everybody_with_a_password(
    api: TestClient, csrf: Csrf, pool: UUID, setting: Callable[[str, str], None]
) -> None:
    assert api.get("/candidates").status_code == 200
    setting("second_factor", "required")
    assert api.get("/session").json()["secondFactorRequired"] is True
    refused = api.get("/candidates")
    assert (refused.status_code, refused.json()["code"]) == (403, "second_factor_required")
    confirmed(api, csrf)
    assert api.get("/session").json()["secondFactorRequired"] is False
    assert api.get("/candidates").status_code == 200
    # who has no password here signs in through a provider, which has its own
    elsewhere = signed_in("auditor", pool)
    assert api.get("/match-runs", headers=elsewhere).status_code == 200
    begin = api.post(FACTOR, json={"password": OWN}, headers=elsewhere)
    assert (begin.status_code, begin.json()["code"]) == (409, "no_password")


def test_off_is_off(api: TestClient, csrf: Csrf, setting: Callable[[str, str], None]) -> None:
    confirmed(api, csrf)
    setting("second_factor", "off")
    assert signs_in(api).status_code == 201
    csrf = {CSRF_HEADER: api.get("/session").json()["csrfToken"]}
    begin = api.post(FACTOR, json={"password": OWN}, headers=csrf)
    assert (begin.status_code, begin.json()["code"]) == (409, "second_factor_off")


def test_the_sessions_before_it_end(api: TestClient, csrf: Csrf) -> None:
    kept = api.cookies["workpool"]
    assert signs_in(api).status_code == 201
    csrf = {CSRF_HEADER: api.get("/session").json()["csrfToken"]}
    confirmed(api, csrf)
    assert api.get("/session").status_code == 200
    assert api.get("/session", headers={"Cookie": f"workpool={kept}"}).status_code == 401


def test_it_is_begun_and_ended_with_the_password(api: TestClient, csrf: Csrf) -> None:
    wrong = api.post(FACTOR, json={"password": "not the password"}, headers=csrf)
    assert (wrong.status_code, wrong.json()["code"]) == (400, "second_factor_refused")
    early = api.post(f"{FACTOR}/confirmation", json={"code": "123456"}, headers=csrf)
    assert (early.status_code, early.json()["code"]) == (409, "not_begun")
    secret, spare = confirmed(api, csrf)
    twice = api.post(FACTOR, json={"password": OWN}, headers=csrf)
    assert (twice.status_code, twice.json()["code"]) == (409, "second_factor_there")
    removal = f"{FACTOR}/removal"
    for body in (
        {"password": OWN, "code": "000000"},
        {"password": "not the password", "code": spare[0]},
    ):
        counters.forget()
        assert api.post(removal, json=body, headers=csrf).status_code == 400
    assert select("select failures from account") == [(2,)]
    body = {"password": OWN, "code": code(secret, later=1)}
    assert api.post(removal, json=body, headers=csrf).status_code == 204
    assert select("select count(*) from recovery_code") == [(0,)]
    assert signs_in(api).status_code == 201


def test_the_operator_resets_it(api: TestClient, csrf: Csrf) -> None:
    confirmed(api, csrf)
    with transaction() as db:
        password = accounts.reset(db, accounts.find(db, "anna"))
    assert select("select count(*) from second_factor") == [(0,)]
    counters.forget()
    assert sign_in(api, password).status_code == 201


def test_it_is_in_the_record(api: TestClient, csrf: Csrf) -> None:
    secret, spare = confirmed(api, csrf)
    signs_in(api, code="000000")
    told = signs_in(api, code=spare[0])
    csrf = {CSRF_HEADER: told.json()["csrfToken"]}
    body = {"password": OWN, "code": code(secret, later=1)}
    assert api.post(f"{FACTOR}/removal", json=body, headers=csrf).status_code == 204
    done = select("select action from audit_event where action like 'second_factor.%' order by seq")
    assert [action for (action,) in done] == [
        "second_factor.begin",
        "second_factor.recover",
        "second_factor.end",
    ]


def test_nothing_of_it_lies_open(
    api: TestClient, csrf: Csrf, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    secret, spare = confirmed(api, csrf)
    used = code(secret, later=1)
    signs_in(api, code=used)
    raw = base64.b32decode(secret)
    assert select(
        "select count(*) from second_factor where position(cast(:raw as bytea) in secret) > 0",
        raw=raw,
    ) == [(0,)]
    words = [secret, *spare, *(one_time_codes.bare(each) for each in spare)]
    assert tables_with(*words) == {}
    for word in (*words, used):
        assert word not in caplog.text
