"""Signing in through a real OpenID provider, in a process of its own."""

import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from api.rates import counters
from matcher.service import accounts, key_sets
from matcher.store.database import transaction
from tests.small_pools import write_pool


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = Path(sys.executable).with_name("oidc-provider-mock")
    with subprocess.Popen(
        [command, "--port", str(port), "--require-nonce", "true", "--user", "anna-there"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as running:
        address = f"http://127.0.0.1:{port}"
        try:
            until = time.monotonic() + 60
            while True:
                try:
                    httpx2.get(f"{address}/.well-known/openid-configuration")
                    break
                except httpx2.TransportError:
                    assert running.poll() is None
                    assert time.monotonic() < until
                    time.sleep(0.2)
            yield address
        finally:
            running.kill()


@pytest.fixture
def pool(api: TestClient, provider: str, setting: Callable[[str, str], None]) -> UUID:
    api.auth = None
    counters.forget()
    key_sets._kept.clear()
    setting("oidc_issuer", provider)
    setting("oidc_client_id", "workpool-here")
    setting("oidc_client_secret", "a secret of the tests")
    with transaction() as db:
        pool_id = write_pool(db, "noord", people=1, placements=1)
        account_id = accounts.create(db, "anna", issuer=provider, subject="anna-there")
        accounts.grant(db, account_id, pool_id, "pool_manager")
    return pool_id


def begun(api: TestClient) -> str:
    """Begin a sign-in; return the address at the provider."""
    answer = api.get("/session/openid", follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["Location"])


def allowed(address: str, subject: str) -> dict[str, str]:
    """Say yes at the provider, as this subject; return what it gives the browser to bring back."""
    with httpx2.Client() as browser:
        answer = browser.post(address, data={"sub": subject})
    assert answer.status_code in {302, 303}, answer.text
    back = urlsplit(answer.headers["Location"])
    assert back.path == "/api/v1/session/openid/return"
    return {name: values[0] for name, values in parse_qs(back.query).items()}


def test_a_sign_in_at_the_provider_is_a_session_here(api: TestClient, pool: UUID) -> None:
    address = begun(api)
    asked = parse_qs(urlsplit(address).query)
    assert asked["code_challenge_method"] == ["S256"]
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}", asked["code_challenge"][0])
    assert asked["nonce"]
    brought = allowed(address, "anna-there")
    answer = api.get("/session/openid/return", params=brought, follow_redirects=False)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/api/v1/docs")
    told = api.get("/session").json()
    assert (told["role"], told["passwordChangeRequired"]) == ("pool_manager", False)
    assert api.get("/candidates").status_code == 200
    # what was brought back works once
    again = api.get("/session/openid/return", params=brought, follow_redirects=False)
    assert again.status_code == 401


def test_who_is_not_known_here_gets_no_account(api: TestClient, pool: UUID) -> None:
    brought = allowed(begun(api), "somebody-else")
    answer = api.get("/session/openid/return", params=brought, follow_redirects=False)
    assert (answer.status_code, answer.json()["code"]) == (401, "sign_in_refused")
    assert "somebody" not in answer.text
    with transaction() as db:
        assert db.execute(text("select count(*) from account")).scalar_one() == 1
        assert db.execute(text("select count(*) from web_session")).scalar_one() == 0


def test_a_sign_in_of_another_browser_is_refused(api: TestClient, pool: UUID) -> None:
    brought = allowed(begun(api), "anna-there")
    api.cookies.clear()
    answer = api.get("/session/openid/return", params=brought, follow_redirects=False)
    assert answer.status_code == 401


@pytest.mark.parametrize("change", ["state", "code"])
def test_what_was_brought_back_must_be_what_was_given(
    api: TestClient, pool: UUID, change: str
) -> None:
    brought = allowed(begun(api), "anna-there") | {change: "another"}
    answer = api.get("/session/openid/return", params=brought, follow_redirects=False)
    assert answer.status_code == 401


def test_without_a_provider_there_is_none(api: TestClient) -> None:
    api.auth = None
    assert api.get("/session/openid", follow_redirects=False).status_code == 404


def test_a_provider_that_is_away_is_503(
    api: TestClient, pool: UUID, setting: Callable[[str, str], None]
) -> None:
    setting("oidc_issuer", "http://127.0.0.1:9")
    answer = api.get("/session/openid", follow_redirects=False)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
