"""Tokens of services: whose they are, what they allow, and every way in which they do not hold."""

import base64
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from uuid import UUID, uuid4

import pytest
from joserfc import jwt
from joserfc.jwk import OKPKey, RSAKey
from sqlalchemy import text
from starlette.testclient import TestClient

from matcher.service import accounts, key_sets, tokens
from matcher.service.accounts import Links
from matcher.store.database import transaction
from tests.integration.signing import decoded, service_token
from tests.small_pools import write_pool

Json = dict[str, Any]
ISSUER = "https://issuer.example"


@pytest.fixture
def pool(api: TestClient) -> UUID:
    api.auth = None
    with transaction() as db:
        return write_pool(db, "noord", people=2, placements=1)


def ask(api: TestClient, token: str, path: str = "/candidates") -> Any:
    return api.get(path, headers={"Authorization": f"Bearer {token}"})


def test_a_token_opens_what_its_scopes_name(api: TestClient, pool: UUID) -> None:
    token = service_token(pool, ["candidates:read"])
    assert len(ask(api, token).json()["items"]) == 2
    refused = ask(api, token, "/placements")
    assert (refused.status_code, refused.json()["code"]) == (403, "role_refused")
    # in a cookie it is nothing
    cookie = api.get("/candidates", headers={"Cookie": f"workpool={token}"})
    assert cookie.status_code == 401


def test_a_token_opens_no_more_than_its_account_may(api: TestClient, pool: UUID) -> None:
    service_token(pool, ["candidates:read"])
    with transaction() as db:
        account_id = db.execute(text("select id from account")).scalar_one()
    wide = tokens.issue(account_id, pool, ["candidates:read", "placements:read"], 60)
    assert ask(api, wide).status_code == 200
    assert ask(api, wide, "/placements").status_code == 403
    with transaction() as db:
        other = write_pool(db, "zuid", people=1, placements=1)
    elsewhere = tokens.issue(account_id, other, ["candidates:read"], 60)
    assert ask(api, elsewhere).status_code == 401


def changed(token: str, part: int, change: Callable[[Json], Json]) -> str:
    parts = token.split(".")
    padded = parts[part] + "=" * (-len(parts[part]) % 4)
    told = change(json.loads(base64.urlsafe_b64decode(padded)))
    parts[part] = base64.urlsafe_b64encode(json.dumps(told).encode()).rstrip(b"=").decode()
    return ".".join(parts)


def test_what_does_not_hold_is_401(
    api: TestClient, pool: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = service_token(pool, ["candidates:read"])
    assert ask(api, good).status_code == 200
    account_id = good and json.loads(decoded(good, 1))["sub"]
    now = int(time.time())
    claims = {
        "iss": "workpool", "aud": "workpool", "sub": account_id, "iat": now, "exp": now + 60,
        "scope": "candidates:read", "pool": str(pool),
    }  # fmt: skip
    own = tokens._own_key()
    kid = {"kid": own.kid}

    def signed(key: Any = own, alg: str = "Ed25519", **more: Any) -> str:
        told = {name: value for name, value in (claims | more).items() if value is not None}
        return jwt.encode({"alg": alg, **kid}, told, key, algorithms=[alg])

    assert ask(api, signed()).status_code == 200
    bad = {
        "expired": signed(exp=now - 60),
        "without an end": signed(exp=None),
        "another audience": signed(aud="elsewhere"),
        "another issuer": signed(iss=ISSUER),
        "no subject": signed(sub=None),
        "another key": signed(OKPKey.generate_key("Ed25519")),
        "the public key as a secret": _with_secret(own.as_pem(private=False), claims, own.kid),
        "no algorithm": changed(good, 0, lambda head: {**head, "alg": "none"}).rpartition(".")[0]
        + ".",
        "other claims": changed(good, 1, lambda told: {**told, "scope": "candidates:write"}),
        "an unknown key": changed(good, 0, lambda head: {**head, "kid": "x"}),
        "another account": signed(sub=str(uuid4())),
        "no account at all": signed(sub="x"),
        "issued before the account": signed(iat=now - 86400),
        "nothing": "",
        "no token": "x.y.z",
        "a long one": "x" * 10_000,
        "endless depth in the claims": f"x.{_deep()}.z",
        "endless depth in the head": f"{_deep()}.{good.partition('.')[2]}",
    }
    for name, token in bad.items():
        answer = ask(api, token)
        assert answer.status_code == 401, name
        assert len(token) < 10 or token not in answer.text
    basic = api.get("/candidates", headers={"Authorization": f"Basic {good}"})
    assert basic.status_code == 401


def _with_secret(secret: bytes, claims: Json, kid: object) -> str:
    """Sign with HMAC by hand: no library does so with a public key."""
    head = {"alg": "HS256", "typ": "JWT", "kid": kid}
    parts = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=") for part in (head, claims)
    ]
    signature = hmac.digest(secret, b".".join(parts), "sha256")
    return b".".join([*parts, base64.urlsafe_b64encode(signature).rstrip(b"=")]).decode()


def _deep() -> str:
    return base64.urlsafe_b64encode(b'{"a":' + b"[" * 4000).rstrip(b"=").decode()


def test_a_token_ends_with_a_change_of_role(api: TestClient, pool: UUID) -> None:
    token = service_token(pool, ["candidates:read"])
    assert ask(api, token).status_code == 200
    with transaction() as db:
        db.execute(text("update account set tokens_from = now() + interval '2 seconds'"))
    assert ask(api, token).status_code == 401


def test_our_public_key_checks_our_tokens(api: TestClient, pool: UUID) -> None:
    answer = api.get("/key-set")
    assert answer.status_code == 200
    key = answer.json()["keys"][0]
    assert "d" not in key
    token = service_token(pool, ["candidates:read"])
    found = jwt.decode(token, OKPKey.import_key(key), algorithms=["Ed25519"])
    assert found.claims["aud"] == "workpool"


class Issuer(ThreadingHTTPServer):
    """An issuer's key set, on a real port; counts who looked."""

    def __init__(self) -> None:
        self.keys: list[RSAKey] = []
        self.looks = 0
        super().__init__(("127.0.0.1", 0), _KeySet)

    def add_key(self, kid: str) -> RSAKey:
        key = RSAKey.generate_key(2048, {"kid": kid}, auto_kid=False)
        self.keys.append(key)
        return key


class _KeySet(BaseHTTPRequestHandler):
    server: Issuer

    def do_GET(self) -> None:
        self.server.looks += 1
        keys = [key.as_dict(private=False) for key in self.server.keys]
        body = json.dumps({"keys": keys}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *values: object) -> None:
        pass


@pytest.fixture
def issuer(setting: Callable[[str, str], None]) -> Iterator[Issuer]:
    key_sets._kept.clear()
    key_sets._forced.clear()
    with Issuer() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        setting("token_issuer", ISSUER)
        setting("token_jwks_url", f"http://127.0.0.1:{server.server_address[1]}/keys")
        yield server
        server.shutdown()
        thread.join()


def test_a_token_of_the_other_issuer(issuer: Issuer, api: TestClient, pool: UUID) -> None:
    key = issuer.add_key("one")
    with transaction() as db:
        account_id = accounts.create(db, "exchange", issuer=ISSUER, subject="client-7")
        accounts.grant(db, account_id, pool, "service", Links(scopes=["candidates:read"]))

    def theirs(of: RSAKey, **more: Any) -> str:
        now = int(time.time())
        told = {"iss": ISSUER, "aud": "workpool", "sub": "client-7", "iat": now,
                "exp": now + 60, "scope": "candidates:read placements:read", **more}  # fmt: skip
        return jwt.encode({"alg": "RS256", "kid": of.kid}, told, of)

    assert ask(api, theirs(key)).status_code == 200
    assert ask(api, theirs(key), "/placements").status_code == 403
    assert ask(api, theirs(key, sub="client-8")).status_code == 401
    assert issuer.looks == 1
    # a key that is new there is looked for once; made-up ones do not make us ask all day
    second = issuer.add_key("two")
    assert ask(api, theirs(second)).status_code == 200
    assert issuer.looks == 2
    stranger = RSAKey.generate_key(2048, {"kid": "three"}, auto_kid=False)
    for _ in range(3):
        assert ask(api, theirs(stranger)).status_code == 401
    assert issuer.looks == 2
    told = {"iss": ISSUER, "aud": "workpool", "sub": "client-7", "iat": 1, "exp": 2**33}
    forged = _with_secret(key.as_pem(private=False), told, "one")
    assert ask(api, forged).status_code == 401
