"""What is refused is logged, once and about nobody, and changes nothing; over real HTTP."""

import http.client
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx2
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel import select

from api.identity import CSRF_HEADER
from api.rates import counters
from api.refusals import MOST_ROWS, MOST_ROWS_OF_STRANGERS, Asked, Refusals
from matcher.domain.actors import NOBODY, Actor, ActorRole
from matcher.errors import Unavailable
from matcher.service import accounts, attention, auditing, import_jobs, signing_in, sweeping, tokens
from matcher.store import access, refusals
from matcher.store.acting import acting
from matcher.store.database import transaction
from matcher.store.tables import Candidate, Employer
from tests.integration.live import served
from tests.integration.nights import publish_plan
from tests.integration.signing import headers_of
from tests.integration.traces import digests
from tests.integration.workbooks import zipped
from tests.small_pools import write_pool
from workers import tasks

PASSWORD = "four quiet words here"


@dataclass
class Scene:
    """Two pools; of the first one, accounts that are refused things; and the server's address."""

    pool: UUID
    elsewhere: UUID
    address: str = ""

    def account(self, role: ActorRole, **links: Any) -> UUID:
        with transaction() as db:
            made = accounts.create(db, f"somebody-{uuid4().hex[:8]}")
            accounts.grant(db, made, self.pool, role, accounts.Links(**links))
        return made

    def employer(self) -> UUID:
        with transaction() as db:
            found = db.exec(select(Employer.id).where(Employer.pool_id == self.pool)).first()
        assert found is not None
        return self.account("employer", employer_ids=[found])

    def candidate(self, pool: UUID) -> UUID:
        with transaction() as db:
            return db.exec(select(Candidate.id).where(Candidate.pool_id == pool)).first() or uuid4()

    def ask(self, method: str, path: str, **more: Any) -> httpx2.Response:
        return httpx2.request(method, f"{self.address}{path}", timeout=30, **more)


def session_of(account_id: UUID) -> str:
    with transaction() as db:
        return signing_in.begin(db, account_id).token


def with_password(scene: Scene) -> tuple[UUID, str]:
    account_id = scene.account("auditor")
    with transaction() as db:
        accounts.change_password(db, account_id, accounts.reset(db, account_id), PASSWORD)
        name = db.execute(
            text("select name from account where id = :id"), {"id": account_id}
        ).scalar_one()
    return account_id, name


def sign_in(scene: Scene, name: str, password: str) -> httpx2.Response:
    return scene.ask("POST", "/session", json={"name": name, "password": password})


Refuse = Callable[[Scene], tuple[int, str, UUID | None]]
"""Does something that is refused; gives the status, the code it is counted under, the account."""


def a_wrong_password(scene: Scene) -> tuple[int, str, UUID | None]:
    account_id, name = with_password(scene)
    return sign_in(scene, name, "not the password").status_code, "sign_in_refused", account_id


def a_wrong_name(scene: Scene) -> tuple[int, str, UUID | None]:
    return sign_in(scene, "nobody-here", PASSWORD).status_code, "sign_in_refused", None


def a_locked_account(scene: Scene) -> tuple[int, str, UUID | None]:
    account_id, name = with_password(scene)
    with transaction() as db:
        db.execute(text("update account set locked_until = now() + interval '1 minute'"))
    return sign_in(scene, name, PASSWORD).status_code, "sign_in_locked", account_id


def a_forged_token(scene: Scene) -> tuple[int, str, UUID | None]:
    account_id = scene.account("service", scopes=["candidates:read"])
    token = tokens.issue(account_id, scene.pool, ["candidates:read"], 60)
    forged = {"Authorization": f"Bearer {token[:-8]}AAAAAAAA"}
    return scene.ask("GET", "/candidates", headers=forged).status_code, "token_refused", None


def a_replayed_token(scene: Scene) -> tuple[int, str, UUID | None]:
    account_id = scene.account("service", scopes=["candidates:read"])
    token = tokens.issue(account_id, scene.pool, ["candidates:read"], 60)
    with transaction() as db:
        access.end_sessions(db, account_id)
        db.execute(text("update account set tokens_from = now() + interval '1 minute'"))
    replayed = {"Authorization": f"Bearer {token}"}
    answer = scene.ask("GET", "/candidates", headers=replayed)
    return answer.status_code, "token_refused", account_id


def a_session_that_is_over(scene: Scene) -> tuple[int, str, UUID | None]:
    headers = headers_of(session_of(scene.account("auditor")))
    with transaction() as db:
        db.execute(text("update web_session set expires_at = now()"))
    return scene.ask("GET", "/audit-events", headers=headers).status_code, "session_over", None


def no_sign_in(scene: Scene) -> tuple[int, str, UUID | None]:
    return scene.ask("GET", "/candidates").status_code, "unauthenticated", None


def a_one_time_password(scene: Scene) -> tuple[int, str, UUID | None]:
    account_id = scene.account("auditor")
    headers = headers_of(session_of(account_id))
    with transaction() as db:
        db.execute(text("update account set password_temporary = true"))
    answer = scene.ask("GET", "/match-runs", headers=headers)
    return answer.status_code, "password_change_required", account_id


def another_role(scene: Scene) -> tuple[int, str, UUID | None]:
    account_id = scene.employer()
    headers = headers_of(session_of(account_id))
    answer = scene.ask("POST", "/match-runs", json={"poolId": str(scene.pool)}, headers=headers)
    return answer.status_code, "role_refused", account_id


def an_id_of_another_pool(scene: Scene) -> tuple[int, str, UUID | None]:
    account_id = scene.account("pool_manager")
    headers = {**headers_of(session_of(account_id)), "If-Match": '"1"'}
    path = f"/candidates/{scene.candidate(scene.elsewhere)}"
    answer = scene.ask("PATCH", path, json={"hoursMin": 1}, headers=headers)
    return answer.status_code, "not_found", account_id


def a_forged_pseudonym(scene: Scene) -> tuple[int, str, UUID | None]:
    account_id = scene.employer()
    headers = headers_of(session_of(account_id))
    answer = scene.ask("GET", "/proposals/K7F3-Q2ZD/card", headers=headers)
    return answer.status_code, "invalid", account_id


def a_stale_version(scene: Scene) -> tuple[int, str, UUID | None]:
    account_id = scene.account("pool_manager")
    headers = {**headers_of(session_of(account_id)), "If-Match": '"77"'}
    path = f"/candidates/{scene.candidate(scene.pool)}"
    answer = scene.ask("PATCH", path, json={"hoursMin": 1}, headers=headers)
    return answer.status_code, "stale", account_id


def a_post_from_another_site(scene: Scene) -> tuple[int, str, UUID | None]:
    account_id = scene.account("pool_manager")
    headers = headers_of(session_of(account_id))
    del headers[CSRF_HEADER]
    body = {"poolId": str(scene.pool), "key": "x", "name": "x"}
    answer = scene.ask("POST", "/coaches", json=body, headers=headers)
    return answer.status_code, "cross_site", account_id


def a_page_of_another_site(scene: Scene) -> tuple[int, str, UUID | None]:
    headers = {"Origin": "https://evil.example"}
    return scene.ask("GET", "/health/live", headers=headers).status_code, "not_this_machine", None


def an_announced_size(scene: Scene) -> tuple[int, str, UUID | None]:
    headers = headers_of(session_of(scene.account("pool_manager")))
    with closing(raw(scene, headers, "Content-Length", str(10**12))) as connection:
        return connection.getresponse().status, "too_large", None


def a_body_without_an_end(scene: Scene) -> tuple[int, str, UUID | None]:
    account_id = scene.account("pool_manager")
    headers = headers_of(session_of(account_id))
    with closing(raw(scene, headers, "Transfer-Encoding", "chunked")) as connection:
        part = b"%x\r\n%s\r\n" % (64 * 1024, b" " * (64 * 1024))
        for _ in range(17):
            connection.send(part)
        status = connection.getresponse().status
        with suppress(OSError):
            for _ in range(1000):
                connection.send(part)
    return status, "too_large", account_id


def too_many(scene: Scene) -> tuple[int, str, UUID | None]:
    account_id = scene.account("pool_manager")
    headers = headers_of(session_of(account_id))
    body = {"password": "not the password", "newPassword": PASSWORD + " too"}
    said = [
        scene.ask("PUT", "/session/password", json=body, headers=headers).status_code
        for _ in range(6)
    ]
    assert said[:5] == [400] * 5
    return said[5], "too_many_requests", account_id


def raw(scene: Scene, headers: dict[str, str], name: str, value: str) -> http.client.HTTPConnection:
    parts = urlsplit(scene.address)
    connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    connection.putrequest("POST", f"{parts.path}/coaches")
    for each in ({"Content-Type": "application/json"}, headers, {name: value}):
        for key, content in each.items():
            connection.putheader(key, content)
    connection.endheaders()
    return connection


KINDS: tuple[tuple[Refuse, int], ...] = (
    (a_wrong_password, 401),
    (a_wrong_name, 401),
    (a_locked_account, 401),
    (a_forged_token, 401),
    (a_replayed_token, 401),
    (a_session_that_is_over, 401),
    (no_sign_in, 401),
    (a_one_time_password, 403),
    (another_role, 403),
    (an_id_of_another_pool, 404),
    (a_forged_pseudonym, 400),
    (a_stale_version, 412),
    (a_post_from_another_site, 403),
    (a_page_of_another_site, 403),
    (an_announced_size, 413),
    (a_body_without_an_end, 413),
    (too_many, 429),
)


@pytest.fixture
def scene(database: str, redis_url: str) -> Scene:
    counters.forget()
    with transaction() as db:
        found = Scene(
            write_pool(db, "noord", people=3, placements=2),
            write_pool(db, "zuid", people=3, placements=2),
        )
    publish_plan(found.pool)
    return found


def written() -> list[tuple[Any, ...]]:
    """Return pool, account, code and count of each refusal."""
    with transaction() as db:
        rows = db.execute(
            text("select pool_id, account_id, code, requests, operation from refusal order by id")
        )
        return [tuple(row) for row in rows]


@pytest.mark.parametrize(("refuse", "status"), KINDS, ids=[kind.__name__ for kind, _ in KINDS])
def test_refused_logged_once_and_nothing_changed(
    scene: Scene, refuse: Refuse, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    # What the request itself needs (an account, a session) is made by it and is no change.
    aside = {"membership", "membership_employer", "audit_event", "audit_detail", "audit_head"}
    before = digests(aside)
    with served() as scene.address:
        answered, code, account_id = refuse(scene)
    assert answered == status
    assert digests(aside) == before
    pool = None if account_id is None else scene.pool
    mine = [row for row in written() if row[2] == code]
    assert [row[:4] for row in mine] == [(pool, account_id, code, 1)]
    told = [
        record.message for record in caplog.records if f"refused code={code} " in record.message
    ]
    assert len(told) == 1
    assert f"account={account_id} " in told[0]
    # The chain learns of it by the sweep: one entry for a pool, none for a stranger's.
    sweeping.sweep()
    sweeping.sweep()
    with transaction() as db:
        entries = db.execute(
            text("select count(*) from audit_event where action = 'request.refuse'")
        ).scalar_one()
        assert all(found.valid for found in auditing.verify(db))
        shown = attention.oversight(db, scene.pool).refused
    assert entries == (account_id is not None)
    assert shown.get(code, 0) == (account_id is not None)


def test_a_zip_bomb_is_refused_and_stands_in_the_record(scene: Scene) -> None:
    with transaction() as db:
        bomb = zipped({"candidates.csv": bytes(50 * 1024 * 1024)})
        job = import_jobs.submit(db, scene.pool, "pool", "pool.zip", bomb)
    aside = {"import_job", "audit_event", "audit_detail", "audit_head"}
    before = digests(aside)
    tasks.import_file(str(job))
    tasks.import_file(str(job))
    assert digests(aside) == before
    with transaction() as db:
        details = db.execute(
            text(
                "select d.detail::jsonb from audit_event join audit_detail d using (pool_id, seq)"
                " where action = 'import.refuse'"
            )
        ).scalars()
        assert list(details) == [{"import": str(job), "code": "too_much_packed"}]


def test_an_auditor_reads_what_was_refused(scene: Scene) -> None:
    with served() as scene.address:
        _, _, employer = another_role(scene)
    sweeping.sweep()
    headers = headers_of(session_of(scene.account("auditor")))
    with served() as scene.address:
        path = f"/audit-events?poolId={scene.pool}&action=request.refuse"
        (entry,) = scene.ask("GET", path, headers=headers).json()["items"]
        oversight = scene.ask("GET", f"/pools/{scene.pool}/oversight", headers=headers).json()
    (told,) = entry["detail"]["refused"]
    assert {name: told[name] for name in ("account", "code", "operation", "requests")} == {
        "account": str(employer),
        "code": "role_refused",
        "operation": "createMatchRun",
        "requests": 1,
    }
    assert told["first_at"] <= told["last_at"]
    assert oversight["refused"] == [{"code": "role_refused", "requests": 1}]


def test_a_flood_of_strangers_is_a_few_rows(scene: Scene) -> None:
    paths = ("/candidates", "/placements", "/proposals", "/coaches", "/nothing", "/health/nothing")
    with served() as scene.address, httpx2.Client(base_url=scene.address, timeout=30) as client:
        for number in range(200):
            path = paths[number % len(paths)]
            headers = {"Authorization": "Bearer x"} if number % 2 else {}
            assert client.get(f"{path}?x={number}", headers=headers).status_code in {401, 404}
    rows = written()
    assert len(rows) <= MOST_ROWS_OF_STRANGERS
    assert sum(row[3] for row in rows) == 200
    assert {row[0] for row in rows} == {None}


def keys(number: int, *, known: bool) -> Iterator[Asked]:
    for each in range(number):
        who = {"pool_id": UUID(int=1), "account_id": UUID(int=each + 1)} if known else {}
        yield Asked(operation=f"operation{each}", code="not_found", **who)


def test_memory_and_rows_are_bounded_whoever_is_refused(database: str) -> None:
    counted = Refusals()
    started = time.perf_counter()
    for each in (*keys(20_000, known=False), *keys(20_000, known=True)):
        counted.note(each)
    seconds = time.perf_counter() - started
    # one for the rest of strangers, one for the rest of each pool and code
    assert len(counted._counts) <= MOST_ROWS + MOST_ROWS_OF_STRANGERS + 2
    assert sum(found.requests for found in counted._counts.values()) == 40_000
    assert seconds < 20


def test_a_window_goes_on_while_the_database_is_away(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Refusals()
    (asked,) = keys(1, known=False)
    counted.note(asked)

    def away(*_: object) -> None:
        raise Unavailable("away")

    with monkeypatch.context() as patched:
        patched.setattr(refusals, "note", away)
        assert counted.write() == 0
    counted.note(asked)
    assert counted.write() == 1
    assert [row[3] for row in written()] == [2]
    assert counted.write() == 0


@pytest.mark.parametrize(
    "statement",
    [
        "update refusal set requests = requests + 1",
        "update refusal set seq = seq + 1",
        "delete from refusal where pool_id is not null",
        "truncate refusal",
    ],
)
def test_what_was_refused_is_not_changed(scene: Scene, statement: str) -> None:
    with served() as scene.address:
        another_role(scene)
    sweeping.sweep()
    with pytest.raises(DBAPIError), transaction() as db:
        db.execute(text(statement))
    assert len(written()) == 1


def test_strangers_are_forgotten_after_half_a_year(scene: Scene) -> None:
    now = datetime.now(UTC)
    with transaction() as db:
        for days, pool in ((1, None), (200, None), (200, scene.pool)):
            at = now - timedelta(days=days)
            key = refusals.Refusal(pool, None, None, "not_found")
            refusals.note(db, {key: refusals.Refused(1, at, at)})
    sweeping.sweep()
    assert Counter(row[0] for row in written()) == {None: 1, scene.pool: 1}


def test_a_pool_sees_its_own_alone(scene: Scene) -> None:
    now = datetime.now(UTC)
    with transaction() as db:
        for pool in (scene.pool, scene.elsewhere, None):
            key = refusals.Refusal(pool, None, None, "not_found")
            refusals.note(db, {key: refusals.Refused(1, now, now)})
    token = acting.set(Actor(NOBODY.account_id, "auditor", scene.pool))
    try:
        assert [row[0] for row in written()] == [scene.pool]
        with pytest.raises(DBAPIError), transaction() as db:
            db.execute(text("insert into refusal (code) values ('x')"))
    finally:
        acting.reset(token)
