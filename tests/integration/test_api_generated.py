"""Every operation against generated requests, valid and not: no 5xx, and all as documented."""

from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from starlette.testclient import TestClient

from api.access import OPERATIONS, SCOPES
from api.main import create_app
from api.rates import counters
from matcher.store.database import transaction
from tests.integration.nights import publish_plan
from tests.integration.signing import service_token, signed_in
from tests.small_pools import write_pool
from workers import tasks

CHECKS = [
    schemathesis.checks.not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]
EXAMPLES = 6
STREAM = "/match-runs/{id}/events"
"""It lasts as long as its run; a test of its own follows a real one."""

APP = create_app()
SCHEMA = schemathesis.openapi.from_asgi("/api/v1/openapi.json", APP)
SCHEMA.config.update(base_url="http://127.0.0.1/api/v1")


def known_ids(api: TestClient) -> dict[str, list[str]]:
    """Return ids that are there, by the first part of the path."""
    names = ("pools", "coaches", "candidates", "employers", "sites", "placements", "match-runs",
             "proposals", "deployments")  # fmt: skip
    return {name: [item["id"] for item in api.get(f"/{name}").json()["items"]] for name in names}


def call_with_generated_requests(
    operation: schemathesis.APIOperation,
    mode: schemathesis.GenerationMode,
    ids: list[str],
    headers: dict[str, str],
) -> None:
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode), data=st.data())
    def keeps_its_word(case: schemathesis.Case, data: Any) -> None:
        # half of the requests are about something that is there
        if ids and "id" in (case.path_parameters or {}) and data.draw(st.booleans()):
            case.path_parameters["id"] = data.draw(st.sampled_from(ids))
        case.call_and_validate(checks=CHECKS, headers=headers)

    keeps_its_word()


def test_every_operation_keeps_its_word(api: TestClient) -> None:
    with transaction() as db:
        pool = write_pool(db, "noord", people=20, placements=8)
    publish_plan(pool)
    known = known_ids(api)
    service = {"Authorization": f"Bearer {service_token(pool, SCOPES)}"}
    manager = signed_in("pool_manager", pool)
    tested = 0
    for result in SCHEMA.get_all_operations():
        operation = result.ok()
        if operation.path == STREAM:
            continue
        if operation.path == "/health/ready":
            tasks.sweep()
        counters.forget()
        allowed = OPERATIONS[operation.definition.raw["operationId"]]
        who = service if allowed.scope else manager
        ids = known.get(operation.path.split("/")[1]) or []
        call_with_generated_requests(operation, schemathesis.GenerationMode.POSITIVE, ids, who)
        # what takes nothing cannot be given anything wrong
        raw = operation.definition.raw
        if raw.get("parameters") or "requestBody" in raw:
            call_with_generated_requests(operation, schemathesis.GenerationMode.NEGATIVE, ids, who)
        tested += 1
    assert tested >= 45
