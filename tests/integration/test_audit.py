"""The record: what it holds, and that whoever changes it is found out, the database's owner too."""

import json
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from matcher.errors import Invalid
from matcher.service import auditing
from matcher.store import audit
from matcher.store.database import transaction
from matcher.store.tables import Candidate, Pool

NOW = datetime(2026, 11, 21, tzinfo=UTC)
PERSON = uuid.uuid4()


@pytest.fixture
def pool_id(database: str) -> uuid.UUID:
    """A pool with ten entries, three of them about a person."""
    with transaction() as db:
        pool = Pool(key="one", name="One")
        db.add(pool)
        db.flush()
        made = pool.id
    for number in range(10):
        with transaction() as db:
            about = PERSON if number in (2, 5, 8) else None
            audit.append(db, made, "coach-1", "proposal.accept", {"number": number}, about)
    return made


def verified(pool_id: uuid.UUID, anchor: bytes | None = None) -> auditing.Verification:
    with transaction("REPEATABLE READ") as db:
        return auditing.verify(db, pool_id, anchor)[0]


def anchor() -> bytes:
    with transaction() as db:
        return auditing.head(db, NOW)


def codes(found: auditing.Verification) -> set[str]:
    return {fault.code for fault in found.faults}


def as_owner(*statements: str, **values: object) -> None:
    """Do what only the owner of the tables can: change the record with its triggers off."""
    with transaction() as db:
        db.execute(text("set local session_replication_role = replica"))
        for statement in statements:
            assert db.execute(text(statement), values).rowcount > 0, statement


def test_entries_are_chained_in_their_order(pool_id: uuid.UUID) -> None:
    found = verified(pool_id)
    assert found.valid
    assert found.entries == 10
    with transaction() as db:
        rows = db.execute(text("select previous, hash from audit_event order by seq")).all()
    assert rows[0].previous == b""
    assert [row.previous for row in rows[1:]] == [row.hash for row in rows[:-1]]


def test_what_is_rolled_back_leaves_no_entry(pool_id: uuid.UUID) -> None:
    def write_and_fail() -> None:
        with transaction() as db:
            audit.append(db, pool_id, "coach-1", "proposal.accept", {})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_and_fail()
    assert verified(pool_id).entries == 10


def test_the_head_is_locked_last(pool_id: uuid.UUID) -> None:
    """Two writers append first and then lock the same row: neither waits for the other's head."""
    with transaction() as db:
        db.add(Candidate(pool_id=pool_id, key="c"))

    def write(number: int) -> None:
        with transaction() as db:
            audit.append(db, pool_id, None, "candidate.change", {"number": number})
            db.execute(text("update candidate set version = version + 1"))

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(40)))
    assert verified(pool_id).entries == 50
    assert verified(pool_id).valid


def test_pools_have_chains_of_their_own(pool_id: uuid.UUID) -> None:
    with transaction() as db:
        other = Pool(key="two", name="Two")
        db.add(other)
        db.flush()
        audit.append(db, other.id, None, "pool.create", {})
        audit.append(db, pool_id, None, "pool.change", {})
    assert verified(other.id).entries == 1
    assert verified(pool_id).entries == 11


@pytest.mark.parametrize(
    "statement",
    [
        "update audit_event set actor = 'x'",
        "delete from audit_event",
        "truncate audit_event cascade",
        "update audit_detail set detail = '{}'",
        "truncate audit_detail",
        "update audit_head set hash = '\\x00'",
        "delete from audit_head",
        "truncate audit_head",
        "delete from access_log",
        "update access_log set actor = 'x'",
        "update access_log set subject = gen_random_uuid()",
        "truncate access_log",
    ],
)
def test_the_record_is_only_added_to(pool_id: uuid.UUID, statement: str) -> None:
    with transaction() as db:
        audit.note_reads(db, [(pool_id, "coach-1", PERSON)], "candidate.read")
    with pytest.raises(IntegrityError, match="the record is only added to"), transaction() as db:
        db.execute(text(statement))
    assert verified(pool_id).valid


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("update audit_event set actor = 'somebody else' where seq = 4", "edited"),
        ("update audit_event set at = at + interval '1 microsecond' where seq = 4", "edited"),
        ("update audit_event set commitment = sha256('x') where seq = 4", "edited"),
        ("update audit_detail set detail = '[9]' where seq = 4", "detail_edited"),
        ("delete from audit_detail where seq = 4", "detail_deleted"),
        ("delete from audit_event where seq = 4", "deleted"),
        ("delete from audit_event where seq = 1", "deleted"),
        ("delete from audit_event where seq = 10", "tail"),
    ],
)
def test_a_change_by_the_owner_is_found(pool_id: uuid.UUID, statement: str, code: str) -> None:
    as_owner(statement)
    found = verified(pool_id)
    assert code in codes(found)
    assert {fault.seq for fault in found.faults} <= {2, 4, 5, 9}


def test_two_entries_that_change_places_are_found(pool_id: uuid.UUID) -> None:
    as_owner(
        "update audit_event set seq = -1 where seq = 4",
        "update audit_event set seq = 4 where seq = 5",
        "update audit_event set seq = 5 where seq = -1",
    )
    assert {"reordered", "edited"} <= codes(verified(pool_id))


CUT = (
    "delete from audit_detail where seq > 7",
    "delete from audit_event where seq > 7",
    "update audit_head set seq = 7, hash = (select hash from audit_event where seq = 7)",
)


def test_a_tail_that_is_cut_off_needs_the_anchor(pool_id: uuid.UUID) -> None:
    kept = anchor()
    as_owner(*CUT)
    assert verified(pool_id).valid, "this is why heads are kept elsewhere"
    assert codes(verified(pool_id, kept)) == {"truncated"}


def test_a_chain_that_is_made_again_needs_the_anchor(pool_id: uuid.UUID) -> None:
    kept = anchor()
    as_owner(*CUT)
    with transaction() as db:
        for number in range(20):
            audit.append(db, pool_id, "coach-1", "proposal.decline", {"number": number})
    assert verified(pool_id).valid
    assert codes(verified(pool_id, kept)) == {"rewritten"}


def test_an_older_anchor_fits_a_chain_that_went_on(pool_id: uuid.UUID) -> None:
    kept = anchor()
    with transaction() as db:
        audit.append(db, pool_id, None, "pool.change", {})
    found = verified(pool_id, kept)
    assert found.valid
    assert (found.anchored, found.entries) == (10, 11)


def test_an_anchor_is_signed(pool_id: uuid.UUID, setting) -> None:
    setting("secret_key", "")
    unsigned = anchor()
    assert json.loads(unsigned)["signature"] is None
    setting("secret_key", "k" * 32)
    kept = anchor()
    assert verified(pool_id, kept).valid
    forged = kept.replace(b'"seq": 10', b'"seq": 9')
    assert forged != kept
    for bad in (forged, unsigned, b"{}", b"nothing"):
        with pytest.raises(Invalid, match="anchor"):
            verified(pool_id, bad)
    setting("secret_key", "other" * 8)
    with pytest.raises(Invalid, match="signature"):
        verified(pool_id, kept)


def test_erasing_a_person_leaves_the_chain_valid(pool_id: uuid.UUID) -> None:
    with transaction() as db:
        audit.note_reads(db, [(pool_id, "coach-1", PERSON)] * 2, "candidate.read")
    with transaction() as db:
        audit.link_reads(db, pool_id)
    with transaction() as db:
        audit.note_reads(db, [(pool_id, "coach-2", PERSON)], "candidate.read")
        audit.note_reads(db, [(pool_id, "coach-2", uuid.uuid4())], "candidate.read")
    with transaction() as db:
        assert audit.forget(db, pool_id, PERSON) == (3, 3)
    with transaction() as db:
        audit.link_reads(db, pool_id)
    found = verified(pool_id)
    assert found.valid
    assert (found.erased, found.reads) == (3, 4)
    with transaction() as db:
        for table in ("audit_event", "audit_detail", "access_log"):
            rows = db.execute(
                text(f"select count(*) from {table} t where t::text like :id"),
                {"id": f"%{PERSON}%"},
            )
            assert rows.scalar_one() == 0


def test_reads_are_linked_once_and_changes_of_them_found(pool_id: uuid.UUID) -> None:
    with transaction() as db:
        for number in range(5):
            reads = [(pool_id, f"coach-{number}", PERSON)] * 2
            audit.note_reads(db, reads, "candidate.read")
    with transaction() as db:
        assert audit.unlinked_pools(db) == [pool_id]
        assert audit.link_reads(db, pool_id) == 10
        assert audit.link_reads(db, pool_id) == 0
        assert audit.unlinked_pools(db) == []
    found = verified(pool_id)
    assert found.valid
    assert (found.entries, found.reads) == (11, 10)
    for statement in (
        "update access_log set actor = 'nobody' where id = (select min(id) from access_log)",
        "delete from access_log where id = (select min(id) from access_log)",
    ):
        as_owner(statement)
        assert codes(verified(pool_id)) == {"reads_changed"}


def test_a_read_that_is_put_to_another_person_is_found(pool_id: uuid.UUID) -> None:
    with transaction() as db:
        audit.note_reads(db, [(pool_id, "coach-1", PERSON)], "candidate.read")
    with transaction() as db:
        audit.link_reads(db, pool_id)
    as_owner("update access_log set subject = gen_random_uuid()")
    assert codes(verified(pool_id)) == {"reads_changed"}


@pytest.mark.parametrize(("actor", "action"), [("two\nlines", "a.b"), ("a", "A b"), ("", "a.b")])
def test_an_entry_has_one_meaning(pool_id: uuid.UUID, actor: str, action: str) -> None:
    """The database refuses what could be read in two ways, whoever calls the function."""
    entry = "array[:actor], array[:action], array['{}'], array[null]::uuid[]"
    call = f"select audit_append(:pool, {entry})"
    with pytest.raises(IntegrityError), transaction() as db:
        db.execute(text(call), {"pool": pool_id, "actor": actor, "action": action})
    assert verified(pool_id).entries == 10


def test_a_name_is_kept_on_one_line(pool_id: uuid.UUID) -> None:
    with transaction() as db:
        for name in ("two\nlines", " \n"):
            audit.append(db, pool_id, name, "a.b", {})
    with transaction() as db:
        rows = db.execute(text("select actor from audit_event where seq > 10 order by seq"))
        assert list(rows.scalars()) == ["two lines", "unnamed"]
    assert verified(pool_id).valid
