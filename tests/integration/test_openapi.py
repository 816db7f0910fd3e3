"""The NLGov API Design Rules 2.2.0, on the OpenAPI document and on live answers."""

import itertools
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.main import create_app

Json = dict[str, Any]

DOCUMENT: Json = TestClient(create_app()).get("/api/v1/openapi.json").json()

OPERATIONS: list[tuple[str, str, Json]] = [
    (path, method, operation)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
]
each_operation = pytest.mark.parametrize(
    ("path", "method", "operation"),
    OPERATIONS,
    ids=[f"{method.upper()} {path}" for path, method, _ in OPERATIONS],
)


def schemas_in(value: object) -> Iterator[tuple[str, Json]]:
    """Give every property with its schema, anywhere in a part of the document."""
    if isinstance(value, dict):
        yield from (value.get("properties") or {}).items()
        for inner in value.values():
            yield from schemas_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from schemas_in(inner)


PROPERTIES = list(schemas_in(DOCUMENT["components"]["schemas"]))


def types_of(schema: Json) -> list[Json]:
    return [schema, *schema.get("anyOf", ())]


def test_the_document_says_who_and_which_version() -> None:
    info = DOCUMENT["info"]
    assert DOCUMENT["openapi"].startswith("3.")
    assert set(info["contact"]) == {"name", "email", "url"}
    assert re.fullmatch(r"\d+\.\d+\.\d+", info["version"])
    assert [server["url"] for server in DOCUMENT["servers"]] == ["/api/v1"]
    assert info["license"]["name"] == "EUPL-1.2"


def test_the_document_is_open_to_all(bare: TestClient) -> None:
    answer = bare.get("/openapi.json", headers={"Origin": "https://elsewhere.example"})
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Content-Type"] == "application/json"
    other = bare.get("/health/live", headers={"Origin": "https://elsewhere.example"})
    assert other.status_code == 403
    assert "Access-Control-Allow-Origin" not in other.headers


@each_operation
def test_paths_are_plural_kebab_case_nouns(path: str, method: str, operation: Json) -> None:
    segments = [part for part in path.split("/") if part]
    assert path == "/" + "/".join(segments)
    assert "v1" not in segments
    for segment in segments:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*|\{[a-z][A-Za-z]*\}", segment), segment
    verbs = {"get", "create", "list", "delete", "update", "cancel", "accept", "run", "match"}
    assert verbs.isdisjoint(segments)
    # a collection has an element below it, so its name is plural
    for before, after in itertools.pairwise(segments):
        if after.startswith("{"):
            assert before.endswith("s"), before


@each_operation
def test_query_keys_are_camel_case_and_not_sensitive(
    path: str, method: str, operation: Json
) -> None:
    for parameter in operation.get("parameters", ()):
        if parameter["in"] in {"query", "path"}:
            assert re.fullmatch(r"[a-z]+([A-Z][a-z]+)*", parameter["name"]), parameter["name"]
            assert parameter["name"] not in {"bsn", "postcode", "name", "email", "birthDate"}
    if path.startswith("/candidates"):
        # your own key of a person may be a number by which others know them
        assert "key" not in {item["name"] for item in operation.get("parameters", ())}


def test_properties_are_camel_case() -> None:
    assert len(PROPERTIES) > 200
    for name, _ in PROPERTIES:
        assert re.fullmatch(r"[a-z]+([A-Z][a-z0-9]*)*", name), name


def test_days_and_instants_have_their_format() -> None:
    formats: dict[str, set[str]] = {}
    for name, schema in PROPERTIES:
        for each in types_of(schema):
            if "format" in each:
                formats.setdefault(each["format"], set()).add(name)
    assert "time" not in formats
    assert formats["date-time"] >= {"createdAt", "finishedAt"}
    for name in formats["date-time"]:
        assert name.endswith(("At", "Until")), name
        assert not name.endswith(("Date", "Datum"))
    for name, schema in PROPERTIES:
        if name.endswith(("Date", "Datum")):
            assert any(each.get("format") == "date" for each in types_of(schema)), name


def test_every_text_that_is_sent_has_a_longest_length() -> None:
    def unbounded(schema: Json, at: str) -> Iterator[str]:
        if "$ref" in schema:
            schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
        bounded = {"maxLength", "enum", "const", "format"} & schema.keys()
        if schema.get("type") == "string" and not bounded and "contentMediaType" not in schema:
            yield at
        if schema.get("type") == "array" and "maxItems" not in schema:
            yield at
        for name, each in schema.get("properties", {}).items():
            yield from unbounded(each, f"{at}.{name}")
        inner = [schema["items"]] if "items" in schema else []
        for each in [*schema.get("anyOf", ()), *inner]:
            yield from unbounded(each, at)

    faults = [
        fault
        for path, method, operation in OPERATIONS
        for content in operation.get("requestBody", {}).get("content", {}).values()
        for fault in unbounded(content["schema"], f"{method} {path}")
    ]
    assert faults == []


@each_operation
def test_every_answer_has_the_version_header(path: str, method: str, operation: Json) -> None:
    for status, response in operation["responses"].items():
        if status[0] in "23":
            assert "API-Version" in response["headers"], status


@each_operation
def test_errors_are_problems(path: str, method: str, operation: Json) -> None:
    statuses = operation["responses"].keys()
    assert {"400", "500", "503"} <= statuses
    for status in statuses:
        if status[0] in "45":
            assert list(operation["responses"][status]["content"]) == ["application/problem+json"]
    keyed = any(item["name"] == "Idempotency-Key" for item in operation.get("parameters", ()))
    # never for invalid input
    assert ("422" in statuses) == keyed


@each_operation
def test_methods_keep_their_meaning(path: str, method: str, operation: Json) -> None:
    statuses = operation["responses"].keys()
    names = {item["name"] for item in operation.get("parameters", ())}
    assert method in {"get", "post", "put", "patch", "delete"}
    assert (method == "put") <= path.startswith("/session")
    if method == "get":
        assert "requestBody" not in operation
        assert {"200", "303"} & statuses
    # a session is one's own and of this moment, a role is given or not: nobody edits it meanwhile
    if path.startswith(("/session", "/memberships/")):
        return
    if method in {"patch", "delete"}:
        assert "If-Match" in names
        assert {"412", "428"} <= statuses
    if path.endswith("/searches"):
        # It makes nothing: what is looked for stands in the body because it may be in no address,
        # and a key of the request would keep a hash of it.
        assert "200" in statuses
        assert "Idempotency-Key" not in names
    elif method == "post":
        assert {"201", "202"} & statuses
        created = operation["responses"].get("201") or operation["responses"]["202"]
        assert "Location" in created["headers"]
        assert "Idempotency-Key" in names or path.endswith("/cancellation")
    if "{" in path:
        assert "404" in statuses


def test_lists_are_paged() -> None:
    for path, item in DOCUMENT["paths"].items():
        if path.endswith("s") and "get" in item and path not in {"/match-runs/{id}/events"}:
            names = {parameter["name"] for parameter in item["get"]["parameters"]}
            assert "pageSize" in names, path
            assert {"cursor", "page"} & names, path


def test_each_resource_has_its_dutch_word() -> None:
    for tag in DOCUMENT["tags"]:
        assert tag["name"] == "health" or re.search(r"\([a-z]+\)", tag["description"]), tag
    tagged = {tag["name"] for tag in DOCUMENT["tags"]}
    for _, _, operation in OPERATIONS:
        assert set(operation["tags"]) <= tagged


def test_operations_have_names_of_their_own() -> None:
    names = [operation["operationId"] for _, _, operation in OPERATIONS]
    assert len(set(names)) == len(names)


SECURITY_HEADERS = {
    "API-Version": "1.0.0",
    "Cache-Control": "no-store",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}


@pytest.mark.parametrize(
    ("method", "address", "status"),
    [
        ("GET", "/health/live", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/docs", 200),
        ("GET", "/health/live/", 404),
        ("GET", "/openapi.json/", 404),
        ("GET", "/pools/", 404),
        ("GET", "/nothing", 404),
        ("GET", "http://127.0.0.1/", 404),
        ("GET", "http://127.0.0.1/api/v2/pools", 404),
        ("GET", "/pools/not-a-uuid", 400),
        ("GET", "/pools?pageSize=0", 400),
        ("PUT", "/pools", 405),
        ("DELETE", "/health/live", 405),
        ("POST", "/pools", 415),
    ],
)
def test_every_answer_has_its_headers(
    bare: TestClient, method: str, address: str, status: int
) -> None:
    answer = bare.request(method, address)
    assert answer.status_code == status
    for name, value in SECURITY_HEADERS.items():
        assert answer.headers[name] == value
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "server" not in answer.headers
    assert "content-type" in answer.headers
    if status >= 400:
        assert answer.headers["Content-Type"] == "application/problem+json"
        body = answer.json()
        assert {"status", "title", "detail", "code"} <= body.keys()
        assert body["status"] == status
        leaks = ("traceback", "python", "fastapi", "starlette", "pydantic", "sqlalchemy", "psycopg")
        assert not any(word in answer.text.lower() for word in leaks)


def test_a_wrong_method_tells_the_right_ones(bare: TestClient) -> None:
    answer = bare.put("/pools")
    assert answer.headers["Allow"] == "GET, POST"


@pytest.mark.parametrize("accept", ["text/html", "application/xml", "application/json;q=0"])
def test_what_cannot_be_given_is_406(bare: TestClient, accept: str) -> None:
    answer = bare.get("/health/live", headers={"Accept": accept})
    assert (answer.status_code, answer.json()["code"]) == (406, "not_acceptable")


@pytest.mark.parametrize("accept", ["*/*", "application/*", "text/html, application/json;q=0.5"])
def test_what_can_be_given_is(bare: TestClient, accept: str) -> None:
    assert bare.get("/health/live", headers={"Accept": accept}).status_code == 200


@pytest.mark.parametrize("content_type", ["text/plain", "application/xml", ""])
def test_what_is_not_read_is_415(bare: TestClient, content_type: str) -> None:
    answer = bare.post("/pools", content=b"{}", headers={"Content-Type": content_type})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    form = bare.post("/imports", json={})
    assert form.status_code == 415


def test_instants_are_in_utc_and_days_without_time(api: TestClient) -> None:
    pool = api.post("/pools", json={"key": "noord", "name": "Noord"}).json()
    run = api.post("/match-runs", json={"poolId": pool["id"]}).json()
    assert run["createdAt"].endswith("Z")
    assert datetime.fromisoformat(run["createdAt"]).utcoffset() is not None
    candidate = api.post(
        "/candidates", json={"poolId": pool["id"], "key": "K1", "waitingSince": "2026-03-01"}
    ).json()
    assert candidate["waitingSince"] == "2026-03-01"


def test_the_documentation_page_needs_nobody_else(bare: TestClient) -> None:
    page = bare.get("/docs")
    assert page.headers["Content-Type"].startswith("text/html")
    assert "<script" not in page.text
    assert re.findall(r'(?:src|href)="(https?:)?//', page.text) == []
    for _, _, operation in OPERATIONS:
        assert f'id="{operation["operationId"]}"' in page.text
    style = bare.get("/docs.css")
    assert style.headers["Content-Type"].startswith("text/css")


def test_the_changelog_tells_this_version() -> None:
    assert DOCUMENT["info"]["version"].split(".")[0] == "1"
    assert Path("CHANGELOG.md").is_file()
