"""
Tokens of services: signed JWTs, our own and those of one other issuer.

Which algorithms count is said by the issuer's line here and never by the token: neither ``none``
nor a public key used as a secret gets through.
"""

import time
import uuid
from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey
from joserfc.util import urlsafe_b64encode
from sqlalchemy import Connection

from matcher.domain.actors import Actor
from matcher.errors import Invalid, Unavailable
from matcher.service import key_sets
from matcher.settings import settings
from matcher.store import access

ISSUER: Final = "workpool"
OUR_ALGORITHMS: Final = ("Ed25519",)
THEIR_ALGORITHMS: Final = ("RS256", "PS256", "ES256", "Ed25519")
LEEWAY_SECONDS: Final = 30
LONGEST_SECONDS: Final = 366 * 24 * 3600
LONGEST_TOKEN: Final = 8192


@dataclass(frozen=True)
class Claims:
    """What a token that holds says: of whom, by whom, when, for what and for which pool."""

    issuer: str
    subject: str
    issued: float
    scopes: frozenset[str]
    pool_id: uuid.UUID | None


def issue(
    account_id: uuid.UUID, pool_id: uuid.UUID | None, scopes: Collection[str], seconds: int
) -> str:
    """
    Return a token for a service's account that holds so many seconds.

    Raises
    ------
    Invalid
        It would hold for more than a year, or not at all.
    Unavailable
        There is no secret key to sign with.
    """
    if not 1 <= seconds <= LONGEST_SECONDS:
        raise Invalid("A token holds from a second to a year.", code="bad_lifetime")
    now = int(time.time())
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": settings().token_audience,
        "sub": str(account_id),
        "scope": " ".join(sorted(scopes)),
        "iat": now,
        "exp": now + seconds,
        "jti": str(uuid.uuid4()),
    }
    if pool_id is not None:
        claims["pool"] = str(pool_id)
    key = _own_key()
    header = {"alg": OUR_ALGORITHMS[0], "kid": key.kid}
    return jwt.encode(header, claims, key, algorithms=list(OUR_ALGORITHMS))


def says_ours(token: str) -> bool:
    """Return whether a token claims to be of our own: no issuer has to be asked about it."""
    try:
        return len(token) <= LONGEST_TOKEN and key_sets.unverified(token, "iss") == ISSUER
    except ValueError:
        return False


def read(token: str) -> Claims | None:
    """Return what a token says, or None when it is not to be believed, whatever the reason."""
    if len(token) > LONGEST_TOKEN:
        return None
    try:
        return _claims(token)
    except (JoseError, ValueError, TypeError, KeyError):
        return None


def bearer(db: Connection, claims: Claims) -> Actor | None:
    """Return the service that a token speaks of, with what both of them allow; None for none."""
    if claims.issuer == ISSUER:
        found = access.actor_of_account(
            db, uuid.UUID(claims.subject), claims.pool_id, claims.issued
        )
    else:
        found = access.actor_of_subject(
            db, claims.issuer, claims.subject, claims.pool_id, claims.issued
        )
    return found and replace(found, scopes=found.scopes & claims.scopes)


def jwks() -> dict[str, Any]:
    """Return our own public keys, for whoever wants to check a token; none without a secret."""
    if settings().secret_key is None:
        return {"keys": []}
    key = _own_key()
    public = {"use": "sig", "alg": OUR_ALGORITHMS[0], "kid": key.kid}
    return {"keys": [{**key.as_dict(private=False), **public}]}


def _claims(token: str) -> Claims | None:
    ours = settings()
    issuer = key_sets.unverified(token, "iss")
    if issuer == ISSUER:
        if ours.secret_key is None:
            return None
        found = jwt.decode(token, KeySet([_own_key()]), algorithms=list(OUR_ALGORITHMS))
    elif ours.token_issuer is not None and issuer == ours.token_issuer and ours.token_jwks_url:
        keys = key_sets.keys_for(ours.token_jwks_url, token)
        found = jwt.decode(token, keys, algorithms=list(THEIR_ALGORITHMS))
    else:
        return None
    jwt.JWTClaimsRegistry(
        leeway=LEEWAY_SECONDS,
        iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": ours.token_audience},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
    ).validate(found.claims)
    if issuer == ISSUER:
        uuid.UUID(str(found.claims["sub"]))  # our own accounts are called by their ids
    pool = found.claims.get("pool")
    return Claims(
        issuer=issuer,
        subject=str(found.claims["sub"]),
        issued=float(found.claims["iat"]),
        scopes=frozenset(str(found.claims.get("scope", "")).split()),
        pool_id=None if pool is None else uuid.UUID(str(pool)),
    )


def _own_key() -> OKPKey:
    secret = settings().secret_key
    if secret is None:
        raise Unavailable("Tokens need a secret key. Maybe: set WORKPOOL_SECRET_KEY.")
    return _key_of(secret.get_secret_value())


@cache
def _key_of(secret: str) -> OKPKey:
    seed = HKDF(hashes.SHA256(), 32, salt=None, info=b"workpool tokens 1").derive(secret.encode())
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()
    parts: dict[str, str | list[str]] = {"kty": "OKP", "crv": "Ed25519", "d": _text(seed)}
    parts["x"] = _text(public)
    key = OKPKey.import_key(parts)
    key.ensure_kid()
    return key


def _text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode()
