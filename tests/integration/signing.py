"""Signing in for tests: a service with every scope for each pool, and people in their roles."""

import base64
import re
import threading
from collections.abc import Generator, Iterable
from typing import Any
from uuid import UUID

import httpx2
from sqlalchemy import Uuid, text
from sqlmodel import Session, SQLModel

from api.access import SCOPES
from api.identity import CSRF_HEADER, cookie_name
from matcher.domain.actors import ActorRole
from matcher.service import accounts, signing_in, tokens
from matcher.service.accounts import Links
from matcher.store.database import transaction
from matcher.store.tables import Candidate, Coach, Placement

ANY_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)
OF_A_POOL = [
    name
    for name, table in SQLModel.metadata.tables.items()
    if {"id", "pool_id"} <= {*table.c.keys()} and isinstance(table.c.id.type, Uuid)
]


class AsService(httpx2.Auth):
    """
    Lets each request come from a service that may do everything in the pool that it is about.

    The pool is that of an id in the address or the body; without one, the first there is. A request
    that says itself whose it is stays as it is.
    """

    requires_request_body = True

    def __init__(self) -> None:
        self._tokens: dict[UUID | None, str] = {}
        self._pools: dict[UUID, UUID] = {}
        self._lock = threading.Lock()

    def auth_flow(
        self, request: httpx2.Request
    ) -> Generator[httpx2.Request, httpx2.Response, None]:
        if not {"authorization", "cookie"} & {*request.headers}:
            with self._lock:
                request.headers["Authorization"] = f"Bearer {self._token(request)}"
        yield request

    def _token(self, request: httpx2.Request) -> str:
        made_here = request.method == "POST" and request.url.path.endswith("/pools")
        pool_id = None if made_here else self._pool(request)
        if pool_id not in self._tokens:
            self._tokens[pool_id] = service_token(pool_id, SCOPES)
        return self._tokens[pool_id]

    def _pool(self, request: httpx2.Request) -> UUID | None:
        said = f"{request.url} {request.content.decode('utf-8', 'replace')}"
        ids = [UUID(found) for found in ANY_ID.findall(said)]
        for each in ids:
            if each not in self._pools:
                found = pool_of(each)
                if found is None:
                    continue
                self._pools[each] = found
            return self._pools[each]
        if self._pools:
            return next(iter(self._pools.values()))
        with transaction() as db:
            return db.execute(text("select id from pool order by key limit 1")).scalar()


def pool_of(some_id: UUID) -> UUID | None:
    """Return the pool that a row belongs to, whatever it is."""
    parts = [f'select pool_id from "{name}" where id = :id' for name in OF_A_POOL]
    query = " union all ".join(["select id from pool where id = :id", *parts])
    with transaction() as db:
        found: UUID | None = db.execute(text(query), {"id": some_id}).scalars().first()
    return found


def service_token(pool_id: UUID | None, scopes: Iterable[str], seconds: int = 3600) -> str:
    """Return a token of a service of a pool with these scopes, made if it is not there."""
    named = sorted(scopes)
    with transaction() as db:
        account_id = _account(db, f"service-{pool_id}-{len(named)}".lower())
        if not db.execute(
            text("select true from membership where account_id = :id"), {"id": account_id}
        ).scalar():
            accounts.grant(db, account_id, pool_id, "service", Links(scopes=named))
    return tokens.issue(account_id, pool_id, named, seconds)


def decoded(token: str, part: int) -> bytes:
    """Return a part of a token, unchecked: 0 its head, 1 its claims."""
    found = token.split(".")[part]
    return base64.urlsafe_b64decode(found + "=" * (-len(found) % 4))


def signed_in(role: ActorRole, pool_id: UUID, links: Links | None = None) -> dict[str, str]:
    """Return the headers of a person who has signed in, in a role made for this request."""
    with transaction() as db:
        number = db.execute(text("select count(*) from account")).scalar_one()
        account_id = accounts.create(db, f"{role}-{number}")
        accounts.grant(db, account_id, pool_id, role, links)
        session = signing_in.begin(db, account_id)
    return headers_of(session.token)


def person(role: ActorRole, proposal: dict[str, Any]) -> dict[str, str]:
    """Return the headers of somebody whom a proposal concerns: its coach, its employer."""
    known = (role, proposal["candidateId"])
    if known not in _people:
        pool, candidate = UUID(proposal["poolId"]), UUID(proposal["candidateId"])
        with transaction() as db:
            coach = db.get_one(Candidate, candidate).coach_id
            if coach is None:
                made = Coach(pool_id=pool, key=f"coach-{candidate}", name="Invented")
                db.add(made)
                db.flush()
                db.get_one(Candidate, candidate).coach_id = coach = made.id
            employer = db.get_one(Placement, UUID(proposal["placementId"])).employer_id
        links = {
            "coach": Links(coach_id=coach),
            "candidate": Links(candidate_id=candidate),
            "employer": Links(employer_ids=[employer]),
            "account_manager": Links(employer_ids=[employer]),
        }
        _people[known] = signed_in(role, pool, links.get(role))
    return _people[known]


_people: dict[tuple[str, str], dict[str, str]] = {}


def headers_of(token: str) -> dict[str, str]:
    """Return the headers of a browser that has a session."""
    return {
        "Cookie": f"{cookie_name()}={token}",
        CSRF_HEADER: signing_in.csrf_token(token),
    }


def service_of(pool_id: UUID) -> str:
    """Return what the record calls the service that `AsService` lets requests come from."""
    with transaction() as db:
        return str(_account(db, f"service-{pool_id}-{len(SCOPES)}"))


def _account(db: Session, name: str) -> UUID:
    found = db.execute(text("select id from account where name = :name"), {"name": name}).scalar()
    return found or accounts.create(db, name)
