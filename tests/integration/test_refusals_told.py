"""What was refused reaches who runs the installation, however the API that counted it ends."""

import json
import signal
import socket
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx2
import pytest

from matcher.service import accounts
from matcher.store import refusals
from matcher.store.database import transaction
from matcher.store.refusals import Refusal, Refused
from tests.integration.imports import select
from tests.integration.test_cli import workpool
from tests.owners import eventually
from tests.processes.fleet import START_SECONDS
from tests.processes.test_canaries import Served
from tests.small_pools import write_pool


@pytest.fixture
def refused(database: str, redis_url: str) -> None:
    """Strangers were refused two things, and an account of a pool one."""
    now = datetime.now(UTC)
    with transaction() as db:
        pool = write_pool(db, "noord", people=1, placements=1)
        account = accounts.create(db, "somebody")
        for key, requests, days in (
            (Refusal(None, None, "listCandidates", "unauthenticated"), 40, 0),
            (Refusal(None, None, "listCandidates", "unauthenticated"), 2, 1),
            (Refusal(None, None, None, "not_found"), 7, 0),
            (Refusal(None, None, None, "too_large"), 9, 20),
            (Refusal(pool, account, "createMatchRun", "role_refused"), 3, 0),
        ):
            at = now - timedelta(days=days)
            refusals.note(db, {key: Refused(requests, at, at)})


def test_the_command_tells_of_strangers_the_most_frequent_first(refused: None) -> None:
    told = workpool("refusals")
    assert told.exit_code == 0, told.output
    first, *lines = told.output.splitlines()
    assert first == "Refused to strangers in 7 days: 49 requests."
    assert [line.split(" (")[0].strip() for line in lines] == [
        "unauthenticated: 42",
        "not_found: 7",
    ]
    assert "listCandidates, " in lines[0]
    assert "no known operation, " in lines[1]
    longer = json.loads(workpool("refusals", "--days", "30", "--json").output)
    assert [(each["code"], each["requests"]) for each in longer] == [
        ("unauthenticated", 42),
        ("too_large", 9),
        ("not_found", 7),
    ]
    assert {each["accounts"] for each in longer} == {0}
    assert longer[0]["first_at"] < longer[0]["last_at"]


def test_of_a_pool_it_tells_what_its_accounts_were_refused(refused: None) -> None:
    (one,) = json.loads(workpool("refusals", "--pool", "noord", "--json").output)
    assert (one["code"], one["operation"], one["requests"], one["accounts"]) == (
        "role_refused", "createMatchRun", 3, 1,
    )  # fmt: skip
    assert "3 (createMatchRun, 1 accounts, " in workpool("refusals", "--pool", "noord").output


def test_what_cannot_be_asked_is_said(refused: None) -> None:
    unknown = workpool("refusals", "--pool", "zuid")
    assert (unknown.exit_code, "The pools are noord." in unknown.output) == (1, True)
    assert workpool("refusals", "--days", "0").exit_code == 2


def stop(server: Served) -> None:
    server.end()


def stop_while_somebody_sends(server: Served) -> None:
    """Stop it in the middle of a request whose body never comes."""
    with closing(socket.create_connection(("127.0.0.1", server.port), 10)) as line:
        head = "POST /api/v1/session HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        head += "Content-Type: application/json\r\nContent-Length: 50\r\n\r\n{"
        line.sendall(head.encode())
        line.settimeout(1)
        with pytest.raises(TimeoutError):
            line.recv(1)
        server.end()


def kill(server: Served) -> None:
    server.process.kill()
    assert server.process.wait(10) == -signal.SIGKILL
    assert server.process.stdin is not None
    server.process.stdin.close()


@pytest.mark.parametrize(
    ("end", "kept"), [(stop, [5]), (stop_while_somebody_sends, [5]), (kill, [])]
)
def test_what_was_counted_when_the_api_ends(
    database: str, redis_url: str, tmp_path: Path, end: Callable[[Served], None], kept: list[int]
) -> None:
    server = Served(tmp_path / "log")
    try:
        assert eventually(server.answers, START_SECONDS), server.log.read_text()
        for _ in range(5):
            address = f"http://127.0.0.1:{server.port}/api/v1/candidates"
            assert httpx2.get(address).status_code == 401
        assert select("select count(*) from refusal") == [(0,)]
        end(server)
    finally:
        server.process.kill()
        server.process.wait()
    rows = select("select requests from refusal where code = 'unauthenticated'")
    assert [requests for (requests,) in rows] == kept
    # Of one that was killed the log alone knows, and of each kind the first.
    assert server.log.read_text().count("refused code=unauthenticated ") == 1
