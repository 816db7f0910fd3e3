"""
How a value is sealed: AES-256-GCM, bound to the place where it stands.

Every person has a data key of their own, and that key is wrapped by the master key, which comes
from ``WORKPOOL_SECRET_KEY`` and is never stored. Destroying the data key destroys the values. The
place (table, column, row) is authenticated with each value, so that one moved to another row or
column does not open.
"""

import hashlib
import os
import uuid
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from matcher.errors import Unavailable
from matcher.settings import settings

KEY_BYTES = 32
NONCE_BYTES = 12


@dataclass(frozen=True, slots=True)
class Master:
    """The key that wraps other keys, and a fingerprint to tell it by."""

    key: bytes = field(repr=False)
    fingerprint: str


def master_of(secret: str) -> Master:
    """Return the master key that a secret stands for (HKDF, RFC 5869)."""
    made = HKDF(SHA256(), KEY_BYTES, None, b"workpool vault master").derive(secret.encode())
    return Master(made, hashlib.sha256(b"fingerprint" + made).hexdigest()[:16])


def masters() -> tuple[Master, ...]:
    """
    Return the master key of the settings, and after it the one before where that is named.

    Raises
    ------
    Unavailable
        ``no_secret_key``: the settings name none.
    """
    given = settings()
    if given.secret_key is None:
        raise Unavailable(
            "Who people are is kept encrypted, and there is no key for it. "
            "Maybe: set WORKPOOL_SECRET_KEY to at least 32 characters, and always to the same.",
            code="no_secret_key",
        )
    secrets = [given.secret_key, given.secret_key_before]
    return tuple(master_of(each.get_secret_value()) for each in secrets if each is not None)


def new_key() -> bytes:
    """Return a new random key."""
    return os.urandom(KEY_BYTES)


def seal(key: bytes, value: bytes, table: str, column: str, row: uuid.UUID | str) -> bytes:
    """Return a value sealed to its place: nonce, ciphertext and tag."""
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, value, _place(table, column, row))


def unseal(key: bytes, sealed: bytes, table: str, column: str, row: uuid.UUID | str) -> bytes:
    """
    Return what was sealed to this place under this key.

    Raises
    ------
    Unavailable
        ``vault_sealed``: another key, another place, or changed.
    """
    try:
        return AESGCM(key).decrypt(
            sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _place(table, column, row)
        )
    except InvalidTag:
        raise Unavailable(
            f"A value of {table}.{column} does not open: it was changed or moved, or the key is "
            "another one. Maybe: set WORKPOOL_SECRET_KEY to the key it was written with.",
            code="vault_sealed",
        ) from None


def wrap(master: Master, key: bytes, table: str, row: uuid.UUID | str) -> bytes:
    """Return a key sealed under the master key."""
    return seal(master.key, key, table, "wrapped", row)


def unwrap(
    known: tuple[Master, ...], wrapped: bytes, fingerprint: str, table: str, row: uuid.UUID | str
) -> bytes:
    """
    Return a wrapped key, opened with the master key of that fingerprint.

    Raises
    ------
    Unavailable
        ``vault_sealed``: none of the master keys is the one, or the row was changed.
    """
    for master in known:
        if master.fingerprint == fingerprint:
            return unseal(master.key, wrapped, table, "wrapped", row)
    raise Unavailable(
        "The vault was written with another secret key. Maybe: set WORKPOOL_SECRET_KEY back, or "
        "name the old one in WORKPOOL_SECRET_KEY_BEFORE and run: workpool vault rotate.",
        code="vault_sealed",
    )


def _place(table: str, column: str, row: uuid.UUID | str) -> bytes:
    return f"{table}|{column}|{row}".encode()
