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

import psutil
from sqlalchemy import text

from matcher.service import auditing
from matcher.store import audit
from matcher.store.database import transaction
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
