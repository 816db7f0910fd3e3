"""
Signing in through an OpenID Connect provider: code flow with PKCE, by Authlib.

An account is made beforehand and tied to what the provider calls the person; nobody gets one by
signing in.
"""

import secrets
from dataclasses import dataclass
from typing import Any, Final

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import OAuth2Client
from joserfc import jwt
from joserfc.errors import JoseError
from sqlalchemy import delete, select
from sqlmodel import Session

from matcher.errors import NotFound, Unavailable
from matcher.service import key_sets, signing_in
from matcher.service.accounts import ACCOUNTS
from matcher.service.records import table_of
from matcher.service.signing_in import SignedIn
from matcher.settings import settings
from matcher.store.access import digest
from matcher.store.tables import SignInAttempt

RETURN_PATH: Final = "/api/v1/session/openid/return"
ALGORITHMS: Final = ("RS256", "PS256", "ES256", "Ed25519")
TIMEOUT_SECONDS: Final = 5.0


@dataclass(frozen=True)
class Attempt:
    """A sign-in that is on its way: what only its beginner can know."""

    verifier: str
    nonce: str


@dataclass(frozen=True)
class Subject:
    """Whom a provider vouches for."""

    issuer: str
    subject: str


def begin(db: Session) -> tuple[str, str]:
    """
    Begin a sign-in; return where to send the browser, and the state that it has to bring back.

    Raises
    ------
    NotFound
        No provider is set.
    Unavailable
        The provider cannot be reached.
    """
    metadata = _metadata()
    attempt = Attempt(secrets.token_urlsafe(48), secrets.token_urlsafe(24))
    state = secrets.token_urlsafe(24)
    with _client() as client:
        address, _ = client.create_authorization_url(
            metadata["authorization_endpoint"],
            state=state,
            code_verifier=attempt.verifier,
            nonce=attempt.nonce,
        )
    db.add(SignInAttempt(state_hash=digest(state), verifier=attempt.verifier, nonce=attempt.nonce))
    db.flush()
    return str(address), state


def take(db: Session, state: str) -> Attempt | None:
    """Return the attempt of a state, once; the second time there is none."""
    attempts = table_of(SignInAttempt)
    row = db.execute(
        delete(attempts)
        .where(attempts.c.state_hash == digest(state))
        .returning(attempts.c.verifier, attempts.c.nonce)
    ).first()
    return None if row is None else Attempt(row.verifier, row.nonce)


def subject(attempt: Attempt, code: str) -> Subject | None:
    """
    Return whom the provider vouches for with this code, None when it does not.

    Raises
    ------
    Unavailable
        The provider cannot be reached.
    """
    metadata = _metadata()
    try:
        with _client() as client:
            found = client.fetch_token(
                metadata["token_endpoint"], code=code, code_verifier=attempt.verifier
            )
        token = str(found["id_token"])
        keys = key_sets.keys_for(metadata["jwks_uri"], token)
        claims = jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims
        jwt.JWTClaimsRegistry(
            leeway=30,
            iss={"essential": True, "value": metadata["issuer"]},
            aud={"essential": True, "value": str(settings().oidc_client_id)},
            exp={"essential": True},
            nonce={"essential": True, "value": attempt.nonce},
            sub={"essential": True},
        ).validate(claims)
    except httpx2.HTTPError as error:
        raise Unavailable("The sign-in service cannot be reached; try again later.") from error
    except (AuthlibBaseError, JoseError, KeyError, ValueError):
        return None
    return Subject(metadata["issuer"], str(claims["sub"]))


def signed_in(db: Session, found: Subject) -> SignedIn | None:
    """Begin a session of the account of a subject; None when there is none that may sign in."""
    accounts = ACCOUNTS.table
    account_id = db.execute(
        select(accounts.c.id).where(
            accounts.c.issuer == found.issuer,
            accounts.c.subject == found.subject,
            accounts.c.disabled.is_(False),
        )
    ).scalar_one_or_none()
    if account_id is None:
        return None
    try:
        return signing_in.begin(db, account_id)
    except NotFound:
        return None


def _client() -> OAuth2Client:
    ours = settings()
    secret = ours.oidc_client_secret
    return OAuth2Client(
        client_id=ours.oidc_client_id,
        client_secret=secret and secret.get_secret_value(),
        token_endpoint_auth_method="client_secret_basic" if secret else "none",
        scope="openid",
        redirect_uri=f"{ours.public_url or f'http://{ours.host}:{ours.port}'}{RETURN_PATH}",
        code_challenge_method="S256",
        timeout=TIMEOUT_SECONDS,
    )


def _metadata() -> dict[str, Any]:
    """Return what the provider says of itself; it has to call itself by the name we know."""
    issuer = settings().oidc_issuer
    if issuer is None or settings().oidc_client_id is None:
        raise NotFound("No OpenID Connect provider is set.")
    found: dict[str, Any] = key_sets.fetched(
        f"{issuer.rstrip('/')}/.well-known/openid-configuration"
    )
    if not isinstance(found, dict) or str(found.get("issuer")).rstrip("/") != issuer.rstrip("/"):
        raise Unavailable("The sign-in service is not the one that is set.")
    return found
