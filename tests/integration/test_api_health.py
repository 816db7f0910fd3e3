"""Health, and what the API says while a server is away."""

import os
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from api.main import create_app
from api.schemas.health import Live, Ready
from matcher.store.database import transaction
from tests.integration.signing import AsService
from tests.servers import OwnServers
from workers import tasks


def test_ready_when_all_is_there(api: TestClient) -> None:
    Live.model_validate(api.get("/health/live").json())
    before = api.get("/health/ready")
    assert (before.status_code, before.json()["code"]) == (503, "no_sweep")
    tasks.sweep()
    answer = api.get("/health/ready")
    assert answer.status_code == 200, answer.text
    Ready.model_validate(answer.json())
    assert answer.json()["status"] == "ok"
    assert 0 <= answer.json()["sweepAgeSeconds"] < 30


def test_an_old_sweep_is_not_ready(api: TestClient) -> None:
    tasks.sweep()
    with transaction() as db:
        db.execute(text("update service_state set at = now() - interval '2 minutes'"))
    answer = api.get("/health/ready")
    assert (answer.status_code, answer.json()["code"]) == (503, "no_sweep")
    assert "120 seconds" in answer.json()["detail"] or "121 seconds" in answer.json()["detail"]


@pytest.fixture
def client(own_servers: OwnServers) -> Iterator[TestClient]:
    with TestClient(
        create_app(), base_url="http://127.0.0.1/api/v1", raise_server_exceptions=False
    ) as found:
        found.auth = AsService()
        yield found


def test_the_database_goes_and_comes_back(client: TestClient, own_servers: OwnServers) -> None:
    tasks.sweep()
    made = client.post("/pools", json={"key": "noord", "name": "Noord"}).json()
    assert client.get("/health/ready").json()["status"] == "ok"
    assert client.get(f"/pools/{made['id']}").json() == made
    pid = own_servers.postgres.pid
    own_servers.postgres.kill()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    for method, path, body in (
        ("GET", "/pools", None),
        ("GET", f"/pools/{made['id']}", None),
        ("GET", f"/candidates/{made['id']}/matches", None),
        ("POST", "/pools", {"key": "zuid", "name": "Zuid"}),
        ("POST", "/match-runs", {"poolId": made["id"]}),
        ("GET", "/health/ready", None),
    ):
        answer = client.request(method, path, json=body)
        assert answer.status_code == 503, (path, answer.text)
        assert answer.headers["Content-Type"] == "application/problem+json"
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.json()["code"] == "unavailable"
        assert "psycopg" not in answer.text
    assert client.get("/health/live").status_code == 200
    own_servers.postgres.start()
    assert client.get(f"/pools/{made['id']}").json() == made


def test_without_redis_it_serves_degraded(client: TestClient, own_servers: OwnServers) -> None:
    tasks.sweep()
    pool = client.post("/pools", json={"key": "noord", "name": "Noord"}).json()
    pid = own_servers.redis.pid
    own_servers.redis.kill()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert (answer.json()["status"], answer.json()["redis"]) == ("degraded", "missing")
    # the row is the request; the sweep gives the hint when Redis is back
    run = client.post("/match-runs", json={"poolId": pool["id"]})
    assert run.status_code == 202
    assert client.get(f"/match-runs/{run.json()['id']}").json()["state"] == "queued"
