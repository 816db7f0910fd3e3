"""
Codes of the second factor: TOTP (RFC 6238) as every authenticator app has it, and recovery codes.

Six digits, SHA-1 and 30 seconds are what all apps know. SHA-1 within HMAC is sound; what a code
withstands is the number of tries, which are counted with those of the password.
"""

import base64
import secrets

from cryptography.hazmat.primitives.constant_time import bytes_eq
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

DIGITS = 6
STEP_SECONDS = 30
SECRET_BYTES = 20
"""As RFC 4226 recommends: 160 bits."""
DRIFT = 1
"""Steps that a telephone's clock may be off, on either side."""
RECOVERY_CODES = 10
RECOVERY_BYTES = 15
"""120 bits: enough for a plain hash, since nobody can try them all."""
ISSUER = "Workpool"


def new_secret() -> bytes:
    """Return a new secret to share with somebody's app."""
    return secrets.token_bytes(SECRET_BYTES)


def step_at(seconds: float) -> int:
    """Return the number of the step of 30 seconds that a moment, in seconds since 1970, is in."""
    return int(seconds // STEP_SECONDS)


def code_at(secret: bytes, step: int) -> str:
    """Return the six digits of a step."""
    return _totp(secret).generate(step * STEP_SECONDS).decode()


def matched_step(secret: bytes, code: str, now: float, last: int) -> int | None:
    """
    Return the step that a code is of, None when it is of none.

    Parameters
    ----------
    now
        In seconds since 1970, of the database's clock.
    last
        The last step that was used: it and those before it are not taken again.
    """
    here, given = step_at(now), code.encode()
    # All are compared, so that the time tells nothing of which one it was.
    found = [
        step
        for step in range(here - DRIFT, here + DRIFT + 1)
        if bytes_eq(code_at(secret, step).encode(), given) and step > last
    ]
    return found[0] if found else None


def address(secret: bytes, name: str) -> str:
    """Return what an app reads from a QR code: ``otpauth://``."""
    return _totp(secret).get_provisioning_uri(name, ISSUER)


def spelled(secret: bytes) -> str:
    """Return a secret as people type it into their app."""
    return base64.b32encode(secret).decode().rstrip("=")


def recovery_codes() -> list[str]:
    """Return new recovery codes, as groups of four letters and digits."""
    made = [
        base64.b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode().lower()
        for _ in range(RECOVERY_CODES)
    ]
    return ["-".join(each[at : at + 4] for at in range(0, len(each), 4)) for each in made]


def bare(code: str) -> str:
    """Return a code without the spaces, dashes and capitals of whoever typed it."""
    return "".join(code.split()).replace("-", "").lower()


def _totp(secret: bytes) -> TOTP:
    # RFC 6238 and the apps mean HMAC-SHA-1, which its collisions do not touch.
    return TOTP(secret, DIGITS, SHA1(), STEP_SECONDS)  # nosec B303
