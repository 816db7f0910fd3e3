"""
How much the record takes: entries a second, and what noting a read adds to a question.

The database waits for its disk here, as in production. Its peer is the same number of plain inserts
into a table without a chain.
"""

import statistics
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import psutil
import pytest
from sqlalchemy import text

from api.routes import matches
from matcher.service import auditing, importing, pools
from matcher.service.matching import Question
from matcher.simulation.generate import generate
from matcher.store import audit
from matcher.store.database import allow_time, transaction
from matcher.store.tables import Pool
from tests.benchmarks.report import show_table
from tests.servers import OwnServers

POOLS = 8
WRITERS = 8
SECONDS = 4.0
IN_A_BATCH = 50
DETAIL = {"id": str(uuid.uuid4()), "version": 3, "fields": ["hours_max", "hours_min"]}

Write = Callable[[int], int]


def per_second(write: Write) -> float:
    """Return how many entries all writers together wrote in a second."""

    def work(number: int) -> int:
        written = 0
        while time.perf_counter() < until:
            written += write(number)
        return written

    started = time.perf_counter()
    until = started + SECONDS
    with ThreadPoolExecutor(WRITERS) as threads:
        written = sum(threads.map(work, range(WRITERS)))
    return written / (time.perf_counter() - started)


def chained(pools: list[uuid.UUID], entries: int) -> Write:
    def write(number: int) -> int:
        with transaction() as db:
            for _ in range(entries):
                pool = pools[number % len(pools)]
                audit.append(db, pool, "coach", "candidate.change", DETAIL)
        return entries

    return write


def plain(number: int) -> int:
    with transaction() as db:
        statement = "insert into unchained (actor, action, detail) values ('coach', 'x', :detail)"
        db.execute(text(statement), {"detail": audit.canonical(DETAIL)})
    return 1


def read_and_note(pools: list[uuid.UUID], person: uuid.UUID) -> Write:
    def write(number: int) -> int:
        with transaction() as db:
            audit.note_reads(db, [(pools[number % len(pools)], "coach", person)], "candidate.read")
        return 1

    return write


def milliseconds(write: Write, times: int = 300) -> float:
    """Return the median of doing it once, alone."""
    took = []
    for _ in range(times):
        started = time.perf_counter()
        write(0)
        took.append((time.perf_counter() - started) * 1000)
    return statistics.median(took)


def test_the_record(own_servers: OwnServers) -> None:
    with transaction() as db:
        made = [Pool(key=f"pool-{number}", name="Pool") for number in range(POOLS)]
        db.add_all(made)
        db.flush()
        pools = [pool.id for pool in made]
        columns = "id bigserial primary key, actor text, action text, detail text"
        db.execute(text(f"create table unchained ({columns})"))
        assert db.execute(text("show synchronous_commit")).scalar_one() == "on"
        fsync = db.execute(text("show fsync")).scalar_one()
    found = {
        f"one entry a transaction, {POOLS} pools": per_second(chained(pools, 1)),
        "one entry a transaction, one pool": per_second(chained(pools[:1], 1)),
        f"{IN_A_BATCH} entries a transaction, {POOLS} pools": per_second(
            chained(pools, IN_A_BATCH)
        ),
        "reads noted": per_second(read_and_note(pools, uuid.uuid4())),
        "peer: plain inserts, no chain": per_second(plain),
    }
    started = time.perf_counter()
    with transaction() as db:
        linked = sum(audit.link_reads(db, pool) for pool in audit.unlinked_pools(db))
    linking = time.perf_counter() - started
    started = time.perf_counter()
    with transaction("REPEATABLE READ") as db:
        checked = auditing.verify(db)
    verifying = time.perf_counter() - started
    assert all(each.valid for each in checked)
    rows = [(name, f"{each:,.0f}") for name, each in found.items()]
    rows.append((f"linking {linked:,} reads", f"{linked / linking:,.0f}"))
    entries = sum(each.entries for each in checked)
    rows.append((f"verifying {entries:,} entries", f"{entries / verifying:,.0f}"))
    load = psutil.getloadavg()[0]
    show_table(
        f"The record, entries a second, {WRITERS} writers, fsync {fsync}, load {load:.1f}",
        ("", "a second"),
        rows,
    )
    best = max(found[name] for name in list(found)[:3])
    alone = milliseconds(read_and_note(pools, uuid.uuid4()))
    show_table(
        "The same against its bars",
        ("", "found", "bar"),
        [
            ("entries a second over all pools", f"{best:,.0f}", "at least 1,000"),
            ("noting one read, alone, median ms", f"{alone:.2f}", "see the coach's question"),
        ],
    )
    assert best >= 1000


def test_what_noting_a_read_adds_to_a_question(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By turns with and without, so that what else the machine does hits both alike."""
    generate(4000, 1, tmp_path / "pool", today=date(2026, 11, 21))
    with transaction() as db:
        pool_id = pools.create(db, "noord", "Noord")
        allow_time(db, 300)
        assert importing.run(db, pool_id, tmp_path / "pool", "pool").accepted
    with transaction() as db:
        found = db.execute(text("select id from candidate where state = 'active' order by id"))
        people = list(found.scalars())[:1200]
    note = matches.note_reads
    took: dict[bool, list[float]] = {True: [], False: []}
    for at, person in enumerate(people):
        noted = at % 2 == 1
        monkeypatch.setattr(matches, "note_reads", note if noted else lambda *given: None)
        started = time.perf_counter()
        matches.answer_together([Question(person)])
        took[noted].append((time.perf_counter() - started) * 1000)
    rows = [
        (name, *(f"{statistics.quantiles(took[noted][20:])[at]:.1f}" for at in (0, 1)))
        for name, noted in (("noted", True), ("not noted", False))
    ]
    show_table(
        f"The coach's question, 4,000 people, load {psutil.getloadavg()[0]:.1f}",
        ("", "lower quartile ms", "median ms"),
        rows,
    )
