"""
The coach's question over HTTP, against the large region with nightly runs going on beside it.

The peer is a bare FastAPI + psycopg endpoint that returns JSON of the same size, served by the same
process in the same run; the client is another process. Every question is about another person. What
it costs to know who asks and to note it is seen by turns with the same product that does neither.
"""

import json
import os
import random
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import pytest
from sqlalchemy import text

from api.access import SCOPES
from matcher.service import importing, pools
from matcher.simulation.generate import generate
from matcher.store.database import allow_time, transaction
from tests.benchmarks.report import show_table
from tests.integration.signing import service_token

SIZE = "large-region"
SECONDS = 8.0
IN_FLIGHT = 50
TURNS = 3
MIXED = 10_000
Asked = str | list[Any]
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
    port: int,
    in_flight: int,
    paths: Sequence[Asked],
    server: "subprocess.Popen[str]",
    seconds: float = SECONDS,
) -> dict[str, Any]:
    """
    Let another process ask for some seconds; return its figures and the server's CPU time.

    With 0 seconds everything is asked once.
    """
    serving = psutil.Process(server.pid)
    before = serving.cpu_times()
    done = subprocess.run(
        [sys.executable, str(HERE / "api_load.py"), str(port), str(in_flight), str(seconds)],
        input=json.dumps(paths),
        capture_output=True,
        text=True,
        check=True,
    )
    after = serving.cpu_times()
    found: dict[str, Any] = json.loads(done.stdout)
    cpu_seconds = after.user + after.system - before.user - before.system
    found["cpu_ms"] = cpu_seconds / found["requests"] * 1000
    return found


def medians_by_turns(
    port: int, server: "subprocess.Popen[str]", paths: Sequence[str], doors: Sequence[str]
) -> list[float]:
    """Return each door's median in ms, by turns: what else the machine does hits all alike."""
    rounds = [
        [
            load(port, 1, [f"{door}{path}" for path in paths[turn::TURNS]], server, SECONDS / 2)
            for door in doors
        ]
        for turn in range(TURNS)
    ]
    return [
        statistics.fmean(each["median_ms"] for each in door) for door in zip(*rounds, strict=True)
    ]


def mixed(pool_id: UUID, people: list[UUID], chance: random.Random) -> list[Asked]:
    """Return a day's requests, shuffled: questions, records, lists, and people who come in."""
    api = "/api/v1"
    kinds: list[tuple[int, Callable[[int], Asked]]] = [
        (60, lambda at: f"{api}/candidates/{people[at % len(people)]}/matches"),
        (15, lambda at: f"{api}/candidates/{people[at % len(people)]}"),
        (10, lambda at: f"{api}/proposals?poolId={pool_id}&pageSize=10"),
        (5, lambda at: f"{api}/placements?poolId={pool_id}&pageSize=10"),
        (
            10,
            lambda at: [
                "POST",
                f"{api}/candidates",
                {"poolId": str(pool_id), "key": f"new-{at}", "hoursMin": 12},
                201,
            ],
        ),
    ]
    asked = [make(at) for percent, make in kinds for at in range(MIXED * percent // 100)]
    chance.shuffle(asked)
    return asked


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
    asked = urllib.request.Request(f"http://127.0.0.1:{port}{path}")
    asked.add_header("Authorization", f"Bearer {os.environ['BENCH_TOKEN']}")
    with urllib.request.urlopen(asked, timeout=60) as answer:
        body: bytes = answer.read()
    return body


def test_the_coachs_question(
    large_region: UUID, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BENCH_TOKEN", service_token(large_region, SCOPES))
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
        guarded, unguarded = medians_by_turns(port, server, paths[3000:6000], ("", "/open"))
        stored = [f"/bare/{number}" for number in range(len(payloads))]
        found = {
            "one at a time": load(port, 1, paths[200:], server),
            "bare endpoint, one at a time": load(port, 1, stored, server),
            f"{IN_FLIGHT} in flight": load(port, IN_FLIGHT, paths[2000:], server),
            f"bare endpoint, {IN_FLIGHT} in flight": load(port, IN_FLIGHT, stored, server),
        }
        mix = mixed(large_region, people, random.Random(2))
        found[f"{MIXED:,} mixed requests, {IN_FLIGHT} in flight"] = load(
            port, IN_FLIGHT, mix, server, seconds=0
        )
        assert night.poll() is None
    alone, _, many, bare, mixture = found.values()
    assert mixture["requests"] == MIXED
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
                each["fault_count"],
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
            (
                "who asks and noting it, of the median without",
                f"{guarded / unguarded - 1:.0%}",
                "at most 25%",
            ),
            ("errors of the mixed requests", mixture["fault_count"], "0"),
            (
                "req/s of the mixed requests, of the bare endpoint's",
                f"{mixture['per_second'] / bare['per_second']:.2f}",
                "",
            ),
        ],
    )
    assert [each["faults"] for each in found.values()] == [[]] * len(found)
