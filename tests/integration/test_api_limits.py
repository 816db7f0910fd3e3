"""What the API refuses before it does anything: bodies, texts, types, sizes; never with a 500."""

import http.client
import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from api.main import check_host
from api.middleware import AnswerHeaders, Faults
from matcher.errors import SettingsError
from tests.integration.live import served
from tests.integration.signing import service_token

# The same in every process: it stands in the names of tests.
SOMEBODY = "00000000-0000-4000-8000-000000000000"
JSON = {"Content-Type": "application/json"}

BODIES = {
    "nothing": b"",
    "blank": b"  ",
    "half an object": b'{"key": "a"',
    "a list": b"[]",
    "a number": b"7",
    "null": b"null",
    "a text": b'"text"',
    "bad UTF-8": b'{"key": "\xff\xfe", "name": "x"}',
    "UTF-16": '{"key": "a", "name": "x"}'.encode("utf-16"),
    "NUL escaped": b'{"key": "a", "name": "x\\u0000y"}',
    "NUL in a field name": b'{"key": "a", "na\\u0000me": "x"}',
    "NUL raw": b'{"key": "a", "name": "x\x00y"}',
    "a lone high surrogate": b'{"key": "a", "name": "\\ud800"}',
    "a lone low surrogate": b'{"key": "a", "name": "\\udfff x"}',
    "surrogates in the wrong order": b'{"key": "a", "name": "\\udc00\\ud800"}',
    "a surrogate as bytes": b'{"key": "a", "name": "\xed\xa0\x80"}',
    "not a number": b'{"key": "a", "name": "x", "horizonDays": NaN}',
    "infinity": b'{"key": "a", "name": "x", "horizonDays": -Infinity}',
    "1e999": b'{"key": "a", "name": "x", "horizonDays": 1e999}',
    "a huge whole number": b'{"key": "a", "name": "x", "horizonDays": 9' + b"9" * 5000 + b"}",
    "a huge negative number": b'{"key": "a", "name": "x", "horizonDays": -' + b"9" * 400 + b"}",
    "a tiny fraction": b'{"key": "a", "name": "x", "horizonDays": 1e-999}',
    "deep lists": b"[" * 100_000 + b"]" * 100_000,
    "deep objects": b'{"a":' * 50_000 + b"1" + b"}" * 50_000,
    "a deep value": b'{"key": "a", "name": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    "a long text": json.dumps({"key": "a", "name": "x" * 100_000}).encode(),
    "a long list": json.dumps({"key": "a", "name": "x", "municipalities": ["0001"] * 401}).encode(),
    "a wrong kind of everything": b'{"key": [], "name": {}, "kind": 1, "municipalities": "x"}',
    "many unknown fields": json.dumps({f"field{number}": 1 for number in range(5000)}).encode(),
    "a template": b'{"key": "a", "name": {"__proto__": {"x": 1}}}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_a_bad_body_is_400(bare: TestClient, body: bytes) -> None:
    answer = bare.post("/pools", content=body, headers=JSON)
    assert answer.status_code == 400, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json()["status"] == 400
    patch = bare.patch(f"/pools/{SOMEBODY}", content=body, headers={**JSON, "If-Match": '"1"'})
    assert patch.status_code == 400, patch.text


def test_unusual_text_is_kept(api: TestClient) -> None:
    texts = ["ü", "Ⅷ", "👩🏽‍🌾", "a\\b", '"', "\u202e", "\ufeff", "</script>", "';--", "\x7f", "\n"]
    for number, text in enumerate(texts):
        made = api.post("/pools", json={"key": f"pool-{number}", "name": text})
        assert made.status_code == 201
        assert api.get(f"/pools/{made.json()['id']}").json()["name"] == text


ADDRESSES = [
    "/candidates?cursor=%00",
    "/candidates?cursor=x",
    "/candidates?state=%FF%FE",
    "/coaches?key=%00",
    "/coaches?key=a%00b",
    "/coaches?key=" + "x" * 101,
    "/coaches?pageSize=99999999999999999999999999",
    "/coaches?pageSize=1e3",
    "/coaches?pageSize=-1",
    "/coaches?poolId=noord",
    "/candidates/%00",
    "/candidates/1",
    "/candidates/..%2F..%2Fpools",
    f"/candidates/{SOMEBODY}/matches?page=0",
    f"/candidates/{SOMEBODY}/matches?page=99999999999999999999",
    f"/candidates/{SOMEBODY}/matches?include=everything",
    f"/candidates/{SOMEBODY}/matches/x",
    "/match-runs?state=lost",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_bad_address_is_400_or_404(bare: TestClient, address: str) -> None:
    answer = bare.get(address)
    assert answer.status_code in {400, 404}, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_text_that_is_no_unicode_in_a_query_finds_nothing(api: TestClient) -> None:
    answer = api.get("/coaches?key=%ED%A0%80")
    assert answer.status_code == 200
    assert answer.json()["items"] == []


@pytest.mark.parametrize("value", ["x" * 201, "a b", "é", ""])
def test_a_bad_idempotency_key_is_400(bare: TestClient, value: str) -> None:
    answer = bare.post(
        "/pools",
        json={"key": "noord", "name": "Noord"},
        headers={"Idempotency-Key": value.encode("latin-1")},  # type: ignore[dict-item]
    )
    assert answer.status_code == 400


@pytest.mark.parametrize("value", ['"999999999999999999999"', "*", '"-1"', '"1.0"', ""])
def test_an_odd_version_is_never_current(bare: TestClient, value: str) -> None:
    answer = bare.patch(f"/pools/{SOMEBODY}", json={"name": "Zuid"}, headers={"If-Match": value})
    assert (answer.status_code, answer.json()["code"]) == (412, "stale")


def test_values_are_not_echoed(bare: TestClient) -> None:
    secret = "Invented-Name-1234AB"
    answer = bare.post(
        "/candidates",
        json={"poolId": secret, "key": ["x", secret], "place": secret * 10, "hoursMax": secret,
              "waitingSince": secret, "licences": [secret], "dayparts": secret,
              f"of {secret}": 1},
    )  # fmt: skip
    assert answer.status_code == 400
    assert len(answer.json()["errors"]) == 8
    assert secret not in answer.text


def test_a_fault_is_told_and_logged_without_values(caplog: pytest.LogCaptureFixture) -> None:
    secret = "Key (key)=(Invented-Name) already exists"

    async def faulty(scope: Scope, receive: Receive, send: Send) -> None:
        raise ValueError(secret)

    answer = TestClient(AnswerHeaders(Faults(faulty))).get("/")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert answer.headers["API-Version"]
    assert "fault type=ValueError" in caplog.text
    assert "in faulty" in caplog.text
    assert "Invented" not in caplog.text + answer.text


@pytest.fixture
def address(database: str, redis_url: str) -> Iterator[str]:
    with served() as found:
        yield found


def raw(address: str, *, path: str = "/pools", **headers: Any) -> http.client.HTTPConnection:
    parts = urlsplit(address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    connection.putrequest("POST", parts.path + path)
    who = {"Authorization": f"Bearer {service_token(None, ['pools:create'])}"}
    for name, value in {"Content_Type": "application/json", **who, **headers}.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders()
    return connection


def test_an_announced_size_is_refused_unread(address: str) -> None:
    connection = raw(address, Content_Length=str(10**12))
    answer = connection.getresponse()
    problem = json.loads(answer.read())
    connection.close()
    assert (answer.status, problem["code"]) == (413, "too_large")
    assert answer.headers["API-Version"]


def test_a_body_without_an_end_is_cut_off(address: str) -> None:
    connection = raw(address, Transfer_Encoding="chunked")
    # the server has answered and closed long before all of it is sent
    with closing(connection), pytest.raises(OSError, match=r"reset|pipe"):
        for_ever(connection)


def for_ever(connection: http.client.HTTPConnection) -> None:
    for _ in range(4000):
        connection.send(b"%x\r\n%s\r\n" % (64 * 1024, b" " * (64 * 1024)))


@pytest.mark.parametrize(
    ("status", "path", "headers"),
    [
        (401, "/candidates", {"Authorization": "Bearer nobody"}),
        (404, "/nowhere", {}),
        (415, "/pools", {"Content_Type": "text/plain"}),
        (403, "/pools", {"Origin": "http://evil.example"}),
    ],
)
def test_a_body_without_an_end_is_not_read_on_after_the_answer(
    address: str, status: int, path: str, headers: dict[str, str]
) -> None:
    connection = raw(address, path=path, Transfer_Encoding="chunked", **headers)
    with closing(connection):
        answer = connection.getresponse()
        assert (answer.status, answer.headers["connection"]) == (status, "close")
        answer.read()
    connection = raw(address, path=path, Transfer_Encoding="chunked", **headers)
    with closing(connection), pytest.raises(OSError, match=r"reset|pipe"):
        for_ever(connection)


def test_a_connection_is_kept_once_a_body_was_read(address: str) -> None:
    body = json.dumps({"key": "noord"}).encode()
    connection = raw(address, Content_Length=str(len(body)))
    with closing(connection):
        connection.send(body)
        answer = connection.getresponse()
        assert (answer.status, answer.headers["connection"]) == (400, None)


def test_a_chunked_body_above_the_limit_is_413(address: str) -> None:
    connection = raw(address, Transfer_Encoding="chunked")
    for _ in range(17):
        connection.send(b"%x\r\n%s\r\n" % (64 * 1024, b" " * (64 * 1024)))
    answer = connection.getresponse()
    assert answer.status == 413
    assert json.loads(answer.read())["code"] == "too_large"
    connection.close()


def test_a_chunked_body_below_the_limit_is_read(address: str) -> None:
    connection = raw(address, Transfer_Encoding="chunked")
    body = json.dumps({"key": "noord", "name": "Noord"}).encode()
    for start in range(0, len(body), 5):
        part = body[start : start + 5]
        connection.send(b"%x\r\n%s\r\n" % (len(part), part))
    connection.send(b"0\r\n\r\n")
    answer = connection.getresponse()
    assert answer.status == 201
    assert answer.headers["server"] is None
    connection.close()


@pytest.mark.parametrize("host", ["127.0.0.1:8000", "localhost", "[::1]:8000", "LOCALHOST:80"])
def test_this_machine_may_ask(bare: TestClient, host: str) -> None:
    answer = bare.get("/health/live", headers={"Host": host, "Origin": f"http://{host}"})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "evil.example"},
        {"Host": "127.0.0.1.evil.example:8000"},
        {"Host": "192.168.1.5:8000"},
        {"Host": "127.0.0.1@evil.example"},
        {"Host": ""},
        {"Host": "["},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": ""},
    ],
)
def test_pages_of_others_may_not(bare: TestClient, headers: dict[str, str]) -> None:
    answer = bare.get("/health/live", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_this_machine")
    form = bare.post("/imports", files={"file": ("x.csv", b"")}, headers=headers)
    assert form.status_code == 403


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.8.8.8"])
def test_loopback_is_allowed(host: str) -> None:
    check_host(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org", ""])
def test_other_addresses_are_refused(host: str) -> None:
    with pytest.raises(SettingsError, match="WORKPOOL_PUBLIC_URL"):
        check_host(host)
