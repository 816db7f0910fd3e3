"""
Is the record whole? Every hash is computed again, here and not by the database that is checked.

What a chain shows by itself: an entry that was edited, taken out, put in or moved; a detail that
was edited, or deleted without an erasure; a read that was. A tail that was cut off with its head,
or a chain that was made again as a whole, shows only against an anchor: a head signed earlier and
kept where the owner of the database cannot reach it.
"""

import hashlib
import hmac
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import orjson
from sqlmodel import Session

from matcher.errors import Invalid
from matcher.settings import settings
from matcher.store import audit_trail as trail
from matcher.store.audit_trail import Head, Link, Read

SHOWN = 100


@dataclass(frozen=True)
class Fault:
    """What is wrong, and at which entry: ``code`` for programs, ``text`` for people."""

    code: str
    seq: int
    text: str


@dataclass
class Verification:
    """
    What a verification of one pool's chain found; ``faults`` holds the first hundred.

    ``erased`` counts details that an erasure took, which is no fault.
    """

    pool_id: uuid.UUID
    pool: str
    entries: int = 0
    reads: int = 0
    erased: int = 0
    anchored: int | None = None
    fault_count: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def valid(self) -> bool:
        """Whether nothing is wrong."""
        return self.fault_count == 0

    def to_dict(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return {**asdict(self), "pool_id": str(self.pool_id), "valid": self.valid}

    def find(self, code: str, seq: int, text: str) -> None:
        """Take note of a fault."""
        self.fault_count += 1
        if len(self.faults) < SHOWN:
            self.faults.append(Fault(code, seq, text))


def verify(
    db: Session, pool_id: uuid.UUID | None = None, anchor: bytes | None = None
) -> list[Verification]:
    """
    Verify the chains of all pools, or of one; call it in a REPEATABLE READ transaction.

    Parameters
    ----------
    anchor
        What `head` wrote some time ago.

    Raises
    ------
    Invalid
        The anchor is none of ours: another form, another key.
    """
    anchors = {} if anchor is None else read_anchor(anchor)
    heads = trail.heads(db, pool_id)
    found = [_verified(db, head, anchors.get(head.pool_id)) for head in heads]
    if pool_id is None:
        for missing in anchors.keys() - {head.pool_id for head in heads}:
            gone = Verification(missing, "", anchored=anchors[missing][0])
            gone.find("pool_missing", 0, "The anchor has a pool that is not there any more.")
            found.append(gone)
    return found


def head(db: Session, made_at: datetime, pool_id: uuid.UUID | None = None) -> bytes:
    """
    Return the heads of the chains as a signed file, to be kept out of this machine's reach.

    The signature is HMAC-SHA256 with ``WORKPOOL_SECRET_KEY``; without that key there is none.
    """
    told: dict[str, Any] = {
        "made_at": made_at.isoformat(),
        "pools": [
            {"pool": str(each.pool_id), "key": each.key, "seq": each.seq, "hash": each.hash.hex()}
            for each in trail.heads(db, pool_id)
        ],
    }
    return orjson.dumps(
        {**told, "signature": _signature(told)},
        option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE,
    )


def read_anchor(anchor: bytes) -> dict[uuid.UUID, tuple[int, bytes]]:
    """
    Return number and hash by pool of a file that `head` wrote.

    Raises
    ------
    Invalid
        It has another form, or was not signed with this installation's key.
    """
    try:
        told = orjson.loads(anchor)
        signature = told.pop("signature")
        anchors = {
            uuid.UUID(each["pool"]): (int(each["seq"]), bytes.fromhex(each["hash"]))
            for each in told["pools"]
        }
    except (ValueError, KeyError, TypeError, AttributeError):
        raise Invalid("The anchor is not a file that `workpool audit head` wrote.") from None
    expected = _signature(told)
    if expected is None and signature is not None:
        raise Invalid("The anchor is signed. Maybe: set the WORKPOOL_SECRET_KEY it was made with.")
    if expected is not None and not hmac.compare_digest(expected, str(signature)):
        raise Invalid("The anchor's signature is not of this installation's WORKPOOL_SECRET_KEY.")
    return anchors


def _signature(told: Mapping[str, Any]) -> str | None:
    key = settings().secret_key
    if key is None:
        return None
    own = hmac.digest(key.get_secret_value().encode(), b"workpool audit head", "sha256")
    return hmac.digest(own, orjson.dumps(told, option=orjson.OPT_SORT_KEYS), "sha256").hex()


def _verified(db: Session, head: Head, anchor: tuple[int, bytes] | None) -> Verification:
    found = Verification(head.pool_id, head.key, anchored=anchor and anchor[0])
    tip, last, bare, erased, batches = b"", 0, set(), set(), []
    for link in trail.links(db, head.pool_id):
        found.entries += 1
        _check_link(found, head.pool_id, link, last, tip)
        if link.detail is None:
            bare.add(link.seq)
        elif link.action == "subject.forgotten":
            erased.update(orjson.loads(link.detail)["seqs"])
        elif link.action == "access.linked":
            batches.append(link.seq)
            reads = trail.reads_of(db, head.pool_id, link.seq)
            found.reads += len(reads)
            _check_reads(found, link, reads)
        if anchor and link.seq == anchor[0] and link.hash != anchor[1]:
            found.find("rewritten", link.seq, "The anchor has another hash: the chain was remade.")
        last, tip = link.seq, link.hash
    found.erased = len(bare & erased)
    for seq in sorted(bare - erased):
        found.find("detail_deleted", seq, "The detail is gone, and no erasure tells of it.")
    if stray := trail.linked_elsewhere(db, head.pool_id, batches):
        found.find("reads_added", last, f"{stray} reads name an entry that links none.")
    if (last, tip) != (head.seq, head.hash):
        found.find("tail", last, f"The last entry is {last}, the head says {head.seq}.")
    if anchor and anchor[0] > last:
        found.find("truncated", last, f"The anchor knows entry {anchor[0]}: the tail is cut off.")
    return found


def _check_link(found: Verification, pool_id: uuid.UUID, link: Link, last: int, tip: bytes) -> None:
    if link.seq != last + 1:
        found.find("deleted", link.seq, f"Entries {last + 1} to {link.seq - 1} are missing.")
    elif link.previous != tip:
        found.find("reordered", link.seq, "It does not follow the entry before it.")
    if link.hash != _hash_of(pool_id, link):
        found.find("edited", link.seq, "The entry is not what its hash was made of.")
    if link.detail is not None:
        promised = hashlib.sha256((link.salt or b"") + link.detail.encode()).digest()
        if promised != link.commitment:
            found.find("detail_edited", link.seq, "The detail is not what was committed to.")


def _hash_of(pool_id: uuid.UUID, link: Link) -> bytes:
    parts = (
        str(pool_id),
        str(link.seq),
        str(link.micros),
        link.actor,
        link.action,
        link.commitment.hex(),
        link.previous.hex(),
    )
    return hashlib.sha256("\n".join(parts).encode()).digest()


def _check_reads(found: Verification, link: Link, reads: Sequence[Read]) -> None:
    told = orjson.loads(link.detail or "{}")
    lines = "\n".join(_lines(reads))
    if hashlib.sha256(lines.encode()).hexdigest() != told["digest"]:
        missing = told["reads"] - len(reads)
        text = f"{missing} of its reads are missing." if missing else "Its reads were edited."
        found.find("reads_changed", link.seq, text)
    for read in reads:
        if read.subject is not None and read.commitment != (
            hashlib.sha256((read.salt or b"") + str(read.subject).encode()).digest()
        ):
            found.find("reads_changed", link.seq, f"Read {read.id} is of another person.")


def _lines(reads: Sequence[Read]) -> Iterator[str]:
    for read in reads:
        commitment = (read.commitment or b"").hex()
        yield "\n".join((str(read.id), str(read.micros), read.actor, read.action, commitment))
