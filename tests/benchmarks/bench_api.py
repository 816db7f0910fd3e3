"""
The coach's question over HTTP, against the large region with nightly runs going on beside it.

The peer is a bare FastAPI + psycopg endpoint that returns JSON of the same size, served by the same
process in the same run; the client is another process. Every question is about another person.
"""

import json
import random
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import pytest
from sqlalchemy import text

from matcher.service import importing, pools
from matcher.simulation.generate import generate
from matcher.store.database import allow_time, transaction
from tests.benchmarks.report import show_table

SIZE = "large-region"
SECONDS = 8.0
IN_FLIGHT = 50
HERE = Path(__file__).parent


@contextmanager
def process(*arguments: str, **options: Any) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen([sys.executable, *arguments], text=True, **options) as running:
        try:
            yield running
        finally:
            running.kill()


@pytest.fixture
def large_region(database: str, tmp_path: Path) -> UUID:
    generate(SIZE, 1, tmp_path / "pool", today=date(2026, 11, 21))
    with transaction() as db:
        pool_id = pools.create(db, "large", "Large region")
        allow_time(db, 300)
        report = importing.run(db, pool_id, tmp_path / "pool", "pool")
        assert report.accepted
    return pool_id


def load(
    port: int, in_flight: int, paths: list[str], server: "subprocess.Popen[str]"
) -> dict[str, Any]:
    """Let another process ask for some seconds; return its figures and the server's CPU time."""
    serving = psutil.Process(server.pid)
    before = serving.cpu_times()
    done = subprocess.run(
        [sys.executable, str(HERE / "api_load.py"), str(port), str(in_flight), str(SECONDS)],
        input=json.dumps(paths),
        capture_output=True,
        text=True,
        check=True,
    )
    after = serving.cpu_times()
    found: dict[str, Any] = json.loads(done.stdout)
    seconds = after.user + after.system - before.user - before.system
    found["cpu_ms"] = seconds / found["requests"] * 1000
    return found


def wait_until_it_answers(port: int) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            get(port, "/api/v1/health/live")
            return
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.2)


def get(port: int, path: str) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=60) as answer:
        body: bytes = answer.read()
    return body


def test_the_coachs_question(large_region: UUID, redis_url: str) -> None:
    with transaction() as db:
        people = list(
            db.execute(
                text("select id from candidate where pool_id = :pool and state = 'active'"),
                {"pool": large_region},
            ).scalars()
        )
    random.Random(1).shuffle(people)
    paths = [f"/api/v1/candidates/{person}/matches" for person in people]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with (
        process(str(HERE / "api_night.py"), str(large_region), stdout=subprocess.PIPE) as night,
        process(str(HERE / "api_server.py"), str(port)) as server,
    ):
        assert night.stdout is not None
        assert night.stdout.readline() == "published\n"
        wait_until_it_answers(port)
        payloads = [get(port, path).decode() for path in paths[:200]]
        with transaction() as db:
            db.execute(text("create table bare (number int primary key, payload jsonb)"))
            db.execute(
                text("insert into bare values (:number, cast(:payload as jsonb))"),
                [{"number": at, "payload": each} for at, each in enumerate(payloads)],
            )
        stored = [f"/bare/{number}" for number in range(len(payloads))]
        found = {
            "one at a time": load(port, 1, paths[200:], server),
            "bare endpoint, one at a time": load(port, 1, stored, server),
            f"{IN_FLIGHT} in flight": load(port, IN_FLIGHT, paths[2000:], server),
            f"bare endpoint, {IN_FLIGHT} in flight": load(port, IN_FLIGHT, stored, server),
        }
        assert night.poll() is None
    alone, _, many, bare = found.values()
    show_table(
        "The coach's question, 12,000 people and 2,400 placements, nights going on beside it",
        ("", "req/s", "median ms", "p99 ms", "server CPU ms", "kB", "errors"),
        [
            (
                name,
                f"{each['per_second']:.0f}",
                f"{each['median_ms']:.1f}",
                f"{each['p99_ms']:.1f}",
                f"{each['cpu_ms']:.1f}",
                f"{each['bytes'] / 1000:.1f}",
                len(each["faults"]),
            )
            for name, each in found.items()
        ],
    )
    show_table(
        "The same against its bars",
        ("", "found", "bar"),
        [
            ("one at a time, median ms", f"{alone['median_ms']:.1f}", "at most 40"),
            ("one at a time, 99th percentile ms", f"{alone['p99_ms']:.1f}", "at most 200"),
            (
                f"req/s of the bare endpoint's, {IN_FLIGHT} in flight",
                f"{many['per_second'] / bare['per_second']:.2f}",
                "at least 0.50",
            ),
        ],
    )
    assert [each["faults"] for each in found.values()] == [[]] * len(found)
