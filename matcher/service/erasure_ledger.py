"""
The ledger of erasures: a file apart from every backup, by which a restored one is purged again.

A line per erasure: its receipt's id, the pool, the day, and keyed hashes of the person's id and of
the sender's key. Before them stands their key, wrapped under the secret key: without that nobody
can tell whom a line is about, or write one about somebody else. Lines are added and never changed.
"""

import base64
import fcntl
import hashlib
import json
import os
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import BinaryIO

from sqlmodel import Session

from matcher.errors import Invalid, Unavailable
from matcher.service import erasure
from matcher.settings import settings
from matcher.store import audit, erased, sealing, upkeep, vault
from matcher.store.database import dispose, transaction
from matcher.store.erased import Receipt

OpenTransaction = Callable[[], AbstractContextManager[Session]]
OWNER_ALONE = 0o600


@dataclass(frozen=True)
class Ledger:
    """
    What a file holds: erasures by the id of their receipt, and the keys of their hashes.

    A key is there once for each secret key that it was ever wrapped under, with that one's
    fingerprint.
    """

    erasures: Mapping[uuid.UUID, Receipt]
    keys: Mapping[str, Sequence[tuple[bytes, str]]] = field(repr=False)
    digest: str

    def opened(self) -> list[bytes]:
        """Return the keys, each by whichever secret key is known."""
        return [_opened(ways) for ways in self.keys.values()]


@dataclass(frozen=True)
class Replayed:
    """
    What a replay did, or would do.

    ``lines`` are erasures in the ledger, ``erased`` people who were back, ``receipts`` lines whose
    receipt the database lacked; ``pools_missing`` lines of pools that are not in it at all.
    """

    lines: int
    erased: int
    receipts: int
    pools_missing: int
    dry_run: bool


def export(db: Session, path: Path) -> int:
    """
    Add the erasures that a ledger lacks, and return how many; a new file gets all of them.

    Raises
    ------
    Invalid
        The file cannot be written, or is no ledger.
    """
    done = erased.receipts(db)
    with _open(path) as file:
        known = _read(file.read(), path)
        new = [each for each in done if each.erasure not in known.erasures]
        if not done:
            return 0
        own = vault.purpose_key(db, erasure.PURPOSE)
        name, present = _name_of(own), sealing.masters()[0].fingerprint
        # Once more after a rotation of the secret key: the one before may be gone by then.
        wrapped = any(master == present for _, master in known.keys.get(name, ()))
        lines: list[Mapping[str, str | None]] = [] if wrapped else [_key_line(own)]
        lines += [_line(each, name) for each in new]
        file.write("".join(f"{json.dumps(line, sort_keys=True)}\n" for line in lines).encode())
        file.flush()
        os.fsync(file.fileno())
    return len(new)


def keep_up(db: Session, path: Path) -> int:
    """Add what is new to the ledger of the settings; cheap when nobody was erased of late."""
    told = os.fsencode(path.absolute()) + sealing.masters()[0].fingerprint.encode()
    name = f"ledger {hashlib.sha256(told).hexdigest()[:32]}"
    if path.exists() and not erased.done_since_note(db, name):
        return 0
    added = export(db, path)
    upkeep.note(db, name)
    return added


def check_at_start() -> None:
    """
    Let a process begin, unless its database was restored and not purged again.

    As a user who sees every pool: the API's own would miss nothing in what it does not see.

    Raises
    ------
    Unavailable
        ``erasures_to_replay``.
    """
    path = settings().erasure_ledger
    if path is not None:
        with transaction() as db:
            check_replayed(db, path)
        # What is forked from here on opens connections of its own.
        dispose()


def check_replayed(db: Session, path: Path) -> None:
    """
    Refuse a database that lacks erasures of the ledger: it was restored, and they are to be redone.

    Raises
    ------
    Unavailable
        ``erasures_to_replay``.
    """
    if not path.exists():
        return
    there, have = erased.pools(db), {each.erasure for each in erased.receipts(db)}
    lacking = [
        each
        for each in _read(path.read_bytes(), path).erasures.values()
        if each.pool in there and each.erasure not in have
    ]
    if lacking:
        raise Unavailable(
            f"The database lacks {len(lacking)} erasures of {path}: it was restored from before "
            f"them. Maybe: workpool erasures replay {path}",
            code="erasures_to_replay",
        )


def replay(open_transaction: OpenTransaction, path: Path, *, dry_run: bool = False) -> Replayed:
    """
    Erase everybody again whom a ledger tells of, and write the receipts that the database lacks.

    A person in a transaction of their own; what is done stays done, and the same again changes
    nothing. A legal hold in the backup does not stand against it: it was lifted by then.

    Raises
    ------
    Invalid
        The file cannot be read, or is no ledger.
    Unavailable
        ``vault_sealed``: its key was wrapped under another secret key.
    """
    try:
        ledger = _read(path.read_bytes(), path)
    except OSError as error:
        raise Invalid(f"Cannot read {path}: {error.strerror}.") from None
    keys = ledger.opened()
    with open_transaction() as db:
        back = _found(erased.people(db), ledger, keys)
        have = {each.erasure for each in erased.receipts(db)}
        there = erased.pools(db)
        if not dry_run and keys:
            # Files that wait in the backup are looked through by the same key.
            vault.purpose_key(db, erasure.PURPOSE, first=keys[0])
    lacking = {name: each for name, each in ledger.erasures.items() if name not in have}
    told = Replayed(
        len(ledger.erasures),
        len(back),
        sum(each.pool in there for each in lacking.values()),
        sum(each.pool not in there for each in ledger.erasures.values()),
        dry_run,
    )
    if dry_run:
        return told
    for candidate_id, line in back.items():
        free = lacking.pop(line.erasure, None)
        with open_transaction() as db:
            erasure.erase(
                db, candidate_id, again=True, receipt_id=None if free is None else free.erasure
            )
    _complete(open_transaction, [each for each in lacking.values() if each.pool in there])
    _tell(open_transaction, ledger, told, there)
    return told


def _complete(open_transaction: OpenTransaction, lacking: list[Receipt]) -> None:
    """Write receipts of people who are not in the backup: a file that waits in it may hold them."""
    with open_transaction() as db:
        for each in lacking:
            erased.keep_receipt(
                db,
                each.pool,
                handle=each.person,
                key_handle=each.sender_key,
                actor=audit.acting(),
                counts={},
                receipt_id=each.erasure,
            )


def _tell(
    open_transaction: OpenTransaction, ledger: Ledger, told: Replayed, there: set[uuid.UUID]
) -> None:
    if not told.erased and not told.receipts:
        return
    detail = {"ledger": ledger.digest, "erased": told.erased, "receipts": told.receipts}
    with open_transaction() as db:
        for pool_id in sorted({each.pool for each in ledger.erasures.values()} & there):
            audit.append(db, pool_id, None, "erasure.replay", detail)


def _found(
    people: Sequence[uuid.UUID], ledger: Ledger, keys: Sequence[bytes]
) -> dict[uuid.UUID, Receipt]:
    by_hash = {each.person: each for each in ledger.erasures.values()}
    return {
        person: by_hash[found]
        for key in keys
        for person in people
        if (found := erasure.hash_of_person(key, person)) in by_hash
    }


@contextmanager
def _open(path: Path) -> Iterator[BinaryIO]:
    """Open a ledger for adding, alone; a line that was never finished is taken off first."""
    try:
        number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, OWNER_ALONE)
        with os.fdopen(number, "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            content = file.read()
            file.truncate(content.rfind(b"\n") + 1)
            file.seek(0)
            yield file
    except OSError as error:
        raise Invalid(
            f"Cannot write to {path}: {error.strerror}.", code="ledger_not_written"
        ) from None


def _read(content: bytes, path: Path) -> Ledger:
    erasures: dict[uuid.UUID, Receipt] = {}
    wrapped: dict[str, list[tuple[bytes, str]]] = {}
    for number, line in enumerate(content[: content.rfind(b"\n") + 1].splitlines(), 1):
        try:
            told = json.loads(line)
            if "wrapped" in told:
                key = (base64.b64decode(told["wrapped"], validate=True), str(told["master"]))
                wrapped.setdefault(str(told["key"]), []).append(key)
                continue
            if told["key"] not in wrapped:
                raise KeyError(told["key"])
            receipt = Receipt(
                uuid.UUID(told["erasure"]),
                uuid.UUID(told["pool"]),
                date.fromisoformat(told["on"]),
                str(told["person"]),
                None if told["sender_key"] is None else str(told["sender_key"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Invalid(
                f"{path}, line {number}, is none that `workpool erasures export` wrote."
            ) from None
        erasures[receipt.erasure] = receipt
    return Ledger(erasures, wrapped, hashlib.sha256(content).hexdigest())


def _opened(ways: Sequence[tuple[bytes, str]]) -> bytes:
    """Return a key, whichever of the master keys that wrapped it is known."""
    known = sealing.masters()
    fingerprints = {master.fingerprint for master in known}
    wrapped, master = next((way for way in ways if way[1] in fingerprints), ways[-1])
    return sealing.unwrap(known, wrapped, master, vault.PURPOSE_KEY, erasure.PURPOSE)


def _key_line(key: bytes) -> dict[str, str | None]:
    master = sealing.masters()[0]
    wrapped = sealing.wrap(master, key, vault.PURPOSE_KEY, erasure.PURPOSE)
    return {
        "key": _name_of(key),
        "master": master.fingerprint,
        "wrapped": base64.b64encode(wrapped).decode(),
    }


def _line(receipt: Receipt, key: str) -> dict[str, str | None]:
    return {
        "erasure": str(receipt.erasure),
        "key": key,
        "on": receipt.on.isoformat(),
        "person": receipt.person,
        "pool": str(receipt.pool),
        "sender_key": receipt.sender_key,
    }


def _name_of(key: bytes) -> str:
    return hashlib.sha256(b"fingerprint" + key).hexdigest()[:16]
