"""Passwords of local accounts: argon2id, twelve characters or more, one-time ones to begin with."""

import secrets
from functools import cache

from pwdlib import PasswordHash

from matcher.errors import Invalid

SHORTEST, LONGEST = 12, 200

_hasher = PasswordHash.recommended()


def hashed(password: str) -> str:
    """
    Return what is stored of a password.

    Raises
    ------
    Invalid
        ``weak_password``: it is too short, too long, or hardly varies.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise Invalid(
            f"A password has {SHORTEST} to {LONGEST} characters. Maybe: take four random words.",
            code="weak_password",
        )
    if len(set(password)) < 5:
        raise Invalid("A password has at least 5 different characters.", code="weak_password")
    return _hasher.hash(password)


def verified(password: str, stored: str | None) -> bool:
    """Return whether a password is the stored one; nothing stored takes as long to say no."""
    right = _hasher.verify(password, _nobodys() if stored is None else stored)
    return right and stored is not None


def one_time() -> str:
    """Return a password to be changed at the first sign-in."""
    return secrets.token_urlsafe(15)


@cache
def _nobodys() -> str:
    return _hasher.hash(secrets.token_urlsafe(32))
