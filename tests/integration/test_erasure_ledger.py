"""Erased means gone, also after a backup from before was restored."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import make_url
from typer.testing import CliRunner

from api.cli import app
from api.launcher.start import API_DATABASE_URL
from matcher.errors import Invalid, Unavailable
from matcher.service import auditing, erasure, erasure_ledger, identity, import_jobs, importing
from matcher.service.sweeping import sweep
from matcher.settings import settings
from matcher.store import vault
from matcher.store.acting import API_ROLE
from matcher.store.database import transaction
from tests.integration.backups import backed_up, restored
from tests.integration.imports import changed_tables, everything, execute, select
from tests.integration.nights import publish_plan
from tests.integration.traces import tables_with
from tests.small_pools import write_pool

NAME = "Canary Kanarie"
LATE = "key-of-a-late-canary"
Setting = Callable[[str, str], None]


@pytest.fixture
def pool(database: str) -> uuid.UUID:
    with transaction() as db:
        made = write_pool(db, "noord", people=12, placements=8)
    publish_plan(made)
    return made


def canary(number: int = 0) -> uuid.UUID:
    """Mark somebody who has a proposal: a key and a name of their own."""
    rows = select("select candidate_id from proposal where state = 'open' order by id")
    who = uuid.UUID(str(rows[number][0]))
    execute("update candidate set key = :key where id = :id", key=f"canary-{number}", id=who)
    with transaction() as db:
        identity.change(db, who, {"name": NAME})
    return who


def erase(who: uuid.UUID) -> erasure.Receipt:
    with transaction() as db:
        return erasure.erase(db, who)


def export(path: Path) -> int:
    with transaction() as db:
        return erasure_ledger.export(db, path)


def replay(path: Path, *, dry_run: bool = False) -> erasure_ledger.Replayed:
    return erasure_ledger.replay(transaction, path, dry_run=dry_run)


def faults(anchor: bytes | None = None) -> list[str]:
    with transaction("REPEATABLE READ") as db:
        return [fault.code for each in auditing.verify(db, None, anchor) for fault in each.faults]


def head() -> bytes:
    with transaction() as db:
        return auditing.head(db, datetime(2026, 11, 22, tzinfo=UTC))


def begun(*words: str, ledger: Path) -> subprocess.CompletedProcess[str]:
    """Begin a process of the API on the database of this test, and wait until it has ended."""
    own = make_url(str(settings().database_url)).set(username=API_ROLE)
    told = {
        API_DATABASE_URL: own.render_as_string(hide_password=False),
        "WORKPOOL_ERASURE_LEDGER": str(ledger),
    }
    # It ends with whoever started it: when its standard input closes.
    reading, writing = os.pipe()
    try:
        return subprocess.run(
            [sys.executable, "-P", *words],
            stdin=reading,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env=os.environ | told,
        )
    finally:
        os.close(reading)
        os.close(writing)


def import_waiting() -> None:
    """Do what a worker does with the file that waits."""
    ((import_id,),) = select("select id from import_job where state = 'queued'")
    with transaction() as db:
        claim = import_jobs.claim(db, import_id, "test")
    assert claim is not None
    with transaction() as db:
        content = import_jobs.content(db, claim)
        report = importing.run(db, claim.pool_id, content, claim.kind, sent_at=claim.sent_at)
        import_jobs.finish(db, claim, report.to_dict())


@pytest.mark.parametrize("erased_before", [False, True])
def test_a_restored_backup_is_purged_again(
    pool: uuid.UUID, database: str, tmp_path: Path, erased_before: bool
) -> None:
    earlier = canary(1)
    if erased_before:
        erase(earlier)
    who = canary()
    with transaction() as db:
        # Somebody who is in the backup as a row of a file alone.
        import_jobs.submit(db, pool, "candidates", "x.csv", f"key\n{LATE}\nother\n".encode())
    at_the_backup = head()
    backup, ledger = backed_up(database, tmp_path / "backup"), tmp_path / "ledger"
    receipts = [erase(who).id]
    import_waiting()
    ((late,),) = select("select id from candidate where key = :key", key=LATE)
    receipts.append(erase(late).id)
    assert export(ledger) == 2 + erased_before
    newest = head()
    assert tables_with(str(who), "canary-0", LATE) == {}

    with restored(database, backup):
        assert set(tables_with(str(who), "canary-0")) == {str(who), "canary-0"}
        with transaction() as db:
            assert vault.open_identity(db, who)["name"] == NAME
        with transaction() as db, pytest.raises(Unavailable, match="lacks 2 erasures") as told:
            erasure_ledger.check_replayed(db, ledger)
        assert told.value.code == "erasures_to_replay"
        assert (faults(), faults(at_the_backup), faults(newest)) == ([], [], ["truncated"])

        before = everything()
        would = replay(ledger, dry_run=True)
        assert (would.erased, would.receipts, would.pools_missing) == (1, 2, 0)
        assert changed_tables(before) == set()

        done = replay(ledger)
        assert (done.erased, done.receipts) == (1, 2)
        assert tables_with(str(who), "canary-0", NAME, "Kanarie") == {}
        assert set(receipts) <= {row[0] for row in select("select id from erasure")}
        with transaction() as db:
            erasure_ledger.check_replayed(db, ledger)
        assert (faults(), faults(at_the_backup)) == ([], [])
        assert faults(newest) != []
        assert select("select count(*) from audit_event where action = 'erasure.replay'") == [(1,)]

        # The file that waited in the backup does not bring back who was only in it.
        import_waiting()
        assert select("select key from candidate where key in (:key, 'other')", key=LATE) == [
            ("other",)
        ]
        assert tables_with(LATE) == {}

        before = everything()
        assert (replay(ledger).erased, export(ledger)) == (0, 0)
        assert changed_tables(before) == set()


def test_a_hold_that_the_backup_still_has_does_not_stand_against_it(
    pool: uuid.UUID, database: str, tmp_path: Path
) -> None:
    who = canary()
    execute(
        "insert into legal_hold (pool_id, candidate_id, ground, placed_by)"
        " values (:pool, :id, 'before the court', 'manager')",
        pool=pool, id=who,
    )  # fmt: skip
    backup, ledger = backed_up(database, tmp_path / "backup"), tmp_path / "ledger"
    execute("update legal_hold set lifted_at = now(), lifted_by = 'manager'")
    erase(who)
    export(ledger)
    with restored(database, backup):
        assert erase(who).state == "refused"
        assert replay(ledger).erased == 1
        assert tables_with(str(who)) == {}


def test_a_ledger_says_nothing_of_anybody_and_only_grows(pool: uuid.UUID, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    first = canary()
    erase(first)
    assert export(ledger) == 1
    was = ledger.read_text()
    second = canary(1)
    erase(second)
    assert (export(ledger), export(ledger)) == (1, 0)
    now = ledger.read_text()
    assert now.startswith(was)
    assert ledger.stat().st_mode & 0o777 == 0o600
    for marker in (str(first), str(second), first.hex, "canary", NAME):
        assert marker not in now
    assert [sorted(json.loads(line)) for line in now.splitlines()] == [
        ["key", "master", "wrapped"],
        *[["erasure", "key", "on", "person", "pool", "sender_key"]] * 2,
    ]


def test_a_line_that_was_never_finished_is_written_again(pool: uuid.UUID, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    erase(canary())
    export(ledger)
    whole = ledger.read_bytes()
    ledger.write_bytes(whole[:-40])
    assert replay(ledger, dry_run=True).lines == 0
    assert export(ledger) == 1
    assert ledger.read_bytes() == whole


@pytest.mark.parametrize("line", ["x", "{}", '{"wrapped": "?", "master": "", "key": "k"}', "[]"])
def test_what_is_no_ledger_is_named_with_its_line(
    pool: uuid.UUID, tmp_path: Path, line: str
) -> None:
    ledger = tmp_path / "ledger"
    erase(canary())
    export(ledger)
    with ledger.open("a") as file:
        file.write(line + "\n")
    for refused in (lambda: replay(ledger), lambda: export(ledger)):
        with pytest.raises(Invalid, match="line 3, is none that"):
            refused()
    with pytest.raises(Invalid, match="Cannot read"):
        replay(tmp_path / "missing")


def test_somebody_elses_ledger_opens_only_with_the_secret_key(
    pool: uuid.UUID, database: str, tmp_path: Path, setting: Setting
) -> None:
    backup, ledger = backed_up(database, tmp_path / "backup"), tmp_path / "ledger"
    who = canary()
    erase(who)
    export(ledger)
    old = settings().secret_key
    assert old is not None
    setting("secret_key", "another secret of tests, long enough too")
    with pytest.raises(Unavailable, match="WORKPOOL_SECRET_KEY"):
        replay(ledger)
    setting("secret_key_before", old.get_secret_value())
    with transaction() as db:
        vault.rotate(db)
    assert export(ledger) == 0
    # Once the key before is forgotten, the ledger opens by the line that the export added.
    setting("secret_key_before", "")
    with restored(database, backup):
        assert replay(ledger).erased == 1
        assert tables_with(str(who)) == {}


def test_the_sweep_keeps_the_ledger_up(pool: uuid.UUID, tmp_path: Path, setting: Setting) -> None:
    ledger = tmp_path / "ledger"
    setting("erasure_ledger", str(ledger))
    assert sweep().unwritten is None
    erase(canary())
    assert sweep().unwritten is None
    assert len(ledger.read_text().splitlines()) == 2
    # A ledger that is gone is written whole, however long ago it was.
    execute("update erasure set at = at - interval '1 day'")
    ledger.unlink()
    sweep()
    assert len(ledger.read_text().splitlines()) == 2
    setting("erasure_ledger", str(tmp_path / "missing" / "ledger"))
    told = sweep().unwritten
    assert told is not None
    assert told.startswith("Cannot write to")


def test_the_command_tells_what_it_did_and_nobody_works_before_it(
    pool: uuid.UUID, database: str, redis_url: str, tmp_path: Path, setting: Setting
) -> None:
    backup, ledger = backed_up(database, tmp_path / "backup"), tmp_path / "ledger"
    who = canary()
    erase(who)
    commands = CliRunner()
    done = commands.invoke(app, ["erasures", "export", str(ledger)])
    assert done.exit_code == 0, done.output
    setting("erasure_ledger", str(ledger))
    with restored(database, backup):
        for words in (["serve"], ["worker", "--queues", "control"]):
            refused = commands.invoke(app, words)
            assert (refused.exit_code, "erasures replay" in refused.output) == (1, True), words
        would = commands.invoke(app, ["erasures", "replay", str(ledger), "--dry-run", "--json"])
        assert json.loads(would.output)["erased"] == 1
        assert tables_with(str(who))
        done = commands.invoke(app, ["erasures", "replay", str(ledger)])
        assert "Erased 1 people again" in " ".join(done.output.split())
        assert tables_with(str(who)) == {}
    assert os.path.getsize(ledger) > 0


def test_no_api_begins_on_a_database_that_lacks_erasures(
    pool: uuid.UUID, redis_url: str, tmp_path: Path
) -> None:
    ledger = tmp_path / "ledger"
    erase(canary())
    assert export(ledger) == 1
    # As a backup from before it would be.
    execute("delete from erasure")
    factory = "from api.server import application; application(); print('begun')"
    refused = begun("-m", "api.server", ledger=ledger)
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert "lacks 1 erasures" in refused.stderr
    assert "workpool erasures replay" in refused.stderr
    # However it is started: a server such as uvicorn calls this itself.
    assert begun("-c", factory, ledger=ledger).returncode == 1
    replay(ledger)
    done = begun("-c", factory, ledger=ledger)
    assert (done.returncode, done.stdout) == (0, "begun\n"), done.stderr
