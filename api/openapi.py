"""The OpenAPI document: what the framework makes, brought under the NLGov API Design Rules."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.access import OPERATIONS
from api.identity import CSRF_HEADER, LOCAL_COOKIE, SECURE_COOKIE
from api.middleware import API_VERSION, PREFIX
from api.problems import MEDIA_TYPE
from api.schemas.common import ProblemDetails

TITLE = "Workpool"
CONTACT = {
    "name": "Workpool maintainers",
    "email": "api@workpool.example",
    "url": "https://workpool.example/contact",
}
DESCRIPTION = """Placement matching for labour pools (arbeidspools): who fits which placement \
(werkplek), with every rule that refuses a pair, points by term, and a proved plan for the whole \
pool.

Resources have English names, with the Dutch word in each description: the names follow the code, \
and Dutch exchange standards keep theirs. Errors are `application/problem+json` with a stable \
`code`; input that is not valid is 400, with every fault in `errors`. Lists are paged by cursor. \
A change needs `If-Match` with the `ETag` that was read. Who may call an operation stands beside \
it; what is not yours is not there (404). Days are `date`, instants end in `At` or \
`Until` and are in UTC.
"""

_REASONS = {
    "400": "The input is not valid; every fault is listed.",
    "401": "Nobody is signed in, or not any more.",
    "403": "The role may not do this, or a page of somebody else asked for it.",
    "404": "There is no such resource, or it is not yours.",
    "406": "None of the types in Accept can be given.",
    "409": "It does not go with what already stands.",
    "412": "The version in If-Match is not the present one.",
    "413": "The body is too large.",
    "415": "The body is of a type that is not read here.",
    "422": "The Idempotency-Key came with another request before.",
    "428": "If-Match is missing.",
    "429": "Too often; Retry-After tells when to try again.",
    "500": "A fault on our side.",
    "503": "The database is out of reach; Retry-After tells when to try again.",
}
LIMITED = frozenset(
    {
        "searchCandidates",
        "createSession",
        "finishSignIn",
        "changePassword",
        "createMatchRun",
        "createExceptionalAccess",
        "createSecondFactor",
        "createConfirmation",
        "createRemoval",
        "readExport",
    }
)
# Whom they are about stands in their body.
NAMING_IN_BODY = frozenset({"createExceptionalAccess"})
NAMING_NOTHING = frozenset({"startSignIn", "changeSession"})
SIGNING_IN = frozenset({"createSession", "finishSignIn"})
_VERSION_HEADER = {
    "description": "The version of this interface (semver).",
    "schema": {"type": "string", "examples": [API_VERSION]},
}
_RETRY_HEADER = {"description": "Seconds to wait.", "schema": {"type": "integer"}}


SECURITY_SCHEMES = {
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": SECURE_COOKIE,
        "description": f"From `POST /session`. What changes something brings `{CSRF_HEADER}` too. "
        f"On the machine itself, without https, the cookie is called `{LOCAL_COOKIE}`.",
    },
    "token": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "Of a service: `workpool account token`, or the organisation's own issuer.",
    },
}


def document(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of the application, made once."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=TITLE,
            version=API_VERSION,
            description=DESCRIPTION,
            routes=app.routes,
            servers=[{"url": PREFIX}],
            license_info={"name": "EUPL-1.2", "identifier": "EUPL-1.2"},
            tags=[{"name": name, "description": text} for name, text in TAGS.items()],
        )
        # Given to the framework, an e-mail address asks for a package that only checks it.
        made["info"]["contact"] = CONTACT
        schemas = made["components"]["schemas"]
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        problem = ProblemDetails.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(problem.pop("$defs"))
        schemas["ProblemDetails"] = problem
        made["components"]["securitySchemes"] = SECURITY_SCHEMES
        for path, item in made["paths"].items():
            for method, operation in item.items():
                _complete(path, method, operation)
        app.openapi_schema = made
    return app.openapi_schema


TAGS = {
    "pools": "Labour pools (arbeidspools).",
    "coaches": "Job coaches (jobcoaches).",
    "candidates": "People who look for a placement (kandidaten), without who they are.",
    "pins": "Pairs that a coach fixed (vastgezet): every plan holds them.",
    "companions": "People who start together or stay apart (metgezellen).",
    "employers": "Organisations that post placements (werkgevers).",
    "sites": "Where employers have people at work (vestigingen).",
    "supervisor-groups": "Who guides people at a site (begeleiders).",
    "placements": "Work with a number of openings (werkplekken).",
    "matches": "Who fits which placement, and why (matches).",
    "match-runs": "Computations for a whole pool (matchrondes).",
    "proposals": "Pairs put to a coach (voorstellen).",
    "deployments": "Who is at work where, was, or is going to be (plaatsingen).",
    "session": "Signing in (aanmelden).",
    "memberships": "Who has which role in a pool (rollen).",
    "tasks": "What somebody has to do (taken).",
    "exceptional-accesses": "Records opened outside the own caseload (noodtoegang).",
    "read-alarms": "Coaches who read about very many people in an hour (leesalarmen).",
    "erasures": "Receipts of people who were erased (wisbewijzen).",
    "imports": "Files with people and placements (bestanden).",
    "audit-events": "The record of who changed and decided what (logboek).",
    "algorithm-registration": "The record for the register of algorithms (algoritmeregister).",
    "health": "For the orchestrator.",
}


def _secure(operation: dict[str, Any], statuses: list[str]) -> None:
    """Say who may call an operation, and what the others get."""
    access = OPERATIONS.get(operation["operationId"])
    if access is None:  # `check_complete` tells all of them at once
        return
    if operation["operationId"] in LIMITED:
        statuses.append("429")
    if operation["operationId"] in NAMING_NOTHING:
        statuses.append("404")
    if access.everyone and not access.roles:
        operation["security"] = []
        if operation["operationId"] in SIGNING_IN:
            statuses.append("401")
        return
    statuses += ["401", "403"]
    operation["security"] = [{"session": []}] if access.roles else []
    if access.scope is not None:
        operation["security"].append({"token": []})
        operation["x-scope"] = access.scope
    if access.everyone:
        operation["security"].append({})
    operation["x-roles"] = sorted(access.roles)


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    responses: dict[str, Any] = operation["responses"]
    responses.pop("422", None)
    statuses = ["400", "406", "500", "503"]
    for item in operation.get("parameters", ()):
        if item["in"] == "header":
            item["name"] = item["name"].title()
    _secure(operation, statuses)
    parameters = {item["name"] for item in operation.get("parameters", ())}
    # work for a pool that is not there, or its record
    if "{" in path or "202" in responses or path.endswith(("/verification", "-registration")):
        statuses.append("404")
    if operation["operationId"] in NAMING_IN_BODY:
        statuses.append("404")
    if "requestBody" in operation:
        statuses += ["413", "415"]
    if "Idempotency-Key" in parameters:
        statuses += ["409", "422"]
    if "If-Match" in parameters:
        statuses += ["409", "412", "428"]
    if path.endswith("/cancellation") or path.startswith("/session/second-factor"):
        statuses.append("409")
    for status in sorted(set(statuses)):
        responses[status] = {
            "description": _REASONS[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
        }
    for status, response in responses.items():
        response.setdefault("headers", {})["API-Version"] = _VERSION_HEADER
        if status in {"429", "503"}:
            response["headers"]["Retry-After"] = _RETRY_HEADER
    if method == "patch":
        content = operation["requestBody"]["content"]
        content["application/merge-patch+json"] = content["application/json"]
